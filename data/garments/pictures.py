"""Reads pictures of garments: the picture, which pixels count, and the region to use."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ..errors import InputError, brief
from ..files import openable
from ..tables import boxes
from .garments import Garments
from .masks import Mask

_SPARE = 1.5  # pixels that are read for each that is kept

_LARGE, _COARSE = 4, 8  # sides of the crop in a picture whose mask is looked at first; on each 8th
_ORIENTATION = 0x0112  # of EXIF

MIN_SIDE_PX = 6.0
"""A garment smaller than this on one side is not used."""


def read_garment(
    garments: Garments, row: int, side: int | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None, NDArray[np.float32]]:
    """Read the picture of one row.

    Args:
        garments: the table.
        row: which.
        side: of the crop that will be made of it, pixels: a picture with many more is read in a
            smaller size, which takes less time, unless its mask fits no other. None = as it is.

    Returns:
        picture: (height, width, 3) uint8, red green blue, upright.
        mask: (height, width) uint8, 255 = the garment, 0 = not; None where there is none.
        box: (4,) float32, x1 y1 x2 y2 in pixels, inside the picture: that of the row, else
            around the mask, else the whole picture.

    Raises:
        InputError: the picture or its mask cannot be read, or shows nothing.
    """
    path = garments.root / str(garments.path[row])
    mask, box, source = None, garments.box[row], garments.mask[row]
    if side is not None and (source is None or source.any_size):
        wanted = round(_SPARE * side)
        around = _around(path, source, wanted) if source and np.isnan(box).any() else box
        picture, shrunk = _read_smaller(path, around, wanted)
        box = box / shrunk
    else:
        picture = read_picture(path)
    height, width = picture.shape[:2]
    if source is not None:
        drawn = source.read(height, width)
        mask = drawn.astype(np.uint8) * 255
        if np.isnan(box).any():
            box = source.region(drawn)
            if np.isnan(box).any():
                raise InputError(f"{path}: expected a mask with pixels in it, got an empty one")
    elif np.isnan(box).any():
        box = np.array([0, 0, width, height], np.float32)
    box = boxes.clip(box[None], width, height)[0]
    if (box[2:] - box[:2] < MIN_SIDE_PX).any():
        raise InputError(
            f"{path}: expected a garment of at least {MIN_SIDE_PX:g} px in the {width} x {height}"
            f" picture, got the box {np.round(box).astype(int).tolist()}"
        )
    left, top, right, bottom = np.round(box).astype(int).tolist()
    if mask is not None and not mask[top:bottom, left:right].any():
        raise InputError(f"{path}: expected a mask with pixels in the box, got an empty one")
    return picture, mask, box


def read_picture(path: Path, side: int | None = None) -> NDArray[np.uint8]:
    """Read a picture, (height, width, 3) uint8, red green blue, upright.

    Args:
        path: of it.
        side: the shorter side may be as small as this, if that is faster to read; None = as it is.

    Raises:
        InputError: it is missing or cannot be read.
    """
    return _read_smaller(path, np.full(4, np.nan, np.float32), side)[0]


def _around(path: Path, mask: Mask, side: int) -> NDArray[np.float32]:
    """Return roughly where a mask lies in a large picture, before that is read.

    In a picture that cannot be read at half its size anyway this is nowhere, (4,) 0, which keeps it
    as large as it is.
    """
    width, height = _size(path)
    if min(width, height) < _LARGE * side:
        return np.zeros(4, np.float32)
    return mask.region(mask.read(height // _COARSE, width // _COARSE)) * _COARSE


def _size(path: Path) -> tuple[int, int]:
    """Return width and height of an upright picture in pixels, from its header."""
    try:
        with Image.open(openable(path)) as image:
            width, height = image.size
            return (height, width) if _lies(image) else (width, height)
    except Exception as error:  # as in _read_smaller
        raise InputError(f"{path}: cannot be read as a picture ({brief(error)})") from None


def _lies(image: Image.Image) -> bool:
    return image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)


def _read_smaller(
    path: Path, box: NDArray[np.float32], side: int | None
) -> tuple[NDArray[np.uint8], float]:
    """Read a picture so that the shorter side of a box in it (NaN = all of it) stays above side.

    Returns the picture and by how much it was made smaller. JPEG's blocks of 8 x 8 pixels can be
    decoded as 4 x 4, 2 x 2 or 1.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of odd headers and very large pictures
            with Image.open(openable(path)) as image:
                width = image.width
                if side is not None:
                    shorter = min(image.size) if np.isnan(box).any() else min(box[2:] - box[:2])
                    times = 1 << max(0, min(3, int(shorter / side).bit_length() - 1))
                    image.draft("RGB", (image.width // times, image.height // times))
                shrunk = width / image.width
                upright = ImageOps.exif_transpose(image).convert("RGB")
                return np.array(upright, dtype=np.uint8), shrunk
    # Pillow raises most errors of a broken file as they are: OSError, SyntaxError, struct.error,
    # ZeroDivisionError, DecompressionBombError ...
    except Exception as error:
        raise InputError(f"{path}: cannot be read as a picture ({brief(error)})") from None
