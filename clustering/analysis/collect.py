"""FaceCollector: from pictures and detections to the table of faces with its vectors.

The networks of vectors take most of the time, and many faces of one track say little more than a
few. So pictures wait in a buffer until their faces can be followed; then only the best faces of
each track are described.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...data.media.frames import Frame
from ...data.media.photos import is_large
from ...data.media.shots import CUT_DELAY, shot_of
from ...data.prefetch import Prefetch
from ...data.result.crops import CropWriter
from ...data.tables.boxes import cloth_boxes, portrait_boxes
from ...data.tables.faces import BoolArray, Faces, FloatArray
from ...data.tables.turns import boxes_as_shown, points_as_shown, size_upright
from ..cloth_models.clothes import Worn
from ..face_models.alignment import FaceAligner
from ..face_models.base import Detections
from ..face_models.cleaning import Condition
from ..face_models.quality import face_quality
from ..face_models.side_by_side import Chips
from .choosing import choose
from .copies import copies
from .engine import Engine
from .looking import look_at_film, look_at_photos
from .part import Part
from .stills import StillFinder
from .upright import FilmWatch

Item = TypeVar("Item")

_FRAMES_AHEAD = 1
_MOST_PICTURES, _MOST_FACES, _MOST_BYTES = 64, 256, 128 * 2**20  # in the buffer
_MOST_BYTES_OF_PHOTOS = 32 * 2**20  # which have no tracks that would be cut short
_BATCH = 16  # faces that are described before looking whether to stop


@dataclass(frozen=True, eq=False)
class _Seen:
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


class FaceCollector:
    """Collects the faces of picture after picture; describes them in a thread of its own.

    Args:
        engine: the networks.
        crops: takes a portrait of each face.
        stills: measures for how long faces of a film are still; None = not measured.
    """

    def __init__(
        self, engine: Engine, crops: CropWriter, stills: StillFinder | None = None
    ) -> None:
        self._engine, self._crops = engine, crops
        self._aligner = FaceAligner()
        self._tables: list[Faces] = []
        self._seen: list[_Seen] = []
        self._stills = stills
        self._worker = ThreadPoolExecutor(1, "castlist-describe")
        # Until the first faces come there is a core to spare. If it fails, so does describing them.
        self._worker.submit(engine.warm_up)
        self._running: Future[Faces] | None = None
        self._stopped = threading.Event()

    def __enter__(self) -> FaceCollector:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()  # at Ctrl-C or an error nobody wants what is still being described
        self._worker.shutdown(cancel_futures=True)

    def in_film(
        self, frames: Iterable[Frame], watch: FilmWatch | None = None
    ) -> Generator[tuple[Frame, Detections], None, None]:
        """Find the faces of a film in a background thread, beside the networks of vectors.

        Arguments and errors as in ``looking.look_at_film``.
        """
        return _ahead(look_at_film(self._engine.detect_in_film, frames, watch))

    def in_photos(self, photos: Iterable[Frame]) -> Generator[tuple[Frame, Detections], None, None]:
        """Find the faces of photos, as ``in_film`` does."""
        return _ahead(look_at_photos(self._engine.detectors, photos), is_large)

    def add(self, frame: Frame, found: Detections) -> None:
        """Take the faces found in one picture, each once."""
        found = found.where(~copies(frame.picture, found.boxes))
        if not len(found):
            return
        height, width = frame.picture.shape[:2]
        part = Part.of(frame.picture, found)
        faces = part.faces(found)
        condition = self._engine.faces.cleaner.measure(part.picture, faces.boxes)
        quality = face_quality(list(self._aligner.upright(part.picture, faces)), found)
        waiting = dataclasses.replace(frame, picture=part.picture)
        self._seen.append(_Seen(waiting, part, found, condition, quality))
        if self._stills is not None:
            self._stills.add(frame.picture, frame.time_s, found.boxes)
        for box in portrait_boxes(found.boxes, width, height):
            self._crops.append(frame.picture, box)
        if self._is_full(frame.cuts is not None):
            self._describe(self._num_known(frame), frame.cuts)

    def finish(self, cuts: Sequence[int] | None = None) -> Faces:
        """Return the table of all pictures added.

        Args:
            cuts: the frames that begin a shot; None = photos.
        """
        self._describe(len(self._seen), cuts)
        self._take()
        empty = Faces.empty(self._engine.faces.dim, self._engine.clothes.dim)
        return Faces.concatenate([empty, *self._tables])

    def _is_full(self, is_film: bool) -> bool:
        most_bytes = _MOST_BYTES if is_film else _MOST_BYTES_OF_PHOTOS
        return (
            len(self._seen) >= _MOST_PICTURES
            or sum(len(seen.found) for seen in self._seen) >= _MOST_FACES
            or sum(seen.part.picture.nbytes for seen in self._seen) >= most_bytes
        )

    def _num_known(self, last: Frame) -> int:
        """Return how many pictures of the full buffer are surely in the shot they seem to be in.

        The others wait, so that every run describes the same faces; all go where few are known.
        """
        if last.cuts is None:
            return len(self._seen)
        known = sum(seen.frame.index <= last.index - CUT_DELAY for seen in self._seen)
        return known if known >= len(self._seen) / 2 else len(self._seen)

    def _describe(self, count: int, cuts: Sequence[int] | None) -> None:
        """Hand the first pictures to the thread that describes; it holds one buffer at a time."""
        if count:
            self._take()
            first, self._seen = self._seen[:count], self._seen[count:]
            self._running = self._worker.submit(
                describe, self._engine, first, cuts, self._stopped.is_set
            )

    def _take(self) -> None:
        if self._running is not None:
            self._tables.append(self._running.result())
            self._running = None


def _ahead(
    looked_at: Generator[tuple[Frame, Detections], None, None],
    none_beside: Callable[[Frame], bool] = lambda _frame: False,
) -> Generator[tuple[Frame, Detections], None, None]:
    with (
        closing(looked_at),
        Prefetch(looked_at, _FRAMES_AHEAD, lambda seen: none_beside(seen[0])) as found,
    ):
        yield from found


def describe(
    engine: Engine,
    pictures: list[_Seen],
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
    pictures: list[_Seen],
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


def _table(pictures: Sequence[_Seen], cuts: Sequence[int] | None) -> Faces:
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
