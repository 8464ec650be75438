"""Decisions on the people of a library: checked, written down, and followed at once."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...data.errors import InputError
from ...data.result.decisions import Decision, Decisions
from ...data.result.people_names import clean_or_no_name, refuse_number
from ...data.result.result import StoredResult
from ...data.tables.codes import UNKNOWN
from ..analysis.cache import default_cache
from ..editing import change
from ..forgetting import forget_in_cache
from ..identity.assignment import LibraryChurn
from ..identity.standing import Standing
from ..library_files.decisions import MOST_ANCHORS, LibraryDecision, Verb
from ..library_files.index import Index
from ..library_files.originals import Originals, note_seen
from ..library_files.people import FilmPerson, LibraryPerson, Member
from ..naming.originals import people_of
from ..people.deciding import forgotten
from ..report.write import write_report
from .changing import Changed, Changing


@dataclass(frozen=True, eq=False)
class Decided(Changed):
    """What a decision did.

    Attributes:
        decision: the line that was written; None = nothing had to change.
        undone: the decision that ``undo`` took back.
        earlier: the lines that were written before it, where it is about several people.
    """

    decision: LibraryDecision | None = None
    undone: LibraryDecision | None = None
    earlier: tuple[LibraryDecision, ...] = ()


@dataclass(frozen=True)
class _Meant:
    """Whom somebody means: a person, or whom one is in some film."""

    person: LibraryPerson
    members: tuple[Member, ...]
    is_part: bool

    @property
    def anchors(self) -> tuple[FilmPerson, ...]:
        """Those of most faces."""
        order = sorted(self.members, key=lambda member: (-member.faces, member.film_person))
        return tuple(member.film_person for member in order[:MOST_ANCHORS])


class Deciding(Changing):
    """One decision; ``catch_up`` comes first."""

    def name(self, who: str, text: str, merge: bool) -> Decided:
        """Name a person; see ``Library.name``."""
        person, called = self.people.find(who), clean_or_no_name(text)
        if (person.name or "") == called:
            return self._unchanged()
        if not called:
            self._refuse_name_of_film(person)
        other = self.people.named(called) if called else None
        if other is not None and other != person:
            if merge:
                return self.same(other.id, person.id)
            raise InputError(
                f"{called}: {other.id} has that name already; if {person.id} is the same"
                " person, add --merge"
            )
        command = f"castlist library {shlex.quote(str(self.places.root))} same {person.id} {called}"
        others = {one.library_id for one in self.people.people if one != person}
        refuse_number(called, others, f"if both are one: {command}")
        anchors = self._meant(person.id).anchors
        line = LibraryDecision(Verb.NAME, person.library_id, name=called, anchors=anchors)
        return self._made(line, set())

    def same(self, who: str, other: str) -> Decided:
        """Join two people; see ``Library.same``."""
        one, two = self._meant(who), self._meant(other)
        if one.person == two.person:
            raise InputError(f"{one.person.called}: expected two people, got one twice")
        self._refuse_one_picture(one, two)
        every = self.people.members_of[two.person.library_id]
        rest = tuple(member for member in every if member not in two.members)
        if not rest:  # of a person of one film that film is all there is
            two = replace(two, is_part=False)
        return self._of_two(Verb.SAME, one, two, _Meant(two.person, rest, True).anchors)

    def apart(self, who: str, other: str) -> Decided:
        """Keep two people apart; see ``Library.apart``."""
        one, two = self._meant(who), self._meant(other)
        if one.person == two.person:
            if one.is_part == two.is_part and {*one.members} & {*two.members}:
                raise InputError(
                    f"{one.person.called}: expected two people, or a person and whom they are in a"
                    f" film, as in: apart {one.person.called} {one.person.called}@film.mp4"
                )
            if one.is_part and not two.is_part:
                one, two = two, one
            rest = tuple(member for member in one.members if member not in two.members)
            one = _Meant(one.person, rest, one.is_part)
            if not rest:
                raise InputError(f"{other}: that is all there is of {one.person.called}")
        return self._of_two(Verb.APART, one, two)

    def _of_two(
        self, verb: Verb, one: _Meant, two: _Meant, rest: tuple[FilmPerson, ...] = ()
    ) -> Decided:
        other = UNKNOWN if two.is_part else two.person.library_id
        line = LibraryDecision(
            verb, one.person.library_id, other, anchors=one.anchors, others=two.anchors, rest=rest,
            part_of=two.person.library_id if two.is_part and verb is Verb.SAME else UNKNOWN,
        )  # fmt: skip
        return self._made(line, {one.person.library_id, two.person.library_id})

    def hide(self, who: Sequence[str], hidden: bool) -> Decided:
        """Hide people, or bring them back; see ``Library.hide``."""
        everyone = dict.fromkeys(map(self.people.find, who))  # before anything is written
        people = [person for person in everyone if person.hidden != hidden]
        if not people:
            return self._unchanged()
        verb = Verb.HIDE if hidden else Verb.SHOW
        *earlier, last = (
            LibraryDecision(verb, person.library_id, anchors=self._meant(person.id).anchors)
            for person in people
        )
        for line in earlier:
            self.decisions = self.decisions.append(self.places.root, line)
        return replace(self._made(last, set()), earlier=tuple(earlier))

    def forget(self, who: str, cache: Path | None) -> Decided:
        """Remove all there is of a person; see ``Library.forget``."""
        person = self.people.find(who)
        members = self.people.members_of[person.library_id]
        meant = Standing.of(self.decisions, self.people).meant
        ids = {
            decision.person
            for decision in self.decisions.lines
            if meant.get(decision.line) == person.library_id
        }
        line = LibraryDecision(Verb.FORGET, person.library_id)
        self.decisions = self.decisions.append(self.places.root, line)
        for member in members:
            self._forget_in_film(member, cache or default_cache())
        self.catalogue.write(self.places)
        self.decisions = self.decisions.without_names({*ids, person.library_id})
        self.decisions.write(self.places.root)
        return self._decided(None)

    def undo(self) -> Decided:
        """Take back the last decision; see ``Library.undo``."""
        last = self.decisions.last()
        done = self._made(LibraryDecision(Verb.UNDO, undoes=last.line), self._about(last))
        return replace(done, undone=last)

    def redo(self) -> Decided:
        """Bring back what was taken back last; see ``Library.redo``."""
        line = self.decisions.to_bring_back
        return self._made(line, self._about(line))

    def _about(self, line: LibraryDecision) -> set[int]:
        """Return the people who may be others by a decision of before, as they are now."""
        if line.verb not in (Verb.SAME, Verb.APART):
            return set()
        there = self.people.by_film_person
        named = (*line.anchors, *line.others, *line.rest)
        return {there[film_person].library_id for film_person in named if film_person in there}

    def _made(self, line: LibraryDecision, only: Collection[int]) -> Decided:
        """Write a decision down, and look again at the people whom it is about."""
        self.decisions = self.decisions.append(self.places.root, line)
        return self._decided(only)

    def _decided(self, only: Collection[int] | None) -> Decided:
        done = self.find(only)
        return Decided(
            done.before, done.people, done.churn, done.exchanged, self.decisions.lines[-1]
        )

    def _unchanged(self) -> Decided:
        churn = LibraryChurn(len(self.people.people), 0)
        return Decided(self.people, self.people, churn)

    def _meant(self, text: str) -> _Meant:
        """Return whom a text means: ``Anna``, ``Anna@film.mp4``, or the id of before a merge.

        Raises:
            InputError: nobody has that name, or is not in that film, or in several of that name.
        """
        who, at, film = text.rpartition("@")
        if once := self.people.once(text):  # as it is said of those whom evidence merged
            return _Meant(self.people.by_id[once[0].library_id], tuple(once), True)
        if not at or self.people.named(text):
            person = self.people.find(text)
            return _Meant(person, tuple(self.people.members_of[person.library_id]), False)
        person = self.people.find(who)
        every = self.people.members_of[person.library_id]
        named = self.catalogue.called(film, {member.film for member in every})
        if len(named) != 1:
            names = named or self.catalogue.called("", {member.film for member in every})
            listed = ", ".join(sorted(names.values())[:8])
            raise InputError(
                f"{text}: {person.called} is in {len(named)} of that name; say which: {listed}"
                if named
                else f"{text}: {person.called} is not in {film or 'nothing'}; there are {listed}"
            )
        return _Meant(person, tuple(member for member in every if member.film in named), True)

    def _refuse_name_of_film(self, person: LibraryPerson) -> None:
        rows = Index.read(self.places.index).people.select(["film", "person", "name"]).to_pylist()
        for row in rows:
            if self.people.who((row["film"], row["person"])) == person and row["name"]:
                title = self.catalogue.titles()[row["film"]]
                raise InputError(
                    f"{person.called}: has the name {row['name']} from {title}; take it off there"
                )

    def _refuse_one_picture(self, one: _Meant, two: _Meant) -> None:
        films = {member.film for member in one.members} & {member.film for member in two.members}
        for film in sorted(films):
            result = StoredResult.load(self.places.result(film))
            picture, ids = result.faces.picture, result.cast.of_faces(result.faces)
            sides = [
                {*picture[[person_id in wanted for person_id in ids.tolist()]].tolist()}
                for wanted in (
                    {member.person for member in part.members if member.film == film}
                    for part in (one, two)
                )
            ]
            if sides[0] & sides[1]:
                raise InputError(
                    f"{one.person.called} and {two.person.called} are two people: a picture of"
                    f" {self.catalogue.titles()[film]} shows both"
                )

    def _forget_in_film(self, member: Member, cache: Path) -> None:
        folder = self.places.result(member.film)
        if original := Originals().of(self.catalogue.of_film(member.film)):
            there = people_of(StoredResult.load(folder), StoredResult.load(original))
            if member.person in there:
                _forget_in(original, there[member.person], cache)
                note_seen(self.catalogue, member.film, original)
        _forget_in(folder, member.person, cache)


def _forget_in(folder: Path, person: int, cache: Path) -> None:
    def make(result: StoredResult, _decisions: Decisions) -> Sequence[Decision]:
        there = person in result.cast.ids.tolist()
        return [forgotten(result, person)] if there else []

    done = change(folder, make, write_report)
    forget_in_cache(cache, done.decisions)
