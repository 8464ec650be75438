"""Looks for faces: in films picture by picture, in photos in tiles too, and the right way up.

A detector looks at a picture whose longer side is above ``max_side_px`` in that size: in a photo of
3840 px its smallest faces have 14 pixels of 42. So the photo is looked at in tiles of that size as
well. Every face up to ``OVERLAP_PX`` in the tiles is whole in one of them; larger ones are seen in
the whole picture, or, in huge photos, in larger tiles that are reduced. A tile never takes more
memory than the whole picture in the detector's size. ``benchmarks/photo_tiles.py`` measures it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from ...data.media.frames import Frame
from ..face_models.base import Detections, Detector, Picture
from ..face_models.sifting import is_whole, resized, sift, without_parts
from .upright import FilmWatch, turn_of_photo

FINEST = 0.75
"""Size of a photo in the smallest tiles over its own: a face of 25 px has 19 there, which is what
the detectors need. In full size a few faces of 20 px more are found, for twice the time."""

OVERLAP_PX = 128
"""Of neighbouring tiles, pixels of the detector's input."""

_PORTRAIT = 1 / 6
"""Height of a face over the longer side of its photo from which the photo is a portrait. It is not
looked at in tiles, which take five times as long: whoever is found in tiles alone is far in the
background."""

_LEVELS_APART = 4.0
"""The size of tiles over that of the next larger ones, at most. A face that is too large for the
overlap, 128 px, still has 32 px there, and those are found."""

_MAX_OVERLAP = 0.4


Detect: TypeAlias = "Callable[[Iterable[Frame]], Generator[tuple[Frame, Detections], None, None]]"
"""Finds the faces of a film's frames, in their order."""


def look_at_film(
    detect: Detect, frames: Iterable[Frame], watch: FilmWatch | None = None
) -> Generator[tuple[Frame, Detections], None, None]:
    """Find the faces of one film, from left to right.

    Args:
        detect: finds them.
        frames: of the film.
        watch: finds out which way up the film is; None = it is taken to be upright.

    Yields:
        Each picture and its faces.

    Raises:
        OnItsSideError: the film is to be turned.
    """
    with closing(detect(frames)) as found_in:
        for frame, found in found_in:
            if watch is not None:
                watch.add(frame, found)
            yield frame, _in_reading_order(found)
            del frame  # a large one takes tens of megabytes, and the next one some time


def look_at_photos(
    detectors: Sequence[Detector], photos: Iterable[Frame]
) -> Generator[tuple[Frame, Detections], None, None]:
    """Find the faces of photos, from left to right; those that lie on their side are turned.

    Args:
        detectors: of one kind; each looks at another tile of a photo at the same time.
        photos: as they are stored.

    Yields:
        Each photo, as it was looked at, and its faces.
    """
    yield from map(partial(_in_photo, detectors), photos)  # unlike a loop, it keeps no photo


def _in_photo(detectors: Sequence[Detector], frame: Frame) -> tuple[Frame, Detections]:
    found = detect_in_photo(detectors, frame.picture)
    if turn := turn_of_photo(detectors[0], frame, found):
        frame = frame.turned(turn)
        found = detect_in_photo(detectors, frame.picture)
    return frame, _in_reading_order(found)


def _in_reading_order(found: Detections) -> Detections:
    order = np.lexsort((found.boxes[:, 1], found.boxes[:, 0]))
    return found[order]


@dataclass(frozen=True)
class _Tile:
    """A part of a picture, pixels of the picture, and in which size it is looked at."""

    left: int
    top: int
    right: int
    bottom: int
    scale: float


def detect_in_photo(
    detectors: Sequence[Detector], picture: Picture, finest: float = FINEST
) -> Detections:
    """Find the faces of a photo, in tiles too where it is larger than the detector looks at.

    Args:
        detectors: of one kind; each looks at its share of the tiles, in a thread of its own.
        picture: (height, width, 3) uint8, red green blue.
        finest: size of the photo in the smallest tiles over its own.

    Returns:
        The faces, best score first.
    """
    whole = detectors[0].detect(picture)
    if whole.heights_px.max(initial=0.0) >= _PORTRAIT * max(picture.shape[:2]):
        return whole
    parts = list(tiles(detectors[0], picture, finest))
    if not parts:
        return whole
    found = _in_tiles(detectors, picture, parts)
    return without_parts(sift(Detections.concatenate([whole, *found]), picture, 0, _MAX_OVERLAP))


def _in_tiles(
    detectors: Sequence[Detector], picture: Picture, parts: Sequence[_Tile]
) -> list[Detections]:
    """Return the faces of each tile; in every run each detector gets the same tiles."""

    def share(first: int) -> list[Detections]:
        detector, of_detector = detectors[first], parts[first :: len(detectors)]
        return [_in_tile(detector, picture, tile) for tile in of_detector]

    found = [Detections.empty()] * len(parts)
    with ThreadPoolExecutor(len(detectors), "castlist-tiles") as workers:
        for first, of_share in enumerate(workers.map(share, range(len(detectors)))):
            found[first :: len(detectors)] = of_share
    return found


def tiles(detector: Detector, picture: Picture, finest: float = FINEST) -> Iterator[_Tile]:
    """Yield the tiles that a photo is looked at in, the finest first; none of a small photo."""
    most = detector.max_side_px
    height, width = picture.shape[:2]
    if most is None or finest * max(height, width) <= most:
        return
    apart = finest * max(height, width) / most
    num_levels = math.ceil(math.log(apart, _LEVELS_APART))
    for level in range(num_levels):
        scale = finest / apart ** (level / num_levels)
        across, down = (_parts(side, most, scale) for side in (width, height))
        yield from (
            _Tile(left, top, right, bottom, scale) for top, bottom in down for left, right in across
        )


def _parts(side: int, most: int, scale: float) -> list[tuple[int, int]]:
    """Cut a side into equal parts that overlap: first and last pixel (exclusive) of each."""
    shown = side * scale
    count = max(1, math.ceil((shown - OVERLAP_PX) / (most - OVERLAP_PX)))
    overlap = min(OVERLAP_PX / scale, side)
    step = (side - overlap) / count
    return [(math.floor(step * at), min(math.ceil(step * at + step + overlap), side))
            for at in range(count)]  # fmt: skip


def _in_tile(detector: Detector, picture: Picture, tile: _Tile) -> Detections:
    part = picture[tile.top : tile.bottom, tile.left : tile.right]
    shown = resized(part, tile.scale)
    found = detector.detect(np.ascontiguousarray(shown))
    scale = np.array([shown.shape[1] / part.shape[1], shown.shape[0] / part.shape[0]], np.float32)
    corner = np.array([tile.left, tile.top], np.float32)
    boxes = np.asarray(found.boxes / np.tile(scale, 2) + np.tile(corner, 2), np.float32)
    edges = tile.left, tile.top, tile.right, tile.bottom
    # A larger face is seen better where it is whole; what is found of it here is mostly a part.
    is_large = found.heights_px > OVERLAP_PX
    rows = np.flatnonzero(is_whole(boxes, edges, picture, tile.scale) & ~is_large)
    landmarks = np.asarray(found.landmarks / scale + corner, np.float32)
    return Detections(boxes[rows], landmarks[rows], found.scores[rows])
