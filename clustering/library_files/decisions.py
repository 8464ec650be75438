"""What the user decides about the people of a library: decisions.jsonl.

People are held on to by anchors: persons of films, by content of the film and lasting id in it, so
that decisions outlast new films, new networks and damaged tables.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from ...data.errors import InputError
from ...data.files import openable, replacing_file
from ...data.result.decision_lines import DecisionLines, content_of, line_undone, read_lines
from ...data.result.names import parse_person_name, person_name
from .people import FilmPerson

DECISIONS = "decisions.jsonl"
"""The file in the folder of a library."""

MOST_ANCHORS = 12


class Verb(StrEnum):
    """What a decision does."""

    NAME = "name"
    SAME = "same"
    APART = "apart"
    HIDE = "hide"
    SHOW = "unhide"
    FORGET = "forget"
    UNDO = "undo"


@dataclass(frozen=True)
class LibraryDecision:
    """One line.

    Attributes:
        verb: what it does.
        person: id of the person it is about; of ``same``, who the other one is.
        other: of ``same`` and ``apart``, the other one's id; -1 = a part of ``person``.
        name: of ``name``; "" = it was taken off, or forgotten.
        undoes: of ``undo``, the number of the line that it takes back.
        anchors: persons of films who are ``person``, most faces first.
        others: the same of ``other``.
        part_of: of ``same`` with a part of somebody, the id of that one; -1 = it is no part.
        rest: the rest of that one, who is somebody else.
        time: when, ISO 8601, UTC.
        line: its line in the file, from 1; 0 = not in it yet.
    """

    verb: Verb
    person: int = -1
    other: int = -1
    name: str = ""
    undoes: int = 0
    anchors: tuple[FilmPerson, ...] = ()
    others: tuple[FilmPerson, ...] = ()
    part_of: int = -1
    rest: tuple[FilmPerson, ...] = ()
    time: str = ""
    line: int = 0

    def to_json(self) -> str:
        """Return its line, without a line break."""
        content: dict[str, Any] = {"time": self.time, "what": str(self.verb)}
        if self.verb is Verb.UNDO:
            return json.dumps({**content, "line": self.undoes})
        content["person"] = person_name(self.person)
        if self.verb in (Verb.SAME, Verb.APART):
            content["other"] = person_name(self.other)
        if self.verb is Verb.NAME:
            content["name"] = self.name or None
        if self.part_of >= 0:
            content["part_of"] = person_name(self.part_of)
        for part in ("anchors", "others", "rest"):
            if film_people := getattr(self, part):
                content[part] = [[film, person_name(person_id)] for film, person_id in film_people]
        return json.dumps(content, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, line: int) -> LibraryDecision:
        """Read a line.

        Raises:
            ValueError, TypeError, KeyError: it is no decision.
        """
        content = content_of(text)
        verb, time = Verb(str(content.get("what"))), str(content.get("time", ""))
        if verb is Verb.UNDO:
            return cls(verb, undoes=line_undone(content, line), time=time, line=line)
        return cls(
            verb,
            person=parse_person_name(str(content.get("person"))),
            other=parse_person_name(str(content.get("other", "unknown"))),
            name=str(content.get("name") or ""),
            anchors=_film_people(content.get("anchors", [])),
            others=_film_people(content.get("others", [])),
            part_of=parse_person_name(str(content.get("part_of", "unknown"))),
            rest=_film_people(content.get("rest", [])),
            time=time,
            line=line,
        )


def count_lines(root: Path) -> int:
    """Return the number of the last line of the decisions of a library; none of them is read."""
    try:
        content = openable(root / DECISIONS).read_bytes()
    except OSError:
        return 0
    whole = content[: content.rfind(b"\n") + 1].rstrip()
    return whole.count(b"\n") + 1 if whole else 0


@dataclass(frozen=True)
class LibraryDecisions(DecisionLines[LibraryDecision]):
    """Every line of decisions.jsonl."""

    @classmethod
    def read(cls, root: Path) -> LibraryDecisions:
        """Read the decisions of a library; none where there is no such file.

        Raises:
            InputError: a line is damaged; the message has its number.
        """
        return cls(read_lines(root / DECISIONS, LibraryDecision.from_json, may_be_cut=True))

    @property
    def can_undo(self) -> bool:
        """Whether there is a decision that an undo takes back."""
        lines = self.in_force
        return bool(lines) and lines[-1].verb is not Verb.FORGET

    def last(self) -> LibraryDecision:
        """Return the decision that an undo takes back.

        Raises:
            InputError: there is none, or it cannot be taken back.
        """
        if not self.in_force:
            raise InputError("undo: there is no decision to take back")
        decision = self.in_force[-1]
        if decision.verb is Verb.FORGET:
            raise InputError(
                f"undo: the last decision forgot {person_name(decision.person)}, which cannot be"
                " undone"
            )
        return decision

    def append(self, root: Path, new: LibraryDecision) -> LibraryDecisions:
        """Write a decision down, on the disk before anything follows from it; returns all."""
        path = root / DECISIONS
        now = datetime.now(UTC).isoformat(timespec="seconds")
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        whole = text[: text.rfind("\n") + 1]  # without a last line that was never ended
        decision = dataclasses.replace(new, time=now, line=whole.count("\n") + 1)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            size = len(whole.encode())
            os.ftruncate(handle, size)
            os.lseek(handle, size, os.SEEK_SET)
            try:
                with os.fdopen(os.dup(handle), "wb") as file:
                    file.write(f"{decision.to_json()}\n".encode())
                os.fsync(handle)
            except OSError:  # a full disk: no half line stays
                os.ftruncate(handle, size)
                raise
        finally:
            os.close(handle)
        return LibraryDecisions((*self.lines, decision))

    def write(self, root: Path) -> None:
        """Write every line anew, all or none of them."""
        with replacing_file(root / DECISIONS) as partial:
            partial.write_text(self.to_text(), encoding="utf-8")

    @property
    def next_id(self) -> int:
        """Lowest id above all that they name."""
        ids = [person_id for line in self.lines for person_id in (line.person, line.other)]
        return max(ids, default=-1) + 1


def _film_people(content: Sequence[Any]) -> tuple[FilmPerson, ...]:
    return tuple((str(film), parse_person_name(str(person))) for film, person in content)
