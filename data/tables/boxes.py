"""Pixel arithmetic on boxes, and where the clothes are, given a face.

Boxes are x1 y1 x2 y2 in pixels of the upright picture, (num_boxes, 4) float32. Lengths around a
face are in face units: 1 unit = the square root of the area of the face box. The root is more
stable than either side, since a turned head has a narrower box and a bowed head a lower one.
docs/cloth_region.md shows the regions in a picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Boxes = NDArray[np.float32]

CLOTH_HALF_WIDTH = 1.5
"""Half the width of the cloth box, face units: about the shoulders."""

CLOTH_BELOW_CHIN = (0.1, 2.0)
"""Where the cloth box begins and ends, face units below the lower edge of the face box."""

MIN_CLOTH_IN_PICTURE = 0.15
"""Below this share of the cloth box inside the picture there are not enough clothes to compare."""

MIN_CLOTH_PX = 6.0
"""A cloth box with fewer pixels than this on one side, after clipping, is not used."""

PORTRAIT_HALF_WIDTH = 1.75
"""Half the width of the portrait box, face units."""

PORTRAIT_ABOVE_FACE = 0.75
"""How far the portrait box reaches above the face box, face units: hair."""

PORTRAIT_BELOW_CHIN = 2.5
"""How far the portrait box reaches below the face box, face units."""

HEAD_HALF_WIDTH, HEAD_ABOVE_FACE = 0.65, 0.5
"""How far a head with its hair reaches beside the middle of its face and above its box, units."""

CLEARLY_NEARER = 1.25
"""A face larger than another by this factor is nearer to the camera, whatever its size."""


def area(boxes: ArrayLike) -> NDArray[np.float64]:
    """Return the areas of boxes, (num_boxes,) float64, square pixels; inside-out boxes have 0."""
    sides = _sides(boxes)
    width, height = sides[:, 2] - sides[:, 0], sides[:, 3] - sides[:, 1]
    return np.asarray(np.maximum(width, 0) * np.maximum(height, 0))


def overlaps(boxes_a: ArrayLike, boxes_b: ArrayLike) -> NDArray[np.float64]:
    """Return the shared area of every two boxes, (len_a, len_b) float64, square pixels."""
    rows, columns = _sides(boxes_a), _sides(boxes_b)
    top_left = np.maximum(rows[:, None, :2], columns[None, :, :2])
    bottom_right = np.minimum(rows[:, None, 2:], columns[None, :, 2:])
    sides = np.maximum(bottom_right - top_left, 0)
    return np.asarray(sides[..., 0] * sides[..., 1])


def iou(boxes_a: ArrayLike, boxes_b: ArrayLike) -> NDArray[np.float64]:
    """Return intersection over union of every box of a with every box of b.

    Args:
        boxes_a: (len_a, 4), x1 y1 x2 y2.
        boxes_b: (len_b, 4), x1 y1 x2 y2.

    Returns:
        (len_a, len_b) float64, 0..1; 0 where both boxes are empty, NaN for NaN rows.
    """
    shared = overlaps(boxes_a, boxes_b)
    union = area(boxes_a)[:, None] + area(boxes_b)[None] - shared
    return np.asarray(shared / np.where(union == 0, 1, union))


def clip(boxes: ArrayLike, width: float, height: float) -> Boxes:
    """Clip boxes at the edges of a picture of ``width`` x ``height`` pixels."""
    limits = np.array([width, height, width, height], np.float32)
    return np.asarray(np.clip(_boxes(boxes), 0, limits), np.float32)


def face_units(face_boxes: ArrayLike) -> NDArray[np.float32]:
    """Return the length of one face unit in pixels, (num_faces,) float32."""
    return np.sqrt(area(face_boxes))


def whole_cloth_boxes(face_boxes: ArrayLike) -> Boxes:
    """Return where the clothes under each face would be if the picture had no edges, (n, 4)."""
    top, bottom = CLOTH_BELOW_CHIN
    return _around(face_boxes, CLOTH_HALF_WIDTH, from_edge=3, start=top, end=bottom)


def cloth_boxes(face_boxes: ArrayLike, width: float, height: float) -> Boxes:
    """Return where the clothes under each face are in a picture.

    Args:
        face_boxes: (num_faces, 4), x1 y1 x2 y2 in pixels; they may reach over the picture's edge.
        width: of the picture, pixels.
        height: of the picture, pixels.

    Returns:
        (num_faces, 4) float32, clipped at the picture; a NaN row where less than
        ``MIN_CLOTH_IN_PICTURE`` of the box is in the picture, or fewer than ``MIN_CLOTH_PX``.
    """
    whole = whole_cloth_boxes(face_boxes)
    seen = clip(whole, width, height)
    sides = seen[:, 2:] - seen[:, :2]
    enough = (area(seen) >= MIN_CLOTH_IN_PICTURE * area(whole)) & (sides >= MIN_CLOTH_PX).all(
        axis=1
    )
    return np.where(enough[:, None], seen, np.float32(np.nan))


def portrait_boxes(face_boxes: ArrayLike, width: float, height: float) -> Boxes:
    """Return head and torso of each face, (num_faces, 4) float32, clipped at the picture."""
    whole = _around(
        face_boxes,
        PORTRAIT_HALF_WIDTH,
        from_edge=1,
        start=-PORTRAIT_ABOVE_FACE,
        end=PORTRAIT_BELOW_CHIN,
    )
    return clip(whole, width, height)


def in_front(face_boxes: ArrayLike, row: int, xs: ArrayLike, ys: ArrayLike) -> NDArray[np.bool_]:
    """Return which pixels belong to another person than that of one row.

    These are the heads of all other faces, since a detected face is in sight, and the column below
    the chin of a face that is clearly larger, thus nearer to the camera. Beside a face of about the
    same size, each pixel goes to the face whose middle is nearer, in face units.

    Args:
        face_boxes: (num_faces, 4), all faces of the picture.
        row: the face whose clothes are cut out.
        xs: (num_columns,) middles of the columns of pixels.
        ys: (num_rows,) middles of the rows of pixels.

    Returns:
        (num_rows, num_columns) bool.
    """
    faces, unit = _boxes(face_boxes), face_units(face_boxes)
    columns, rows = np.asarray(xs, np.float32)[None, :], np.asarray(ys, np.float32)[:, None]
    middle = (faces[:, 0] + faces[:, 2]) / 2
    distance_to_face = np.abs(columns - middle[row]) / max(unit[row], 1e-6)
    taken = np.zeros((rows.size, columns.size), bool)
    for other in np.flatnonzero((unit > 0) & (np.arange(len(faces)) != row)):
        distance = np.abs(columns - middle[other]) / unit[other]
        above = rows - (faces[other, 1] - HEAD_ABOVE_FACE * unit[other])
        chin = faces[other, 3] + CLOTH_BELOW_CHIN[0] * unit[other]
        taken |= (distance < HEAD_HALF_WIDTH) & (above > 0) & (rows < chin)
        nearer = unit[other] / max(unit[row], 1e-6)
        if nearer > CLEARLY_NEARER:
            taken |= (distance < CLOTH_HALF_WIDTH) & (rows >= chin)
        elif nearer > 1 / CLEARLY_NEARER:
            closer = (distance < CLOTH_HALF_WIDTH) & (distance < distance_to_face)
            taken |= closer & (rows >= chin)
    return taken


def _around(
    face_boxes: ArrayLike,
    half_width: float,
    *,
    from_edge: int,
    start: float,
    end: float,
) -> Boxes:
    faces = _boxes(face_boxes)
    unit = face_units(faces)
    middle = (faces[:, 0] + faces[:, 2]) / 2
    return np.stack(
        [
            middle - half_width * unit,
            faces[:, from_edge] + start * unit,
            middle + half_width * unit,
            faces[:, 3] + end * unit,
        ],
        axis=1,
    ).astype(np.float32)


def _boxes(boxes: ArrayLike) -> Boxes:
    return np.asarray(_sides(boxes), np.float32)


def _sides(boxes: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(boxes, np.float64)
    if array.size == 0:
        return np.empty((0, 4))
    if array.ndim != 2 or array.shape[1] != 4:
        raise ValueError(f"boxes: expected shape (num_boxes, 4), x1 y1 x2 y2, got {array.shape}")
    return array
