"""Stage 1: people by face. Tracks -> groups of tracks, one person each."""

from __future__ import annotations

from ...data.tables.tracks import Tracks
from ..evidence.face import FaceEvidence
from ..grouping.constraints import Constraints
from ..grouping.groups import Groups, rate_groups
from ..grouping.large import group_tracks


def find_by_face(
    tracks: Tracks, evidence: FaceEvidence, constraints: Constraints, stop: float, method: str
) -> Groups:
    """Group tracks by the evidence of their faces alone.

    Args:
        tracks: the tracks.
        evidence: of their faces.
        constraints: what it does not outrank.
        stop: mean evidence from which two groups are one person.
        method: one of ``grouping.large.METHODS``.

    Raises:
        ValueError: an unknown method.
    """
    grouped = group_tracks(evidence, constraints, tracks, stop, method)
    return rate_groups(grouped, evidence, constraints, tracks, evidence.clearness)
