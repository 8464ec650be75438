"""A track is one person: where its face becomes another's, it is split.

Tracks follow a place in the picture. In a wipe, a morph, or a dissolve that was not taken for a
cut, the face in that place becomes another one, and two looks after each other do not tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, Faces, IntArray
from ...data.tables.tracks import Tracks
from ..evidence.curves import FaceCurve
from ..evidence.face import FaceEvidence

TWO_PEOPLE = -0.5
"""Mean evidence of the faces before and after a place below which a track is split there. Of 298
tracks of the labelled films one of two people comes to -0.8, none of one person below 0."""

_PIECE_S = 1.0
_AROUND = 3  # pieces before and after a place that are compared: much may be between two turns


def split_two_people(
    faces: Faces, columns: Mapping[str, tuple[int, int]], curve: FaceCurve
) -> Faces:
    """Split each track of a film where one person is before and, by the faces, another one after.

    A track is taken in pieces of a second. Where up to three pieces before and three after speak
    against one person on average, it is split; each part is looked at again.

    Args:
        faces: the table, each row with a track.
        columns: first and last column (exclusive) of each network in ``face_vector``.
        curve: what cosines of these networks are worth.

    Returns:
        The table; parts but the first have new numbers, after all others.
    """
    track_of, piece = _pieces(faces)
    lengths = np.bincount(track_of)
    if lengths.max(initial=0) < 2:
        return faces
    seen = np.flatnonzero(piece >= 0)
    pieces = Tracks.of(faces[seen].replace(track=piece[seen]))
    strangers = _clearest_of_each(track_of, pieces.looks)
    evidence = FaceEvidence(pieces, columns, curve, strangers)
    ends = np.cumsum(lengths)
    track = faces.track.copy()
    for own in np.flatnonzero(lengths > 1).tolist():
        for turn in _turns(int(ends[own] - lengths[own]), int(ends[own]), evidence):
            is_near = (piece == turn - 1) | (piece == turn)
            around = np.flatnonzero(is_near & faces.has_face_vector)
            rows = np.flatnonzero(faces.track == own)
            since_s = _change_s(faces, rows, around)
            before = track[around[0]]
            later = rows[(track[rows] == before) & (faces.time_s[rows] >= since_s)]
            track[later] = track.max() + 1
    return faces.replace(track=track)


def _pieces(faces: Faces) -> tuple[IntArray, IntArray]:
    """Return the track of each piece that has a vector, and the piece of each row, -1 = of none.

    Pieces are numbered by track and time. Photos are in none.
    """
    start_s = np.full(int(faces.track.max(initial=-1)) + 1, np.inf)
    np.fmin.at(start_s, faces.track, faces.time_s)
    rows = np.flatnonzero(faces.shot >= 0)
    track = faces.track[rows]
    stretch = np.floor((faces.time_s[rows] - start_s[track]) / _PIECE_S + 1e-6)
    pairs, code = np.unique(
        np.stack([track, stretch.astype(np.int64)]), axis=1, return_inverse=True
    )
    is_described = np.zeros(pairs.shape[1], dtype=bool)
    is_described[code[faces.has_face_vector[rows]]] = True
    number = np.where(is_described, np.cumsum(is_described) - 1, -1)
    piece = np.full(len(faces), -1)
    piece[rows] = number[code.reshape(-1)]
    return pairs[0][is_described], piece


def _clearest_of_each(track_of: IntArray, looks: NDArray[np.float64]) -> BoolArray:
    """Say which piece is the clearest of its track, (num_pieces,) bool.

    These stand for the film's people: all pieces would be mostly those of one long track.
    """
    order = np.lexsort((-looks, track_of))
    chosen = np.zeros(len(looks), dtype=bool)
    chosen[order[np.flatnonzero(np.diff(track_of[order], prepend=-1))]] = True
    return chosen


def _turns(first: int, last: int, evidence: FaceEvidence) -> Iterator[int]:
    """Yield the pieces of ``first`` to ``last`` (exclusive) with which somebody else begins."""
    open_parts = [(first, last)]
    while open_parts:
        first, last = open_parts.pop()
        speaks = [
            float(
                evidence.between(
                    np.arange(max(first, turn - _AROUND), turn),
                    np.arange(turn, min(last, turn + _AROUND)),
                ).mean()
            )
            for turn in range(first + 1, last)
        ]
        if not speaks or min(speaks) >= TWO_PEOPLE:
            continue
        turn = first + 1 + int(np.argmin(speaks))
        yield turn
        open_parts += [(first, turn), (turn, last)]


def _change_s(faces: Faces, rows: IntArray, around: IntArray) -> float:
    """Return when the second person begins, seconds.

    It is between the two described looks that differ most; of the looks between these, where the
    face moved or grew most.

    Args:
        faces: the table.
        rows: all of the track.
        around: those described in the pieces before and after.
    """
    around = around[np.argsort(faces.time_s[around], kind="stable")]
    vectors = faces.face_vector[around].astype(np.float64)
    jump = int(np.argmax(np.linalg.norm(np.diff(vectors, axis=0), axis=1)))
    low_s, high_s = faces.time_s[around[jump]], faces.time_s[around[jump + 1]]
    rows = rows[(faces.time_s[rows] >= low_s) & (faces.time_s[rows] <= high_s)]
    rows = rows[np.argsort(faces.time_s[rows], kind="stable")]
    box = faces.box[rows].astype(np.float64)
    size = np.sqrt(np.prod(box[:, 2:] - box[:, :2], axis=1))
    moved = np.linalg.norm(np.diff(box[:, :2] + box[:, 2:], axis=0), axis=1) / 2
    changed = moved / np.minimum(size[1:], size[:-1]) + np.abs(np.diff(np.log(size)))
    return float(faces.time_s[rows[1 + int(np.argmax(changed))]])
