"""Large photos looked at whole and in tiles: recall by height of the faces, false boxes, time.

    python benchmarks/photo_tiles.py
    python benchmarks/photo_tiles.py --finest 0.5 0.6 1 --films friends_scene

No large group photo with labels is free, so two kinds are made up of labelled films, which lie in
the folder that CASTLIST_DATA names (../shared/data otherwise):

- groups: clear labelled faces with their shoulders, scaled so that a face is 25 to 35 px high, side
  by side on a grey picture of 3840 x 2160, about 200 in each;
- mosaics: labelled frames in their own size, side by side in such a picture. Their faces have all
  sizes, beside everything that is no face. Beside it stands what films get: each frame by itself.

A labelled face is found when a box overlaps it by an intersection over union of 0.4. False boxes
are those on no label; labels lack some faces of the background. Time is processor time of one
thread. The detector is CenterFace with the settings of ``castlist find``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np
from castlist.clustering.analysis.looking import FINEST, detect_in_photo
from castlist.clustering.face_models.base import Detections, Picture
from castlist.clustering.face_models.centerface import CenterFace, CenterFaceConfig
from castlist.data.media.frames import open_film
from castlist.data.tables.boxes import iou
from castlist.data.tables.label_files import read_labels
from castlist.data.tables.labels import NOT_A_FACE, Labels
from numpy.typing import NDArray
from places import DATA

FILMS = ("friends_scene", "intel_asl", "office_suits", "dinner_kids", "vox_pop")
UHD = (3840, 2160)
SMALL_PX = (25, 35)
CLEAR_FROM_PX = 45  # a face that is scaled up is no face of a photo
EDGES_PX = (0, 20, 25, 35, 50, 100, 10_000)
AROUND = 1.0  # of a face's longer side, what is cut out with it on each side
MIN_SCORE = 0.3  # the default of castlist find

Look = Callable[[Picture], Detections]


@dataclass
class Tally:
    """What one way to look found: counts."""

    found: list[bool] = field(default_factory=list)
    height_px: list[float] = field(default_factory=list)
    false: int = 0
    seconds: float = 0.0
    pictures: int = 0

    def add(self, faces: Detections, boxes: NDArray[np.float64], counts: NDArray[np.bool_]) -> None:
        """Compare with labels; those that do not count make no box false."""
        shared = iou(faces.boxes, boxes) >= 0.4 if len(boxes) else np.zeros((len(faces), 0), bool)
        self.found += shared.any(axis=0)[counts].tolist() if len(faces) else [False] * counts.sum()
        self.height_px += (boxes[:, 3] - boxes[:, 1])[counts].tolist()
        self.false += int((~shared.any(axis=1)).sum())

    def cells(self, edges: Sequence[float]) -> str:
        """Write how many were found of each height."""
        found, height = np.array(self.found), np.array(self.height_px)
        parts = [(height >= low) & (height < high) for low, high in pairwise(edges)]
        return " | ".join(f"{found[part].sum()}/{part.sum()}" for part in parts)


@dataclass(frozen=True)
class Made:
    """A photo that was made up: its pixels, where its faces are, and which of the labels count."""

    picture: Picture
    boxes: NDArray[np.float64]
    counts: NDArray[np.bool_]


def frames(film: str, every: int) -> Iterator[tuple[Picture, Labels]]:
    """Yield labelled frames with their labels."""
    labels = read_labels(DATA / film / "labels.csv")
    wanted = np.unique(labels.frame)[::every].tolist()
    path = DATA / film / "video.mp4"
    with open_film(path, source=film, fps=1e-3, also_frames=wanted) as reader:
        for frame in reader:
            if frame.index in set(wanted):
                yield frame.picture, labels[labels.frame == frame.index]


def groups(film: str, every: int, rng: np.random.Generator) -> Iterator[Made]:
    """Make group photos of the clear faces of a film, about 200 in each."""
    cell, canvas, boxes = (160, 180), _canvas(), []
    places = [
        (x, y) for y in range(0, UHD[1] - cell[1] + 1, cell[1]) for x in range(0, UHD[0], cell[0])
    ][::2][:198]
    at = 0
    for picture, labels in frames(film, every):
        for box in labels.box[labels.is_face]:
            side = max(box[2] - box[0], box[3] - box[1])
            if box[3] - box[1] < CLEAR_FROM_PX:
                continue
            scale = rng.uniform(*SMALL_PX) / (box[3] - box[1])
            corner = np.maximum(np.floor(box[:2] - AROUND * side), 0).astype(int)
            end = np.ceil(box[2:] + AROUND * side).astype(int)
            part = picture[corner[1] : end[1], corner[0] : end[0]]
            small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            small = small[: cell[1], : cell[0]]
            x, y = np.array(places[at]) + rng.integers(0, 12, 2)
            height, width = canvas[y : y + len(small), x : x + small.shape[1]].shape[:2]
            canvas[y : y + height, x : x + width] = small[:height, :width]
            boxes.append((box - np.tile(corner, 2)) * scale + [x, y, x, y])
            at += 1
            if at == len(places):
                yield Made(canvas, np.array(boxes), np.ones(at, bool))
                at, canvas, boxes = 0, _canvas(), []
    if boxes:
        yield Made(canvas, np.array(boxes), np.ones(at, bool))


def mosaics(film: str, every: int) -> Iterator[tuple[Made, list[tuple[Picture, Made]]]]:
    """Yield photos of many frames side by side, and these frames by themselves."""
    canvas, singles, boxes, counts = _canvas(), [], [], []
    at = 0
    for picture, labels in frames(film, every):
        height, width = picture.shape[:2]
        across, down = UHD[0] // width, UHD[1] // height
        x, y = at % across * width, at // across * height
        canvas[y : y + height, x : x + width] = picture
        own = labels[labels.has_box & (labels.person != NOT_A_FACE)]
        singles.append((picture, Made(picture, own.box, own.is_face)))
        boxes.append(own.box + np.array([x, y, x, y]))
        counts.append(own.is_face)
        at += 1
        if at == across * down:
            yield Made(canvas, np.concatenate(boxes), np.concatenate(counts)), singles
            canvas, singles, boxes, counts, at = _canvas(), [], [], [], 0
    if boxes:
        yield Made(canvas, np.concatenate(boxes), np.concatenate(counts)), singles


def _canvas() -> Picture:
    return np.full((UHD[1], UHD[0], 3), 128, np.uint8)


def look(tallies: dict[str, Tally], looks: dict[str, Look], made: Made) -> None:
    for name, find in looks.items():
        start = time.process_time()
        found = find(made.picture)
        tallies[name].seconds += time.process_time() - start
        tallies[name].pictures += 1
        tallies[name].add(found, made.boxes, made.counts)


def print_table(kind: str, tallies: dict[str, Tally]) -> None:
    names = [f"{low}-{high} px" for low, high in pairwise(EDGES_PX)]
    print(f"\n{kind}: faces found of those labelled, by height\n")
    print(f"| looked at | {' | '.join(names)} | false boxes | s a picture |")
    print("|---" + "|--:" * (len(names) + 2) + "|")
    for name, tally in tallies.items():
        took = tally.seconds / max(tally.pictures, 1)
        print(f"| {name} | {tally.cells(EDGES_PX)} | {tally.false} | {took:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--finest", nargs="+", type=float, default=[FINEST])
    parser.add_argument("--films", nargs="+", default=FILMS)
    parser.add_argument("--every", type=int, default=1, help="take each N-th labelled frame")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    detector = CenterFace(CenterFaceConfig(min_score=MIN_SCORE))
    looks: dict[str, Look] = {"whole": detector.detect}
    for finest in arguments.finest:
        looks[f"in tiles, {finest:g} of its size"] = lambda picture, finest=finest: detect_in_photo(
            [detector], picture, finest
        )
    rng = np.random.default_rng(0)
    of_groups = {name: Tally() for name in looks}
    of_mosaics = {name: Tally() for name in ("each frame by itself", *looks)}
    for film in arguments.films:
        for group in groups(film, arguments.every, rng):
            look(of_groups, looks, group)
        for mosaic, singles in mosaics(film, arguments.every):
            look(of_mosaics, looks, mosaic)
            for _, single in singles:
                look(of_mosaics, {"each frame by itself": detector.detect}, single)
    print_table("Groups", of_groups)
    print_table("Mosaics", of_mosaics)


if __name__ == "__main__":
    main()
