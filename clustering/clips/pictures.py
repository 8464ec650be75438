"""The pictures of a stretch of film, upright, ready to be encoded again."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from ...data.media.decode import Decoded, FilmDecoder
from ...data.media.scaler import is_hdr
from ...data.media.upright import Upright, display_matrix


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
        as_stored = True
        for decoded in decoder.pictures(start_s):
            if upright is None:
                matrix = display_matrix(decoded.frame)
                upright = Upright(decoder.stream.sample_aspect_ratio, matrix)
                as_stored = _is_as_stored(decoder, decoded)
            yield Picture(
                decoded.index, decoded.time_s, _frame(decoded, None if as_stored else upright)
            )


def is_as_stored(path: Path) -> bool:
    """Say whether a film is stored upright, with square pixels, for an ordinary screen."""
    with closing(FilmDecoder(path)) as decoder:
        return _is_as_stored(decoder, next(iter(decoder.pictures(0.0))))


def _is_as_stored(decoder: FilmDecoder, first: Decoded) -> bool:
    matrix = display_matrix(first.frame)
    upright = Upright(decoder.stream.sample_aspect_ratio, matrix)
    is_turned = matrix[1] != 0 or min(matrix[0], matrix[3]) < 0
    is_ordinary = not is_turned and not is_hdr(first.frame)
    return is_ordinary and upright.size(first.frame) == (first.frame.width, first.frame.height)


def first_picture(path: Path) -> Picture:
    """Return the first picture of a film."""
    with closing(pictures(path)) as found:
        return next(found)


def _frame(decoded: Decoded, upright: Upright | None) -> av.VideoFrame:
    if upright is None:
        return decoded.frame
    return av.VideoFrame.from_ndarray(upright.picture(decoded.frame), format="rgb24")


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
