"""Which faces of a film are described: the best of each track, of different moments."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, Faces, IntArray
from ...data.tables.groups import ranked
from ..tracking.config import TrackConfig
from ..tracking.follow import follow_tracks, is_supported
from .engine import BEST_BODIES, BEST_FACES

_APART_S = 0.4
"""Faces of a track nearer in time are alike: the best of every such stretch comes first."""

_SPREAD_S = 2.0
"""The best face of a track in every stretch of so many seconds is described too: a track that is in
fact two people has vectors of both."""

# A face that moves or grows faster may be another, and begins a new track here.
_ROUGH = TrackConfig(reach=0.4, reach_per_s=1.0, max_growth=1.4)


def choose(faces: Faces, every_face: bool = False) -> tuple[BoolArray, BoolArray]:
    """Say which faces are described, and which of these with their clothes.

    Args:
        faces: the faces of some pictures, ``shot`` filled.
        every_face: describe all.

    Returns:
        Two (num_faces,) bool: the best faces of each track by their quality, those of other
        moments first, and at least one in two seconds; the best with clothes in sight. None of a
        track that may be no face at all.
    """
    followed = follow_tracks(faces, _ROUGH)
    track, is_face = followed.track, is_supported(followed, _ROUGH)
    is_first = _rank(_stretches(faces, track, _APART_S), faces.quality) == 0
    best = is_face & (_rank(track, faces.quality + is_first) < BEST_FACES) | every_face
    stretch = _stretches(faces, track, _SPREAD_S)
    empty = is_face & ~np.isin(stretch, stretch[best])
    best |= empty & (_rank(stretch, faces.quality) == 0)
    in_sight = np.isfinite(faces.cloth_box).all(axis=1)
    of_clothes = _rank(track, np.where(in_sight, faces.quality, -1.0))
    return best, is_face & in_sight & (of_clothes < BEST_BODIES)


def _stretches(faces: Faces, track: IntArray, length_s: float) -> IntArray:
    """Return a code for each track and stretch of so many seconds."""
    begun = np.floor(np.nan_to_num(faces.time_s) / length_s + 1e-6).astype(np.int64)
    return np.unique(np.stack([track, begun]), axis=1, return_inverse=True)[1].reshape(-1)


def _rank(group: IntArray, quality: NDArray[np.floating]) -> IntArray:
    """Return the place of each row in its group, 0 = the best quality, ties by their order."""
    order, place = ranked(group, quality)
    rank = np.empty_like(order)
    rank[order] = place
    return rank
