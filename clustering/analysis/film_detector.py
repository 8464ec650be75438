"""FilmDetector: looks at a film's pictures in no more detail than finds the same faces."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...data.media.frames import Frame
from ...data.tables.boxes import iou
from ..face_models.base import Detections, Picture
from ..face_models.centerface import PART_PX, CenterFace

_LOOK_S = 1.0  # seconds until a picture is looked at in full size again
_OTHER_PICTURE = 12.0  # mean difference of small grey pictures, 0..255, that is no longer the same
_SMALL_PICTURE = (32, 18)
_SAME_FACE = 0.2  # intersection over union of a face's boxes, a moment later or in another size
_MAYBE_SCORE = 0.2  # a face that is as weak as that is looked at again
_MOST_WORK = 0.75  # of a look in full size, which is done instead where parts take more
_AHEAD = 5  # pictures that wait while some of them are looked at in full size,
_AHEAD_BYTES = 32 * 2**20  # and no more than so many bytes of them

_LEAST_HEIGHT_PX = 28.0
"""Of a face in the smaller picture. Below it, eyes and mouth are found so roughly that the face
vector suffers: its cosine with the vector by the full picture falls from .96 to .9 and less."""

_STILL_LARGE = 0.85  # times that height: a face moves, and its box with it

_MOST_OF_PART = 0.6  # height of a face over the side of the part that is to show all of it
_ROOM = 0.1  # of a part's side, around a face at least, or it gets a part of its own
_STEP_PX = 16  # parts begin at multiples of it, so that the network's grid lies as in the whole


@dataclass(eq=False)
class _Waiting:
    """A picture that waits for its faces.

    Attributes:
        frame: the picture.
        is_other: whether it is another picture than the one before, or the first.
        full: its faces in full size, where it is looked at so.
    """

    frame: Frame
    is_other: bool
    full: Future[Detections] | None = None


class FilmDetector:
    """Looks at most pictures of a film in a smaller size; one instance serves one film.

    Once a second, and when the picture changes, a picture is looked at in full size. Until then it
    is looked at in half the size, or a quarter if all faces are large enough for that; where faces
    were, or seem to be, that are too small there, parts of it are looked at in full size.

    A look in full size does not depend on the pictures before, so it is begun in a thread of its
    own some pictures ahead. What is found does not depend on that. docs/performance.md has what
    both cost and save.

    Args:
        detector: finds faces.
        full_size: the same, to be used at the same time.
    """

    def __init__(self, detector: CenterFace, full_size: CenterFace) -> None:
        self._detector, self._full_size = detector, full_size
        self._worker = ThreadPoolExecutor(1, "castlist-full-size")
        self._waiting: deque[_Waiting] = deque()
        self._looked_s = -np.inf  # when a picture was looked at in full size
        self._small: NDArray[np.float32] | None = None  # the picture before
        self._known = Detections.empty()  # faces since the last look in full size

    def detect(self, frames: Iterable[Frame]) -> Generator[tuple[Frame, Detections], None, None]:
        """Find the faces of the film's pictures, in their order."""
        try:
            for frame in frames:
                self.begin(frame)
                if len(self._waiting) > min(_AHEAD, _AHEAD_BYTES // frame.picture.nbytes):
                    yield self.finish()
            while self._waiting:
                yield self.finish()
        finally:
            self.close()

    def close(self) -> None:
        """End the thread; looks that it has not begun are left."""
        self._worker.shutdown(cancel_futures=True)

    def begin(self, frame: Frame) -> None:
        """Take the next picture; its look in full size begins where one is due."""
        before, self._small = self._small, _small(frame.picture)
        is_other = before is None or float(np.abs(self._small - before).mean()) > _OTHER_PICTURE
        self._waiting.append(_Waiting(frame, is_other))
        self._plan()

    def finish(self) -> tuple[Frame, Detections]:
        """Return the first picture that waits, with its faces."""
        waiting = self._waiting.popleft()
        found = self._in_less_detail(waiting.frame.picture) if waiting.full is None else None
        if found is None:
            return waiting.frame, self._in_full_size(waiting)
        gone = self._known.where(_best(self._known, found) < _SAME_FACE)
        self._known = Detections.concatenate([found, gone])
        return waiting.frame, found

    def _plan(self) -> None:
        """Begin the looks in full size that are due, as far as is known, and drop all others."""
        looked_s = self._looked_s
        for waiting in self._waiting:
            is_due = waiting.is_other or not 0 <= waiting.frame.time_s - looked_s < _LOOK_S
            if is_due:
                looked_s = waiting.frame.time_s
                waiting.full = waiting.full or self._begun(waiting)
            elif waiting.full is not None:
                waiting.full.cancel()
                waiting.full = None

    def _begun(self, waiting: _Waiting) -> Future[Detections]:
        return self._worker.submit(
            self._full_size.detect, waiting.frame.picture, min_score=_MAYBE_SCORE
        )

    def _in_full_size(self, waiting: _Waiting) -> Detections:
        picture = waiting.frame.picture
        self._looked_s = waiting.frame.time_s
        self._plan()  # anew, since this look may not have been foreseen
        found = (waiting.full or self._begun(waiting)).result()
        is_sure = found.scores >= self._detector.config.min_score
        self._known = found.where(is_sure | (found.heights_px <= self._most_px(picture)))
        return found.where(is_sure)

    def _in_less_detail(self, picture: Picture) -> Detections | None:
        """Find the faces in a smaller picture and in parts; None = better in full size."""
        least_px = _LEAST_HEIGHT_PX / self._detector.scale_of(picture)
        known_px = self._known.heights_px
        shrink = 4 if len(known_px) and known_px.min() >= 4 * least_px else 2
        if self._parts(self._known.where(known_px < shrink * least_px), picture, shrink) is None:
            return None
        found = self._detector.detect(picture, shrink, _MAYBE_SCORE)
        is_large = found.heights_px >= _STILL_LARGE * shrink * least_px
        clear = found.where(is_large).at_least(self._detector.config.min_score)
        missed = self._known.where(_best(self._known, clear) < _SAME_FACE)
        unclear = Detections.concatenate([missed, found.where(~is_large)])
        corners = self._parts(unclear, picture, shrink)
        if corners is None:
            return None
        small = self._detector.detect_parts(picture, corners)
        also = small.where(_best(small, clear) < _SAME_FACE)
        return self._detector.sifted(Detections.concatenate([clear, also]), picture)

    def _parts(
        self, faces: Detections, picture: Picture, shrink: int
    ) -> list[tuple[int, int]] | None:
        """Return the upper left corners of parts that show the faces; None = too much work."""
        if faces.heights_px.max(initial=0.0) > self._most_px(picture):
            return None
        side = PART_PX / self._detector.scale_of(picture)
        height, width = picture.shape[:2]
        corners = _corners(faces.boxes, side, (width, height))
        work = 1 / shrink**2 + len(corners) * side**2 / (width * height)
        return corners if work <= _MOST_WORK else None

    def _most_px(self, picture: Picture) -> float:
        """Return the largest height of a face that a part shows."""
        return _MOST_OF_PART * PART_PX / self._detector.scale_of(picture)


def _best(faces: Detections, others: Detections) -> NDArray[np.float32]:
    """Return the largest intersection over union of each face with any of the others."""
    return np.asarray(iou(faces.boxes, others.boxes).max(axis=1, initial=0.0), np.float32)


def _corners(
    boxes: NDArray[np.float32], side: float, size: tuple[int, int]
) -> list[tuple[int, int]]:
    """Return the upper left corners of few squares of a picture that show all boxes."""
    last = np.maximum(np.array(size) - math.ceil(side), 0)
    step = _STEP_PX / PART_PX * side
    corners: list[tuple[int, int]] = []
    for box in boxes[np.argsort(boxes[:, 0])]:
        if not any(_shows(np.array(corner), side, last, box) for corner in corners):
            corner = np.round(((box[:2] + box[2:]) / 2 - side / 2) / step) * step
            left, top = np.clip(np.round(corner), 0, last)
            corners.append((int(left), int(top)))
    return corners


def _shows(
    corner: NDArray[np.int64], side: float, last: NDArray[np.int64], box: NDArray[np.float32]
) -> bool:
    """Say whether a square shows a box with room around it, but for the picture's edges."""
    room = _ROOM * side
    begins = np.where(corner > 0, corner + room, -np.inf)
    ends = np.where(corner < last, corner + side - room, np.inf)
    return bool((box[:2] >= begins).all() and (box[2:] <= ends).all())


def _small(picture: Picture) -> NDArray[np.float32]:
    """Return the picture in a few grey pixels: of large ones a part of the rows and columns."""
    by = max(picture.shape[0] // 270, 1)
    small = cv2.resize(picture[::by, ::by], _SMALL_PICTURE, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)
