"""The people of a library while they are being joined: what is near, and what joining made."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import IntArray
from ..evidence.face import FEW_COMPARED, LEAST_LOOKS, PAIRS_AGREE
from .film_people import FaceVectors, FilmPeople, FilmPeopleEvidence
from .nearest import EVERY_PAIR_UP_TO, directions, nearest
from .rules import Limits, Rules, root_of

_NEIGHBOURS = 24  # nearest others that a person is compared with in a round
_PAIRS_AT_ONCE = 8192
_ASKED = 4.0  # evidence below the odds from which a pair is asked about: 2 %


@dataclass(frozen=True, eq=False)
class Question:
    """Two people who may be one.

    Attributes:
        one, other: rows of ``FilmPeople``, one of each.
        probability: that they are one person.
    """

    one: int
    other: int
    probability: float


class Parts:
    """The people so far, in parts: what evidence has joined is one part, named by one of its rows.

    A person whom the user joined has several parts: a mean over faces that differ would be like
    nobody. Who is like one of the parts is this person.
    """

    def __init__(
        self, film_people: FilmPeople, evidence: FilmPeopleEvidence, limits: Limits
    ) -> None:
        count = len(film_people)
        self._film_people, self._evidence, self._limits = film_people, evidence, limits
        self._rules = Rules(film_people.film, limits)
        self._parent = np.arange(count)
        seen = film_people.means(np.arange(count))
        self._weight = np.maximum(seen.looks, LEAST_LOOKS).astype(np.float32)
        self._sums = seen.units
        self._sums *= self._weight[:, None]
        self._common = seen.common * self._weight[:, None]
        self._looks = seen.looks.copy()
        self._total = self._weight.copy()
        self._clearest = [[row] for row in range(count)]
        self._changed = np.ones(count, dtype=bool)  # since they were compared last
        factors = evidence.scale()
        some = np.flatnonzero(seen.looks > 0)
        some = some[:: max(1, len(some) // 4096)]
        self._projection = factors[:, None] * directions(self.means(some).units * factors)

    def root(self, row: int) -> int:
        """Return the part that a person of a film is in."""
        return root_of(self._parent, row)

    def roots(self) -> IntArray:
        """Return every part."""
        return np.flatnonzero(self._parent == np.arange(len(self._parent)))

    def group(self) -> IntArray:
        """Return the person of each person of a film, 0-based by first appearance."""
        roots = np.array([self._rules.who(k) for k in range(len(self._parent))], np.int64)
        return np.unique(roots, return_inverse=True)[1].astype(np.int64)

    def means(self, roots: IntArray) -> FaceVectors:
        """Return people, each by the mean of its films."""
        units = self._evidence.unit_rows(self._sums[roots])
        common = self._common[roots] / self._total[roots][:, None]
        return FaceVectors(units, common, self._looks[roots])

    def near_pairs(
        self,
        active: IntArray,
        before: IntArray,
        worth: NDArray[np.float64],
        every_pair_up_to: int | None,
    ) -> tuple[IntArray, NDArray[np.float64]]:
        """Return pairs of parts that are near each other, and their evidence.

        Args:
            active: every part.
            before: pairs that this returned in the round before; of parts that have not changed
                since they hold.
            worth: their evidence.
            every_pair_up_to: see ``nearest``.
        """
        active = active[self._looks[active] > 0]
        blocks = [active[k : k + _PAIRS_AT_ONCE] for k in range(0, len(active), _PAIRS_AT_ONCE)]
        if len(active) < 2:
            return np.empty((0, 2), np.int64), np.empty(0)
        rows = np.concatenate([self.means(block).units @ self._projection for block in blocks])
        asking = np.flatnonzero(self._changed[active])
        found = nearest(rows, _NEIGHBOURS, asking, every_pair_up_to or EVERY_PAIR_UP_TO)
        one, other = np.repeat(asking, found.shape[1]), found.ravel()
        one, other = one[other >= 0], other[other >= 0]
        code = np.unique(np.minimum(one, other) * len(active) + np.maximum(one, other))
        pairs = np.stack([active[code // len(active)], active[code % len(active)]], axis=1)
        stays = ~self._changed[before].any(axis=1) & (self._parent[before] == before).all(axis=1)
        self._changed[:] = False
        return (
            np.concatenate([before[stays], pairs]),
            np.concatenate([worth[stays], self._worth(pairs)]),
        )

    def _worth(self, pairs: IntArray) -> NDArray[np.float64]:
        parts = [
            self._evidence.of_pairs(self.means(block[:, 0]), self.means(block[:, 1]))
            for block in np.split(pairs, range(_PAIRS_AT_ONCE, len(pairs), _PAIRS_AT_ONCE))
        ]
        return np.concatenate(parts) if len(pairs) else np.empty(0)

    def join(self, pairs: IntArray, worth: NDArray[np.float64], need: float) -> int:
        """Join pairs, whose evidence is above ``need``, the likeliest first; returns how many."""
        heap = list(zip((-worth).tolist(), *pairs.T.tolist(), strict=True))
        heapq.heapify(heap)
        joined = 0
        refused: set[tuple[int, int]] = set()
        while heap:
            _, a, b = heapq.heappop(heap)
            one, other = sorted((self.root(a), self.root(b)))
            if one == other or (one, other) in refused:
                continue
            if (one, other) != (a, b):  # at least one of them has changed
                now = float(self._worth(np.array([[one, other]]))[0])
                if now <= need:
                    refused.add((one, other))
                    continue
                if heap and -now > heap[0][0]:
                    heapq.heappush(heap, (-now, one, other))
                    continue
            may = self._rules.are_one(one, other) or self._rules.may_join(one, other)
            if may and self._agree(one, other):
                self._merge(one, other)
                joined += 1
            else:
                refused.add((one, other))
        return joined

    def _agree(self, one: int, other: int) -> bool:
        """Say whether films, or tracks, compared one by one speak for one person, too."""
        pairs = self._evidence.between(self._few(one), self._few(other))
        return float(pairs.mean()) > PAIRS_AGREE

    def _few(self, root: int) -> FaceVectors:
        clearest = self._clearest[root]
        return (
            self._film_people.means(np.array(clearest))
            if len(clearest) > 1
            else self._film_people.tracks(clearest[0])
        )

    def _merge(self, one: int, other: int) -> None:
        self._parent[other] = one
        self._changed[one] = True
        self._sums[one] += self._sums[other]
        self._common[one] += self._common[other]
        self._total[one] += self._total[other]
        self._looks[one] += self._looks[other]
        clearest = [*self._clearest[one], *self._clearest[other]]
        clearest.sort(key=lambda row: (-float(self._film_people.looks[row]), row))
        self._clearest[one], self._clearest[other] = clearest[:FEW_COMPARED], []
        self._rules.link(one, other)

    def probability(self, odds: float) -> NDArray[np.float64]:
        """Return how likely each is of its person, whose other films it is compared with."""
        part = np.array([self.root(k) for k in range(len(self._parent))], np.int64)
        alone = np.bincount(part, minlength=1)[part] == 1
        joined = {row for pair in self._limits.together for row in pair}
        rows = np.flatnonzero(~alone & (self._film_people.looks > 0))
        found = np.ones(len(part))
        found[~alone] = 0.5  # nothing of it can be compared
        for block in np.split(rows, range(_PAIRS_AT_ONCE, len(rows), _PAIRS_AT_ONCE)):
            if len(block):
                evidence = self._evidence.of_pairs(
                    self._film_people.means(block), self._rest(block)
                )
                found[block] = 1 / (1 + np.exp(odds - evidence))
        found[sorted(joined)] = 1.0
        return found

    def _rest(self, rows: IntArray) -> FaceVectors:
        roots = np.array([self.root(row) for row in rows.tolist()], np.int64)
        seen, weight = self._film_people.means(rows), self._weight[rows][:, None]
        units = self._evidence.unit_rows(self._sums[roots] - seen.units * weight)
        total = np.maximum(self._total[roots][:, None] - weight, 1e-9)
        common = (self._common[roots] - seen.common * weight) / total
        return FaceVectors(units, common, np.maximum(self._looks[roots] - seen.looks, 0))

    def questions(
        self, pairs: IntArray, worth: NDArray[np.float64], odds: float
    ) -> tuple[Question, ...]:
        """Return the pairs of people worth asking about, nearest to even first."""
        best: dict[tuple[int, int], float] = {}
        asked = worth > odds - _ASKED
        for (a, b), evidence in zip(pairs[asked].tolist(), worth[asked].tolist(), strict=True):
            one, other = sorted((self._rules.who(a), self._rules.who(b)))
            if one != other:
                best[one, other] = max(evidence, best.get((one, other), -math.inf))
        found = []
        for (one, other), evidence in best.items():
            if self._rules.may_be_one(one, other):
                found.append(Question(one, other, 1 / (1 + math.exp(odds - evidence))))
        found.sort(key=lambda asked: (abs(asked.probability - 0.5), asked.one, asked.other))
        return tuple(found)
