"""The decision of stage 2 on each piece of a track, and its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN, Reason
from ...data.tables.faces import IntArray
from .calibration import Trust
from .cloth_tracks import ClothTracks, votes_in


@dataclass(eq=False)
class Decisions:
    """One row per piece, filled in as decisions are made. Columns as in ``Faces``."""

    person: IntArray
    second_person: IntArray
    strength: NDArray[np.float64]
    reason: NDArray[np.uint8]
    about: IntArray
    cloth_similarity: NDArray[np.float64]
    cloth_margin: NDArray[np.float64]
    cloth_support: IntArray
    face_distance: NDArray[np.float64]

    @classmethod
    def after_faces(cls, person: IntArray) -> Decisions:
        """Begin with what stage 1 decided, ``person`` (num_pieces,)."""
        nobody, unmeasured = np.full(len(person), UNKNOWN), np.full(len(person), np.nan)
        return cls(
            person=person.copy(),
            second_person=nobody.copy(),
            strength=np.zeros(len(person)),
            reason=np.full(len(person), Reason.NONE, np.uint8),
            about=nobody.copy(),
            cloth_similarity=unmeasured.copy(),
            cloth_margin=unmeasured.copy(),
            cloth_support=nobody.copy(),
            face_distance=unmeasured.copy(),
        )


def decide(clothes: ClothTracks, trusts: Sequence[Trust], veto: float) -> Decisions:
    """Decide on every piece that is not strong.

    The largest margin is decided first, so that of two similar faces in one picture the surer one
    gets the person.

    Args:
        clothes: the clothes of every piece.
        trusts: for each film, from which margin a vote counts.
        veto: a clear face further from the person's nearest strong face contradicts.
    """
    decisions = Decisions.after_faces(clothes.person)
    decisions.reason[~clothes.strong & ~clothes.tracks.has_cloth_vector] = Reason.NO_CLOTHES
    seen = [set(pictures) for pictures in clothes.seen]
    for ballot in sorted(_ballots(clothes), key=lambda ballot: (-ballot.margin, ballot.piece)):
        piece, person = ballot.piece, ballot.person
        trust = trusts[clothes.film[piece]]
        reason = _verdict(clothes, ballot, trust, veto, seen)
        decisions.reason[piece], decisions.about[piece] = reason, person
        if np.isfinite(ballot.margin):
            decisions.cloth_similarity[piece] = ballot.similarity
            decisions.cloth_margin[piece] = ballot.margin
            decisions.cloth_support[piece] = ballot.num_faces
        if reason in (Reason.SAME_CLOTHES, Reason.OTHER_FACE):
            decisions.face_distance[piece] = face_distance(clothes, piece, person)
        if reason == Reason.SAME_CLOTHES:
            seen[person] |= clothes.tracks.pictures[piece]
            decisions.person[piece] = person
            decisions.second_person[piece] = ballot.second_person
            decisions.strength[piece] = _strength(ballot.margin, trust)
    return decisions


@dataclass(frozen=True)
class _Ballot:
    """The votes of its window for one piece; see ``Votes``."""

    piece: int
    person: int
    second_person: int
    similarity: float
    margin: float
    num_faces: int  # of the person, in this window, by which its clothes are known


def _ballots(clothes: ClothTracks) -> list[_Ballot]:
    """Return the votes for every piece that may change."""
    ballots = []
    open_to = ~clothes.strong & clothes.tracks.has_cloth_vector
    for window in clothes.windows:
        voters = window.context[clothes.votes_for[window.context]]
        rows = window.decided[open_to[window.decided]]
        votes = votes_in(clothes, rows, voters, np.ones((len(rows), len(voters)), dtype=bool))
        known_by = np.zeros(int(clothes.person.max(initial=UNKNOWN)) + 2, np.int64)
        np.add.at(known_by, clothes.person[voters], clothes.tracks.num_faces[voters])
        for row, piece in enumerate(rows.tolist()):
            ballot = _Ballot(
                piece=piece,
                person=int(votes.person[row]),
                second_person=int(votes.second_person[row]),
                similarity=float(votes.similarity[row]),
                margin=float(votes.margin[row]),
                num_faces=int(known_by[votes.person[row]]),
            )
            ballots.append(ballot)
    return ballots


def _verdict(
    clothes: ClothTracks, ballot: _Ballot, trust: Trust, veto: float, seen: Sequence[set[int]]
) -> Reason:
    """Return whether a vote counts, and if not, why."""
    piece, person = ballot.piece, ballot.person
    if person == UNKNOWN:
        return Reason.NOBODY_NEAR
    if not np.isfinite(trust.margin):
        return Reason.CLOTHES_DO_NOT_TELL
    if ballot.margin < trust.margin:
        return Reason.NOT_CLEAR
    pictures = clothes.tracks.pictures[piece]
    if person != clothes.person[piece] and not pictures.isdisjoint(seen[person]):
        return Reason.SAME_PICTURE
    if face_distance(clothes, piece, person) > veto:
        return Reason.OTHER_FACE
    return Reason.CLOTHES_AGREE if person == clothes.person[piece] else Reason.SAME_CLOTHES


def face_distance(clothes: ClothTracks, piece: int, person: int) -> float:
    """Return how far a clear face is from a person's nearest strong one; NaN if it is not clear."""
    tracks = clothes.tracks
    if not tracks.num_good[piece] or not tracks.has_face_vector[piece]:
        return float("nan")
    others = clothes.strong & (clothes.person == person) & tracks.has_face_vector
    if not others.any():
        return float("nan")
    return float(
        np.linalg.norm(tracks.face_vector[others] - tracks.face_vector[piece], axis=1).min()
    )


def _strength(margin: float, trust: Trust) -> float:
    # Never above the measured precision of clothing; without a measurement: half.
    top = trust.bound if trust.bound is not None else 0.5
    return top * min(1.0, 0.5 + margin)
