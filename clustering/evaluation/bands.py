"""Labelled faces in bands: by height, person, outfit, pose, and cause of difficulty."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...data.tables.labels import EASY_FROM_PX, HARD_BELOW_PX
from .gain import GainCounts, Judged, LabelledFaces

Bands = dict[str, dict[str, GainCounts]]
"""Kind of band -> name of band -> counts, in display order."""

_Masks = dict[str, NDArray[np.bool_]]

_HEIGHT_PX = (HARD_BELOW_PX, EASY_FROM_PX)
_FINE_HEIGHT_PX = (20, 30, HARD_BELOW_PX, EASY_FROM_PX, 80)
_YAW_DEG = (15.0, 30.0, 45.0, 60.0)
_PITCH_DEG = (-15.0, 15.0, 30.0, 45.0)
_VISIBILITY = (0.25, 0.5, 0.75, 0.95)
_STRENGTH = (0.5, 0.8, 0.9, 0.95)

_SIDE_VIEW_DEG = 45.0
_BOWED_DEG = 25.0
_COVERED_BELOW = 0.6


def count_bands(judged: Judged) -> Bands:
    """Count every kind of band for which there are labels."""
    faces = judged.faces
    kinds: dict[str, Callable[[LabelledFaces], _Masks]] = {
        "height_px": lambda faces: _between(faces.height_px, _HEIGHT_PX),
        "height_px_fine": lambda faces: _between(faces.height_px, _FINE_HEIGHT_PX),
        "person": lambda faces: _each(faces.name),
        "outfit": _outfits,
        "abs_yaw_deg": lambda faces: _between(np.abs(faces.yaw_deg), _YAW_DEG),
        "pitch_deg": lambda faces: _between(faces.pitch_deg, _PITCH_DEG),
        "visibility": lambda faces: _between(faces.visibility, _VISIBILITY),
        "cause": _causes,
        "strength_of_reassigned": _reassigned_by_strength,
    }
    bands = {
        kind: {name: judged.count(rows) for name, rows in split(faces).items()}
        for kind, split in kinds.items()
    }
    return {
        kind: counts for kind, counts in bands.items() if any(c.labels for c in counts.values())
    }


def add_bands(bands: Bands, others: Bands) -> Bands:
    """Add the counts of bands of the same kind and name."""
    total: Bands = {kind: dict(counts) for kind, counts in bands.items()}
    for kind, counts in others.items():
        by_name = total.setdefault(kind, {})
        for name, count in counts.items():
            by_name[name] = by_name.get(name, GainCounts()) + count
    return total


def _between(values: NDArray[np.float64], edges: tuple[float, ...]) -> _Masks:
    """Split at the edges; a value on an edge belongs to the upper band, NaN to none."""
    masks: _Masks = {f"<{edges[0]:g}": values < edges[0]}
    for low, high in pairwise(edges):
        masks[f"{low:g} to {high:g}"] = (values >= low) & (values < high)
    masks[f">={edges[-1]:g}"] = values >= edges[-1]
    return masks


def _each(names: NDArray[np.str_]) -> _Masks:
    return {str(name): names == name for name in np.unique(names) if name}


def _outfits(faces: LabelledFaces) -> _Masks:
    names = np.char.add(np.char.add(faces.name, ": "), faces.outfit)
    return _each(np.where(faces.outfit == "", "", names))


def _causes(faces: LabelledFaces) -> _Masks:
    """Causes of difficulty, as the original project named them.

    One face may have several causes. They need a known pose. A side view shows less skin, so only a
    face that is no side view is called covered. No labels state who laughs.
    """
    known = np.isfinite(faces.yaw_deg + faces.pitch_deg + faces.visibility)
    small = known & (faces.height_px < HARD_BELOW_PX)
    side = known & (np.abs(faces.yaw_deg) >= _SIDE_VIEW_DEG)
    bowed = known & (faces.pitch_deg >= _BOWED_DEG)
    covered = known & ~side & ~bowed & (faces.visibility < _COVERED_BELOW)
    return {
        f"bad quality: under {HARD_BELOW_PX:g} px": small,
        f"covered: visibility under {_COVERED_BELOW:g}": covered,
        f"side view: yaw {_SIDE_VIEW_DEG:g} degrees and more": side,
        f"bowed: pitch {_BOWED_DEG:g} degrees and more": bowed,
        "laughing: no label says": np.zeros(len(faces), dtype=bool),
        "none of these": known & ~(small | side | bowed | covered),
    }


def _reassigned_by_strength(faces: LabelledFaces) -> _Masks:
    """Reassigned faces by strength: is 0.9 right nine times of ten? See reassignment precision."""
    reassigned = faces.found & (faces.before != faces.after)
    return {name: rows & reassigned for name, rows in _between(faces.strength, _STRENGTH).items()}
