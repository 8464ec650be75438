"""Must-link and cannot-link: constraints that follow from tracks and pictures.

A track is must-link: its faces are clustered as one. Two faces in one picture are two people:
cannot-link, at any distance, threshold or vote.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import Faces, IntArray


def count_violations(faces: Faces, person: IntArray) -> int:
    """Count the pairs of faces that share a picture and a person.

    Args:
        faces: says which faces share a picture.
        person: (num_faces,) int64, UNKNOWN = -1 is no person.
    """
    known = person != UNKNOWN
    _, same = np.unique(np.stack([faces.picture[known], person[known]]), axis=1, return_counts=True)
    return int((same * (same - 1) // 2).sum())


class Groups:
    """Items joined step by step into groups, never two that share a picture (union-find).

    Args:
        pictures: per item, the pictures it is seen in.
    """

    def __init__(self, pictures: Sequence[set[int]]) -> None:
        self._parent = list(range(len(pictures)))
        self._pictures = [set(of_item) for of_item in pictures]

    def find(self, item: int) -> int:
        """Return the item that represents the group of ``item``."""
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]
            item = self._parent[item]
        return item

    def may_join(self, item: int, other: int) -> bool:
        """Return whether the groups of two items share no picture. A group may join itself."""
        first, second = self.find(item), self.find(other)
        return first == second or self._pictures[first].isdisjoint(self._pictures[second])

    def join(self, item: int, other: int) -> bool:
        """Join the groups of two items unless they share a picture; return whether they are one."""
        first, second = self.find(item), self.find(other)
        if first == second:
            return True
        if not self.may_join(first, second):
            return False
        if len(self._pictures[first]) < len(self._pictures[second]):
            first, second = second, first
        self._parent[second] = first
        self._pictures[first] |= self._pictures[second]
        self._pictures[second] = set()
        return True

    def labels(self) -> IntArray:
        """Return the group of every item, (num_items,) int64, 0-based by first appearance."""
        numbers: dict[int, int] = {}
        return np.array(
            [
                numbers.setdefault(self.find(item), len(numbers))
                for item in range(len(self._parent))
            ],
            dtype=np.int64,
        )


@dataclass(frozen=True)
class LinkRule:
    """When two groups are too different to be joined by a link, in the unit of the vectors.

    Attributes:
        max_spread: root mean squared distance that the members of two groups may have.
        max_plain: the same between plain vectors.
        floor: links within a group count as at least so long, see ``slack``.
        slack: a link may be longer than the longest one within a group by this over its number of
            items: a large group whose members are near to each other takes in nobody who is not,
            while a small one gives little evidence (Felzenszwalb & Huttenlocher 2004).
    """

    max_spread: float = np.inf
    max_plain: float = np.inf
    floor: float = 0.0
    slack: float = np.inf


def split_at_weakest_links(
    links: Iterable[Sequence[float]] | NDArray[np.float64],
    pictures: Sequence[set[int]],
    vectors: NDArray[np.float64] | None = None,
    rule: LinkRule | None = None,
    plain: NDArray[np.float64] | None = None,
) -> IntArray:
    """Split groups that hold two faces of one picture at the weakest of their links.

    The links are put back from the strongest to the weakest; a link that would bring two faces of
    one picture together stays cut. (Single linkage with constraints, Davidson & Ravi 2005.) So does
    one between groups that are too different.

    Args:
        links: (item, item, distance) each: the trees of groups, or any others.
        pictures: per item, the pictures it is seen in.
        vectors: (num_items, dim) float64, see ``LinkRule.max_spread``; None = no such limit.
        rule: when groups are too different; None = never.
        plain: (num_items, dim) float64, see ``LinkRule.max_plain``; None = no such limit.

    Returns:
        (num_items,) int64, the group of every item, 0-based by first appearance.
    """
    rule = rule or LinkRule()
    groups = Groups(pictures)
    clouds = [
        (_Cloud(rows), limit)
        for rows, limit in ((vectors, rule.max_spread), (plain, rule.max_plain))
        if rows is not None
    ]
    longest = np.full(len(pictures), rule.floor)
    size = np.ones(len(pictures))
    for length, item, other in sorted((float(d), int(i), int(j)) for i, j, d in links):
        first, second = groups.find(item), groups.find(other)
        if first == second:
            continue
        if length > min(longest[group] + rule.slack / size[group] for group in (first, second)):
            continue
        if any(cloud.distance(first, second) > limit for cloud, limit in clouds):
            continue
        if groups.join(first, second):
            into = groups.find(first)
            longest[into] = max(longest[first], longest[second], length)
            # A copy adds no information.
            size[into] = size[first] + size[second] - (length < rule.floor / 5)
            for cloud, _ in clouds:
                cloud.join(first, second, into)
    return groups.labels()


class _Cloud:
    """Sums from which the mean squared distance between two groups follows."""

    def __init__(self, vectors: NDArray[np.float64]) -> None:
        self._sum = vectors.copy()
        self._squares = (vectors**2).sum(axis=1)
        self._count = np.ones(len(vectors))

    def distance(self, first: int, second: int) -> float:
        squared = (
            self._squares[first] / self._count[first]
            + self._squares[second] / self._count[second]
            - 2
            * (self._sum[first] @ self._sum[second])
            / (self._count[first] * self._count[second])
        )
        return float(np.sqrt(max(0.0, squared)))

    def join(self, first: int, second: int, into: int) -> None:
        for sums in (self._sum, self._squares, self._count):
            sums[into] = sums[first] + sums[second]
