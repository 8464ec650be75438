"""Which groups of tracks are people, and which stay unknown."""

from __future__ import annotations

import numpy as np

from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import IntArray
from ...data.tables.track_means import TrackMeans
from .groups import Groups

KNOWN_FROM = 0.3
"""Probability from which a track belongs to a person at all; below it, it is unknown."""

CLEAR_LOOKS = 0.35
"""``TrackMeans.looks`` from which a track shows its person: one such look, or more poorer."""

MIN_FACES, MIN_SHOTS = 15, 2
"""Of a person without one clear track: what is seen less may be a thing, or anybody."""


def known_groups(tracks: TrackMeans, groups: Groups) -> IntArray:
    """Return the group of each track that belongs to a person, -1 where that is not certain enough.

    A clear track is a person, however short. A group without one is only when it is seen often, in
    several shots. Each film by itself: what is given beside it makes nobody known.
    """
    known = groups.probability >= KNOWN_FROM
    _, own = np.unique(np.stack([groups.group, tracks.film]), axis=1, return_inverse=True)
    count = int(own.max(initial=-1)) + 1
    clear = np.zeros(count, dtype=bool)
    clear[own[known & (tracks.looks >= CLEAR_LOOKS)]] = True
    num_faces = np.bincount(own[known], weights=tracks.num_faces[known], minlength=count)
    shots = np.unique(np.stack([own[known], tracks.shot[known]]), axis=1)[0]
    often = (num_faces >= MIN_FACES) & (np.bincount(shots, minlength=count) >= MIN_SHOTS)
    return np.where(known & (clear | often)[own], groups.group, UNKNOWN)
