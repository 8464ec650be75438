"""FaceCollector: from pictures and detections to the table of faces with its vectors.

The networks of vectors take most of the time, and many faces of one track say little more than a
few. So pictures wait in a buffer until their faces can be followed; then only the best faces of
each track are described.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

from ...data.media.frames import Frame
from ...data.media.photos import is_large
from ...data.media.shots import CUT_DELAY
from ...data.prefetch import Prefetch
from ...data.result.crops import CropWriter
from ...data.tables.boxes import portrait_boxes
from ...data.tables.faces import Faces
from ..face_models.alignment import FaceAligner
from ..face_models.base import Detections
from ..face_models.quality import face_quality
from ..patches.copies import copies
from ..patches.stills import StillFinder
from .describing import Seen, describe
from .engine import Engine
from .looking import look_at_film, look_at_photos
from .part import Part
from .upright import FilmWatch

_FRAMES_AHEAD = 1
_MOST_PICTURES, _MOST_FACES, _MOST_BYTES = 64, 256, 128 * 2**20  # in the buffer
_MOST_BYTES_OF_PHOTOS = 32 * 2**20  # which have no tracks that would be cut short


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
        self._seen: list[Seen] = []
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
        self._seen.append(Seen(waiting, part, found, condition, quality))
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
