"""What castlist knows of the tracks of a result, for questions to its user."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from ..data.result.cast import Cast
from ..data.result.decisions import Decisions
from ..data.result.result import StoredResult
from ..data.runtime.blas import one_blas_thread
from ..data.tables.codes import UNKNOWN, DecidedBy, Reason
from ..data.tables.faces import IntArray
from ..data.tables.tracks import Tracks
from .evidence.cloth import ClothEvidence
from .evidence.curves import Curves
from .people.limits import limits_of
from .people.parts import Known
from .people.standing import Standing
from .running import columns_of
from .stages.by_clothing import weigh_clothes
from .stages.by_face import face_evidence


def what_is_known(result: StoredResult, decisions: Decisions) -> tuple[Known, IntArray]:
    """Compute the evidence of a result again, under the decisions of its user.

    Args:
        result: after these decisions.
        decisions: all of them.

    Returns:
        What is known, and the row of each face's track in it, (num_faces,) int64, -1 = the face is
        none, or the user said that nobody knows who it is.
    """
    standing = Standing.of(decisions, result.faces, result.sources)
    in_picture = result.faces.reason == Reason.IN_A_PICTURE
    rows = np.flatnonzero(standing.is_seen(result.faces.track) & ~in_picture)
    track = np.full(len(result.faces), -1)
    _, first, track[rows] = np.unique(
        result.faces.track[rows], return_index=True, return_inverse=True
    )
    faces = result.faces.replace(track=track)[rows]
    with one_blas_thread():
        tracks, curves = Tracks.of(faces), Curves.load()
        columns = columns_of(result.models, faces)
        constraints = limits_of(tracks, track, standing)
        face = face_evidence(tracks, columns.face, curves.of_faces(columns.face), constraints)
        cloth = ClothEvidence(tracks, columns.cloth, curves.of_clothes(columns.cloth))
        if tracks.has_clothes.any():
            weigh_clothes(tracks, face, cloth, constraints)
    known = Known(
        tracks,
        person=faces.person[first],
        strength=faces.strength[first].astype(np.float64),
        decided_by_user=faces.decided_by[first] == DecidedBy.USER,
        face=face,
        cloth=cloth,
        constraints=constraints,
        clearness=face.clearness,
    )
    return called(known, result.cast), track


def called(known: Known, cast: Cast) -> Known:
    """Fill in whom the user named, and whom they hid."""
    return dataclasses.replace(
        known, named=_numbers(cast, cast.names), hidden=_numbers(cast, cast.hidden)
    )


def _numbers(cast: Cast, ids: Iterable[int]) -> frozenset[int]:
    return frozenset(cast.number_of(person_id) for person_id in ids) - {UNKNOWN}
