"""Which face of a person to show: frontal, whole, sharp, large enough, in the light and alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..tables.boxes import area, clip, face_units
from ..tables.faces import Faces, IntArray
from ..tables.pose import nose_aside
from ..tables.turns import boxes_upright, size_upright
from .facts import SourceFacts

_ASIDE = 0.2
"""How far the nose is beside the middle of a face that counts two thirds of a frontal one."""

_HAIR, _CHIN, _EARS = 0.35, 0.1, 0.1
"""How far a head reaches beyond its face box, above, below and beside, face units."""

_CUT_OFF = (0.75, 1.0)
"""Share of a head inside the picture from which it counts, and with which it counts fully."""

_LARGE_PX = 64.0
"""Side of a face from which more pixels make no better portrait."""

_DARK = (15.0, 80.0)
"""Mean lightness of a face, 0..255, from which it is seen, and from which it is seen well."""

_BRIGHT = (245.0, 210.0)
"""The same of a face in a flash of white, or in glaring light."""

HEAD_UNITS = 2.2
"""Side of a portrait in face units (see boxes.py): the face, its hair and a little around."""

_FACE_UNITS = 1.3
"""The same where somebody else is beside it: hardly more than the face."""

ABOVE_MIDDLE = 0.1
"""How far above the middle of a face that of a portrait is, face units: there is more hair above a
face box than chin below it."""

_CROWDED = 0.6
"""What a face counts beside which somebody else is nearer than a portrait of ``_FACE_UNITS``."""

_INNER = 0.25  # of the sides of another face: its eyes, nose and mouth begin there
_ONE_HEAD = 0.3  # overlap from which two boxes are of one head

_LEAST = 0.05  # of each factor: of poor faces the least poor one is still the best


def portrait_scores(faces: Faces, sources: Sequence[SourceFacts]) -> NDArray[np.float64]:
    """Say how good a portrait each face makes, (num_faces,) float64, 0..1.

    The product of its quality (size, sharpness, pose; ``clustering/face_models/quality.py``) and
    of how frontal, whole, large, well lit and alone it is. Of a face without landmarks, or in a
    picture of unknown size, that part counts fully.

    Args:
        faces: the table.
        sources: they say how large the pictures are.
    """
    aside = np.nan_to_num(nose_aside(faces.landmarks), nan=0.0).astype(np.float64)
    units = face_units(faces.box).astype(np.float64)
    lightness = np.nan_to_num(faces.brightness, nan=_DARK[1]).astype(np.float64)
    factors = (
        faces.quality.astype(np.float64),
        np.exp(-((aside / _ASIDE) ** 2) / 2),
        _ramp(_share_in_picture(faces, sources), *_CUT_OFF),
        np.sqrt(np.minimum(units / _LARGE_PX, 1.0)),
        _ramp(lightness, *_DARK),
        _ramp(lightness, *_BRIGHT),
        _CROWDED + (1 - _CROWDED) * _ramp(portrait_units(faces), _FACE_UNITS, HEAD_UNITS),
    )
    return np.asarray(np.prod(np.maximum(factors, _LEAST), axis=0))


def portrait_units(faces: Faces) -> NDArray[np.float64]:
    """Return how large a portrait of each face can be without showing the face of somebody else.

    Returns:
        (num_faces,) float64, side of the square in face units, ``_FACE_UNITS`` to ``HEAD_UNITS``.
    """
    side = np.full(len(faces), HEAD_UNITS)
    one, other = _pairs_of_pictures(faces)
    unit = face_units(faces.box[one]).astype(np.float64)
    x1, y1, x2, y2 = faces.box[one].astype(np.float64).T
    middle = np.stack([(x1 + x2) / 2, (y1 + y2) / 2 - ABOVE_MIDDLE * unit], axis=1)
    box = faces.box[other].astype(np.float64)
    margin = _INNER * (box[:, 2:] - box[:, :2])
    away = np.maximum(box[:, :2] + margin - middle, middle - box[:, 2:] + margin).max(axis=1)
    np.minimum.at(side, one, 2 * away / np.maximum(unit, 1.0))
    return np.asarray(np.maximum(side, _FACE_UNITS))


def _pairs_of_pictures(faces: Faces) -> tuple[IntArray, IntArray]:
    """Return the rows of every two heads of one picture, each pair in both orders."""
    rows = np.flatnonzero(faces.is_face)
    rows = rows[np.argsort(faces.picture[rows], kind="stable")]
    picture = faces.picture[rows]
    ones, others = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for step in range(1, len(rows)):
        (place,) = np.nonzero(picture[step:] == picture[:-step])
        if not len(place):
            break
        ones.append(rows[place])
        others.append(rows[place + step])
    one, other = np.concatenate(ones), np.concatenate(others)
    two_heads = _iou_of_rows(faces.box[one], faces.box[other]) < _ONE_HEAD
    one, other = one[two_heads], other[two_heads]
    return np.concatenate([one, other]), np.concatenate([other, one])


def _iou_of_rows(boxes: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the intersection over union of each box with the other one of its row."""
    top_left = np.maximum(boxes[:, :2], others[:, :2])
    bottom_right = np.minimum(boxes[:, 2:], others[:, 2:])
    shared = area(np.concatenate([top_left, np.maximum(top_left, bottom_right)], axis=1))
    return shared / np.maximum(area(boxes) + area(others) - shared, 1.0)


def _share_in_picture(faces: Faces, sources: Sequence[SourceFacts]) -> NDArray[np.float64]:
    """Return the share of each head that is inside its picture, (num_faces,) float64."""
    unit = face_units(faces.box)[:, None]
    around = unit * np.array([-_EARS, -_HAIR, _EARS, _CHIN], np.float32)
    share = np.ones(len(faces))
    names, codes = np.unique(faces.source, return_inverse=True)
    facts = {source.name: source for source in sources}
    for code, name in enumerate(names.tolist()):
        source = facts.get(name)
        if source is not None and source.size_px is not None:
            rows = np.flatnonzero(codes == code)
            upright = boxes_upright(faces.box[rows], source.turn, source.size_px)
            heads = upright + around[rows]
            seen = area(clip(heads, *size_upright(source.size_px, source.turn)))
            share[rows] = seen / np.maximum(area(heads), 1.0)
    return share


def _ramp(values: NDArray[Any], zero_at: float, one_at: float) -> NDArray[np.float64]:
    return np.asarray(np.clip((values - zero_at) / (one_at - zero_at), 0.0, 1.0))
