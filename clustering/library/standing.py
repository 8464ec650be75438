"""What the decisions of a user, and names given in films, mean for the people of all films."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from ...data.result.people_names import key_of
from ...data.tables.faces import IntArray
from ..identity.rules import Limits
from ..identity.wholes import Wholes
from ..library_files.decisions import LibraryDecision, LibraryDecisions, Verb
from ..library_files.people import LibraryPeople, Whole


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
        ids: the id that persons of films have by the decisions, and of before those taken back
            since people were found last.
        meant: whom each line that gives a name is about by now, by its number.
    """

    together: tuple[tuple[Whole, Whole], ...] = ()
    apart: tuple[tuple[Whole, Whole], ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    named: Mapping[Whole, str] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()
    parted: Mapping[Whole, int] = field(default_factory=dict)
    named_at: Mapping[int, str] = field(default_factory=dict)
    became: Mapping[int, int] = field(default_factory=dict)
    ids: Mapping[Whole, int] = field(default_factory=dict)
    meant: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, decisions: LibraryDecisions, people: LibraryPeople) -> Standing:
        """Follow the decisions, oldest first.

        Args:
            decisions: all of them.
            people: as they were found last.
        """
        numbers = decisions.undone
        undone = {own.line: own for own in decisions.lines if own.line in numbers}
        new = {own.undoes for own in decisions.lines if own.line > people.followed}
        taken_back = [undone[line] for line in sorted(new & {*undone})]
        made = _Following(people, decisions.in_force, taken_back)
        for own in decisions.lines:
            if own.undoes in undone and own.undoes in new:
                made.take_back(undone[own.undoes])
            elif own.verb is not Verb.UNDO and own.line not in undone:
                made.follow(own)
        return cls(
            tuple(made.together), tuple(made.apart), made.names, made.named,
            frozenset(made.hidden), made.parted, _named_at(decisions, made.became),
            made.became, made.ids,
            {own.line: made.now(own) for own in decisions.lines if own.verb is Verb.NAME},
        )  # fmt: skip

    def limits(self, wholes: Wholes, ids: IntArray, sure: Collection[int] = ()) -> Limits:
        """Return what no evidence outranks.

        Args:
            wholes: the persons of films; their names are those that count.
            ids: (num_wholes,) int64, the id that each had, -1 = none.
            sure: rows of ``wholes`` whose names outrank those of the library.
        """
        place = {whole: row for row, whole in enumerate(wholes.keys)}
        names: dict[int, str] = {}
        together = _found(self.together, place)
        apart = _found(self.apart, place)
        of_name: dict[str, int] = {}
        for whole, row in place.items():
            given = wholes.names[row]
            called = self.named.get(whole) or (given and self.names.get(int(ids[row]), given))
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

    def earlier_ids(self, wholes: Wholes, people: LibraryPeople) -> IntArray:
        """Return the id that each person of a film had, (num_wholes,) int64, -1 = none."""
        found = np.full(len(wholes), -1)
        for row, whole in enumerate(wholes.keys):
            member = people.by_whole.get(whole)
            own = self.ids.get(whole, member.own if member else -1)
            found[row] = self.became.get(own, own)
        return found


class _Following:
    """Collects what decisions mean, one after the other: the later one counts.

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
        same = [own for own in in_force if own.verb is Verb.SAME and own.other >= 0]
        self._joins = {own.other: own.person for own in same}
        self._there = {*people.by_id, *(own.person for own in taken_back)}
        self._there |= {who for own in taken_back for who in (own.other, own.part_of)}
        self.together: list[tuple[Whole, Whole]] = []
        self.apart: list[tuple[Whole, Whole]] = []
        self.names: dict[int, str] = {}
        self.named: dict[Whole, str] = {}
        self.hidden: set[int] = set()
        self.parted: dict[Whole, int] = {}
        self.became: dict[int, int] = {}
        self.ids: dict[Whole, int] = {}

    def follow(self, own: LibraryDecision) -> None:
        """Take in a decision."""
        if not self._people.members:  # the tables are lost: decisions say who is who
            self.ids |= dict.fromkeys(own.anchors, own.person)
        person = self.now(own)
        match own.verb:
            case Verb.NAME:
                self.names[person] = own.name
                self.named |= dict.fromkeys(own.anchors, own.name)
            case Verb.HIDE:
                self.hidden.add(person)
            case Verb.SHOW:
                self.hidden.discard(person)
            case Verb.SAME:
                self._same(own)
            case Verb.APART:
                pairs = [(a, b) for a in own.anchors for b in own.others]
                self.together = _without(self.together, own)
                self.apart += pairs
                if own.other < 0:  # a part of somebody, who has their name no more
                    self.named = {k: name for k, name in self.named.items() if k not in own.others}
                    self.ids = {k: who for k, who in self.ids.items() if k not in own.others}
                    self.parted |= dict.fromkeys(own.others, person)
            case Verb.FORGET:
                self.names.pop(person, None)

    def take_back(self, own: LibraryDecision) -> None:
        """Let everybody be again who they were before a decision."""
        if own.verb in (Verb.SAME, Verb.APART):
            is_part = own.other < 0
            of_part = own.part_of if own.verb is Verb.SAME else own.person
            self.ids |= dict.fromkeys(own.anchors, own.person)
            self.ids |= dict.fromkeys(own.others, of_part if is_part else own.other)

    def _same(self, own: LibraryDecision) -> None:
        self.apart = _without(self.apart, own) + [(a, b) for a in own.others for b in own.rest]
        if own.anchors and own.others:  # all of both: evidence would leave out two of one film
            self.together += combinations((*own.anchors, *own.others), 2)
        if own.other < 0:  # a part of somebody, who has the id of the first from now on
            self.ids |= dict.fromkeys(own.others, self.now(own))
        if own.other >= 0 and own.other != own.person:
            for one, other in list(self.became.items()):
                if other == own.other:
                    self.became[one] = own.person
            self.became[own.other] = own.person
            name = self.names.pop(own.other, None)
            if name and own.person not in self.names:
                self.names[own.person] = name
            if name:  # two names, one person: that of the first
                called = self.names[own.person]
                self.named |= {k: called for k, given in self.named.items() if given == name}

    def now(self, own: LibraryDecision) -> int:
        """Return the id of the person a decision is about, who may be somebody else by now."""
        person = self.became.get(own.person, own.person)
        end, passed = person, set[int]()
        while end in self._joins and end not in passed:  # whom a later line makes of them
            passed.add(end)
            end = self._joins[end]
        if end in self._there or not self._people.members:
            return person
        there = [self._people.by_whole[k].own for k in own.anchors if k in self._people.by_whole]
        return max(set(there), key=lambda k: (there.count(k), -k)) if there else person


def _named_at(decisions: LibraryDecisions, became: Mapping[int, int]) -> dict[int, str]:
    of_line = {own.line: own for own in decisions.lines}
    found: dict[int, str] = {}
    for line in decisions.lines:
        own = of_line[line.undoes] if line.undoes else line
        if own.verb is Verb.NAME:
            found[became.get(own.person, own.person)] = line.time
    return found


def _found(
    pairs: Sequence[tuple[Whole, Whole]], place: Mapping[Whole, int]
) -> list[tuple[int, int]]:
    return [(place[a], place[b]) for a, b in pairs if a in place and b in place]


def _without(pairs: list[tuple[Whole, Whole]], own: LibraryDecision) -> list[tuple[Whole, Whole]]:
    """Return pairs without those between both sides of a decision, which says otherwise."""
    one, other = {*own.anchors}, {*own.others}
    return [
        (a, b) for a, b in pairs if not ((a in one and b in other) or (a in other and b in one))
    ]
