"""A person's head, cut out of the crop that shows head and torso."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from ...data.result.crops import Crops
from ...data.result.people_folder import MissingCropError
from ...data.result.portraits import ABOVE_MIDDLE, HEAD_UNITS
from ...data.tables.boxes import face_units, portrait_boxes
from .sheets import jpeg

_GREY, _CROP_PX = "#999999", (84, 102)  # in place of a crop, and as wide and high as one


def crop_or_plain(crops: Crops, row: int) -> bytes:
    """Return the crop of a row, a plain grey one where somebody deleted it."""
    try:
        return crops[row]
    except MissingCropError:
        return jpeg(Image.new("RGB", _CROP_PX, _GREY))


def portrait(crop: bytes, face_box: ArrayLike, side_px: int, units: float = HEAD_UNITS) -> bytes:
    """Return the head of a crop as a square JPEG.

    Args:
        crop: JPEG of head and torso, cut out by ``data.tables.boxes.portrait_boxes``.
        face_box: (4,), x1 y1 x2 y2 of the face in the picture that the crop is from, pixels.
        side_px: side of the portrait.
        units: the same in face units, less where somebody else is beside the face.
    """
    with Image.open(io.BytesIO(crop)) as picture:
        square = head_in_crop(face_box, picture.size, units)
        return jpeg(picture.convert("RGB").resize((side_px, side_px), box=square))


def head_in_crop(
    face_box: ArrayLike, crop_size: tuple[int, int], units: float = HEAD_UNITS
) -> tuple[float, float, float, float]:
    """Find the head in a crop whose place in the picture is not stored.

    The face box gives the corner of a crop. The shape of the crop gives its scale: a crop wider
    than it should be was cut off below, so its width is whole; a narrower one has its whole height.

    Args:
        face_box: (4,), x1 y1 x2 y2, pixels of the picture.
        crop_size: width and height of the crop, pixels.
        units: side of the square, face units.

    Returns:
        A square x1 y1 x2 y2 inside the crop, pixels of the crop.
    """
    faces = np.asarray(face_box, np.float32)[None]
    left, top, right, bottom = portrait_boxes(faces, np.inf, np.inf)[0].tolist()
    width, height = crop_size
    scale = max(width / (right - left), height / (bottom - top))
    x1, y1, x2, y2 = faces[0].tolist()
    unit = float(face_units(faces)[0])
    side = min(units * unit * scale, width, height)
    middle_x = ((x1 + x2) / 2 - left) * scale
    middle_y = ((y1 + y2) / 2 - ABOVE_MIDDLE * unit - top) * scale
    from_x = min(max(middle_x - side / 2, 0.0), width - side)
    from_y = min(max(middle_y - side / 2, 0.0), height - side)
    return from_x, from_y, from_x + side, from_y + side
