"""What is described of some pictures: the best faces of each track, and what they wear.

Of a film these are faces of different moments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...data.media.frames import Frame
from ...data.media.shots import shot_of
from ...data.tables.boxes import cloth_boxes
from ...data.tables.faces import BoolArray, Faces, FloatArray, IntArray
from ...data.tables.groups import ranked
from ...data.tables.turns import boxes_as_shown, points_as_shown, size_upright
from ..cloth_models.clothes import Worn
from ..face_models.base import Detections
from ..face_models.cleaning import Condition
from ..face_models.side_by_side import Chips
from ..tracking.config import TrackConfig
from ..tracking.follow import follow_tracks, is_supported
from .engine import BEST_BODIES, BEST_FACES, Engine
from .part import Part

Item = TypeVar("Item")

_BATCH = 16  # faces that are described before looking whether to stop

_APART_S = 0.4
"""Faces of a track nearer in time are alike: the best of every such stretch comes first."""

_SPREAD_S = 2.0
"""The best face of a track in every stretch of so many seconds is described too: a track that is in
fact two people has vectors of both."""

# A face that moves or grows faster may be another, and begins a new track here.
_ROUGH = TrackConfig(reach=0.4, reach_per_s=1.0, max_growth=1.4)


@dataclass(frozen=True, eq=False)
class Seen:
    """One picture with faces.

    Attributes:
        frame: the part is its picture, so that the whole one does not stay in memory.
        part: what the networks need of the picture.
        found: the faces, in pixels of the whole picture.
        condition, quality: of the faces.
    """

    frame: Frame
    part: Part
    found: Detections
    condition: Condition
    quality: NDArray[np.float32]


def describe(
    engine: Engine,
    pictures: list[Seen],
    cuts: Sequence[int] | None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Faces:
    """Return the faces of some pictures, the best of each track with their vectors.

    Args:
        engine: the networks.
        pictures: in time order. They are taken out of the list, so that their memory is free as
            soon as all that is wanted is cut out of them.
        cuts: frames that begin a shot; None = photos.
        is_stopped: says whether to stop because nobody wants the faces any more.

    Raises:
        CancelledError: ``is_stopped`` said so.
    """
    faces = _table(pictures, cuts)
    wanted, dressed = choose(faces, engine.every_face)
    ways = [_Way(len(seen.found), seen.frame.turn, seen.part.whole_size) for seen in pictures]
    chips, worn, boxes = _cut_out(engine, pictures, faces.cloth_box, wanted, dressed, is_stopped)
    with ThreadPoolExecutor(1, "castlist-clothes") as beside:  # another network, another core
        clothes = beside.submit(_cloth_vectors, engine, worn, dressed, is_stopped)
        face_vector = _face_vectors(engine, chips, wanted, is_stopped)
        cloth_vector = clothes.result()
    faces = faces.replace(
        face_vector=face_vector,
        cloth_vector=cloth_vector,
        cloth_box=boxes,
        track=np.full(len(faces), -1),
        shot=np.full(len(faces), -1),
    )
    return _as_shown(faces, ways)


def _cut_out(
    engine: Engine,
    pictures: list[Seen],
    cloth_box: NDArray[np.float32],
    wanted: BoolArray,
    dressed: BoolArray,
    is_stopped: Callable[[], bool],
) -> tuple[list[Chips], list[Worn], NDArray[np.float32]]:
    """Return wanted faces, what dressed ones wear, and the boxes of clothes; empties the list."""
    chips: list[Chips] = []
    worn: list[Worn] = []
    boxes = cloth_box.copy()
    first = 0
    for seen in _until(_taken(pictures), is_stopped):
        rows = np.arange(first, first + len(seen.found))
        first = int(rows[-1]) + 1
        picture, found = seen.part.picture, seen.part.faces(seen.found)
        if len(here := np.flatnonzero(wanted[rows])):
            chips += engine.faces.align(picture, found[here], seen.condition[here])
        if len(here := np.flatnonzero(dressed[rows])):
            worn.append(engine.clothes.crop(picture, found.boxes, here))
            boxes[rows[here]] = seen.part.in_whole(worn[-1].boxes)
    return chips, worn, boxes


def _taken(items: list[Item]) -> Iterator[Item]:
    """Yield items in their order, each taken out of the list."""
    items.reverse()
    while items:
        yield items.pop()


def _face_vectors(
    engine: Engine, chips: list[Chips], wanted: BoolArray, is_stopped: Callable[[], bool]
) -> FloatArray:
    vectors = np.full((len(wanted), engine.faces.dim), np.nan, np.float32)
    rows = np.flatnonzero(wanted)
    for batch in _until(_batches(len(rows)), is_stopped):
        vectors[rows[batch]] = engine.faces.embed(chips[batch])
    return vectors


def _cloth_vectors(
    engine: Engine, worn: list[Worn], dressed: BoolArray, is_stopped: Callable[[], bool]
) -> FloatArray:
    vectors = np.full((len(dressed), engine.clothes.dim), np.nan, np.float32)
    if worn:  # close-ups may show no clothes at all
        rows, everything = np.flatnonzero(dressed), Worn.concatenate(worn)
        for batch in _until(_batches(len(rows)), is_stopped):
            vectors[rows[batch]] = engine.clothes.describe(everything[batch])
    return vectors


def _batches(count: int) -> list[slice]:
    return [slice(start, start + _BATCH) for start in range(0, count, _BATCH)]


def _until(items: Iterable[Item], is_stopped: Callable[[], bool]) -> Iterator[Item]:
    for item in items:
        if is_stopped():
            raise CancelledError
        yield item


def _table(pictures: Sequence[Seen], cuts: Sequence[int] | None) -> Faces:
    counts = [len(seen.found) for seen in pictures]
    frame = np.repeat([seen.frame.index for seen in pictures], counts)
    boxes = [cloth_boxes(seen.found.boxes, *seen.part.whole_size) for seen in pictures]
    return Faces.of_detections(
        source=np.repeat([seen.frame.source for seen in pictures], counts),
        frame=frame,
        time_s=np.repeat([seen.frame.time_s for seen in pictures], counts),
        shot=np.full(len(frame), -1) if cuts is None else shot_of(frame, cuts),
        box=np.concatenate([seen.found.boxes for seen in pictures]),
        landmarks=np.concatenate([seen.found.landmarks for seen in pictures]),
        detection=np.concatenate([seen.found.scores for seen in pictures]),
        quality=np.concatenate([seen.quality for seen in pictures]),
        noise=np.concatenate([seen.condition.noise for seen in pictures]),
        brightness=np.concatenate([seen.condition.brightness for seen in pictures]),
        cloth_box=np.concatenate(boxes),
    )


class _Way(NamedTuple):
    """Which way up a picture was looked at: its faces, its turn, and its width and height."""

    num_faces: int
    turn: int
    whole_size: tuple[int, int]


def _as_shown(faces: Faces, ways: Sequence[_Way]) -> Faces:
    """Return the faces with boxes in the pixels of the pictures as a viewer shows them."""
    if not any(way.turn for way in ways):
        return faces
    box, cloth_box = faces.box.copy(), faces.cloth_box.copy()
    landmarks = faces.landmarks.copy()
    first = 0
    for num_faces, turn, whole_size in ways:
        rows = slice(first, first := first + num_faces)
        size = size_upright(whole_size, turn)
        box[rows] = boxes_as_shown(box[rows], turn, size)
        cloth_box[rows] = boxes_as_shown(cloth_box[rows], turn, size)
        landmarks[rows] = points_as_shown(landmarks[rows], turn, size)
    return faces.replace(box=box, cloth_box=cloth_box, landmarks=landmarks)


def choose(faces: Faces, every_face: bool = False) -> tuple[BoolArray, BoolArray]:
    """Say which faces are described, and which of these with their clothes.

    Args:
        faces: the faces of some pictures, ``shot`` filled.
        every_face: describe all.

    Returns:
        Two (num_faces,) bool: the best faces of each track by their quality, those of other
        moments first, and at least one in two seconds; the best with clothes in sight. None of a
        track that may be no face at all.
    """
    followed = follow_tracks(faces, _ROUGH)
    track, is_face = followed.track, is_supported(followed, _ROUGH)
    is_first = _rank(_stretches(faces, track, _APART_S), faces.quality) == 0
    best = is_face & (_rank(track, faces.quality + is_first) < BEST_FACES) | every_face
    stretch = _stretches(faces, track, _SPREAD_S)
    empty = is_face & ~np.isin(stretch, stretch[best])
    best |= empty & (_rank(stretch, faces.quality) == 0)
    in_sight = np.isfinite(faces.cloth_box).all(axis=1)
    of_clothes = _rank(track, np.where(in_sight, faces.quality, -1.0))
    return best, is_face & in_sight & (of_clothes < BEST_BODIES)


def _stretches(faces: Faces, track: IntArray, length_s: float) -> IntArray:
    """Return a code for each track and stretch of so many seconds."""
    begun = np.floor(np.nan_to_num(faces.time_s) / length_s + 1e-6).astype(np.int64)
    return np.unique(np.stack([track, begun]), axis=1, return_inverse=True)[1].reshape(-1)


def _rank(group: IntArray, quality: NDArray[np.floating]) -> IntArray:
    """Return the place of each row in its group, 0 = the best quality, ties by their order."""
    order, place = ranked(group, quality)
    rank = np.empty_like(order)
    rank[order] = place
    return rank
