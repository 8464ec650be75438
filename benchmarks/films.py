"""What both stages do on labelled films, with default settings: the table of docs/measured.md.

    python benchmarks/films.py                      # every set that is there
    python benchmarks/films.py --set people.wrong_merge_cost=5 demo friends_scene

The demo ships; the others are found through CASTLIST_DATA, else at ../shared/data. All labelled
frames of the real films are looked at, besides five frames a second. What the networks saw is kept
in castlist's cache, so that a second run takes seconds.
"""

from __future__ import annotations

import argparse
import dataclasses
import time

from castlist.clustering.analysis.cache import default_cache
from castlist.clustering.config import Config, make_config, parse_setting
from castlist.clustering.evaluation.evaluate import evaluate_result
from castlist.clustering.evaluation.films import find_film, labelled_frames
from castlist.clustering.evaluation.report import Report
from castlist.clustering.pipeline import analyse_sources, find_people
from castlist.clustering.report.wording import notices_text
from castlist.data.result.facts import RunFacts
from castlist.data.result.result import StoredResult
from castlist.data.tables.label_files import read_labels
from castlist.data.tables.labels import Labels
from places import DATA, ROOT

SETS = {
    "demo": (ROOT / "data/demo/scene.mp4", ROOT / "data/demo/labels.csv"),
    "friends_scene": (DATA / "friends_scene/video.mp4", DATA / "friends_scene/labels.csv"),
    "intel_asl": (DATA / "intel_asl/video.mp4", DATA / "intel_asl/labels.csv"),
    "meeting": (DATA / "meeting/video.mp4", DATA / "meeting/labels.csv"),
    "human_photos": (DATA / "human_photos", DATA / "human_photos/labels.csv"),
}
COLUMNS = (
    "set", "labelled", "found", "people", "true", "known", "WCP", "1-1",
    "people ", "known ", "WCP ", "1-1 ", "changed", "precision", "rec a", "rec b", "harm",
    "no face in a person", "two in a picture", "both stages s",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sets", nargs="*", choices=[*SETS, []], help="default: all that are there")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    arguments = parser.parse_args()
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + " --- |" * len(COLUMNS))
    for name in arguments.sets or SETS:
        if SETS[name][1].is_file():
            print(row(name, dict(map(parse_setting, arguments.settings))), flush=True)
        else:
            print(f"| {name}: not there |")


def look(name: str, config: Config) -> tuple[StoredResult, Labels]:
    """Look at a set, or at the cache: the labelled frames too, save of the demo, which has all."""
    path, labels_file = SETS[name]
    film = find_film(path)
    labels = read_labels(labels_file).named_like(film.source_names)
    also = {} if name == "demo" else labelled_frames(film.inputs, labels)
    analysed = analyse_sources(film.inputs, config, also, default_cache())
    return dataclasses.replace(analysed, name=name), labels


def row(name: str, settings: dict[str, object]) -> str:
    config = make_config(settings)
    began_s = time.perf_counter()
    film, labels = look(name, config)
    result = find_people(film, config)
    seconds = result.run.seconds
    both_s = seconds["stage 1, faces"] + seconds["stage 2, clothing"]
    print(f"<!-- {name}: {time.perf_counter() - began_s:.1f} s, {notes(result.run)} -->")
    report = evaluate_result(result, labels)
    return "| " + " | ".join([name, *figures(report), f"{both_s:.2f}"]) + " |"


def notes(run: RunFacts) -> list[str]:
    losses = [f"{source.name}: {source.loss}" for source in run.sources if source.loss]
    return losses + notices_text(run)


def figures(report: Report) -> list[str]:
    before, after, gain, detection = report.before, report.after, report.gain, report.detection
    shown = [str(detection.labels), str(detection.found)]
    for people, counts in (
        (detection.people_before, before),
        (detection.people_after, after),
    ):
        shown.append(str(people))
        if counts is before:
            shown.append(str(before.true_people))
        shown += [show(counts.known_share), show(counts.wcp_known), show(counts.one_to_one)]
    shown += [str(gain.reassigned), show(gain.reassignment_precision), show(gain.recovery)]
    shown += [show(report.small.right_share_after), show(gain.harm)]
    no_face = f"{detection.not_a_face_known_after} of {detection.not_a_face_labels}"
    return [*shown, no_face, str(detection.violations_after)]


def show(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
