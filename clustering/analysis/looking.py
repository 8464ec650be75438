"""Looks for faces: in films picture by picture, in photos in tiles too, and the right way up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from ...data.media.frames import Frame
from ..face_models.base import Detections, Detector
from .tiles import detect_in_photo
from .upright import FilmWatch, turn_of_photo


def look(
    detector: Detector,
    frames: Iterable[Frame],
    is_final: bool = False,
    of_film: Callable[[Frame], Detections] | None = None,
) -> Iterator[tuple[Frame, Detections]]:
    """Find the faces of pictures, from left to right.

    Args:
        detector: which.
        frames: of one film, or photos. Photos that lie on their side are turned.
        is_final: whether it was decided before which way up the film is.
        of_film: finds the faces of a film's frames; None = the detector as it is.

    Yields:
        Each picture, as it was looked at, and its faces.

    Raises:
        OnItsSideError: the film is to be turned.
    """
    detect = of_film or (lambda frame: detector.detect(frame.picture))
    watch, turn = FilmWatch(detector, is_final), 0
    for frame in frames:
        if frame.cuts is None:
            yield _in_photo(detector, frame)
            continue
        found, turn = detect(frame), frame.turn
        watch.add(frame, found)
        yield frame, _in_reading_order(found)
    watch.finish(turn)


def _in_photo(detector: Detector, frame: Frame) -> tuple[Frame, Detections]:
    found = detect_in_photo(detector, frame.picture)
    if turn := turn_of_photo(detector, frame, found):
        frame = frame.turned(turn)
        found = detect_in_photo(detector, frame.picture)
    return frame, _in_reading_order(found)


def _in_reading_order(found: Detections) -> Detections:
    order = np.lexsort((found.boxes[:, 1], found.boxes[:, 0]))
    return Detections(found.boxes[order], found.landmarks[order], found.scores[order])
