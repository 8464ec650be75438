"""The cast: ids that last, names and who is hidden, beside the numbers that the table has.

``Faces.person`` numbers people by their faces, 0 the most frequent, and so changes with every
decision. An id belongs to a person: ``person_003`` stays ``person_003``. It is kept as a number,
2 for ``person_003``, so that tables stay tables of numbers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..tables.codes import UNKNOWN
from ..tables.faces import Faces, IntArray
from .before import Before
from .names import UNKNOWN_NAME, person_name
from .people_names import NOT_A_FACE_FOLDER, folder_names, id_meant


@dataclass(frozen=True, eq=False)
class Cast:
    """Who the people of a table are.

    Attributes:
        ids: (num_people,) int64, the lasting id of each person of the table, each once.
        names: the user's names by id; ids of people who are not in the table may be among them.
        hidden: ids of people that pages, counts and exports leave out.
        portraits: the row of the table that the user chose to stand for a person, by id.
        first_ids: (num_faces,) int64, the id that each face had when the result was made, before
            the decisions since; -1 = none. Ids after a decision follow from these and from the
            decisions in force, so that taking a decision back brings back what was.
        before: who faces were before they got another person, the earliest change first, without
            those that were taken back.
        next_id: lowest id that nobody has or had.
        num_lines: lines of edits.jsonl that the result was made with.
        num_read: lines of edits.jsonl that the table follows.
    """

    ids: IntArray
    names: Mapping[int, str] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()
    portraits: Mapping[int, int] = field(default_factory=dict)
    first_ids: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    before: tuple[Before, ...] = ()
    next_id: int = 0
    num_lines: int = 0
    num_read: int = 0

    @classmethod
    def of_ranks(cls, faces: Faces) -> Cast:
        """Make the cast of a result that nobody has edited: an id is the number of a person."""
        ids = np.arange(faces.num_people)
        return cls(ids, first_ids=faces.person, next_id=len(ids))

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any], first_ids: IntArray) -> Cast:
        """Make it from its form in JSON, and the column beside it.

        Raises:
            KeyError, TypeError, ValueError: a field is not what ``to_dict`` writes.
        """
        return cls(
            ids=np.array(fields["ids"], np.int64),
            names={int(person_id): str(name) for person_id, name in fields["names"].items()},
            hidden=frozenset(map(int, fields["hidden"])),
            portraits={int(who): int(row) for who, row in fields.get("portraits", {}).items()},
            first_ids=first_ids,
            before=tuple(map(Before.from_json, fields.get("before", ()))),
            next_id=int(fields["next_id"]),
            num_lines=int(fields["num_lines"]),
            num_read=int(fields["num_read"]),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything but ``first_ids``, which is a column, as JSON has it."""
        return {
            "ids": self.ids.tolist(),
            "names": {str(person_id): name for person_id, name in sorted(self.names.items())},
            "hidden": sorted(self.hidden),
            "portraits": {str(person_id): row for person_id, row in sorted(self.portraits.items())},
            "before": [step.to_json() for step in self.before],
            "next_id": self.next_id,
            "num_lines": self.num_lines,
            "num_read": self.num_read,
        }

    def id_of(self, person: int) -> str:
        """Return the lasting id of a person of the table, ``person_003``; -1 is ``unknown``."""
        return UNKNOWN_NAME if person == UNKNOWN else person_name(self._id(person))

    def name_of(self, person: int) -> str:
        """Return the user's name of a person of the table, else the id."""
        if person == UNKNOWN:
            return UNKNOWN_NAME
        return self.names.get(self._id(person), self.id_of(person))

    def given_name(self, person: int) -> str | None:
        """Return the user's name of a person of the table, None without one."""
        return None if person == UNKNOWN else self.names.get(self._id(person))

    def find(self, text: str) -> int:
        """Return the id of a person of the table: by a name, an id, ``person_003``, or ``3``.

        Raises:
            InputError: nobody has that name.
        """
        return id_meant(text, {who: self.names.get(who) for who in self.ids.tolist()})

    def folder_of(self, person: int) -> str:
        """Return the name of the folder of a person's crops."""
        return UNKNOWN_NAME if person == UNKNOWN else self._folders.get(person, self.id_of(person))

    def number_of(self, person_id: int) -> int:
        """Return the number in the table of an id, -1 = it is not there."""
        return self._numbers.get(person_id, UNKNOWN)

    def is_hidden(self, person: int) -> bool:
        """Say whether a person of the table is left out of pages, counts and exports."""
        return person != UNKNOWN and self._id(person) in self.hidden

    def portrait_of(self, person: int) -> int:
        """Return the row that the user chose to stand for a person of the table, -1 = none."""
        return UNKNOWN if person == UNKNOWN else self.portraits.get(self._id(person), UNKNOWN)

    def kept(self, rows: IntArray, num_people: int) -> Cast:
        """Return the cast of some rows of the table, (num_rows,) int64, with so many people."""
        place = np.full(len(self.first_ids), UNKNOWN)
        place[rows] = np.arange(len(rows))
        portraits = {person_id: int(place[row]) for person_id, row in self.portraits.items()}
        return dataclasses.replace(
            self,
            ids=self.ids[:num_people],
            first_ids=self.first_ids[rows],
            portraits={person_id: row for person_id, row in portraits.items() if row >= 0},
            before=tuple(step.kept(place) for step in self.before),
        )

    def of_faces(self, faces: Faces) -> IntArray:
        """Return the id of every face, (num_faces,) int64, -1 = unknown."""
        known = np.append(self.ids, UNKNOWN)  # -1 is the last
        return np.asarray(known[faces.person], dtype=np.int64)

    def folders_of_faces(self, faces: Faces) -> list[str]:
        """Return the folder of every face's crop."""
        numbers = np.unique(faces.person).tolist()
        folders = {number: self.folder_of(number) for number in numbers}
        return [
            folders[person] if is_face else NOT_A_FACE_FOLDER
            for person, is_face in zip(faces.person.tolist(), faces.is_face.tolist(), strict=True)
        ]

    def _id(self, person: int) -> int:
        # Somebody of stage 1 who has no face left comes after all others and has no id.
        return int(self.ids[person]) if person < len(self.ids) else self.next_id + person

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {person_id: number for number, person_id in enumerate(self.ids.tolist())}

    @cached_property
    def _folders(self) -> dict[int, str]:
        named = [
            (number, self.names[person_id])
            for number, person_id in sorted(enumerate(self.ids.tolist()), key=lambda pair: pair[1])
            if person_id in self.names
        ]
        folders = folder_names(name for _, name in named)
        return {number: folder for (number, _), folder in zip(named, folders, strict=True)}


@dataclass(frozen=True)
class Churn:
    """Who kept an id, and how many faces changed person.

    Attributes:
        num_kept, num_new: people.
        num_changed: faces with another person than before, or none.
        num_faces: all of them.
    """

    num_kept: int
    num_new: int
    num_changed: int
    num_faces: int

    @classmethod
    def between(cls, before: IntArray, after: IntArray) -> Churn:
        """Compare the ids of the same faces, both (num_faces,) int64, -1 = unknown."""
        return cls.of(before, after, int((before != after).sum()))

    @classmethod
    def of(cls, before: IntArray, after: IntArray, num_changed: int) -> Churn:
        """Compare the ids of any faces, both int64, -1 = unknown."""
        was, now = ({*ids[ids != UNKNOWN].tolist()} for ids in (before, after))
        return cls(len(was & now), len(now - was), num_changed, len(after))
