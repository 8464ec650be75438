"""What the decisions of a user, and names given in films, mean for the people of all films."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from ...data.result.people_names import key_of
from ...data.tables.faces import IntArray
from ..library_files.decisions import LibraryDecision, LibraryDecisions, Verb
from ..library_files.people import FilmPerson, LibraryPeople
from .film_people import FilmPeople
from .rules import Limits

Pair = tuple[FilmPerson, FilmPerson]


@dataclass(frozen=True)
class Standing:
    """Decisions in force, in the terms of people and of persons of films.

    Attributes:
        together, apart: pairs of persons of films.
        names: what somebody is called, by id.
        named: what persons of films are called by decisions on the library, by person.
        hidden: ids.
        parted: persons of films whom the user parted from somebody, by the id of that one.
        named_at: when somebody got their name, or lost one, ISO 8601, UTC, by id.
        became: who else somebody is by now, by id.
        ids: the id that persons of films have by the decisions, and before those taken back
            since people were found last.
        meant: whom each line that gives a name is about by now, by its number.
    """

    together: tuple[Pair, ...] = ()
    apart: tuple[Pair, ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    named: Mapping[FilmPerson, str] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()
    parted: Mapping[FilmPerson, int] = field(default_factory=dict)
    named_at: Mapping[int, str] = field(default_factory=dict)
    became: Mapping[int, int] = field(default_factory=dict)
    ids: Mapping[FilmPerson, int] = field(default_factory=dict)
    meant: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, decisions: LibraryDecisions, people: LibraryPeople) -> Standing:
        """Follow the decisions, oldest first.

        Args:
            decisions: all of them.
            people: as they were found last.
        """
        numbers = decisions.undone
        undone = {one.line: one for one in decisions.lines if one.line in numbers}
        new = {decision.undoes for decision in decisions.lines if decision.line > people.followed}
        taken_back = [undone[line] for line in sorted(new & {*undone})]
        replay = _Replay(people, decisions.in_force, taken_back)
        for decision in decisions.lines:
            if decision.undoes in undone and decision.undoes in new:
                replay.take_back(undone[decision.undoes])
            elif decision.verb is not Verb.UNDO and decision.line not in undone:
                replay.follow(decision)
        meant = {one.line: replay.now(one) for one in decisions.lines if one.verb is Verb.NAME}
        return cls(
            together=tuple(replay.together),
            apart=tuple(replay.apart),
            names=replay.names,
            named=replay.named,
            hidden=frozenset(replay.hidden),
            parted=replay.parted,
            named_at=_named_at(decisions, meant),
            became=replay.became,
            ids=replay.ids,
            meant=meant,
        )

    def limits(self, film_people: FilmPeople, ids: IntArray, sure: Collection[int] = ()) -> Limits:
        """Return what no evidence outranks.

        Args:
            film_people: the persons of films; their names are those that count.
            ids: (num_film_people,) int64, the id that each had, -1 = none.
            sure: rows of ``film_people`` whose names outrank those of the library.
        """
        place = {film_person: row for row, film_person in enumerate(film_people.keys)}
        names: dict[int, str] = {}
        together = _found(self.together, place)
        apart = _found(self.apart, place)
        of_name: dict[str, int] = {}
        for film_person, row in place.items():
            given = film_people.names[row]
            called = self.named.get(film_person) or (given and self.names.get(int(ids[row]), given))
            if row in sure:
                called = given
            if called:
                names[row] = key_of(called)
            if given:  # in its film: one name, one person
                first = of_name.setdefault(names[row], row)
                together += [(first, row)] if first != row else []
        for row in sorted(sure):  # also that of somebody whom only the library calls so
            for one, other in names.items():
                if other == names[row] and one != row and one not in sure:
                    together.append((one, row))
                    break
        return Limits(tuple(together), tuple(apart), names)

    def earlier_ids(self, film_people: FilmPeople, people: LibraryPeople) -> IntArray:
        """Return the id that each person of a film had, (num_film_people,) int64, -1 = none."""
        found = np.full(len(film_people), -1)
        for row, film_person in enumerate(film_people.keys):
            member = people.by_film_person.get(film_person)
            library_id = self.ids.get(film_person, member.library_id if member else -1)
            found[row] = self.became.get(library_id, library_id)
        return found


class _Replay:
    """Reads decisions one after the other; the later one counts.

    Args:
        people: as they were found last.
        in_force: the decisions that will be followed.
        taken_back: decisions that were followed then, and are not any more.
    """

    def __init__(
        self,
        people: LibraryPeople,
        in_force: Sequence[LibraryDecision],
        taken_back: Sequence[LibraryDecision],
    ) -> None:
        self._people = people
        same = [one for one in in_force if one.verb is Verb.SAME and one.other >= 0]
        self._joins = {decision.other: decision.person for decision in same}
        self._there = {*people.by_id, *(decision.person for decision in taken_back)}
        self._there |= {who for one in taken_back for who in (one.other, one.part_of)}
        self.together: list[Pair] = []
        self.apart: list[Pair] = []
        self.names: dict[int, str] = {}
        self.named: dict[FilmPerson, str] = {}
        self.hidden: set[int] = set()
        self.parted: dict[FilmPerson, int] = {}
        self.became: dict[int, int] = {}
        self.ids: dict[FilmPerson, int] = {}

    def follow(self, line: LibraryDecision) -> None:
        """Take in a decision."""
        if line.person not in self._people.by_id:  # the tables are lost, or a film comes back
            known = self._people.by_film_person
            self.ids |= {k: line.person for k in line.anchors if k not in known}
        person = self.now(line)
        match line.verb:
            case Verb.NAME:
                self._name(line, person)
            case Verb.HIDE:
                self.hidden.add(person)
            case Verb.SHOW:
                self.hidden.discard(person)
            case Verb.SAME:
                self._same(line)
            case Verb.APART:
                self._apart(line, person)
            case Verb.FORGET:
                self.names.pop(person, None)

    def take_back(self, line: LibraryDecision) -> None:
        """Let everybody be again who they were before a decision."""
        if line.verb in (Verb.SAME, Verb.APART):
            is_part = line.other < 0
            of_part = line.part_of if line.verb is Verb.SAME else line.person
            self.ids |= dict.fromkeys(line.anchors, line.person)
            self.ids |= dict.fromkeys(line.others, of_part if is_part else line.other)

    def _name(self, line: LibraryDecision, person: int) -> None:
        if line.name:
            self.names[person] = line.name
            self.named |= dict.fromkeys(line.anchors, line.name)
            return
        name = self.names.pop(person, None)  # taken off
        self.named = {
            k: given for k, given in self.named.items() if given != name and k not in line.anchors
        }

    def _same(self, line: LibraryDecision) -> None:
        self.apart = _without(self.apart, line) + [(a, b) for a in line.others for b in line.rest]
        if line.anchors and line.others:  # all of both: evidence would leave out two of one film
            self.together += combinations((*line.anchors, *line.others), 2)
        if line.other < 0:  # a part of somebody, who has the id of the first from now on
            self.ids |= dict.fromkeys(line.others, self.now(line))
        elif line.other != line.person:
            self._join(line.person, line.other)

    def _join(self, person: int, other: int) -> None:
        """Let somebody be another person from now on, with all who became them."""
        for earlier, now in list(self.became.items()):
            if now == other:
                self.became[earlier] = person
        self.became[other] = person
        name = self.names.pop(other, None)
        if name:  # two names, one person: that of the first
            called = self.names.setdefault(person, name)
            self.named |= {k: called for k, given in self.named.items() if given == name}

    def _apart(self, line: LibraryDecision, person: int) -> None:
        self.together = _without(self.together, line)
        self.apart += [(a, b) for a in line.anchors for b in line.others]
        if line.other < 0:  # a part of somebody, who has their name no more
            self.named = {k: name for k, name in self.named.items() if k not in line.others}
            self.ids = {k: who for k, who in self.ids.items() if k not in line.others}
            self.parted |= dict.fromkeys(line.others, person)

    def now(self, line: LibraryDecision) -> int:
        """Return the id of the person a line is about, who may be somebody else by now."""
        person = self.became.get(line.person, line.person)
        end, passed = person, set[int]()
        while end in self._joins and end not in passed:  # whom a later line makes of them
            passed.add(end)
            end = self._joins[end]
        if end in self._there or not self._people.members:
            return person
        members = map(self._people.by_film_person.get, line.anchors)
        there = [member.library_id for member in members if member]
        return max(set(there), key=lambda k: (there.count(k), -k)) if there else person


def _named_at(decisions: LibraryDecisions, meant: Mapping[int, int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for line in decisions.lines:
        person = meant.get(line.undoes or line.line)
        if person is not None:
            found[person] = line.time
    return found


def _found(pairs: Sequence[Pair], place: Mapping[FilmPerson, int]) -> list[tuple[int, int]]:
    return [(place[a], place[b]) for a, b in pairs if a in place and b in place]


def _without(pairs: list[Pair], decision: LibraryDecision) -> list[Pair]:
    """Return pairs without those between both sides of a decision, which says otherwise."""
    one, other = {*decision.anchors}, {*decision.others}
    return [
        (a, b) for a, b in pairs if not ((a in one and b in other) or (a in other and b in one))
    ]
