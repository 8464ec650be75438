"""Which face of a person to show: frontal, whole, sharp, large enough and in the light."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..tables.boxes import area, clip, face_units
from ..tables.faces import Faces
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

_LEAST = 0.05  # of each factor: of poor faces the least poor one is still the best


def portrait_scores(faces: Faces, sources: Sequence[SourceFacts]) -> NDArray[np.float64]:
    """Say how good a portrait each face makes, (num_faces,) float64, 0..1.

    The product of its quality (size, sharpness, pose; ``clustering/face_models/quality.py``) and
    of how frontal, whole, large and well lit it is. Of a face without landmarks, or in a picture of
    unknown size, that part counts fully.

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
    )
    return np.asarray(np.prod(np.maximum(factors, _LEAST), axis=0))


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
