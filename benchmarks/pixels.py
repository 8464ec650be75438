"""The same film with other pixels: both stages on kept tables, by curves that do not know the film.

    python benchmarks/pixels.py --tables FOLDER                    # the tables of docs/evidence.md
    python benchmarks/pixels.py --setup store --stop 0.5 1 2       # how much a wrong merge costs
    python benchmarks/pixels.py --checks                           # what must not change the answer

Tables are those of kept_tables.py; their folder may be given as CASTLIST_TABLES. Everything fitted
is fitted without all variants of the film that is measured.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from castlist.clustering.evaluation.scores import ClusterCounts, count_clusters
from castlist.clustering.evidence.children import load_children
from castlist.clustering.evidence.cloth import ClothEvidence
from castlist.clustering.evidence.curves import ClothCurve, FaceCurve
from castlist.clustering.grouping.constraints import Constraints
from castlist.clustering.grouping.groups import Groups
from castlist.clustering.grouping.large import METHODS
from castlist.clustering.running import without_repeats
from castlist.clustering.stages.by_clothing import JointEvidence, find_by_clothing, weigh_clothes
from castlist.clustering.stages.by_face import face_evidence, find_by_face
from castlist.clustering.stages.people import known_groups
from castlist.data.tables.faces import Faces
from castlist.data.tables.pictures import count_violations, once_a_picture
from castlist.data.tables.tracks import Tracks
from fit_evidence import fit
from kept_tables import SETUPS, TABLES, KeptTable, read_tables
from numpy.typing import NDArray

CORE = ("orig", "flip", "x0.67", "x2", "crf36", "dark", "noise")
STRONG_FROM = 0.95
_EVIDENCE_BINS = (-np.inf, -6, -4, -2, -1, 0, 1, 2, 3, 4, 6, np.inf)
_STRENGTH_BINS = (0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.01)


@dataclass(frozen=True, eq=False)
class Answer:
    """What both stages say of one table.

    Attributes:
        by_face, by_both: person of every track, -1 = unknown.
        groups: of stage 2, tracks that show again what an earlier one shows left out, as in joint.
        joint: the evidence.
        weight: of clothes in this film.
        place: of every track among those that are left.
    """

    by_face: NDArray[np.int64]
    by_both: NDArray[np.int64]
    groups: Groups
    joint: JointEvidence
    weight: float
    place: NDArray[np.int64]


def answer(
    table: KeptTable, curves: tuple[FaceCurve, ClothCurve], stop: float, method: str = "hdbscan"
) -> Answer:
    """Run both stages on a table."""
    return answer_tracks(
        table.labelled.tracks, table.face_columns, table.cloth_columns, curves, stop, method
    )


def answer_tracks(
    tracks: Tracks,
    face_columns: dict[str, tuple[int, int]],
    cloth_columns: dict[str, tuple[int, int]],
    curves: tuple[FaceCurve, ClothCurve],
    stop: float,
    method: str = "hdbscan",
) -> Answer:
    """Run both stages on tracks."""
    tracks, constraints, place = without_repeats(
        tracks, (face_columns, cloth_columns), curves, Constraints(tracks.pictures)
    )
    face = face_evidence(tracks, face_columns, curves[0], constraints)
    cloth = ClothEvidence(tracks, cloth_columns, curves[1])
    first = find_by_face(tracks, face, constraints, stop, method)
    weigh_clothes(tracks, face, cloth, constraints)
    strong = first.probability >= STRONG_FROM
    joint = JointEvidence.after(first, strong, face, cloth)
    second = find_by_clothing(tracks, first, strong, joint, constraints, stop, method)
    by_face, by_both = known_groups(tracks, first), known_groups(tracks, second)
    weight = float(cloth.weight.max(initial=0))
    return Answer(by_face[place], by_both[place], second, joint, weight, place)


def count(table: KeptTable, person: NDArray[np.int64]) -> ClusterCounts | None:
    """Score people of tracks by the labelled faces; None without labels."""
    labelled = table.true != ""
    if not labelled.any():
        return None
    true = np.unique(table.true[labelled], return_inverse=True)[1]
    return count_clusters(true, person[table.faces.track[labelled]])


def curves_without(
    tables: Sequence[KeptTable],
) -> Iterator[tuple[KeptTable, tuple[FaceCurve, ClothCurve]]]:
    """Give each table, and curves that were fitted without its film."""
    for film in dict.fromkeys(table.film for table in tables):
        own = fit([table for table in tables if table.film != film])
        own = own.without_childhood(load_children())
        curves = next(iter(own.face.values())), next(iter(own.cloth.values()))
        for table in tables:
            if table.film == film:
                yield table, curves


def measure(tables: Sequence[KeptTable], stops: Sequence[float], method: str) -> None:
    """Print every table at the first stop, and a summary at each."""
    done = [(table, curves) for table, curves in curves_without(tables)]
    for stop in stops:
        rows = []
        for table, curves in done:
            found = answer(table, curves, stop, method)
            scores = count(table, found.by_face), count(table, found.by_both)
            rows.append((table, found, scores))
        if stop == stops[0]:
            print_rows(rows)
            print_calibration(rows)
        print_summary(stop, rows)


Row = tuple[KeptTable, Answer, tuple[ClusterCounts | None, ClusterCounts | None]]


def print_rows(rows: Sequence[Row]) -> None:
    print("| film | variant | 1-1 by face | WCP | 1-1 both | WCP | people | true | unknown | w |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for table, found, (first, second) in rows:
        weight = f"{found.weight:.2f}"
        if first is None or second is None:
            people = len(np.unique(found.by_both[found.by_both >= 0]))
            cells = ["-", "-", "-", "-", str(people), "0", "-", weight]
        else:
            cells = [
                *(f"{score:.2f}" for score in _two(first)),
                *(f"{score:.2f}" for score in _two(second)),
                str(second.people),
                str(second.true_people),
                f"{second.unknown_share or 0:.2f}",
                weight,
            ]
        print("| " + " | ".join([table.film, table.variant, *cells]) + " |")


def print_summary(stop: float, rows: Sequence[Row]) -> None:
    print(f"\nstop {stop:g}, {len(rows)} tables:\n")
    print("| variant | tables | 1-1 by face: mean, worst | WCP worst, < .98 |"
          " 1-1 both: mean, worst | WCP worst, < .98 |")  # fmt: skip
    print("|---|---|---|---|---|---|")
    names = [*dict.fromkeys(row[0].variant for row in rows)]
    for name in [*sorted(names, key=lambda own: (own not in CORE, own)), "all"]:
        scored = [row[2] for row in rows if name in ("all", row[0].variant)]
        columns = [[_two(pair[k]) for pair in scored if pair[k] is not None] for k in (0, 1)]
        cells = []
        for column in columns:
            one, purity = np.array(column).T
            cells += [
                f"{one.mean():.3f}, {one.min():.2f}",
                f"{purity.min():.2f}, {(purity < 0.98).sum()}",
            ]
        print("| " + " | ".join([name, str(len(columns[0])), *cells]) + " |")


def print_calibration(rows: Sequence[Row]) -> None:
    pairs: dict[str, list[NDArray[np.float64]]] = {"faces": [], "clothes": [], "both": []}
    same: dict[str, list[NDArray[np.bool_]]] = {name: [] for name in pairs}
    strength, right = [], []
    for table, found, _ in rows:
        first, second, one = table.labelled.pairs()
        first, second = found.place[first], found.place[second]
        one, first, second = (pair[first != second] for pair in (one, first, second))
        tracks = np.arange(len(found.groups.group))
        face = found.joint.face.between(tracks, tracks)[first, second]
        cloth = found.joint.cloth.between(tracks, tracks)[first, second]
        of_clothes = cloth != 0
        for name, evidence, use in (
            ("faces", face, np.ones(len(face), dtype=bool)),
            ("clothes", cloth, of_clothes),
            ("both", face + cloth, np.ones(len(face), dtype=bool)),
        ):
            pairs[name].append(evidence[use])
            same[name].append(one[use])
        known = (found.by_both[table.faces.track] >= 0) & (table.true != "")
        strength.append(found.groups.probability[found.place[table.faces.track[known]]])
        right.append(_is_right(table.true[known], found.by_both[table.faces.track[known]]))
    print("\nOf pairs with evidence in a bin, the share that is one person (number of pairs):\n")
    print("| of | " + " | ".join(f"from {low:g}" for low in _EVIDENCE_BINS[:-1]) + " |")
    print("|" + "---|" * len(_EVIDENCE_BINS))
    for name in pairs:
        shares = _shares(np.concatenate(pairs[name]), np.concatenate(same[name]), _EVIDENCE_BINS)
        print("| " + " | ".join([name, *shares]) + " |")
    print(
        "\nOf labelled faces with strength in a bin, the share that is right (number of faces):\n"
    )
    print("| " + " | ".join(f"from {low:g}" for low in _STRENGTH_BINS[:-1]) + " |")
    print("|" + "---|" * (len(_STRENGTH_BINS) - 1))
    shares = _shares(np.concatenate(strength), np.concatenate(right), _STRENGTH_BINS)
    print("| " + " | ".join(shares) + " |")


def check(tables: Sequence[KeptTable], stop: float) -> None:
    """Print what must not change the answer, and how often it does."""
    alone, twice, beside, order, broken = [], [], [], [], 0
    done = list(curves_without(tables))
    for number, (table, curves) in enumerate(done):
        columns = table.face_columns, table.cloth_columns
        plain = answer(table, curves, stop)
        told = once_a_picture(table.faces.replace(person=plain.by_both[table.faces.track]))
        broken += count_violations(told, told.person)
        faces, track = table.faces, table.faces.track
        for name in np.unique(table.true[table.true != ""]):
            rows = np.flatnonzero(table.labelled.person[track] == name)
            only = Tracks.of(_renumbered(faces[rows]))
            if len(only) > 1:
                found = answer_tracks(only, *columns, curves, stop).by_both
                company = np.unique(track[rows])
                share = [_largest(person, only.num_faces) for person in
                         (found, plain.by_both[company])]  # fmt: skip
                alone.append(share)
        again = faces.replace(
            frame=faces.frame + int(faces.frame.max()) + 1000,
            time_s=faces.time_s + float(faces.time_s.max()) + 60,
            shot=faces.shot + int(faces.shot.max()) + 1,
            track=faces.track + int(faces.track.max()) + 1,
        )
        both = Tracks.of(Faces.concatenate([faces, again]))
        found = answer_tracks(both, *columns, curves, stop).by_both
        twice.append(_agreement(plain.by_both, found[: len(plain.by_both)], table))
        other = done[(number + 1) % len(done)][0].faces
        other = other.replace(
            source=np.char.add("other/", other.source),
            track=other.track + int(faces.track.max()) + 1,
        )
        found = answer_tracks(
            Tracks.of(Faces.concatenate([faces, other])), *columns, curves, stop
        ).by_both
        beside.append(_agreement(plain.by_both, found[: len(plain.by_both)], table))
        mixed = np.random.default_rng(0).permutation(len(faces))
        found = answer_tracks(Tracks.of(faces[mixed]), *columns, curves, stop).by_both
        order.append(_agreement(plain.by_both, found, table))
    share, in_company = np.array(alone).T
    print(f"one person alone, {len(share)} people of two tracks and more, share of faces in the")
    print(f"largest person: {share.mean():.3f}; in company: {in_company.mean():.3f}")
    for name, agreements in (("twice", twice), ("another film beside", beside), ("order", order)):
        print(f"{name}: share of faces with the same people, mean {np.mean(agreements):.3f},"
              f" worst {np.min(agreements):.3f}")  # fmt: skip
    print(f"pairs of faces of one picture in one person: {broken}")


def _renumbered(faces: Faces) -> Faces:
    return faces.replace(track=np.unique(faces.track, return_inverse=True)[1])


def _largest(person: NDArray[np.int64], num_faces: NDArray[np.int64]) -> float:
    known = person >= 0
    if not known.any():
        return 0.0
    return float(np.bincount(person[known], weights=num_faces[known]).max() / num_faces.sum())


def _agreement(one: NDArray[np.int64], other: NDArray[np.int64], table: KeptTable) -> float:
    """Match people one to one; return the share of faces with the same person, or unknown."""
    mine = np.unique(one, return_inverse=True)[1]  # unknown is matched as if it were a person
    theirs = np.unique(other, return_inverse=True)[1]
    track = table.faces.track
    return count_clusters(mine[track], theirs[track]).one_to_one or 0.0


def _is_right(true: NDArray[np.str_], person: NDArray[np.int64]) -> NDArray[np.bool_]:
    right = np.zeros(len(true), dtype=bool)
    for number in np.unique(person):
        rows = person == number
        names, counts = np.unique(true[rows], return_counts=True)
        right[rows] = true[rows] == names[counts.argmax()]
    return right


def _shares(
    values: NDArray[np.float64], hits: NDArray[np.bool_], bins: Sequence[float]
) -> list[str]:
    cells = []
    for low, high in pairwise(bins):
        inside = (values >= low) & (values < high)
        cells.append(f"{hits[inside].mean():.2f} ({inside.sum()})" if inside.any() else "-")
    return cells


def _two(scores: ClusterCounts | None) -> tuple[float, float]:
    assert scores is not None
    purity = scores.wcp_known
    return scores.one_to_one or 0.0, 1.0 if purity is None else purity


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=Path, default=TABLES)
    parser.add_argument("--films", nargs="+")
    parser.add_argument("--setup", nargs="+", choices=list(SETUPS), default=["offline", "store"])
    parser.add_argument("--stop", nargs="+", type=float, default=[1.0])
    parser.add_argument("--method", choices=list(METHODS), default="hdbscan")
    parser.add_argument("--checks", action="store_true")
    options = parser.parse_args()
    for name in options.setup:
        tables = read_tables(options.tables, SETUPS[name], options.films)
        print(f"\n## {name}\n")
        if options.checks:
            check(tables, options.stop[0])
        else:
            measure(tables, options.stop, options.method)


if __name__ == "__main__":
    main()
