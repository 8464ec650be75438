"""What the decisions in force mean for one table of faces.

Later decisions outrank earlier ones about the same face. Two people who were merged have one id
from then on, the one that was kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ...data.result.decisions import Decision, Decisions, What
from ...data.result.facts import SourceFacts
from ...data.result.marks import FaceFinder, Mark
from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import BoolArray, Faces, IntArray

Pair = tuple[int, int]
Said = TypeVar("Said")


@dataclass(frozen=True, eq=False)
class Standing:
    """The decisions in force, as rows of a table.

    Attributes:
        given: id of the person that the user gave a row to, by row; -1 = nobody knows who it is.
        denied: ids of the people that a row is not, by row.
        no_face: (num_faces,) bool, rows that are no face.
        forgotten: (num_faces,) bool, rows of people who are forgotten.
        links: per decision, rows that are one person, the oldest decision first.
        apart: per decision, pairs of rows that are two people, the oldest decision first.
        parts: rows that were one person, or given at once, before the user joined them with others.
        became: the id that an id became when people were merged.
        names: the user's names by id.
        hidden: ids of hidden people.
        portraits: the row that the user chose to stand for a person, by id.
        unfit: decisions of whose faces none is in the table.
    """

    given: dict[int, int]
    denied: dict[int, set[int]]
    no_face: BoolArray
    forgotten: BoolArray
    links: list[list[int]]
    apart: list[list[Pair]]
    parts: list[list[int]]
    became: dict[int, int]
    names: dict[int, str]
    hidden: frozenset[int]
    portraits: dict[int, int]
    unfit: tuple[Decision, ...]

    @classmethod
    def of(cls, decisions: Decisions, faces: Faces, sources: Sequence[SourceFacts]) -> Standing:
        """Find the faces of every decision in force in a table, with tracks where it has some."""
        replay = _Replay(faces, sources)
        for decision in decisions.in_force:
            replay.read(decision)
        return replay.standing()

    def is_seen(self, track: IntArray) -> BoolArray:
        """Return which rows both stages are to see: tracks of faces that may be somebody.

        Args:
            track: (num_faces,) int64, -1 = none.

        Returns:
            (num_faces,) bool.
        """
        nobody = [int(track[row]) for row, person_id in self.given.items() if person_id == UNKNOWN]
        return np.asarray(~self.no_face & (track >= 0) & ~np.isin(track, nobody))


class _Replay:
    """Reads decisions one after the other."""

    def __init__(self, faces: Faces, sources: Sequence[SourceFacts]) -> None:
        self._finder = FaceFinder(faces, sources)
        self._track, self._time_s = faces.track, faces.time_s
        count = len(faces)
        self._no_face, self._forgotten = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
        self._given: dict[int, int] = {}
        self._denied: dict[int, set[int]] = {}
        self._links: list[list[int]] = []
        self._apart: list[list[Pair]] = []
        self._parts: list[list[int]] = []
        self._spoken: dict[int, int] = {}  # the last decision about a row by itself
        self._moved_from: dict[int, list[Pair]] = {}  # of a row: moves, and whose it was before
        self._became: dict[int, int] = {}
        self._names: dict[int, str] = {}
        self._hidden: set[int] = set()
        self._portraits: dict[int, int] = {}
        self._unfit: list[Decision] = []

    def read(self, decision: Decision) -> None:
        faces = {person_id: self._rows(marks) for person_id, marks in decision.faces.items()}
        anchors = {person_id: self._rows(marks) for person_id, marks in decision.anchors.items()}
        if decision.faces and not any(faces.values()):
            self._unfit.append(decision)
        links: list[int] = []
        apart: list[Pair] = []
        if decision.what is What.MERGE:
            links = self._merge(decision, faces)
        elif decision.what is What.MOVE:
            links, apart = self._move(decision, faces, anchors)
        elif decision.what is What.NOT:
            apart = self._deny(decision.person, faces, anchors)
        else:
            self._note(decision, _all(faces))
        self._links.append(links)
        self._apart.append(apart)

    def _note(self, decision: Decision, rows: list[int]) -> None:
        """Read what says nothing of who is whom."""
        person_id = self._now(decision.person)
        match decision.what:
            case What.NOT_A_FACE:
                self._no_face[rows] = True
            case What.FORGET:
                marks = [mark for of_person in decision.faces.values() for mark in of_person]
                self._forgotten[self._finder.find_in_copies(marks)] = True
                self._names.pop(person_id, None)
            case What.NAME if decision.name:
                self._names[person_id] = decision.name
            case What.NAME:  # it was taken off, or the person forgotten
                self._names.pop(person_id, None)
            case What.HIDE:
                self._hidden.add(person_id)
            case What.SHOW:
                self._hidden.discard(person_id)
            case What.PORTRAIT if rows:
                self._portraits[person_id] = rows[0]

    def standing(self) -> Standing:
        given = {row: self._now(who) for row, who in self._passed_on(self._given).items()}
        denied = {
            row: {self._now(person_id) for person_id in ids} - {given.get(row, UNKNOWN)}
            for row, ids in self._passed_on(self._denied).items()
        }
        return Standing(
            given=given,
            denied={row: ids for row, ids in denied.items() if ids},
            no_face=self._no_face,
            forgotten=self._forgotten,
            links=[
                [self._stands_in(row) for row in rows if self._spoken.get(row, -1) <= number]
                for number, rows in enumerate(self._links)
            ],
            apart=self._apart,
            parts=self._parts,
            became={person_id: self._now(person_id) for person_id in self._became},
            names=self._names,
            hidden=frozenset(self._hidden),
            portraits={self._now(person_id): row for person_id, row in self._portraits.items()},
            unfit=tuple(self._unfit),
        )

    def _merge(self, decision: Decision, faces: dict[int, list[int]]) -> list[int]:
        kept, other = self._now(decision.person), self._now(decision.other)
        if kept != other:
            self._became[other] = kept
        name = self._names.pop(other, None)
        if name is not None:
            self._names.setdefault(kept, name)
        self._hidden.discard(other)
        rows = _all(faces)
        self._parts += faces.values()
        for row in {*rows, *self._said_of(rows)}:
            self._denied.get(row, set()).difference_update({kept, other, decision.person})
        return rows

    def _said_of(self, rows: list[int]) -> list[int]:
        """Return the faces by which it was said so far who some faces are, as tracks are cut."""
        said = np.array(sorted({*self._given, *self._denied}), dtype=np.int64)
        found: list[int] = []
        for row in rows:
            there = said[(self._track[said] == self._track[row]) & (self._track[said] >= 0)]
            if len(there):
                gaps = np.abs(self._time_s[there] - self._time_s[row])
                found.append(int(there[gaps.argmin()]))
        return found

    def _move(
        self, decision: Decision, faces: dict[int, list[int]], anchors: dict[int, list[int]]
    ) -> tuple[list[int], list[Pair]]:
        rows, person = _all(faces), decision.person
        self._parts.append(rows)
        for row in rows:
            self._given[row] = person
            self._no_face[row] = False
            self._denied.get(row, set()).discard(person)
            self._spoken[row] = len(self._links)
        apart: list[Pair] = []
        for person_id, was in faces.items():
            if person_id not in (person, UNKNOWN):
                for row in was:
                    if person_id not in self._denied.get(row, ()):
                        self._moved_from.setdefault(row, []).append((len(self._links), person_id))
                apart += self._deny(person_id, {person_id: was}, anchors, given=True)
        links = [*rows, *anchors.get(person, [])] if person != UNKNOWN else []
        return links, apart

    def _deny(
        self,
        person: int,
        faces: dict[int, list[int]],
        anchors: dict[int, list[int]],
        given: bool = False,
    ) -> list[Pair]:
        rows = _all(faces)
        was_theirs = {row for who, of in faces.items() if self._is_one(who, person) for row in of}
        for row in rows:
            self._denied.setdefault(row, set()).add(person)
            if row in was_theirs:  # then it does not belong with the others, either
                self._spoken[row] = len(self._links)
            if given:
                continue
            if row in self._given and self._is_one(self._given[row], person):
                self._take_back(row)
            moves = self._moved_from.pop(row, [])  # that it is not them is now said for itself
            self._moved_from[row] = [move for move in moves if not self._is_one(move[1], person)]
        return [(row, anchor) for row in rows for anchor in anchors.get(person, [])]

    def _take_back(self, row: int) -> None:
        """Take back that the user gave a row, and that it was nobody's whom it was moved from."""
        del self._given[row]
        for number, person_id in self._moved_from.pop(row, ()):
            self._denied[row].discard(person_id)
            self._apart[number] = [pair for pair in self._apart[number] if pair[0] != row]

    def _rows(self, marks: Sequence[Mark]) -> list[int]:
        return [row for row in dict.fromkeys(self._finder.find(marks).tolist()) if row >= 0]

    def _passed_on(self, said: dict[int, Said]) -> dict[int, Said]:
        """Hold on to what was said of faces; where one is none, by another face of its track."""
        kept = {row: what for row, what in said.items() if not self._no_face[row]}
        for row, what in said.items():
            other = self._stands_in(row)
            if not (self._no_face[other] or other in self._given or other in self._denied):
                kept.setdefault(other, what)
        return kept

    def _stands_in(self, row: int) -> int:
        """Return the nearest other face of the track for one that turned out to be none."""
        if self._no_face[row] and self._track[row] >= 0:
            others = np.flatnonzero((self._track == self._track[row]) & ~self._no_face)
            gaps = np.abs(self._time_s[others] - self._time_s[row])
            return int(others[gaps.argmin()]) if len(others) else row
        return row

    def _is_one(self, person_id: int, other: int) -> bool:
        return self._now(person_id) == self._now(other)

    def _now(self, person_id: int) -> int:
        while person_id in self._became:
            person_id = self._became[person_id]
        return person_id


def _all(faces: dict[int, list[int]]) -> list[int]:
    return list(dict.fromkeys(row for rows in faces.values() for row in rows))


def split_tracks(faces: Faces, standing: Standing) -> IntArray:
    """Cut tracks about whose faces the user said different things.

    A track is one person. Where the user says that it is not, each of its faces goes with the
    nearest one in time that something was said of.

    Returns:
        (num_faces,) int64, the tracks; those cut get new numbers after all others.
    """
    track = faces.track.copy()
    said: dict[int, tuple[object, ...]] = {}
    for row in sorted({*standing.given, *standing.denied}):
        given = standing.given.get(row)
        denied = frozenset(standing.denied.get(row, ())) if given is None else None
        said[row] = (given, denied)
    of_track: dict[int, list[int]] = {}
    for row in said:
        of_track.setdefault(int(track[row]), []).append(row)
    for number in sorted(of_track):
        rows = np.array(of_track[number])
        if number < 0 or len({said[row] for row in rows.tolist()}) < 2:
            continue
        whole = np.flatnonzero(faces.track == number)
        gaps = np.abs(faces.time_s[whole][:, None] - faces.time_s[rows][None])
        nearest = rows[gaps.argmin(axis=1)]
        first = {said[row]: row for row in rows[np.argsort(-faces.time_s[rows])].tolist()}
        parts = sorted(first, key=lambda part: float(faces.time_s[first[part]]))
        for part in parts[1:]:
            track[whole[[said[row] == part for row in nearest.tolist()]]] = track.max() + 1
    return track
