"""Masks of garments, in the forms that data sets have: run lengths, polygons, label pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import InputError
from ..files import openable

BoolMask = NDArray[np.bool_]

_SHAPE_ERROR = 0.02  # of width to height: rounding, when pictures were made smaller


class Mask(Protocol):
    """Which pixels are the garment, in a small form until it is read.

    Attributes:
        any_size: whether ``read`` gives it for a picture that was made smaller, too.
    """

    any_size: ClassVar[bool]

    def read(self, height: int, width: int) -> BoolMask:
        """Return (height, width) bool, resized if the picture is not as large as it was.

        Raises:
            InputError: the mask cannot be read.
        """
        ...

    def region(self, mask: BoolMask) -> NDArray[np.float32]:
        """Return the region to use, (4,) x1 y1 x2 y2 in pixels, given what ``read`` returned."""
        ...

    def identity(self) -> bytes:
        """Return what tells it from another mask, wherever its files lie."""
        ...


class _Bounded:
    any_size: ClassVar[bool] = True

    def region(self, mask: BoolMask) -> NDArray[np.float32]:
        return bounds(mask)


@dataclass(frozen=True)
class RunMask(_Bounded):
    """Run lengths as iMaterialist writes them.

    Attributes:
        runs: one text for each part of the garment; see ``decode_runs``.
        height: of the picture that they were made on, pixels.
        width: of the same, pixels.
        where: file and line, for messages.
    """

    runs: tuple[str, ...]
    height: int
    width: int
    where: str

    def identity(self) -> bytes:
        """Return the runs."""
        return " ".join(self.runs).encode()

    def read(self, height: int, width: int) -> BoolMask:
        """Return the union of the parts, (height, width) bool.

        Raises:
            InputError: the runs are wrong, or the picture is of another shape, perhaps turned.
        """
        if abs(self.height * width - self.width * height) > _SHAPE_ERROR * self.height * width:
            raise InputError(
                f"{self.where}: expected a picture in the shape of {self.width} x {self.height},"
                f" got {width} x {height}"
            )
        try:
            return decode_runs(" ".join(self.runs), self.height, self.width, (height, width))
        except ValueError as error:
            raise InputError(f"{self.where}: {error}") from None


@dataclass(frozen=True, eq=False)
class PolygonMask(_Bounded):
    """Polygons in pixels: what any of them encloses.

    Attributes:
        corners: (num_corners, 2) float32, x y, of all polygons.
        ends: where each polygon ends in it, at least three corners each.
    """

    corners: NDArray[np.float32]
    ends: tuple[int, ...]
    any_size: ClassVar[bool] = False

    @classmethod
    def of(cls, polygons: Sequence[NDArray[np.float32]]) -> PolygonMask:
        """Make a mask of polygons as ``polygon`` returns them."""
        ends = np.cumsum([len(points) // 2 for points in polygons]).tolist()
        whole = np.concatenate(polygons) if polygons else np.empty(0, np.float32)
        return cls(whole.reshape(-1, 2), tuple(ends))

    def identity(self) -> bytes:
        """Return the polygons."""
        return self.corners.tobytes() + repr(self.ends).encode()

    def read(self, height: int, width: int) -> BoolMask:
        """Return what the polygons enclose, (height, width) bool."""
        canvas = np.zeros((height, width), np.uint8)
        for first, end in zip((0, *self.ends), self.ends, strict=False):
            corners = np.round(self.corners[first:end, None]).astype(np.int32)
            cv2.fillPoly(canvas, [corners], (1,))
        return canvas.astype(bool)


@dataclass(frozen=True)
class LabelMask(_Bounded):
    """A PNG whose pixels are labels.

    Attributes:
        path: of the PNG.
        background: labels that do not belong to the garment.
    """

    path: Path
    background: tuple[int, ...]

    def identity(self) -> bytes:
        """Return the content of the file, and what is background."""
        return repr((self.path.name, content_of(self.path), self.background)).encode()

    def read(self, height: int, width: int) -> BoolMask:
        """Return which pixels have another label than the background, (height, width) bool."""
        try:
            with Image.open(openable(self.path)) as image:
                labels = np.asarray(image)
        # Pillow lets through whatever a broken file causes: OSError, SyntaxError, struct.error ...
        except Exception as error:
            raise InputError(f"{self.path}: cannot be read as a mask ({error})") from None
        if labels.ndim != 2:
            raise InputError(
                f"{self.path}: expected one label per pixel, (height, width), got {labels.shape}"
            )
        return resize(~np.isin(labels, self.background), height, width)


def content_of(path: Path) -> bytes:
    """Return the SHA-256 of a file, 32 bytes; 32 zeros where it cannot be read."""
    try:
        with openable(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return bytes(32)


def decode_runs(
    text: str, height: int, width: int, size: tuple[int, int] | None = None
) -> BoolMask:
    """Decode run lengths.

    Args:
        text: ``start length start length ...``; pixels are numbered from 1, down the columns from
            the left one to the right one. "" = nothing.
        height: of the mask, pixels.
        width: of the mask, pixels.
        size: height and width of what is returned, pixels; None = those of the mask. Only these
            pixels are drawn, each from the nearest one of the mask as ``resize`` takes it.

    Returns:
        (height, width) bool, or of ``size``.

    Raises:
        ValueError: these are not pairs of whole numbers, or a run leaves the picture.
    """
    try:
        numbers = np.array(text.split(), dtype=np.int64)
    except (ValueError, OverflowError):
        raise ValueError(f"run lengths: expected whole numbers, got {text[:40]!r}") from None
    if len(numbers) % 2:
        raise ValueError(f"run lengths: expected pairs, got {len(numbers)} numbers")
    starts, lengths = numbers[::2] - 1, numbers[1::2]
    if ((starts < 0) | (lengths < 1) | (starts + lengths > height * width)).any():
        raise ValueError(
            f"run lengths: expected runs of at least 1 pixel among 1 to {height * width}"
            f" ({height} x {width}), but one lies outside"
        )
    tall, wide = size or (height, width)
    if tall > height or wide > width:  # a pixel would be drawn several times
        return resize(decode_runs(text, height, width), tall, wide)
    columns, rows = _nearest(wide, width), _nearest(tall, height)
    pixels = (columns[:, None] * height + rows).ravel()  # those drawn, rising
    # +1 where a run begins, -1 after its end: above 0 is inside, also where runs overlap
    steps = np.zeros(len(pixels) + 1, np.int32)
    np.add.at(steps, np.searchsorted(pixels, starts), 1)
    np.add.at(steps, np.searchsorted(pixels, starts + lengths), -1)
    inside: BoolMask = np.cumsum(steps[:-1]) > 0
    return np.ascontiguousarray(inside.reshape(wide, tall).T)


def _nearest(wanted: int, there: int) -> NDArray[np.int64]:
    """Return which of so many places each wanted one takes, as OpenCV's INTER_NEAREST does."""
    places = np.arange(wanted) * (1 / (wanted / there))
    return np.asarray(np.minimum(places, there - 1), dtype=np.int64)


def resize(mask: BoolMask, height: int, width: int) -> BoolMask:
    """Return a mask in another size, (height, width) bool."""
    if mask.shape == (height, width):
        return mask
    resized = cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return resized.astype(bool)


def bounds(mask: BoolMask) -> NDArray[np.float32]:
    """Return the box around a mask, (4,) x1 y1 x2 y2; NaN if no pixel is in it."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return np.full(4, np.nan, np.float32)
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32)


def polygon(numbers: Sequence[float]) -> NDArray[np.float32]:
    """Return a polygon's numbers x y x y ..., checked, (2 * num_corners,) float32.

    Raises:
        ValueError: they are not pairs of finite numbers, or fewer than three.
    """
    values = np.asarray(numbers, np.float64)
    if values.ndim != 1 or len(values) < 6 or len(values) % 2 or not np.isfinite(values).all():
        raise ValueError("expected a polygon of at least three corners, x y x y ...")
    return values.astype(np.float32)
