"""Faces that a picture shows twice: are they found, and is nobody else taken for one?

    python benchmarks/copies.py                      # the demo, and labelled films of CASTLIST_DATA
    python benchmarks/copies.py --films friends_scene

The first minute of each film, two pictures a second: as it is, where no face is a copy; with itself
as an inset of .2, .3 and .4 of its width; and before a larger, blurred copy of itself, as upright
versions of wide films have it. A face of the film counts as shown twice where the detector finds a
face at its place in the copy, too, and "told" where one of the two is a copy by ``copies``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from castlist.clustering.face_models.centerface import CenterFace, CenterFaceConfig
from castlist.clustering.patches.copies import copies
from castlist.data.media.frames import open_film
from castlist.data.runtime.networks import fastest_precision
from castlist.data.tables.boxes import iou
from numpy.typing import NDArray
from places import DATA, FILMS

END_S, FPS = 60.0, 2.0
_SAME_PLACE = 0.4
_UPRIGHT = 16 / 9

Picture = NDArray[np.uint8]
Boxes = NDArray[np.float32]
Shown = tuple[Picture, Callable[[Boxes], Boxes], Callable[[Boxes], Boxes]]
"""A picture, where faces of the film lie in it, and where their copies do."""


def as_it_is(picture: Picture) -> Shown:
    return picture, lambda boxes: boxes, lambda boxes: boxes


def inset(share: float) -> Callable[[Picture], Shown]:
    def shown(picture: Picture) -> Shown:
        height, width = picture.shape[:2]
        small = _resized(picture, share)
        whole = np.zeros((height, width + small.shape[1], 3), np.uint8)
        whole[:, :width] = picture
        whole[: small.shape[0], width:] = small
        offset = np.array([width, 0, width, 0], np.float32)
        return whole, lambda boxes: boxes, lambda boxes: boxes * np.float32(share) + offset

    return shown


def blurred(sigma: float) -> Callable[[Picture], Shown]:
    """Return what puts a picture on an upright one that a copy, enlarged and blurred, fills."""

    def shown(picture: Picture) -> Shown:
        height, width = picture.shape[:2]
        tall = int(width * _UPRIGHT)
        larger = tall / height
        large = _resized(picture, larger)
        left = (large.shape[1] - width) // 2
        whole = cv2.GaussianBlur(large[:tall, left : left + width], (0, 0), sigma)
        top = (whole.shape[0] - height) // 2
        whole[top : top + height] = picture
        down = np.array([0, top, 0, top], np.float32)
        right = np.array([left, 0, left, 0], np.float32)

        def copied(boxes: Boxes) -> Boxes:
            there = boxes * np.float32(larger) - right
            middle = (there[:, 1] + there[:, 3]) / 2
            is_covered = (middle >= top) & (middle < top + height)
            return np.where(is_covered[:, None], np.float32(-1), there)

        return np.asarray(whole, np.uint8), lambda boxes: boxes + down, copied

    return shown


KINDS: dict[str, Callable[[Picture], Shown]] = {
    "as it is": as_it_is,
    **{f"inset of {share}": inset(share) for share in (0.2, 0.3, 0.4)},
    **{f"on a blur of {sigma:.0f} px": blurred(sigma) for sigma in (3.0, 8.0)},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", nargs="*", help="default: all that are there")
    wanted = parser.parse_args().films
    films = {path.parent.name: path for path in sorted(DATA.glob("*/video.mp4"))}
    print("| film | picture | faces | shown twice | told | taken for a copy beside these |")
    print("|---|---|--:|--:|--:|--:|")
    for name, path in {**films, "demo": FILMS["demo"]}.items():
        if path.is_file() and (not wanted or name in wanted):
            measure(name, path)


def measure(name: str, film: Path) -> None:
    """Print the lines of one film."""
    detector = CenterFace(CenterFaceConfig(min_score=0.3, precision=fastest_precision()))
    with open_film(film, source=name, fps=FPS, end_s=END_S) as reader:
        pictures = [frame.picture for frame in reader]
    for kind, show in KINDS.items():
        counts = np.sum([_counts(detector, show, picture) for picture in pictures], axis=0)
        print(f"| {name} | {kind} | {' | '.join(map(str, counts.tolist()))} |", flush=True)


def _counts(
    detector: CenterFace, show: Callable[[Picture], Shown], picture: Picture
) -> NDArray[np.int64]:
    """Return how many faces the film has, are shown twice, of these told, and told besides."""
    whole, place, other_place = show(picture)
    faces = detector.detect(picture).boxes
    found = detector.detect(whole).boxes
    again = copies(whole, found)
    if show is as_it_is:
        return np.array([len(faces), 0, 0, int(again.sum())])
    here, there = _at(place(faces), found), _at(other_place(faces), found)
    twice = [(a, b) for a, b in zip(here, there, strict=True) if a is not None and b is not None]
    told = sum(bool(again[a] or again[b]) for a, b in twice)
    return np.array([len(faces), len(twice), told, int(again.sum()) - told])


def _at(places: Boxes, found: Boxes) -> list[int | None]:
    """Return which of the faces found lies at each place, None = none."""
    if not len(found):
        return [None] * len(places)
    overlap = iou(places, found)
    return [int(row.argmax()) if row.max(initial=0.0) >= _SAME_PLACE else None for row in overlap]


def _resized(picture: Picture, by: float) -> Picture:
    how = cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=by, fy=by, interpolation=how), np.uint8)


if __name__ == "__main__":
    main()
