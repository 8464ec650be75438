"""How well networks tell people apart, on labelled films in all variants: docs/embedding.md.

    python benchmarks/variants.py OUT && python benchmarks/variant_vectors.py OUT
    python benchmarks/vectors.py OUT                    # faces and appearance
    python benchmarks/vectors.py OUT --films            # also every film by itself
    python benchmarks/vectors.py OUT --single           # pairs of faces in place of tracks
    python benchmarks/vectors.py --speed                # time a face and a crop on one thread

Pairs of tracks of different shots (appearance: within two minutes), each track the mean of its
vectors, weighted by quality. Cosines; of several networks together, their weighted mean. AUC: how
often two tracks of one person are nearer than two of two people. TPR: share of the pairs of one
person found when 5, 1 or 0.1 % of the pairs of two people are accepted too, by a limit of the
film's own; with few such pairs none may be accepted. Means over films: each counts the same, but
those with fewer than five pairs of one person count nothing.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import openvino
from castlist.clustering.face_models.base import Detections
from castlist.clustering.face_models.cleaning import CleaningConfig, FaceCleaner
from castlist.data.clothes.colours import COLOUR_DIM
from castlist.data.result.store import read_faces
from castlist.data.tables.faces import Faces
from numpy.typing import NDArray
from scipy.stats import rankdata
from variant_vectors import BODY_SIZE, CHECKPOINTS, VECTORS, body_networks, face_networks, unit
from variants import FILMS, TABLE, VARIANTS

WINDOW_S = 120.0
RATES = (0.05, 0.01, 0.001)
LEAST_PAIRS = 5
LEAST_QUALITY = 0.02  # so that a track of bad faces only has a mean too

# Networks together, by the share each has in the cosine.
FACES: dict[str, dict[str, float]] = {
    "dlib": {"dlib": 1},
    "0095": {"0095": 1},
    "faceres": {"faceres": 1},
    "dlib + faceres": {"dlib": 0.5, "faceres": 0.5},
    "dlib + 0095": {"dlib": 0.5, "0095": 0.5},
    "0095 + faceres": {"0095": 0.5, "faceres": 0.5},
    "dlib + 0095 + faceres": {"dlib": 1 / 3, "0095": 1 / 3, "faceres": 1 / 3},
    "sface": {"sface": 1},
    "faceres + sface": {"faceres": 0.5, "sface": 0.5},
    "0095 + faceres + sface": {"0095": 1 / 3, "faceres": 1 / 3, "sface": 1 / 3},
}
CLEANED = {
    f"{name}, cleaned": {f"{network}_cleaned": share for network, share in shares.items()}
    for name, shares in FACES.items()
}
ALIGNMENT = {"dlib": FACES["dlib"], "dlib, by landmarks alone": {"dlib_landmarks": 1.0}}
APPEARANCE: dict[str, dict[str, float]] = {
    "ImageNet + colours (now)": {"imagenet": 0.3, "colours": 0.7},
    "colours": {"colours": 1},
    "film_lite0": {"film_lite0": 1},
    "film_lite0 + colours": {"film_lite0": 0.6, "colours": 0.4},
    "0277 head": {"0277_head": 1},
    "0277 torso": {"0277_torso": 1},
    "0287 head": {"0287_head": 1},
    "0277 head + torso": {"0277_head": 0.5, "0277_torso": 0.5},
    "0277 head + now": {"0277_head": 0.5, "imagenet": 0.15, "colours": 0.35},
    "0277 head + film_lite0 + colours": {"0277_head": 0.4, "film_lite0": 0.4, "colours": 0.2},
    "0277 torso + film_lite0 + colours": {"0277_torso": 0.4, "film_lite0": 0.4, "colours": 0.2},
    "0277 head, torso + film_lite0 + colours": {
        "0277_head": 0.25,
        "0277_torso": 0.25,
        "film_lite0": 0.3,
        "colours": 0.2,
    },
}

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Looks:
    """Tracks, or single faces, that are labelled: one row each.

    Attributes:
        film, variant: which table.
        person: (num,) str.
        shot: (num,) int64.
        time_s: (num,) float64, the middle of the track.
        vectors: by network (num, dim), unit rows; NaN = none.
    """

    film: str
    variant: str
    person: NDArray[np.str_]
    shot: NDArray[np.int64]
    time_s: Matrix
    vectors: Mapping[str, Matrix]

    def cosine(self, shares: Mapping[str, float]) -> Matrix:
        """Return the weighted mean of the cosines of some networks, (num, num)."""
        parts = [
            share * (self.vectors[name] @ self.vectors[name].T) for name, share in shares.items()
        ]
        return np.asarray(sum(parts))

    def pairs(self, window_s: float = np.inf) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return first and second of every pair of different shots within a time."""
        first, second = np.triu_indices(len(self.person), 1)
        near = np.abs(self.time_s[first] - self.time_s[second]) <= window_s
        use = (self.shot[first] != self.shot[second]) & near
        return first[use], second[use]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, nargs="?", help="folder of the tables")
    parser.add_argument("--speed", action="store_true", help="time a face and a crop")
    parser.add_argument("--films", action="store_true", help="each film by itself, too")
    parser.add_argument("--single", action="store_true", help="pairs of faces, not of tracks")
    arguments = parser.parse_args()
    if arguments.speed:
        print_speed()
    if arguments.out is not None:
        print_accuracy(arguments)


def print_accuracy(arguments: argparse.Namespace) -> None:
    looks = list(load_all(arguments.out, arguments.single))
    what = "faces" if arguments.single else "tracks"
    for title, sets, window_s in (
        ("Faces", {**FACES, **CLEANED}, np.inf),
        ("dlib's alignment, or the detector's landmarks", ALIGNMENT, np.inf),
        ("Appearance, within two minutes", APPEARANCE, WINDOW_S),
    ):
        print(f"\n## {title}: pairs of {what}\n")
        measured = {name: measure_all(looks, shares, window_s) for name, shares in sets.items()}
        # of what a run describes alone, some networks have no vectors
        found = {name: figures for name, figures in measured.items() if figures}
        print_by_variant(found)
        if arguments.films:
            print_by_film(found)


# --- tables --------------------------------------------------------------------------------------


def load_all(out: Path, single: bool) -> Iterator[Looks]:
    for film in FILMS:
        for variant in VARIANTS:
            folder = out / film / variant
            if (folder / VECTORS).exists():
                yield load(folder, film, variant, single)


def load(folder: Path, film: str, variant: str, single: bool) -> Looks:
    faces, _ = read_faces(folder / TABLE)
    with np.load(folder / VECTORS) as kept:
        columns = {"dlib": faces.face_vector, **{name: kept[name] for name in kept}}
    true = columns["true"]
    vectors = spaces(columns, faces)
    if single:
        rows = np.flatnonzero((true != "") & columns["chosen"])
        return Looks(
            film,
            variant,
            true[rows],
            faces.shot[rows],
            faces.time_s[rows],
            {name: own[rows].astype(np.float64) for name, own in vectors.items()},
        )
    person = np.array([most_frequent(true[rows]) for rows in rows_of_tracks(faces)])
    tracks = [rows for rows, who in zip(rows_of_tracks(faces), person, strict=True) if who]
    weight = np.maximum(faces.quality, LEAST_QUALITY)
    return Looks(
        film,
        variant,
        person[person != ""],
        np.array([faces.shot[rows[0]] for rows in tracks], np.int64),
        np.array([faces.time_s[rows].mean() for rows in tracks]),
        {
            name: np.array([mean(own[rows], weight[rows]) for rows in tracks]).reshape(
                len(tracks), own.shape[1]
            )
            for name, own in vectors.items()
        },
    )


def spaces(columns: Mapping[str, NDArray[np.float32]], faces: Faces) -> dict[str, Matrix]:
    """Return unit vectors by network, (num_faces, dim)."""
    found = {
        name: column for name, column in columns.items() if column.ndim == 2 and column.shape[1] > 1
    }
    # dlib's lie in one corner of their space: cosines say something only from the middle of people,
    # here of the film's own (the figures in docs/embedding.md were made with that of other films)
    for name in ("dlib", "dlib_cleaned", "dlib_landmarks"):
        if name in found:
            found[name] = found[name] - np.nanmean(found[name], axis=0)
    found["imagenet"] = faces.cloth_vector[:, :-COLOUR_DIM]
    found["colours"] = faces.cloth_vector[:, -COLOUR_DIM:]
    return {name: unit(column).astype(np.float64) for name, column in found.items()}


def rows_of_tracks(faces: Faces) -> list[NDArray[np.int64]]:
    order = np.argsort(faces.track, kind="stable")
    starts = np.flatnonzero(np.diff(faces.track[order])) + 1
    return list(np.split(order, starts)) if len(order) else []


def most_frequent(names: NDArray[np.str_]) -> str:
    known, counts = np.unique(names[names != ""], return_counts=True)
    return str(known[counts.argmax()]) if len(known) else ""


def mean(vectors: Matrix, weight: NDArray[np.float32]) -> Matrix:
    """Return the direction of the weighted mean of the rows that are there, (dim,)."""
    there = np.isfinite(vectors).all(axis=1)
    if not there.any():
        return np.full(vectors.shape[1], np.nan)
    total = weight[there] @ vectors[there]
    return np.asarray(total / np.linalg.norm(total))


# --- figures -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figures:
    """What was measured on one table; NaN where there is nothing to measure.

    Attributes:
        film, variant: which table.
        same, other: pairs of one person, and of two.
        auc: area under the curve.
        tpr: at each of ``RATES``.
    """

    film: str
    variant: str
    same: int
    other: int
    auc: float
    tpr: tuple[float, ...]


def measure_all(looks: list[Looks], shares: Mapping[str, float], window_s: float) -> list[Figures]:
    return [
        measure(own, shares, window_s)
        for own in looks
        if all(name in own.vectors for name in shares)
    ]


def measure(looks: Looks, shares: Mapping[str, float], window_s: float) -> Figures:
    first, second = looks.pairs(window_s)
    cosine = looks.cosine(shares)[first, second]
    there = np.isfinite(cosine)
    cosine = cosine[there]
    same = (looks.person[first] == looks.person[second])[there]
    tpr = tuple(true_positive_rate(cosine, same, rate) for rate in RATES)
    return Figures(
        looks.film,
        looks.variant,
        int(same.sum()),
        int((~same).sum()),
        area_under_curve(cosine, same),
        tpr,
    )


def area_under_curve(cosine: Matrix, same: NDArray[np.bool_]) -> float:
    """Return how often a pair of one person has the higher cosine (Mann and Whitney's U)."""
    num_same, num_other = int(same.sum()), int((~same).sum())
    if num_same < LEAST_PAIRS or num_other < LEAST_PAIRS:
        return np.nan
    ranks = rankdata(cosine)[same].sum() - num_same * (num_same + 1) / 2
    return float(ranks / (num_same * num_other))


def true_positive_rate(cosine: Matrix, same: NDArray[np.bool_], rate: float) -> float:
    """Return the share of pairs of one person above the limit that accepts ``rate`` of others."""
    others = np.sort(cosine[~same])[::-1]
    if same.sum() < LEAST_PAIRS or len(others) < LEAST_PAIRS:
        return np.nan
    return float((cosine[same] > others[int(len(others) * rate)]).mean())


def print_by_variant(found: Mapping[str, list[Figures]]) -> None:
    """Print AUC and TPR at 1 %, mean over films and the worst film, by variant."""
    variants = [
        name for name in VARIANTS if any(own.variant == name for own in next(iter(found.values())))
    ]
    print("| | all: AUC, 5 %, 1 %, 0.1 % | " + " | ".join(variants) + " |")
    print("|---" * (len(variants) + 2) + "|")
    for name, figures in found.items():
        cells = [_all_cell(figures)]
        cells += [_cell([own for own in figures if own.variant == variant]) for variant in variants]
        print(f"| {name} | " + " | ".join(cells) + " |")
    print("\nBy variant: AUC, TPR at 1 % (of the worst film).")


def _all_cell(figures: list[Figures]) -> str:
    tpr = np.nanmean([own.tpr for own in figures], axis=0)
    area = np.nanmean([own.auc for own in figures])
    return ", ".join(f"{value:.3f}" for value in (area, *tpr))


def _cell(figures: list[Figures]) -> str:
    measured = [own for own in figures if np.isfinite(own.auc)]
    if not measured:
        return "n/a"
    one_percent = [own.tpr[1] for own in measured]
    area = np.mean([own.auc for own in measured])
    return f"{area:.3f} {np.mean(one_percent):.2f} ({min(one_percent):.2f})"


def print_by_film(found: Mapping[str, list[Figures]]) -> None:
    """Print TPR at 1 % of each film in each variant."""
    names = list(found)
    print("\n| film | variant | pairs of one, of two | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 3) + "|")
    tables = {(own.film, own.variant): own for own in found[names[0]] if np.isfinite(own.auc)}
    for film, variant in tables:
        rows = [_figure(found[name], film, variant) for name in names]
        pairs = tables[film, variant]
        cells = " | ".join("n/a" if row is None else f"{row.tpr[1]:.2f}" for row in rows)
        print(f"| {film} | {variant} | {pairs.same}, {pairs.other} | {cells} |")


def _figure(figures: list[Figures], film: str, variant: str) -> Figures | None:
    return next((own for own in figures if (own.film, own.variant) == (film, variant)), None)


# --- speed ---------------------------------------------------------------------------------------


def print_speed() -> None:
    """Print the processor's time for a face or a crop, on one thread, in batches of 16."""
    cv2.setNumThreads(1)
    random = np.random.default_rng(0)
    print("\n| step | ms |\n|---|--:|")
    for name, network in face_networks().items():
        if name != "dlib_landmarks":
            side = {"dlib": 150, "0095": 128, "faceres": 224, "sface": 112}[name]
            chips = random.integers(1, 256, (16, side, side, 3), np.uint8)
            print(f"| {name} | {ms_each(lambda n=network, c=chips: n.embed(c), 16):.1f} |")
    for name, network in body_networks().items():
        crops = random.random((16, 3, *BODY_SIZE), np.float32) * 255
        print(f"| {name} | {ms_each(lambda n=network, c=crops: n.run(c), 16):.1f} |")
    for name in ("cloth_imagenet_lite0", "cloth_film_lite0"):
        content = (CHECKPOINTS / f"{name}.onnx").read_bytes()
        print(f"| {name} | {_ms_of_crops(content):.1f} |")
    cleaner = FaceCleaner(CleaningConfig(noisy=(0, 1), dark=(1e-9, 0)))
    darker = FaceCleaner(CleaningConfig(noisy=(1e9, 2e9), dark=(257, 256)))
    picture = random.integers(0, 256, (360, 640, 3), np.uint8)
    for side in (40, 80, 160):
        box = np.array([[240, 80, 240 + side, 80 + side]], np.float32)
        face = Detections(box, np.full((1, 5, 2), np.nan, np.float32), np.ones(1, np.float32))
        condition = cleaner.measure(picture, box)
        for what, work in (
            ("measuring", lambda b=box: cleaner.measure(picture, b)),
            ("denoising", lambda f=face, c=condition: list(cleaner.clean(picture, f, c))),
            ("brightening", lambda f=face, c=condition: list(darker.clean(picture, f, c))),
        ):
            print(f"| {what}, a face of {side} px | {ms_each(work, 1):.1f} |")


def _ms_of_crops(content: bytes) -> float:
    core = openvino.Core()
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    network = core.compile_model(core.read_model(content), "CPU", settings)
    side = network.input(0).partial_shape[1].get_length()
    crops = np.random.default_rng(0).integers(0, 256, (16, side, side, 4), np.uint8)
    return ms_each(lambda: network(crops), 16)


def ms_each(work: Callable[[], object], count: int) -> float:
    """Return the processor's time of one of ``count``, the best of seven rounds, milliseconds."""
    spent = []
    for _ in range(7):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return 1000 * min(spent) / count


if __name__ == "__main__":
    main()
