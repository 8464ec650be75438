"""Who stage 2 gives a face to, and why, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import UNKNOWN, IntArray
from .calibration import Trust
from .cloth_tracks import ClothTracks, ask

PERSON = "{person}"
"""Stands in a reason for the person's name: people get their final numbers last."""


@dataclass(eq=False)
class Decisions:
    """One row per piece, filled in as decisions are made.

    Attributes:
        person: (num_pieces,) int64, -1 = unknown.
        second_person: (num_pieces,) int64, -1 = none.
        strength: (num_pieces,) float64, 0..1.
        reason: per piece, in words; empty for strong pieces.
        about: (num_pieces,) int64, the person that ``PERSON`` in the reason stands for.
    """

    person: IntArray
    second_person: IntArray
    strength: NDArray[np.float64]
    reason: list[str]
    about: IntArray


def decide(clothes: ClothTracks, trusts: Sequence[Trust], veto: float) -> Decisions:
    """Decide on every piece that is not strong.

    Votes are taken surest first, so that of two faces in one picture that look alike the surer one
    gets the person.

    Args:
        clothes: what everyone wears.
        trusts: for each film, from which margin a vote counts.
        veto: a clear face further from the person's nearest strong face contradicts.
    """
    num_pieces = len(clothes.person)
    decisions = Decisions(
        person=clothes.person.copy(),
        second_person=np.full(num_pieces, UNKNOWN),
        strength=np.zeros(num_pieces),
        reason=[""] * num_pieces,
        about=np.full(num_pieces, UNKNOWN),
    )
    seen = [set(own) for own in clothes.seen]
    for ballot in sorted(_ballots(clothes), key=lambda own: (-own.margin, own.piece)):
        piece, person = ballot.piece, ballot.person
        decisions.about[piece] = person
        trust = trusts[clothes.film[piece]]
        refusal = _refusal(clothes, ballot, trust, veto, seen)
        if refusal:
            decisions.reason[piece] = refusal
        elif person == clothes.person[piece]:
            decisions.reason[piece] = f"clothes agree: {ballot.evidence}"
        else:
            seen[person] |= clothes.tracks.pictures[piece]
            decisions.person[piece] = person
            decisions.second_person[piece] = ballot.second_person
            decisions.strength[piece] = _strength(ballot.margin, trust)
            decisions.reason[piece] = (
                f"wears what {PERSON} colours: {ballot.evidence};"
                f" {_what_the_face_says(clothes, piece, person)}"
            )
    _explain_the_rest(clothes, decisions)
    return decisions


@dataclass(frozen=True)
class _Ballot:
    """What the voters of its window say of one piece; see ``Votes``."""

    piece: int
    person: int
    second_person: int
    similarity: float
    margin: float
    colours: str
    num_faces: int  # of the person, in this window, by which its clothes are known

    @property
    def evidence(self) -> str:
        seen = f"seen on {self.num_faces} face{'' if self.num_faces == 1 else 's'} of this scene"
        numbers = f"similarity {self.similarity:.2f}, margin {self.margin:.2f}"
        return ", ".join(part for part in (self.colours, seen, numbers) if part)


def _ballots(clothes: ClothTracks) -> list[_Ballot]:
    """Ask about every piece that may change."""
    ballots = []
    open_to = ~clothes.strong & clothes.tracks.has_cloth_vector
    for window in clothes.windows:
        voters = window.context[clothes.votes_for[window.context]]
        rows = window.decided[open_to[window.decided]]
        votes = ask(clothes, rows, voters, np.ones((len(rows), len(voters)), dtype=bool))
        known_by = np.zeros(int(clothes.person.max(initial=UNKNOWN)) + 2, np.int64)
        np.add.at(known_by, clothes.person[voters], clothes.tracks.num_faces[voters])
        for row, piece in enumerate(rows.tolist()):
            ballot = _Ballot(
                piece=piece,
                person=int(votes.person[row]),
                second_person=int(votes.second_person[row]),
                similarity=float(votes.similarity[row]),
                margin=float(votes.margin[row]),
                colours=clothes.colours[piece] if clothes.colours else "",
                num_faces=int(known_by[votes.person[row]]),
            )
            ballots.append(ballot)
    return ballots


def _refusal(
    clothes: ClothTracks, ballot: _Ballot, trust: Trust, veto: float, seen: Sequence[set[int]]
) -> str:
    """Return why a vote does not count, empty if it does."""
    piece, person = ballot.piece, ballot.person
    if person == UNKNOWN:
        return "nobody known near in time could wear this"
    if not np.isfinite(trust.margin):
        return "clothing does not tell people apart here"
    if ballot.margin < trust.margin:
        return (
            f"nearest is {PERSON}, but not clearly: {ballot.evidence}, {trust.margin:.2f} is needed"
        )
    if person != clothes.person[piece] and not clothes.tracks.pictures[piece].isdisjoint(
        seen[person]
    ):
        return f"wears what {PERSON} wears, but the same picture shows {PERSON}"
    distance = face_distance(clothes, piece, person)
    if distance > veto:
        return (
            f"wears what {PERSON} wears, but the face is another:"
            f" distance {distance:.2f}, {veto:.2f} is allowed"
        )
    return ""


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
    # Never above what clothing was measured to be right; nothing measured: half.
    top = trust.bound if trust.bound is not None else 0.5
    return top * min(1.0, 0.5 + margin)


def _what_the_face_says(clothes: ClothTracks, piece: int, person: int) -> str:
    distance = face_distance(clothes, piece, person)
    if np.isnan(distance):
        return "the face is not clear enough to say"
    return f"the face does not contradict (distance {distance:.2f})"


def _explain_the_rest(clothes: ClothTracks, decisions: Decisions) -> None:
    for piece in np.flatnonzero(~clothes.strong & ~clothes.tracks.has_cloth_vector):
        decisions.reason[piece] = "no clothes in sight"
