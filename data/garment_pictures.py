"""Pictures of garments read: the picture, which pixels count, and where to look."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from . import boxes
from .errors import InputError
from .garments import Garments

MIN_SIDE_PX = 6.0
"""A garment smaller than this on one side shows nothing."""


def read_garment(
    garments: Garments, row: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None, NDArray[np.float32]]:
    """Read the picture of one row.

    Args:
        garments: the table.
        row: which.

    Returns:
        picture: (height, width, 3) uint8, red green blue, upright.
        mask: (height, width) uint8, 255 = the garment, 0 = not; None where nobody drew one.
        box: (4,) float32, x1 y1 x2 y2 in pixels, inside the picture: the row's own, else around
            the mask, else the whole picture.

    Raises:
        InputError: the picture or its mask cannot be read, or shows nothing.
    """
    path = garments.root / str(garments.path[row])
    picture = read_picture(path)
    height, width = picture.shape[:2]
    mask, box = None, garments.box[row]
    source = garments.mask[row]
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
    return picture, mask, box


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read a picture, (height, width, 3) uint8, red green blue, upright.

    Raises:
        InputError: it is missing or cannot be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of odd headers and very large pictures
            with Image.open(path) as image:
                return np.array(ImageOps.exif_transpose(image).convert("RGB"), dtype=np.uint8)
    # Pillow lets most things a broken file can cause through: OSError, SyntaxError, struct.error,
    # ZeroDivisionError, DecompressionBombError ...
    except Exception as error:
        raise InputError(f"{path}: cannot be read as a picture ({error})") from None
