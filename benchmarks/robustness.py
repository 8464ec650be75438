"""How both stages stand up to films they were not tuned on, as far as five films can tell.

    python benchmarks/robustness.py                         # every kind of change, summed up
    python benchmarks/robustness.py --each single           # each table of one kind
    python benchmarks/robustness.py --set face.method=agglomerative
    python benchmarks/robustness.py --by-face               # stage 1 only

The tables of the labelled films, changed: other frame rates, weaker or fewer detections, parts of
films, shots left out, films of one person, noise on the vectors, a film joined with its own copy,
films joined with each other. Each is clustered anew with default settings.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from castlist.clustering.config import Config, make_config, parse_setting
from castlist.clustering.evaluation.scores import ClusterCounts, count_clusters
from castlist.clustering.pipeline import resolved
from castlist.clustering.stages.cloth_stage import reassign_by_clothing
from castlist.clustering.stages.face_stage import cluster_by_face
from castlist.clustering.tracking.follow import follow_tracks, is_supported
from films import SETS
from labelled_tables import Table, engine, is_there, labelled_table
from threadpoolctl import threadpool_limits

PHOTOS = "human_photos"


@dataclass(frozen=True)
class Outcome:
    """What both stages made of a table."""

    before: ClusterCounts
    after: ClusterCounts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--each", nargs="*", default=[], choices=KINDS, help="kinds told in full")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
    parser.add_argument("--by-face", action="store_true", help="leave stage 2 out")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    arguments = parser.parse_args()
    settings = dict(map(parse_setting, arguments.settings))
    if arguments.by_face:
        settings["cloth.method"] = "none"
    config = resolved(make_config(settings), engine().facts)
    with threadpool_limits(1, user_api="blas"):
        found = measure(config, arguments.kinds, arguments.each)
    print_summary(found)


def measure(config: Config, kinds: list[str], each: list[str]) -> dict[str, list[Outcome]]:
    found = defaultdict(list)
    for kind in kinds:
        for name, table in KINDS[kind]():
            outcome = run(table, config)
            found[kind].append(outcome)
            if kind in each:
                print(f"{kind} {name}: {_told(outcome.before)} -> {_told(outcome.after)}")
    return found


def run(table: Table, config: Config) -> Outcome:
    faces, true = table.faces, table.true
    faces = follow_tracks(faces, config.track)
    supported = is_supported(faces, config.track)
    faces, true = follow_tracks(faces[supported], config.track), true[supported]
    faces, _ = cluster_by_face(faces, config.face, engine().embedder.centre)
    faces, *_ = reassign_by_clothing(faces, config.cloth, engine().embedder.centre)
    labelled = true != ""
    code = np.unique(true[labelled], return_inverse=True)[1].astype(np.int64)
    return Outcome(
        count_clusters(code, faces.person_before[labelled]),
        count_clusters(code, faces.person[labelled]),
    )


FIGURES = ("known", "WCP worst, median", "1-1 worst, median", "people too many: worst, median")
COLUMNS = [f"{stage}: {figure}" for stage in ("by face", "with clothing") for figure in FIGURES]


def print_summary(found: dict[str, list[Outcome]]) -> None:
    print("| changed | tables | " + " | ".join(COLUMNS) + " |")
    print("|---|---:|" + "---|" * len(COLUMNS))
    everything = [own for outcomes in found.values() for own in outcomes]
    for kind, outcomes in [*found.items(), ("all", everything)]:
        print(f"| {kind} | {len(outcomes)} | {summed_up(outcomes)} |")


def summed_up(outcomes: list[Outcome]) -> str:
    """Return the cells of ``COLUMNS``."""
    before, after = [own.before for own in outcomes], [own.after for own in outcomes]
    return f"{_summed(before)} | {_summed(after)}"


def _summed(counts: list[ClusterCounts]) -> str:
    known = [own.known_share or 0.0 for own in counts]
    purity = [own.wcp_known for own in counts if own.wcp_known is not None]
    right = [own.one_to_one or 0.0 for own in counts]
    too_many = [own.people - own.true_people for own in counts]
    return (
        f"{np.median(known):.3f} | {min(purity):.3f}, {np.median(purity):.3f}"
        f" | {min(right):.3f}, {np.median(right):.3f}"
        f" | {max(too_many)}, {np.median(too_many):g}"
    )


def _told(counts: ClusterCounts) -> str:
    purity = "n/a" if counts.wcp_known is None else f"{counts.wcp_known:.3f}"
    return (
        f"{counts.people} people of {counts.true_people}, known {counts.known_share:.3f},"
        f" WCP {purity}, 1-1 {counts.one_to_one:.3f}"
    )


Tables = Iterator[tuple[str, Table]]


def _sets() -> list[str]:
    return [name for name in SETS if is_there(name)]


def _films() -> list[str]:
    return [name for name in _sets() if name != PHOTOS]


def _as_they_are() -> Tables:
    for name in _sets():
        yield name, labelled_table(name)


def _frame_rates() -> Tables:
    for name in _films():
        for fps in (2, 5, 10):
            yield f"{name}, {fps} fps only", labelled_table(name, fps, labelled_frames=False)
        yield f"{name}, 10 fps and labelled", labelled_table(name, 10)


def _detections() -> Tables:
    for name in _films():
        for fps, labelled in ((5, True), (5, False)):
            for least in (0.4, 0.45, 0.5, 0.6):
                table = labelled_table(name, fps, labelled)
                yield f"{name}, {least} and up, {labelled=}", table[table.faces.detection >= least]


def _parts() -> Tables:
    for name in _films():
        table = labelled_table(name)
        time_s = table.faces.time_s / table.faces.time_s.max()
        for parts in (2, 3):
            for number in range(parts):
                inside = (time_s >= number / parts) & (time_s <= (number + 1) / parts)
                yield f"{name}, part {number + 1} of {parts}", table[inside]


def _fewer_shots() -> Tables:
    for name in _films():
        table = labelled_table(name)
        for seed in range(6):
            shots = np.random.default_rng(seed).random(table.faces.shot.max() + 1) < 0.5
            if (kept := shots[table.faces.shot]).any():
                yield f"{name}, half of the shots, {seed}", table[kept]


def _single() -> Tables:
    """Films of one person."""
    for name in _sets():
        table = labelled_table(name)
        person = _person_of_track(table)
        for someone in np.unique(person[person != ""]).tolist():
            yield someone, table[person == someone]


def _pairs() -> Tables:
    """Films of two people."""
    for name in _sets():
        table = labelled_table(name)
        person = _person_of_track(table)
        for two in combinations(np.unique(person[person != ""]).tolist(), 2):
            yield " and ".join(two), table[np.isin(person, two)]


def _person_of_track(table: Table) -> np.ndarray:
    """Return for every row the person of most labelled faces of its track, (num_faces,) str."""
    track = follow_tracks(table.faces).track
    own = [_most_frequent(table.true[track == number]) for number in range(track.max() + 1)]
    return np.array(own)[track]


def _most_frequent(true: np.ndarray) -> str:
    names, counts = np.unique(true[true != ""], return_counts=True)
    return str(names[counts.argmax()]) if len(names) else ""


def _noise() -> Tables:
    for name in _sets():
        table = labelled_table(name)
        vectors = table.faces.face_vector
        for share in (0.1, 0.2):
            length = share * np.nanmean(np.linalg.norm(vectors, axis=1)) / np.sqrt(vectors.shape[1])
            for seed in range(2):
                noise = length * np.random.default_rng(seed).normal(size=vectors.shape)
                yield (
                    f"{name}, {share:.0%} noise, {seed}",
                    table.replace(face_vector=vectors + noise),
                )


def _twice() -> Tables:
    for name in _sets():
        table = labelled_table(name)
        again = table.replace(source=np.char.add("again/", table.faces.source))
        yield f"{name}, twice", Table.join([table, again])


def _joined() -> Tables:
    for number in (2, 3, len(_sets())):
        for names in combinations(_sets(), number):
            yield " + ".join(names), Table.join([labelled_table(name) for name in names])


KINDS: dict[str, Callable[[], Tables]] = {
    "as-they-are": _as_they_are,
    "frame-rates": _frame_rates,
    "detections": _detections,
    "parts": _parts,
    "fewer-shots": _fewer_shots,
    "single": _single,
    "pairs": _pairs,
    "noise": _noise,
    "twice": _twice,
    "joined": _joined,
}

if __name__ == "__main__":
    main()
