"""The pictures of a stretch of film, upright, ready to be encoded again."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from ...data.media.decode import FilmDecoder
from ...data.media.upright import Upright


@dataclass(frozen=True)
class Picture:
    """One picture of a film.

    Attributes:
        index: 0-based index in the film.
        time_s: presentation time, seconds from the film's start.
        frame: as decoded, where it is upright with square pixels and of an ordinary screen as it
            is, else converted.
    """

    index: int
    time_s: float
    frame: av.VideoFrame

    def pixels(self) -> NDArray[np.uint8]:
        """Return it as (height, width, 3) uint8, red green blue."""
        return Upright(None).picture(self.frame)


def pictures(path: Path, start_s: float = 0.0) -> Generator[Picture, None, None]:
    """Yield the pictures of a film in presentation order, from a little before a time on."""
    with closing(FilmDecoder(path)) as decoder:
        upright: Upright | None = None
        for decoded in decoder.pictures(start_s):
            upright = upright or Upright.of_film(decoder.stream, decoded.frame)
            yield Picture(decoded.index, decoded.time_s, _frame(decoded.frame, upright))


def is_as_stored(path: Path) -> bool:
    """Say whether a film is stored upright, with square pixels, for an ordinary screen."""
    with closing(FilmDecoder(path)) as decoder:
        first = next(iter(decoder.pictures(0.0))).frame
        return Upright.of_film(decoder.stream, first).is_as_stored(first)


def first_picture(path: Path) -> Picture:
    """Return the first picture of a film."""
    with closing(pictures(path)) as found:
        return next(found)


def fitted(picture: Picture, size: tuple[int, int]) -> av.VideoFrame:
    """Fit a picture of another size into a film, with black edges; a pixel more is cut off."""
    width, height = size
    frame = picture.frame
    if abs(frame.width - width) < 2 and abs(frame.height - height) < 2:
        return frame
    scale = min(width / frame.width, height / frame.height)
    inner = max(round(frame.width * scale), 1), max(round(frame.height * scale), 1)
    canvas = np.zeros((height, width, 3), np.uint8)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    small = cv2.resize(picture.pixels(), inner, interpolation=cv2.INTER_AREA)
    canvas[top : top + inner[1], left : left + inner[0]] = small
    return av.VideoFrame.from_ndarray(canvas, format="rgb24")


def _frame(frame: av.VideoFrame, upright: Upright) -> av.VideoFrame:
    if upright.is_as_stored(frame):
        return frame
    return av.VideoFrame.from_ndarray(upright.picture(frame), format="rgb24")


def exact_s(picture: Picture, rate: Fraction | None, begin: Picture | None = None) -> Fraction:
    """Return when a picture is shown, exact where the film's rate is constant.

    Args:
        picture: of a film.
        rate: of the film, None where it varies.
        begin: its first picture, from which seconds are counted where the rate varies; None = from
            the film's start.
    """
    if rate:
        return picture.index / rate
    return Fraction(picture.time_s) - Fraction(begin.time_s if begin else 0)
