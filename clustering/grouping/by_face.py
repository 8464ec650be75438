"""Stage 1: people by face. Tracks -> groups of tracks, one person each."""

from __future__ import annotations

import numpy as np

from ...data.tables.faces import IntArray
from ...data.tables.track_means import TrackMeans
from ..evidence.face import FaceEvidence
from .constraints import Constraints
from .groups import Groups, rate_groups
from .hdbscan_groups import hdbscan_groups
from .large import group_tracks, scenes_of

METHODS = ("hdbscan", "agglomerative")


def find_by_face(
    tracks: TrackMeans,
    evidence: FaceEvidence,
    constraints: Constraints,
    stop: float,
    method: str = "hdbscan",
) -> Groups:
    """Group tracks by the evidence of their faces alone.

    Args:
        tracks: the tracks.
        evidence: of their faces.
        constraints: what it does not outrank.
        stop: mean evidence from which two groups are one person.
        method: one of ``METHODS``: HDBSCAN proposes and the mean evidence decides, or average
            linkage over the evidence alone.

    Raises:
        ValueError: an unknown method.
    """
    if method not in METHODS:
        raise ValueError(f"method: expected one of {', '.join(METHODS)}, got {method!r}")
    start = None
    if method == "hdbscan":
        start = _proposed(tracks, evidence, constraints, stop)
    group = group_tracks(evidence, constraints, tracks, evidence.clearness, stop, start)
    return rate_groups(group, evidence, constraints, tracks, evidence.clearness)


def _proposed(
    tracks: TrackMeans, evidence: FaceEvidence, constraints: Constraints, stop: float
) -> IntArray:
    """Return HDBSCAN's verified groups, scene by scene."""
    start = np.arange(len(tracks))
    for scene in (scene for film in scenes_of(tracks) for scene in film):
        rows = np.sort(scene)
        place = np.full(len(tracks), -1)
        place[rows] = np.arange(len(rows))
        forbidden = constraints.forbidden(place, len(rows))
        start[rows] = rows[hdbscan_groups(evidence.between(rows, rows), forbidden, stop)]
    return start
