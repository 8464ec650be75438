"""Who stage 2 gives a face to, and why, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data.faces import UNKNOWN, IntArray
from .calibration import Trust
from .people import pictures_of_people
from .votes import Votes
from .wardrobe import Wardrobe, ask

PERSON = "{person}"
"""Stands in a reason for the person's name: people get their final numbers last."""


@dataclass(eq=False)
class Decisions:
    """One row per piece, filled in as decisions are made.

    Attributes:
        person: (num_pieces,) int64, -1 = unknown.
        runner_up: (num_pieces,) int64, -1 = none.
        strength: (num_pieces,) float64, 0..1.
        reason: per piece, in words; empty for strong pieces.
        about: (num_pieces,) int64, the person that ``PERSON`` in the reason stands for.
    """

    person: IntArray
    runner_up: IntArray
    strength: NDArray[np.float64]
    reason: list[str]
    about: IntArray


def decide(wardrobe: Wardrobe, trust: Trust, veto: float) -> Decisions:
    """Decide on every piece that is not strong.

    Votes are taken surest first, so that of two faces in one picture that look alike the surer one
    gets the person.

    Args:
        wardrobe: what everyone wears.
        trust: from which margin a vote counts.
        veto: a clear face further from the person's nearest strong face contradicts.
    """
    num_pieces = len(wardrobe.person)
    decisions = Decisions(
        person=wardrobe.person.copy(),
        runner_up=np.full(num_pieces, UNKNOWN),
        strength=np.zeros(num_pieces),
        reason=[""] * num_pieces,
        about=np.full(num_pieces, UNKNOWN),
    )
    seen = pictures_of_people(wardrobe.tracks.pictures, wardrobe.person)
    for margin, piece, votes, row in sorted(_ballots(wardrobe), key=lambda own: (-own[0], own[1])):
        person = int(votes.person[row])
        decisions.about[piece] = person
        refusal = _refusal(wardrobe, votes, row, piece, trust, veto, seen)
        if person == wardrobe.person[piece] and not refusal:
            decisions.reason[piece] = f"clothes agree: {_evidence(votes, row)}"
        elif refusal:
            decisions.reason[piece] = refusal
        else:
            seen[person] |= wardrobe.tracks.pictures[piece]
            decisions.person[piece] = person
            decisions.runner_up[piece] = votes.runner_up[row]
            decisions.strength[piece] = _strength(margin, trust)
            decisions.reason[piece] = (
                f"wears what {PERSON} wears: {_evidence(votes, row)};"
                f" {_what_the_face_says(wardrobe, piece, person)}"
            )
    _explain_the_rest(wardrobe, decisions)
    return decisions


def _ballots(wardrobe: Wardrobe) -> list[tuple[float, int, Votes, int]]:
    """Ask about every piece that may change: (margin, piece, votes, row of the votes)."""
    ballots = []
    for window in wardrobe.windows:
        voters = window.context[wardrobe.votes_for[window.context]]
        open_to = ~wardrobe.strong & wardrobe.tracks.has_cloth_vector
        rows = window.decided[open_to[window.decided]]
        votes = ask(wardrobe, rows, voters, np.ones((len(rows), len(voters)), dtype=bool))
        ballots += [
            (float(votes.margin[row]), piece, votes, row) for row, piece in enumerate(rows.tolist())
        ]
    return ballots


def _refusal(
    wardrobe: Wardrobe,
    votes: Votes,
    row: int,
    piece: int,
    trust: Trust,
    veto: float,
    seen: Sequence[set[int]],
) -> str:
    """Return why a vote does not count, empty if it does."""
    person = int(votes.person[row])
    if person == UNKNOWN:
        return "nobody known near in time could wear this"
    if not np.isfinite(trust.margin):
        return "clothing does not tell people apart here"
    if votes.margin[row] < trust.margin:
        return (
            f"nearest is {PERSON}, but not clearly: {_evidence(votes, row)},"
            f" {trust.margin:.2f} is needed"
        )
    if person != wardrobe.person[piece] and not wardrobe.tracks.pictures[piece].isdisjoint(
        seen[person]
    ):
        return f"wears what {PERSON} wears, but the same picture shows {PERSON}"
    distance = face_distance(wardrobe, piece, person)
    if distance > veto:
        return (
            f"wears what {PERSON} wears, but the face is another:"
            f" distance {distance:.2f}, {veto:.2f} is allowed"
        )
    return ""


def face_distance(wardrobe: Wardrobe, piece: int, person: int) -> float:
    """Return how far a clear face is from a person's nearest strong one; NaN if it is not clear."""
    tracks = wardrobe.tracks
    if not tracks.num_good[piece] or not tracks.has_face_vector[piece]:
        return float("nan")
    others = wardrobe.strong & (wardrobe.person == person) & tracks.has_face_vector
    if not others.any():
        return float("nan")
    return float(
        np.linalg.norm(tracks.face_vector[others] - tracks.face_vector[piece], axis=1).min()
    )


def _strength(margin: float, trust: Trust) -> float:
    # Never above what clothing was measured to be right; nothing measured: half.
    top = trust.bound if trust.bound is not None else 0.5
    return top * min(1.0, 0.5 + margin)


def _evidence(votes: Votes, row: int) -> str:
    return f"similarity {votes.similarity[row]:.2f}, margin {votes.margin[row]:.2f}"


def _what_the_face_says(wardrobe: Wardrobe, piece: int, person: int) -> str:
    distance = face_distance(wardrobe, piece, person)
    if np.isnan(distance):
        return "the face is not clear enough to say"
    return f"the face does not contradict (distance {distance:.2f})"


def _explain_the_rest(wardrobe: Wardrobe, decisions: Decisions) -> None:
    for piece in np.flatnonzero(~wardrobe.strong & ~wardrobe.tracks.has_cloth_vector):
        decisions.reason[piece] = "no clothes in sight"
