"""How much time smaller pictures and bfloat16 save the detector of films, and what they lose.

    python benchmarks/detector_sizes.py                        # labelled films of CASTLIST_DATA
    python benchmarks/detector_sizes.py --films dinner_kids --enlarged 3

Each film's pictures, five a second and the labelled ones, are looked at in full size in float32, in
full size and the fastest precision, and as a run looks at them (``FilmDetector``). Recall is of
labelled faces (overlap .4); "seen" the share of the faces of the first that the others find, too
(overlap .5); ms of processor time a picture. ``--enlarged`` enlarges the pictures first.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from castlist.clustering.analysis.film_detector import FilmDetector
from castlist.clustering.face_models.base import Detections
from castlist.clustering.face_models.centerface import CenterFace, CenterFaceConfig
from castlist.data.media.frames import Frame, open_film
from castlist.data.runtime.networks import fastest_precision
from castlist.data.tables.boxes import iou
from castlist.data.tables.label_files import read_labels
from castlist.data.tables.labels import Labels
from numpy.typing import NDArray
from places import DATA

FILMS = ("dinner_kids", "friends_scene", "hotel_comedy", "meeting", "office_suits", "intel_asl")
END_S = 60.0
_MIN_SCORE = 0.3  # as in EngineConfig

Boxes = NDArray[np.floating]
Look = Callable[[Frame], Detections]


def looks() -> dict[str, Look]:
    """Return the three ways to look at the pictures of a film."""
    plain = CenterFace(CenterFaceConfig(min_score=_MIN_SCORE))
    fast = CenterFace(CenterFaceConfig(min_score=_MIN_SCORE, precision=fastest_precision()))
    film = FilmDetector(fast, CenterFace(fast.config))

    def as_a_run(frame: Frame) -> Detections:
        film.begin(frame)
        return film.finish()[1]

    return {
        "full, float32": lambda frame: plain.detect(frame.picture),
        f"full, {fast.config.precision}": lambda frame: fast.detect(frame.picture),
        "as a run": as_a_run,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", nargs="*", default=FILMS)
    parser.add_argument("--enlarged", type=float, default=1.0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    print("| film | pictures | size | how | recall | seen | ms | times faster |")
    print("|---|---|---|---|---|---|---|---|")
    for name in options.films:
        measure(name, options.enlarged)


def measure(name: str, enlarged: float) -> None:
    """Print the lines of one film."""
    labels = read_labels(DATA / name / "labels.csv")
    film = DATA / name / "video.mp4"
    ways = looks()
    found: dict[str, list[Boxes]] = {how: [] for how in ways}
    spent_s: dict[str, list[float]] = {how: [] for how in ways}
    frames: list[int] = []
    size = (0, 0)
    for frame in _frames(film, labels):
        picture = np.asarray(cv2.resize(frame.picture, None, fx=enlarged, fy=enlarged), np.uint8)
        shown = dataclasses.replace(frame, picture=picture)
        size = shown.size_px
        frames.append(frame.index)
        for how, look in ways.items():
            began_s = time.process_time()
            found[how].append(look(shown).boxes / enlarged)
            spent_s[how].append(time.process_time() - began_s)
    first = next(iter(ways))
    for how in ways:
        ms = 1000 * float(np.sum(spent_s[how][1:])) / max(len(frames) - 1, 1)
        base = float(np.sum(spent_s[first][1:])) / float(np.sum(spent_s[how][1:]))
        print(
            f"| {name} | {len(frames)} | {size[0]} x {size[1]} | {how}"
            f" | {_recall(found[how], frames, labels):.4f}"
            f" | {_share(found[first], found[how], 0.5):.4f} | {ms:.1f} | {base:.2f} |"
        )


def _frames(film: Path, labels: Labels) -> Iterator[Frame]:
    with open_film(film, source="film", fps=5, end_s=END_S) as reader:
        rate = float(reader.fps or 25)
    also = sorted({int(own) for own in labels.frame if own < (END_S - 1) * rate})
    with open_film(film, source="film", fps=5, also_frames=also, end_s=END_S) as reader:
        yield from reader


def _recall(found: Sequence[Boxes], frames: list[int], labels: Labels) -> float:
    place = {frame: row for row, frame in enumerate(frames)}
    wanted, seen = [], []
    for frame in sorted(set(labels.frame.tolist()) & place.keys()):
        wanted.append(labels.box[(labels.frame == frame) & labels.is_face])
        seen.append(found[place[frame]])
    return _share(wanted, seen, 0.4)


def _share(wanted: Sequence[Boxes], found: Sequence[Boxes], least: float) -> float:
    hits = sum(
        int((iou(own, other).max(axis=1, initial=0.0) >= least).sum())
        for own, other in zip(wanted, found, strict=True)
    )
    return hits / max(sum(len(own) for own in wanted), 1)


if __name__ == "__main__":
    main()
