"""Face detectors on exactly the labelled frames: recall, boxes on no face, time.

    python benchmarks/detectors.py                                  # what ships, all films
    python benchmarks/detectors.py --time-only --threads 2
    python benchmarks/detectors.py --detectors centerface --crops /tmp/sheets
    python benchmarks/detectors.py --detectors centerface hog libfacedetection mtcnn \\
        blazeface=face_detection_full_range.tflite yunet=face_detection_yunet_2023mar.onnx

The demo is always measured, every third frame of it; friends_scene, intel_asl and meeting when they
lie in the folder that CASTLIST_DATA names (../shared/data otherwise). A labelled face is found when
a box overlaps it by an intersection over union of 0.4. Beside the labels there are boxes on what
the labels call not_a_face, and boxes on nothing that is labelled, many of them real faces that the
labels lack: ``--crops`` writes contact sheets to look at.

Detectors have scores of their own, so the first table takes each at the lowest score at which it
makes at most ``--false-boxes`` boxes on no label in friends_scene. other_detectors.py says where to
get those that do not ship. Time is processor time of one thread, which other programs hardly
disturb; with ``--threads 2`` and more it is the clock's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from castlist.clustering.evaluation.matching import FaceLabel, Matches, match_labels
from castlist.clustering.face_models.base import Detector, Picture
from castlist.clustering.face_models.centerface import CenterFace, CenterFaceConfig
from castlist.clustering.face_models.hog import Hog, HogConfig
from castlist.clustering.face_models.yunet import YuNet, YuNetConfig
from castlist.data.media.frames import open_film
from castlist.data.tables.faces import Faces
from castlist.data.tables.label_files import read_labels
from castlist.data.tables.labels import EASY_FROM_PX, HARD_BELOW_PX, Labels
from crop_sheet import crop_with_box, write_sheet
from numpy.typing import NDArray
from other_detectors import (
    BlazeFace,
    DlibCnnAnyScore,
    LibFaceDetection,
    Merged,
    Mirrored,
    Mtcnn,
    Tiled,
)
from places import FILMS

EVERY = {"demo": 3}  # the demo has labels in every frame; the others in every 6th to 10th
LEAST = 0.1  # score from which boxes are kept for the tables
SCORES = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
HEIGHTS_PX = (0, 20, 30, HARD_BELOW_PX, EASY_FROM_PX, np.inf)
YAW_DEG = (0, 15, 45, 75, 181)
PITCH_DEG = (-90, 15, 30, 90)
VISIBILITY = (0, 0.5, 0.75, 1.01)
SIZES_PX = ((640, 360), (1280, 720), (1920, 1080))
DEFAULT = ["centerface", "centerface-x1.5", "centerface-x2", "centerface-1+2"]
DEFAULT += ["centerface-mirrored", "hog", "hog-x0"]


def centerface(**settings: float) -> CenterFace:
    # No bound on the side: the table says what the size costs.
    return CenterFace(CenterFaceConfig(min_score=LEAST, max_side_px=8000, **settings))


DETECTORS: dict[str, Callable[[Path], Detector]] = {
    "centerface": lambda _: centerface(),
    "centerface-x0.5": lambda _: centerface(input_scale=0.5),
    "centerface-x1.5": lambda _: centerface(input_scale=1.5),
    "centerface-x2": lambda _: centerface(input_scale=2.0),
    "centerface-1+2": lambda _: Merged(centerface(), centerface(input_scale=2.0)),
    "centerface-tiles": lambda _: Tiled(centerface()),
    "centerface-mirrored": lambda _: Mirrored(LEAST),
    "hog": lambda _: Hog(HogConfig(min_score=0.3)),
    "hog-x0": lambda _: Hog(HogConfig(min_score=0.3, upsample=0)),
    "dlib-cnn-x0": lambda _: DlibCnnAnyScore(upsample=0),
    "dlib-cnn-x1": lambda _: DlibCnnAnyScore(upsample=1),
    "dlib-cnn-x2": lambda _: DlibCnnAnyScore(upsample=2),
    "yunet": lambda path: YuNet(path, YuNetConfig(min_score=LEAST, max_side_px=8000)),
    "libfacedetection": lambda _: LibFaceDetection(LEAST),
    "mtcnn": lambda _: Mtcnn(min_score=0.3),
    "blazeface": lambda path: BlazeFace(path, LEAST),
    "blazeface-tiles": lambda path: Tiled(BlazeFace(path, LEAST)),
}


@dataclass
class Found:
    """What one detector found in one film."""

    faces: Faces
    seconds: float


@dataclass
class Run:
    """All films of one detector."""

    name: str
    detector: Detector
    found: dict[str, Found] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """One film at one score. Counts."""

    labels: Labels
    matches: Matches
    faces: Faces

    @property
    def is_found(self) -> NDArray[np.bool_]:
        """Which labelled faces were found."""
        return (self.matches.face_of_label >= 0)[self.labels.is_face]

    @property
    def not_a_face(self) -> int:
        """Boxes on what the labels call no face."""
        return int((self.matches.label_of_face == FaceLabel.NOT_A_FACE).sum())

    @property
    def on_nothing(self) -> NDArray[np.int64]:
        """Rows of the boxes on nothing that is labelled."""
        return np.flatnonzero(self.matches.label_of_face == FaceLabel.FALSE)

    @property
    def false_boxes(self) -> int:
        """Boxes on no label."""
        return self.not_a_face + len(self.on_nothing)

    def recall(self, rows: NDArray[np.bool_]) -> str:
        """Faces found of those labelled; as a percentage where there are many."""
        found = self.is_found[rows]
        return f"{found.sum()}/{len(found)}" if len(found) < 400 else f"{100 * found.mean():.1f} %"


def labelled(film: str, every: int) -> Labels:
    labels = read_labels(FILMS[film].parent / "labels.csv")
    frames = np.unique(labels.frame)[:: every * EVERY.get(film, 1)]
    return labels[np.isin(labels.frame, frames)]


def pictures(film: str, labels: Labels) -> Iterator[tuple[int, Picture]]:
    wanted = np.unique(labels.frame).tolist()
    path = FILMS[film]
    with open_film(path, source=path.name, fps=1e-3, also_frames=wanted) as frames:
        yield from ((frame.index, frame.picture) for frame in frames if frame.index in set(wanted))


def look(runs: Sequence[Run], film: str, labels: Labels) -> None:
    """Let all detectors see each frame in turn, so that all meet the same machine."""
    rows: dict[str, list[NDArray[np.float64]]] = {run.name: [] for run in runs}
    seconds = dict.fromkeys(rows, 0.0)
    num_frames = 0
    for index, picture in pictures(film, labels):
        num_frames += 1
        for run in runs:
            start = time.process_time()
            found = run.detector.detect(picture)
            seconds[run.name] += time.process_time() - start
            frame = np.full(len(found), float(index))
            rows[run.name].append(np.column_stack([frame, found.boxes, found.scores]))
    for run in runs:
        table = np.concatenate(rows[run.name])
        table = table[(table[:, 3:5] > table[:, 1:3]).all(axis=1)]
        faces = Faces.of_detections(
            source=np.full(len(table), FILMS[film].name),
            frame=table[:, 0],
            time_s=np.zeros(len(table)),
            box=table[:, 1:5],
            detection=np.clip(table[:, 5], 0, 1),
        )
        run.found[film] = Found(faces, seconds[run.name] / num_frames)


def judge(run: Run, film: str, labels: Labels, score: float) -> Result:
    faces = run.found[film].faces
    faces = faces[faces.detection >= score]
    if not len(faces):
        missed = np.full(len(labels), -1)
        return Result(labels, Matches(missed, np.empty(0, np.int64), missed < 0), faces)
    return Result(labels, match_labels(faces, labels), faces)


def score_for(run: Run, film: str, labels: Labels, false_boxes: int) -> float:
    scores = np.unique(np.round(run.found[film].faces.detection, 2))
    for score in scores:
        if judge(run, film, labels, float(score)).false_boxes <= false_boxes:
            return float(score)
    return 1.0


def compare(runs: Sequence[Run], labels: dict[str, Labels], false_boxes: int) -> dict[str, float]:
    """Print the first table; return the score of each detector."""
    film = next(iter(labels))
    print(f"\nAt most {false_boxes} boxes on no label in {film}.\n")
    heights = " | ".join(bands(HEIGHTS_PX, "px"))
    print(
        f"| detector | score | {' | '.join(labels)} | {film}: {heights} | not_a_face, unlabelled |"
    )
    print("|---" * (3 + len(labels) + len(HEIGHTS_PX)) + "|")
    chosen = {}
    for run in runs:
        score = chosen[run.name] = score_for(run, film, labels[film], false_boxes)
        results = {name: judge(run, name, rows, score) for name, rows in labels.items()}
        print(row(f"{run.name} | {score:.2f}", results, film))
    return chosen


def by_score(run: Run, labels: dict[str, Labels]) -> None:
    film = next(iter(labels))
    print(f"\n{run.name} by least score.\n")
    heights = " | ".join(bands(HEIGHTS_PX, "px"))
    print(f"| score | {' | '.join(labels)} | {film}: {heights} | not_a_face, unlabelled |")
    print("|---" * (2 + len(labels) + len(HEIGHTS_PX)) + "|")
    for score in SCORES:
        results = {name: judge(run, name, rows, score) for name, rows in labels.items()}
        print(row(f"{score:.2f}", results, film))


def row(head: str, results: dict[str, Result], film: str) -> str:
    recalls = " | ".join(f"{100 * result.is_found.mean():.1f} %" for result in results.values())
    labels = results[film].labels
    height = labels.height_px[labels.is_face]
    cells = " | ".join(results[film].recall(part) for part in split(height, HEIGHTS_PX))
    false = "; ".join(f"{r.not_a_face}, {len(r.on_nothing)}" for r in results.values())
    return f"| {head} | {recalls} | {cells} | {false} |"


def by_pose(runs: Sequence[Run], labels: Labels, chosen: dict[str, float]) -> None:
    print(
        "\nThe demo by pose, at the same scores: absolute yaw, pitch (down is above 0), visible.\n"
    )
    names = bands(YAW_DEG, "°") + bands(PITCH_DEG, "°") + bands(VISIBILITY, "")
    print(f"| detector | {' | '.join(names)} |")
    print("|---" * (1 + len(names)) + "|")
    faces = labels[labels.is_face]
    for run in runs:
        result = judge(run, "demo", labels, chosen[run.name])
        parts = split(np.abs(faces.yaw_deg), YAW_DEG) + split(faces.pitch_deg, PITCH_DEG)
        parts += split(faces.visibility, VISIBILITY)
        print(f"| {run.name} | {' | '.join(result.recall(part) for part in parts)} |")


def bands(edges: Sequence[float], unit: str) -> list[str]:
    pairs = pairwise(edges)
    return [
        f"{low:g}-{high:g}{unit}" if high < np.inf else f"{low:g}{unit}-" for low, high in pairs
    ]


def split(values: NDArray[np.float64], edges: Sequence[float]) -> list[NDArray[np.bool_]]:
    pairs = pairwise(edges)
    return [(values >= low) & (values < high) for low, high in pairs]


def measure_time(runs: Sequence[Run], threads: int, repeats: int = 7) -> None:
    clock = time.process_time if threads == 1 else time.perf_counter
    kind = "processor" if threads == 1 else "clock"
    print(f"\nMilliseconds a frame ({kind}), {threads} thread(s), median of {repeats}.\n")
    print(f"| detector | {' | '.join(f'{width} x {height}' for width, height in SIZES_PX)} |")
    print("|---" * (1 + len(SIZES_PX)) + "|")
    first = next(picture for _, picture in pictures("demo", labelled("demo", 1)))
    seconds = np.zeros((len(runs), len(SIZES_PX), repeats))
    for column, size in enumerate(SIZES_PX):
        picture = np.asarray(cv2.resize(first, size, interpolation=cv2.INTER_CUBIC))
        for repeat in range(-1, repeats):  # the first time only warms up
            for line, run in enumerate(runs):
                start = clock()
                run.detector.detect(picture)
                seconds[line, column, repeat] = clock() - start
    for line, run in enumerate(runs):
        cells = (f"{1000 * value:.0f}" for value in np.median(seconds[line], axis=1))
        print(f"| {run.name} | {' | '.join(cells)} |")


def write_crops(run: Run, film: str, result: Result, folder: Path) -> None:
    """Write the boxes on no label as one contact sheet, the best score first."""
    rows = result.on_nothing[np.argsort(-result.faces.detection[result.on_nothing])]
    if not len(rows):
        return
    tiles: dict[int, Picture] = {}
    for index, picture in pictures(film, result.labels):
        for face in rows[result.faces.frame[rows] == index]:
            text = f"{index} {result.faces.detection[face]:.2f} {result.faces.height_px[face]:.0f}"
            tiles[face] = crop_with_box(picture, result.faces.box[face], text)
    folder.mkdir(parents=True, exist_ok=True)
    write_sheet(folder / f"{run.name}-{film}.png", [tiles[face] for face in rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--detectors", nargs="+", default=DEFAULT, metavar="NAME[=FILE]")
    parser.add_argument("--false-boxes", type=int, default=100, help="in friends_scene")
    parser.add_argument("--every", type=int, default=1, help="take each N-th labelled frame")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--time-only", action="store_true")
    parser.add_argument("--crops", type=Path, help="folder for sheets of boxes on no label")
    arguments = parser.parse_args()
    cv2.setNumThreads(arguments.threads)
    runs = []
    for text in arguments.detectors:
        name, _, path = text.partition("=")
        if name not in DETECTORS:
            parser.error(f"--detectors: expected some of {', '.join(DETECTORS)}, got {name}")
        runs.append(Run(name, DETECTORS[name](Path(path))))
    if not arguments.time_only:
        labels = {
            film: labelled(film, arguments.every) for film, path in FILMS.items() if path.is_file()
        }
        for film, rows in labels.items():
            look(runs, film, rows)
        chosen = compare(runs, labels, arguments.false_boxes)
        by_pose(runs, labels["demo"], chosen)
        by_score(runs[0], labels)
        if arguments.crops:
            for run in runs:
                for film, rows in labels.items():
                    result = judge(run, film, rows, chosen[run.name])
                    write_crops(run, film, result, arguments.crops)
    measure_time(runs, arguments.threads)


if __name__ == "__main__":
    main()
