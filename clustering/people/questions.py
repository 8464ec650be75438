"""Which answer of the user would put most faces right: the questions worth asking.

A question is about two parts, sets of tracks that are one person each as far as evidence goes. What
an answer is worth is an expectation: the probability that it changes who the smaller part is, times
its faces. Once no further answer is expected to correct any face, nothing is left that is worth
asking.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import IntArray
from ...data.tables.nearly_same import ASKED_FROM, LEAST_GAIN, evidence_of_one
from .parts import Known, Part, part_of, people_and_parts

NUM_NEAREST = 5
"""People that are offered for an unknown part."""

_MOST_OTHERS = 100  # tracks of a person, the clearest, that others are compared with
_PRIOR = -1.2
"""Log-odds of one person where evidence says nothing, beside nobody's 0. Without it twice as many
questions were answered with no (``benchmarks/answers.py``, and 26 other results)."""

_MOSTLY, _IN_SPITE_OF_PICTURES = 0.5, 0.0  # share of faces, and evidence
_NONE = np.empty(0, np.int64)


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


def questions(known: Known, skipped: Collection[tuple[int, int]] = ()) -> list[Question]:
    """Return the questions worth asking, the one whose answer puts most faces right first.

    Whom a part may be, all people compete for, and nobody, whose log-odds are 0. Tracks of a part
    that share a picture with a person are not asked about; nor are pairs that the user has
    answered, two people with names, and whom the user hid.

    Args:
        known: what is known of the tracks.
        skipped: pairs of tracks, one of each part, that the user does not want to answer.
    """
    people, parts = people_and_parts(known)
    sights = [_Sight.of(known, part) for part in people]
    asked = [
        question
        for part in (*people, *parts)
        if part.person not in known.hidden
        for question in _Chances.of(known, people, part, sights).questions(known)
        if question.gain >= LEAST_GAIN and question.probability >= ASKED_FROM
        if not _is_skipped(question, skipped)
    ]
    return sorted(asked, key=lambda question: (-question.gain, int(question.second.tracks[0])))


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
    more: IntArray = rest[(like > 0) & (like > like_rest) & ~known.decided_by_user[rest]]
    return more


def nearest_people(known: Known, people: list[Part], part: Part) -> list[int]:
    """Return whom unknown tracks may be, the likeliest first, five people at the most."""
    chances = _Chances.of(known, people, part, [_Sight.of(known, other) for other in people])
    order = np.argsort(-chances.probability, kind="stable").tolist()
    near = [people[place].person for place in order if chances.probability[place] > 0]
    return [person for person in near if person not in known.hidden][:NUM_NEAREST]


@dataclass(frozen=True, eq=False)
class _Sight:
    """Where a person is seen.

    Attributes:
        pictures: all of them.
        apart: tracks that the user said are not the person.
    """

    pictures: frozenset[int]
    apart: frozenset[int]

    @classmethod
    def of(cls, known: Known, part: Part) -> _Sight:
        them = {*np.flatnonzero(known.person == part.person).tolist(), *part.tracks.tolist()}
        pairs = known.constraints.apart
        return cls(
            frozenset(picture for row in them for picture in known.constraints.pictures[row]),
            frozenset(b if a in them else a for a, b in pairs if a in them or b in them),
        )


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
    def of(cls, known: Known, people: list[Part], part: Part, sights: Sequence[_Sight]) -> _Chances:
        others = [
            candidate.members[~np.isin(candidate.members, part.tracks)]
            if candidate.person == part.person
            else candidate.members
            for candidate in people
        ]
        face, cloth = (
            _means(evidence.between(part.members, np.concatenate([*others, _NONE])), others)
            for evidence in (known.face, known.cloth)
        )
        free = [
            part.tracks if candidate.person == part.person else _free(known, part, sight)
            for candidate, sight in zip(people, sights, strict=True)
        ]
        num_faces = known.tracks.num_faces
        # Where pictures show both, one of them has a wrong face or they are two people: only what
        # speaks clearly for one person is worth a question then.
        share = [num_faces[rows].sum() / num_faces[part.tracks].sum() for rows in free]
        may_be = (np.array(share) == 1) | (
            (np.array(share) >= _MOSTLY) & (face + cloth > _IN_SPITE_OF_PICTURES)
        )
        # Unknown faces are often of somebody dressed alike; of people, stage 2 has seen to that.
        evidence = face + cloth if part.person == UNKNOWN else evidence_of_one(face, cloth)
        likely = np.where(may_be, np.exp(evidence + _PRIOR), 0.0)
        if part.is_whole:
            likely[[candidate is part for candidate in people]] = 0.0
        return cls(people, part, free, likely / (1 + likely.sum()), face, cloth)

    def questions(self, known: Known) -> Iterator[Question]:
        """Ask of the part who it is rather than whom it is taken for."""
        part = self.part
        itself = np.array([other.person == part.person for other in self.people], dtype=bool)
        taken_for = 0.0 if part.is_whole else self.probability[itself].sum()
        for place, candidate in enumerate(self.people):
            chance = float(self.probability[place])
            if itself[place] or chance <= taken_for or candidate.person in known.hidden:
                continue
            if self.face[place] == self.cloth[place] == 0:  # nothing could be compared
                continue
            if part.person in known.named and candidate.person in known.named:
                continue
            if part.is_whole and not _is_first(candidate, part, known.named):
                continue
            second = part
            if len(self.free[place]) < len(part.tracks):
                second = part_of(known, self.free[place], part.person)
            gain = chance * second.num_faces
            yield Question(
                candidate, second, chance, gain, float(self.face[place]), float(self.cloth[place])
            )


def _means(pairs: NDArray[np.float64], others: Sequence[IntArray]) -> NDArray[np.float64]:
    """Return the mean over the columns of each of ``others``, 0 of none, (len(others),)."""
    count = np.array([*map(len, others)], dtype=np.int64)
    group = np.repeat(np.arange(len(others)), count)
    sums = np.bincount(group, pairs.sum(axis=0), minlength=len(others))
    return sums / np.maximum(count * len(pairs), 1)


def _free(known: Known, part: Part, sight: _Sight) -> IntArray:
    """Return the tracks of a part that may be another person, none where the user said no."""
    mine, pictures = part.tracks.tolist(), known.constraints.pictures
    if not sight.apart.isdisjoint(mine):
        return _NONE
    return np.array([row for row in mine if sight.pictures.isdisjoint(pictures[row])], np.int64)


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
