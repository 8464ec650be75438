"""Which answer of the user would put most faces right: the questions worth asking.

A question is about two parts, sets of tracks that are one person each as far as evidence goes. What
an answer is worth is an expectation: the probability that it changes who the smaller part is, times
its faces. Once no answer is expected to put a face right, nothing is left that is worth asking.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import STRONG_FROM, BoolArray, IntArray
from ...data.tables.tracks import Tracks
from ..grouping.average import average_groups, mean_evidence
from ..grouping.constraints import Constraints

MOST_PARTS = 200
"""So many parts, the largest, are compared with each other."""

LEAST_GAIN, LEAST_CHANCE = 1.0, 0.1
"""Faces that an answer has to put right, in expectation, and how probable a yes has to be, to be
worth a question."""

NUM_NEAREST = 5
"""People that are offered for an unknown part."""

_MEMBERS = 12  # of a part, the clearest tracks, that stand for it
_MOST_GROUPED = 500  # tracks of one person, or of nobody, that are grouped by likeness
_MOST_OTHERS = 100  # tracks of a person, the clearest, that others are compared with
_MOSTLY, _IN_SPITE_OF_PICTURES = 0.5, 0.0  # share of faces, and evidence
_NONE = np.empty(0, np.int64)


class PairEvidence(Protocol):
    """Says how likely pairs of tracks are one person, as a log-likelihood ratio."""

    def between(self, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
        """Return the evidence of every row with every other, (len(rows), len(others))."""
        ...


@dataclass(frozen=True, eq=False)
class Known:
    """What castlist knows of the tracks of a result.

    Attributes:
        tracks: the tracks.
        person: (num_tracks,) int64, the person of each in the table, -1 = unknown.
        strength: (num_tracks,) float64, 0..1, how sure that is.
        is_told: (num_tracks,) bool, tracks of which the user said who they are.
        face, cloth: evidence of faces, and of clothes.
        constraints: what no evidence outranks.
        clearness: (num_tracks,) float64, 0..1, how well a track shows somebody.
        named, hidden: people of the table whom the user named, or hid.
    """

    tracks: Tracks
    person: IntArray
    strength: NDArray[np.float64]
    is_told: BoolArray
    face: PairEvidence
    cloth: PairEvidence
    constraints: Constraints
    clearness: NDArray[np.float64]
    named: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()

    def between(self, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
        """Return the evidence of faces and clothes together, (len(rows), len(others))."""
        return self.face.between(rows, others) + self.cloth.between(rows, others)


@dataclass(frozen=True, eq=False)
class Part:
    """Tracks that are one person, as far as evidence goes.

    Attributes:
        tracks: (num_tracks,) int64, rows, the clearest first.
        person: in the table, -1 = unknown.
        is_whole: whether it stands for its person; else it is a part that may be somebody else.
        num_faces: that change hands with it.
    """

    tracks: IntArray
    person: int
    is_whole: bool
    num_faces: int

    @property
    def members(self) -> IntArray:
        """The tracks that stand for it."""
        return self.tracks[:_MEMBERS]


@dataclass(frozen=True, eq=False)
class Question:
    """Are two parts one person?

    Attributes:
        first: a person; stays as it is, whatever the answer.
        second: another person, a doubtful part of one, or unknown faces: what the answer is about.
        probability: that both are one person, 0..1.
        gain: faces that the answer is expected to put right.
        face, cloth: mean evidence of the pairs of tracks that can be compared; 0 = none can.
    """

    first: Part
    second: Part
    probability: float
    gain: float
    face: float
    cloth: float


def people_and_parts(known: Known) -> tuple[list[Part], list[Part]]:
    """Return a part for each person, and the parts that may be somebody else: doubtful and unknown.

    A person is stood for by the tracks that castlist is sure of, where these are half of the
    person; of all others, those that are alike are one part.
    """
    sure = known.is_told | (known.strength >= STRONG_FROM)
    people, parts = [], []
    for person in np.unique(known.person).tolist():
        rows = np.flatnonzero(known.person == person)
        if person == UNKNOWN:
            parts += [_part(known, group, person) for group in alike(known, rows)]
            continue
        core, num_faces = rows[sure[rows]], known.tracks.num_faces
        is_clear = num_faces[core].sum() >= num_faces[rows].sum() / 2
        people.append(_part(known, core if is_clear else rows, person, rows))
        if is_clear:
            parts += [_part(known, group, person) for group in alike(known, rows[~sure[rows]])]
    parts.sort(key=lambda part: (-part.num_faces, int(part.tracks[0])))
    return people[:MOST_PARTS], parts[:MOST_PARTS]


def alike(known: Known, rows: IntArray, stop: float = 1.0) -> list[IntArray]:
    """Group tracks that are alike by faces and clothes, never two of one picture.

    Args:
        known: what is known of them.
        rows: tracks.
        stop: mean evidence from which two groups are one.

    Returns:
        The rows of each group.
    """
    if len(rows) > _MOST_GROUPED:
        order = np.argsort(-known.tracks.num_faces[rows], kind="stable")
        grouped = alike(known, np.sort(rows[order[:_MOST_GROUPED]]), stop)
        return [*grouped, *(rows[order[_MOST_GROUPED:], None])]
    if not len(rows):
        return []
    place = np.full(len(known.tracks), -1)
    start = known.constraints.joined(np.arange(len(known.tracks)))[rows]
    _, place[rows] = np.unique(start, return_inverse=True)
    count = int(place.max()) + 1
    mean, sizes = mean_evidence(known.between(rows, rows), place[rows], count)
    group = average_groups(mean, sizes, known.constraints.forbidden(place, count), stop)[
        place[rows]
    ]
    return [rows[group == number] for number in range(int(group.max()) + 1)]


def questions(known: Known, skipped: Collection[tuple[int, int]] = ()) -> list[Question]:
    """Return the questions worth asking, the one whose answer puts most faces right first.

    Whom a part may be, all people compete for, and nobody, whose evidence is 0. Tracks of a part
    that share a picture with a person are not asked about; nor are pairs that the user has
    answered, two people with names, and whom the user hid.

    Args:
        known: what is known of the tracks.
        skipped: pairs of tracks, one of each part, that the user does not want to answer.
    """
    people, parts = people_and_parts(known)
    asked = [
        own
        for part in (*people, *parts)
        if part.person not in known.hidden
        for own in _Chances.of(known, people, part).questions(known)
        if own.gain >= LEAST_GAIN and own.probability >= LEAST_CHANCE
        if not _is_skipped(own, skipped)
    ]
    return sorted(asked, key=lambda own: (-own.gain, int(own.second.tracks[0])))


def like_these(known: Known, chosen: IntArray) -> IntArray:
    """Return the other tracks of a person that are more like some of theirs than like the rest.

    What the user gave to the person is not among them.

    Args:
        known: what is known of the tracks.
        chosen: (num_chosen,) int64, tracks of one person.
    """
    person = np.unique(known.person[chosen])
    rest = np.setdiff1d(np.flatnonzero(np.isin(known.person, person)), chosen)
    rest = rest[known.person[rest] != UNKNOWN].astype(np.int64)
    if not len(rest):
        return _NONE
    like = known.between(rest, chosen).mean(axis=1)
    others = rest[np.argsort(-known.clearness[rest], kind="stable")][:_MOST_OTHERS]
    pairs = known.between(rest, others)
    is_itself = rest[:, None] == others[None]
    count = np.maximum(len(others) - is_itself.sum(axis=1), 1)
    like_rest = np.where(is_itself, 0.0, pairs).sum(axis=1) / count
    more: IntArray = rest[(like > 0) & (like > like_rest) & ~known.is_told[rest]]
    return more


def nearest_people(known: Known, people: list[Part], part: Part) -> list[int]:
    """Return whom unknown tracks may be, the likeliest first, five people at the most."""
    chances = _Chances.of(known, people, part)
    order = np.argsort(-chances.probability, kind="stable").tolist()
    near = [people[place].person for place in order if chances.probability[place] > 0]
    return [person for person in near if person not in known.hidden][:NUM_NEAREST]


@dataclass(frozen=True, eq=False)
class _Chances:
    """Whom a part may be.

    Attributes:
        people: everybody.
        part: the part.
        free: of the part, the tracks that may be each of the people: no picture shows both.
        probability: (num_people,) float64, that it is each of them; 0 = it cannot be.
        face, cloth: (num_people,) float64, mean evidence of each.
    """

    people: list[Part]
    part: Part
    free: list[IntArray]
    probability: NDArray[np.float64]
    face: NDArray[np.float64]
    cloth: NDArray[np.float64]

    @classmethod
    def of(cls, known: Known, people: list[Part], part: Part) -> _Chances:
        others = [own.members[~np.isin(own.members, part.tracks)] for own in people]
        face, cloth = (
            _means(evidence.between(part.members, np.concatenate([*others, _NONE])), others)
            for evidence in (known.face, known.cloth)
        )
        free = [_free(known, part, own) for own in people]
        num_faces = known.tracks.num_faces
        # Where pictures show both, one of them has a wrong face or they are two people: only what
        # speaks clearly for one person is worth a question then.
        share = [num_faces[rows].sum() / num_faces[part.tracks].sum() for rows in free]
        may_be = (np.array(share) == 1) | (
            (np.array(share) >= _MOSTLY) & (face + cloth > _IN_SPITE_OF_PICTURES)
        )
        likely = np.where(may_be, np.exp(face + cloth), 0.0)
        if part.is_whole:
            likely[[own is part for own in people]] = 0.0
        return cls(people, part, free, likely / (1 + likely.sum()), face, cloth)

    def questions(self, known: Known) -> Iterator[Question]:
        """Ask of the part who it is rather than whom it is taken for."""
        part = self.part
        itself = np.array([own.person == part.person for own in self.people], dtype=bool)
        taken_for = 0.0 if part.is_whole else self.probability[itself].sum()
        for place, own in enumerate(self.people):
            chance = float(self.probability[place])
            if itself[place] or chance <= taken_for or own.person in known.hidden:
                continue
            if self.face[place] == self.cloth[place] == 0:  # nothing could be compared
                continue
            if part.person in known.named and own.person in known.named:
                continue
            if part.is_whole and not _is_first(own, part, known.named):
                continue
            second = part
            if len(self.free[place]) < len(part.tracks):
                second = _part(known, self.free[place], part.person)
            gain = chance * second.num_faces
            yield Question(
                own, second, chance, gain, float(self.face[place]), float(self.cloth[place])
            )


def _means(pairs: NDArray[np.float64], others: Sequence[IntArray]) -> NDArray[np.float64]:
    """Return the mean over the columns of each of ``others``, 0 of none, (len(others),)."""
    ends = np.cumsum([0, *map(len, others)]).tolist()
    return np.array([
        pairs[:, first:last].mean() if last > first else 0.0 for first, last in pairwise(ends)
    ], dtype=np.float64)  # fmt: skip


def _free(known: Known, part: Part, other: Part) -> IntArray:
    """Return the tracks of a part that may be a person: none where the user said that it is not."""
    if other.person == part.person:
        return part.tracks
    theirs = np.flatnonzero(known.person == other.person)
    mine = set(part.tracks.tolist())
    them = {*theirs.tolist(), *other.tracks.tolist()}
    if any(
        (one in mine and two in them) or (two in mine and one in them)
        for one, two in known.constraints.apart
    ):
        return _NONE
    pictures = known.constraints.pictures
    seen = {picture for row in them for picture in pictures[row]}
    return np.array(
        [row for row in part.tracks.tolist() if seen.isdisjoint(pictures[row])], np.int64
    )


def _is_first(one: Part, other: Part, named: Collection[int]) -> bool:
    """Say which of two people stays: the one with a name, else the one with more faces."""

    def rank(part: Part) -> tuple[bool, int, int]:
        return part.person in named, part.num_faces, -part.person

    return rank(one) > rank(other)


def _is_skipped(question: Question, skipped: Collection[tuple[int, int]]) -> bool:
    first, second = set(question.first.tracks.tolist()), set(question.second.tracks.tolist())
    return any(
        (one in first and other in second) or (one in second and other in first)
        for one, other in skipped
    )


def _part(known: Known, rows: IntArray, person: int, whole: IntArray | None = None) -> Part:
    order = np.lexsort((rows, -known.clearness[rows]))
    num_faces = int(known.tracks.num_faces[rows if whole is None else whole].sum())
    return Part(rows[order], person, whole is not None, num_faces)
