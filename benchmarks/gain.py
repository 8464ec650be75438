"""What clothing gains, and what the project that castlist began with left open: docs/gain.md.

    python benchmarks/gain.py                     # print the tables
    python benchmarks/gain.py --write             # put them, and the plots, into docs/
    python benchmarks/gain.py --encoder runs/mine/encoder.safetensors     # one of your own, too

Every rule of stage 1, every distance, every way of using clothes and every cloth encoder that is
there, on the sets of benchmarks/films.py, with everything else at its default. What the networks
saw comes from castlist's cache; where an encoder has not looked at a film yet, it looks first.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import operator
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from castlist import __version__
from castlist.clustering.analysis.config import EngineConfig
from castlist.clustering.config import Config, make_config
from castlist.clustering.evaluation import sweep
from castlist.clustering.evaluation.bootstrap import BootstrapConfig, Interval, bootstrap
from castlist.clustering.evaluation.evaluate import evaluate_result
from castlist.clustering.evaluation.gain import LabelledFaces
from castlist.clustering.evaluation.plots.draw import (
    Share,
    draw_predictions,
    draw_sweeps,
    draw_unknown,
    predictions,
    write_plots,
)
from castlist.clustering.evaluation.pooling import Evaluation, evaluate_pairs
from castlist.clustering.evaluation.report import Report
from castlist.clustering.evaluation.scores import ClusterCounts, count_clusters
from castlist.clustering.evaluation.text import Table, tables_of, text_of
from castlist.clustering.pipeline import find_people
from castlist.clustering.stages.config import CLOTH_METHODS, DISTANCES
from castlist.data.clothes.colours import COLOUR_DIM
from castlist.data.errors import InputError
from castlist.data.progress import silent
from castlist.data.result.result import StoredResult
from castlist.data.tables.labels import Labels
from castlist.train.networks.checkpoint import SHIPPED
from films import ROOT, SETS, look
from numpy.typing import NDArray

MAIN = "friends_scene"
NOT_WORSE = ("intel_asl", "meeting", "human_photos")
TITLES = {
    "demo": "demo",
    "friends_scene": "television scene",
    "intel_asl": "clips of signing",
    "meeting": "training film",
    "human_photos": "photos",
}
IMAGENET = ("efficientnet_lite0", "resnet50", "resnet18")
PRECISIONS = (0.8, 0.9, 0.95, 0.99)
DRAWS = 1000
MIN_CHANGES = 10  # of fewer, a precision says nothing worth drawing
PAGE = ROOT / "docs" / "gain.md"

ClothVectors = Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True)
class Question:
    """One row of the table.

    Attributes:
        group: what is being asked.
        name: this answer.
        settings: what differs from the defaults.
        cloth_vectors: what is made of the cloth vectors that the encoder gave.
    """

    group: str
    name: str
    settings: Mapping[str, object] = dataclasses.field(default_factory=dict)
    cloth_vectors: ClothVectors | None = None


@dataclass(frozen=True, eq=False)
class Answer:
    """How one set answers one question."""

    result: StoredResult
    report: Report
    table: LabelledFaces


def questions(own_encoders: Sequence[str]) -> Iterator[Question]:
    for method, threshold in (
        ("online", 0.36),
        ("online", 0.44),
        ("online-guarded", 0.36),
        ("online-guarded", 0.44),
        ("agglomerative", None),
        ("hdbscan", None),
    ):
        settings: dict[str, object] = {"face.method": method}
        if threshold:
            settings["face.threshold"] = threshold
        yield Question("stage 1", f"{method}, {threshold or 'its own threshold'}", settings)
    for distance in DISTANCES:
        yield Question("distance", distance, {"face.distance": distance})
    for method in CLOTH_METHODS:
        yield Question("clothing", method, {"cloth.method": method})
    encoders = (EngineConfig().cloth_model, SHIPPED, *own_encoders, *IMAGENET)
    for encoder in dict.fromkeys(encoders):
        settings = {"engine.cloth_model": encoder}
        yield Question("encoder", f"{encoder} and colours", settings)
        yield Question("encoder", f"{encoder} alone", settings, without_colours)
    yield Question("encoder", "colours alone", {}, colours_alone)


def without_colours(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return kept(vectors, slice(None, -COLOUR_DIM))


def colours_alone(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return kept(vectors, slice(-COLOUR_DIM, None))


def kept(vectors: NDArray[np.float32], columns: slice) -> NDArray[np.float32]:
    """Zero all but some columns, and make rows unit vectors again."""
    part = np.zeros_like(vectors)
    part[:, columns] = vectors[:, columns]
    part[np.isnan(vectors).any(axis=1)] = np.nan
    return part / np.linalg.norm(part, axis=1, keepdims=True)


@functools.cache
def looked(name: str, engine: EngineConfig) -> tuple[StoredResult, Labels]:
    return look(name, Config(engine=engine))


def answer(question: Question, name: str) -> Answer:
    config = make_config(dict(question.settings))
    film, labels = looked(name, config.engine)
    if question.cloth_vectors:
        cloth_vectors = question.cloth_vectors(film.faces.cloth_vector)
        film = dataclasses.replace(film, faces=film.faces.replace(cloth_vector=cloth_vectors))
    result = find_people(film, config)
    evaluation = evaluate_pairs([(result, labels)])
    return Answer(result, evaluation.pooled, evaluation.tables[name])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="write docs/gain.md and its plots")
    parser.add_argument("--encoder", nargs="+", default=[], help="further cloth encoders")
    arguments = parser.parse_args()
    sets = [name for name, (_, labels) in SETS.items() if labels.is_file()]
    for name in sets:
        looked(name, EngineConfig())
    began_s = time.perf_counter()  # what the networks take is measured elsewhere
    text = "\n\n".join(sections(sets, arguments.encoder, arguments.write))
    text = f"{conditions(time.perf_counter() - began_s)}\n\n{text}"
    if arguments.write:
        fill(text)
    else:
        print(text)


def sections(sets: Sequence[str], own_encoders: Sequence[str], draws_plots: bool) -> Iterator[str]:
    base = {name: answer(Question("", ""), name) for name in sets}
    yield "## Two stages against faces only"
    yield gain_table(base).to_markdown()
    yield "## The open questions"
    rows, missing = ask_all(questions(own_encoders), sets, base)
    yield Table(header(sets), rows).to_markdown()
    if missing:
        yield f"Not measured: {', '.join(missing)}: the weights are not there."
    yield "## What stage 2 predicted of itself"
    yield promise_table(sets).to_markdown()
    yield "## What made faces unknown: the demo"
    yield causes(base["demo"].report).to_markdown()
    if draws_plots:
        plot(sets, base)


def ask_all(
    asked: Iterable[Question], sets: Sequence[str], base: Mapping[str, Answer]
) -> tuple[list[list[str]], list[str]]:
    rows, missing = [], []
    for question in asked:
        try:
            answers = {name: answer(question, name) for name in sets}
        except InputError as error:  # weights that are not there
            print(error, file=sys.stderr)
            missing.append(question.name)
            continue
        rows.append(table_row(question, answers, base))
        print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    return rows, missing


def header(sets: Sequence[str]) -> list[str]:
    four = "people, unknown, WCP, 1-1"
    of_main = [
        f"{TITLES[MAIN]} by face: {four}",
        f"with clothing: {four}",
        "changed, precision",
        "(a)",
        "(b)",
        "harm",
        "1-1 against the default, 95 %",
    ]
    others = [f"{TITLES[own]}: 1-1 (WCP)" for own in sets if own != MAIN]
    return ["question", "answer", *(of_main if MAIN in sets else []), *others]


def table_row(
    question: Question, answers: Mapping[str, Answer], base: Mapping[str, Answer]
) -> list[str]:
    is_default = all(
        (own.table.after == base[name].table.after).all()
        and (own.table.before == base[name].table.before).all()
        for name, own in answers.items()
    )
    name = f"**{question.name}**" if is_default else question.name
    cells = [question.group, name]
    if MAIN in answers:
        own = answers[MAIN].report
        cells += [four_of(own.before), four_of(own.after)]
        gain = own.gain
        cells.append(f"{gain.reassigned}, {text_of(gain.reassignment_precision)}")
        cells += map(text_of, (gain.recovery, own.small.right_share_after, gain.harm))
        cells.append(against(answers[MAIN].table, base[MAIN].table))
    cells += [
        f"{text_of(own.report.before.one_to_one)} → {text_of(own.report.after.one_to_one)}"
        f" ({text_of(own.report.after.wcp_known)})"
        for name, own in answers.items()
        if name != MAIN
    ]
    return cells


def four_of(people: ClusterCounts) -> str:
    shares = (people.unknown_share, people.wcp_known, people.one_to_one)
    return ", ".join([str(people.people), *map(text_of, shares)])


def against(own: LabelledFaces, base: LabelledFaces) -> str:
    """Return the paired interval of the difference in one-to-one accuracy after both stages."""
    if (own.after == base.after).all():
        return ""
    both = dataclasses.replace(base, before=base.after, after=own.after)
    difference, interval = one_to_one_change([both])
    return f"{difference:+.3f}, {interval.low:+.3f} to {interval.high:+.3f}"


def one_to_one_change(tables: Sequence[LabelledFaces]) -> tuple[float, Interval]:
    """Return after minus before over all tables together, and its interval over tracks."""

    def change(resampled: Sequence[LabelledFaces]) -> dict[str, float]:
        found = [rows[rows.found] for rows in resampled]
        before = sum((count_clusters(own.true, own.before) for own in found), ClusterCounts())
        after = sum((count_clusters(own.true, own.after) for own in found), ClusterCounts())
        return {"change": (after.one_to_one or 0.0) - (before.one_to_one or 0.0)}

    return change(tables)["change"], bootstrap(tables, change, BootstrapConfig(DRAWS))["change"]


def gain_table(base: Mapping[str, Answer]) -> Table:
    rows = [gain_row(TITLES[name], own.report, [own.table], name) for name, own in base.items()]
    pooled = functools.reduce(operator.add, [own.report for own in base.values()])
    rows.append(gain_row("all together", pooled, [own.table for own in base.values()], ""))
    return Table(
        [
            "set", "found", "people", "unknown", "WCP", "1-1", "change", "95 %", "changed",
            "precision", "(a)", "harm", "",
        ],
        rows,
    )  # fmt: skip


def gain_row(title: str, report: Report, tables: Sequence[LabelledFaces], name: str) -> list[str]:
    before, after, gain = report.before, report.after, report.gain
    difference, interval = one_to_one_change(tables)
    pairs = (
        (before.unknown_share, after.unknown_share),
        (before.wcp_known, after.wcp_known),
        (before.one_to_one, after.one_to_one),
    )
    return [
        title,
        f"{before.faces} of {before.faces + before.missed}",
        f"{before.people} → {after.people} of {before.true_people}",
        *(f"{text_of(one)} → {text_of(other)}" for one, other in pairs),
        f"{difference:+.3f}",
        f"{interval.low:+.3f} to {interval.high:+.3f}",
        str(gain.reassigned),
        *map(text_of, (gain.reassignment_precision, gain.recovery, gain.harm)),
        verdict(name, difference, interval),
    ]


def verdict(name: str, difference: float, interval: Interval) -> str:
    if name in NOT_WORSE:
        return "not worse" if difference >= 0 else "WORSE"
    return "better, outside the interval" if interval.low > 0 else "not shown"


def promise_table(sets: Sequence[str]) -> Table:
    """Ask stage 2 for several precisions, and see what it foretells and what it keeps."""
    rows = []
    for name in sets:
        for precision in PRECISIONS:
            evaluation, predicted = evaluated(name, {"cloth.precision": precision})
            gain, kept = evaluation.pooled.gain, predictions(evaluation)
            rows.append(
                [
                    TITLES[name],
                    f"{precision:g}",
                    "nothing" if predicted is None else text_of(predicted),
                    str(gain.reassigned),
                    text_of(gain.reassignment_precision),
                    "".join(f"{o.interval.low:.3f} to {o.interval.high:.3f}" for o in kept),
                ]
            )
    return Table(["set", "asked for", "predicted", "changed", "true", "95 %"], rows)


def evaluated(name: str, settings: Mapping[str, object]) -> tuple[Evaluation, float | None]:
    config = make_config(settings)
    film, labels = looked(name, config.engine)
    result = find_people(film, config)
    return evaluate_pairs([(result, labels)]), result.run.predicted_precision


def causes(report: Report) -> Table:
    return tables_of(report.sections(), {"cause": report.bands["cause"]})[-1]


def plot(sets: Sequence[str], base: Mapping[str, Answer]) -> None:
    shares = [
        Share(
            TITLES[name],
            own.report.before.unknown_share or 0.0,
            own.report.after.unknown_share or 0.0,
        )
        for name, own in base.items()
    ]
    figures = {"gain_unknown": draw_unknown(shares)}
    margins: list[float | None] = [None, *sweep.MARGINS]
    kept = [
        dataclasses.replace(own, name=TITLES[name])
        for name in sets
        for margin in margins
        for own in predictions(evaluated(name, {"cloth.margin": margin})[0])
        if own.changes >= MIN_CHANGES
    ]
    if kept:
        figures["gain_predicted"] = draw_predictions(kept)
    if MAIN in sets:
        film, labels = looked(MAIN, EngineConfig())

        def measure(config: Config) -> Report:
            return evaluate_result(find_people(film, config), labels)

        moved = sweep.sweep(Config(), measure, silent)
        figures["gain_sweep"] = draw_sweeps(moved)
    write_plots(figures, PAGE.parent)


def conditions(seconds: float) -> str:
    return (
        f"{date.today().isoformat()}, {os.cpu_count()} cores ({processor()}, no GPU), castlist"
        f" {__version__}, cloth encoder {EngineConfig().cloth_model}; {seconds:.0f} s from what the"
        " networks had seen, on a machine busy with other work. Command:\n\n"
        "    python benchmarks/gain.py --write"
    )


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def fill(text: str) -> None:
    """Put the tables between the two marks of docs/gain.md; what is written around them stays."""
    page = PAGE.read_text(encoding="utf-8")
    pattern = re.compile("(<!-- measured -->\n).*?(<!-- /measured -->)", re.DOTALL)
    filled, num_places = pattern.subn(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", page)
    if num_places != 1:
        sys.exit(f"{PAGE}: expected one place between <!-- measured --> and its end")
    PAGE.write_text(filled, encoding="utf-8")


if __name__ == "__main__":
    main()
