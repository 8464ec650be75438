"""What no evidence outranks when people of films are joined: films, names, the user's words."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ...data.tables.faces import IntArray


@dataclass(frozen=True)
class Limits:
    """What the user said of people of films, by their rows in ``FilmPeople``.

    Attributes:
        together: pairs that are one person.
        apart: pairs that are two people.
        names: what somebody called them: two names are two people.
    """

    together: tuple[tuple[int, int], ...] = ()
    apart: tuple[tuple[int, int], ...] = ()
    names: dict[int, str] = field(default_factory=dict)

    @property
    def parted(self) -> dict[int, set[int]]:
        """Of each row in ``apart``, the rows that are somebody else."""
        parted: dict[int, set[int]] = {}
        for one, other in self.apart:
            parted.setdefault(one, set()).add(other)
            parted.setdefault(other, set()).add(one)
        return parted


class Rules:
    """Who is one person so far, and who may become one.

    Args:
        film: (num_film_people,) int64, the film of each person of a film.
        limits: what the user said.
    """

    def __init__(self, film: IntArray, limits: Limits) -> None:
        self._parent = np.arange(len(film))
        self._films = [{int(code)} for code in film]
        self._names = [
            {limits.names[row]} if row in limits.names else set() for row in range(len(film))
        ]
        self._apart = limits.parted
        for one, other in limits.together:
            if not self.are_apart(one, other):
                self.link(one, other)

    def who(self, row: int) -> int:
        """Return the row by which the person of a row goes."""
        return root_of(self._parent, row)

    def are_one(self, one: int, other: int) -> bool:
        """Say whether two rows are one person already."""
        return self.who(one) == self.who(other)

    def are_apart(self, one: int, other: int) -> bool:
        """Say whether the user called the people of two rows two."""
        return self.who(other) in self._apart.get(self.who(one), ())

    def may_be_one(self, one: int, other: int) -> bool:
        """Say whether the user could call them one: neither two by name nor by decision."""
        names, others = self._names[self.who(one)], self._names[self.who(other)]
        is_called_two = bool(names and others) and names.isdisjoint(others)
        return not is_called_two and not self.are_apart(one, other)

    def may_join(self, one: int, other: int) -> bool:
        """Say whether evidence may join them: they are of different films, too."""
        films, others = self._films[self.who(one)], self._films[self.who(other)]
        return films.isdisjoint(others) and self.may_be_one(one, other)

    def link(self, one: int, other: int) -> None:
        """Make the people of two rows one."""
        one, other = self.who(one), self.who(other)
        if one == other:
            return
        self._parent[other] = one
        small, large = sorted((self._films[one], self._films[other]), key=len)
        large |= small
        self._films[one], self._films[other] = large, set()
        self._names[one] |= self._names[other]
        for third in self._apart.pop(other, set()):
            self._apart[third].discard(other)
            self._apart[third].add(one)
            self._apart.setdefault(one, set()).add(third)


def root_of(parent: IntArray, place: int) -> int:
    """Follow parents to the one that is its own; the way becomes shorter for the next."""
    while (up := int(parent[place])) != place:
        parent[place] = parent[up]
        place = int(parent[place])
    return place
