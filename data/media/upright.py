"""Upright RGB pictures with square pixels, from the frames of a decoder."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.reformatter import Colorspace, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from .scaler import WIDEST_PIXEL, is_hdr, is_unnamed_hd, scaler_of_thread

Matrix = tuple[int, int, int, int]
"""a, b, c, d: the pixel at x, y is shown at a x + c y, b x + d y (and moved into view)."""

_TALLEST = 16.0  # height of a thumbnail over its width: a film a pixel wide would fill the memory

AS_STORED: Matrix = (1, 0, 0, 1)

# By quarter turns against the clock, as FFmpeg counts them.
_TURNED: tuple[Matrix, ...] = (AS_STORED, (0, -1, 1, 0), (-1, 0, 0, -1), (0, 1, -1, 0))


class Upright:
    """Converts the decoded frames of one film.

    Colour matrix and range are those that the frame carries; a frame of 720 lines or more that
    names no matrix is taken for BT.709, a smaller one for BT.601, as players do.

    Pictures of high dynamic range (PQ, HLG) become those of an ordinary screen. Where the shape of
    the pixels changes within the film, each picture is widened as it states itself.

    Args:
        sample_aspect_ratio: width of a stored pixel over its height; None = square.
        matrix: how the film is to be turned and mirrored.
        changed: says whether a picture of this width and height, pixels as stored, may have
            pixels of another shape than the first.
    """

    def __init__(
        self,
        sample_aspect_ratio: Fraction | None,
        matrix: Matrix = AS_STORED,
        changed: Callable[[int, int], bool] = lambda _width, _height: False,
    ) -> None:
        ratio = Fraction(sample_aspect_ratio or 1)
        wrong = not Fraction(1, WIDEST_PIXEL) <= ratio <= WIDEST_PIXEL
        self._ratio = Fraction(1) if wrong else ratio
        self._matrix = matrix
        self._changed = changed
        # One each: a reformatter is set up again whenever the requested size or layout changes.
        self._picture_reformatter = VideoReformatter()
        self._thumbnail_reformatter = VideoReformatter()
        self._thumbnail_size: tuple[int, int] | None = None

    @classmethod
    def of_film(cls, stream: VideoStream, first: av.VideoFrame) -> Upright:
        """Make it for a film that is being decoded.

        Args:
            stream: the film.
            first: its first picture.
        """
        ratio, codec = stream.sample_aspect_ratio, stream.codec_context
        if codec.sample_aspect_ratio and ratio != codec.sample_aspect_ratio:
            return cls(ratio, display_matrix(first))  # the file overrules its pictures
        first_size = first.width, first.height

        def changed(width: int, height: int) -> bool:
            # Decoding is ahead of the picture in hand. FFmpeg gives pictures that state no shape
            # that of the decoder, which may be the next part's: their size tells.
            return (width, height) != first_size or (
                bool(ratio) and codec.sample_aspect_ratio != ratio
            )

        return cls(ratio, display_matrix(first), changed)

    def is_as_stored(self, frame: av.VideoFrame) -> bool:
        """Say whether the upright picture has the pixels of a frame as they are."""
        a, b, _, d = self._matrix
        is_turned = b != 0 or min(a, d) < 0
        is_converted = is_turned or is_hdr(frame) or self._changed(frame.width, frame.height)
        return not is_converted and self._square(frame) == (frame.width, frame.height)

    def size(self, frame: av.VideoFrame) -> tuple[int, int]:
        """Return width and height of the upright picture, in pixels."""
        width, height = self._square(frame)
        a, b, _, _ = self._matrix
        return (height, width) if abs(b) > abs(a) else (width, height)

    def picture(self, frame: av.VideoFrame) -> NDArray[np.uint8]:
        """Return the upright picture, (height, width, 3) uint8, red green blue."""
        changed = self._changed(frame.width, frame.height)
        if changed or is_hdr(frame):
            size = None if changed else self._square(frame)
            return turn(scaler_of_thread().picture(frame, size), self._matrix)
        converted = _convert(
            self._picture_reformatter, frame, self._square(frame), "rgb24", "BILINEAR"
        )
        return turn(converted, self._matrix)

    def thumbnail(self, frame: av.VideoFrame, width_px: int) -> NDArray[np.uint8]:
        """Return a small picture as stored, not turned: (height, width, 3) uint8, blue green red.

        All have the size of the first, even where the film changes size.
        """
        if self._thumbnail_size is None:
            tall = min(frame.height / frame.width, _TALLEST)
            self._thumbnail_size = width_px, max(1, round(width_px * tall))
        return _convert(self._thumbnail_reformatter, frame, self._thumbnail_size, "bgr24", "AREA")

    def _square(self, frame: av.VideoFrame) -> tuple[int, int]:
        # One side is enlarged, none is reduced: no detail of a face is lost.
        width, height = frame.width, frame.height
        if self._ratio >= 1:
            return round(width * self._ratio), height
        return width, round(height / self._ratio)


def turn(picture: NDArray[np.uint8], matrix: Matrix) -> NDArray[np.uint8]:
    """Turn and mirror a picture by a display matrix.

    Args:
        picture: (height, width, channels) uint8.
        matrix: as in ``Matrix``, rounded to quarter turns, of which only the signs matter.

    Returns:
        (height, width, channels) uint8, or (width, height, channels) after a quarter turn.
    """
    a, b, c, d = matrix
    if abs(b) > abs(a):
        picture, a, d = picture.transpose(1, 0, 2), c, b
    return np.ascontiguousarray(picture[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1])


def display_matrix(frame: av.VideoFrame) -> Matrix:
    """Return how a film is to be turned and mirrored, which each of its frames carries.

    Call it for one frame only: the frame then refers to itself (PyAV), so that its picture stays in
    memory until Python's next garbage collection, which is hundreds of megabytes later.
    """
    # Read whole, rather than as frame.rotation, because it may mirror too (front cameras).
    try:
        side_data: Any = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:  # PyAV does not know all kinds that FFmpeg has, such as EXIF
        return _TURNED[round(frame.rotation / 90) % 4]
    if side_data is None:
        return AS_STORED
    a, b, _, c, d = (int(value) for value in np.frombuffer(bytes(side_data), np.int32)[:5])
    return a, b, c, d


def _convert(
    reformatter: VideoReformatter,
    frame: av.VideoFrame,
    size: tuple[int, int],
    layout: str,
    interpolation: str,
) -> NDArray[np.uint8]:
    # One thread: starting those of swscale costs more than it saves.
    converted = reformatter.reformat(
        frame,
        width=size[0],
        height=size[1],
        format=layout,
        src_colorspace=Colorspace.ITU709 if is_unnamed_hd(frame) else None,
        interpolation=interpolation,
        threads=1,
    )
    return np.asarray(converted.to_ndarray(), dtype=np.uint8)
