"""Stage 1: people by face. Tracks -> groups of tracks, one person each."""

from __future__ import annotations

from ...data.tables.tracks import Tracks
from ..evidence.curves import FaceCurve
from ..evidence.face import FaceEvidence
from ..evidence.vectors import Columns
from ..grouping.constraints import Constraints
from ..grouping.groups import Groups, rate_groups
from ..grouping.large import group_tracks, likely_groups


def face_evidence(
    tracks: Tracks,
    columns: Columns,
    curve: FaceCurve,
    constraints: Constraints,
) -> FaceEvidence:
    """Return the evidence of faces, which has learnt how alike one person's are in each film.

    Args:
        tracks: the tracks.
        columns: first and last column (exclusive) of each network in ``tracks.face_mean``.
        curve: what cosines of these networks are worth.
        constraints: what it does not outrank.
    """
    evidence = FaceEvidence(tracks, columns, curve)
    evidence.learn(likely_groups(evidence, constraints, tracks))
    return evidence


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
