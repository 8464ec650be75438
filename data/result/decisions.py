"""The decisions of a user on a result: edits.jsonl. Faces are marks (``marks.py``), never rows."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..tables.codes import UNKNOWN
from .decision_lines import DecisionLines, content_of, line_undone, read_lines
from .marks import Mark, marks_from_json, marks_to_json
from .names import parse_person_name, person_name

EDITS = "edits.jsonl"
"""The file in the folder of a result; it moves with the folder."""


class What(StrEnum):
    """What a decision does."""

    NAME = "name"
    MERGE = "merge"
    MOVE = "move"
    NOT = "not"
    HIDE = "hide"
    SHOW = "show"
    NOT_A_FACE = "not-a-face"
    PORTRAIT = "portrait"
    FORGET = "forget"
    UNDO = "undo"


@dataclass(frozen=True)
class Decision:
    """One line.

    Attributes:
        what: what it does.
        person: id of the person it is about: who is named, hidden, forgotten or shown by
            another face, whom the merged become, to whom faces are given (-1 = nobody knows), whom
            they are not.
        other: of a merge, the id that becomes ``person``; -1 = none.
        name: of ``name``, the user's; "" = it was taken off, or the person forgotten.
        undoes: of ``undo``, the number of the line that it takes back.
        faces: the faces it is about, by the id they had; -1 = unknown.
        anchors: a few sure faces of the people it is about, by their id.
        by_hand: whether it was read from folders that the user changed.
        known: probability by which known people decided it and not the user; 0 = the user did.
        library: whether it follows from a decision in a library of films, which takes it back, too.
        time: when, ISO 8601, UTC.
        line: its line in the file, from 1; 0 = not in it yet.
    """

    what: What
    person: int = UNKNOWN
    other: int = UNKNOWN
    name: str = ""
    undoes: int = 0
    faces: Mapping[int, Sequence[Mark]] = field(default_factory=dict)
    anchors: Mapping[int, Sequence[Mark]] = field(default_factory=dict)
    by_hand: bool = False
    known: float = 0.0
    library: bool = False
    time: str = ""
    line: int = 0

    @property
    def num_faces(self) -> int:
        """How many faces it is about."""
        return sum(map(len, self.faces.values()))

    def to_json(self) -> str:
        """Return its line, without a line break."""
        content: dict[str, Any] = {"time": self.time, "what": str(self.what)}
        if self.library:
            content["library"] = True
        if self.what is What.UNDO:
            return json.dumps({**content, "line": self.undoes})
        if self.what is not What.NOT_A_FACE:
            content["person"] = person_name(self.person)
        if self.what is What.MERGE:
            content["other"] = person_name(self.other)
        if self.what is What.NAME:
            content["name"] = self.name or None
        if self.by_hand:
            content["by_hand"] = True
        if self.known:
            content["known"] = self.known
        for part in ("faces", "anchors"):
            marks: Mapping[int, Sequence[Mark]] = getattr(self, part)
            if marks:
                content[part] = {person_name(who): marks_to_json(of) for who, of in marks.items()}
        return json.dumps(content, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, line: int) -> Decision:
        """Read a line.

        Raises:
            ValueError: it is no decision.
        """
        content = content_of(text)
        what, library = _what(content), content.get("library") is True
        time = str(content.get("time", ""))
        if what is What.UNDO:
            undoes = line_undone(content, line)
            return cls(what, undoes=undoes, library=library, time=time, line=line)
        return cls(
            what,
            person=_id(content, "person") if what is not What.NOT_A_FACE else UNKNOWN,
            other=_id(content, "other") if what is What.MERGE else UNKNOWN,
            name=str(content.get("name") or "") if what is What.NAME else "",
            faces=_marks(content.get("faces", {})),
            anchors=_marks(content.get("anchors", {})),
            by_hand=content.get("by_hand") is True,
            known=_probability(content.get("known", 0.0)),
            library=library,
            time=time,
            line=line,
        )


@dataclass(frozen=True)
class Decisions(DecisionLines[Decision]):
    """Every line of edits.jsonl."""

    @classmethod
    def read(cls, folder: Path) -> Decisions:
        """Read the decisions in the folder of a result; none where there is no such file.

        Raises:
            InputError: a line is damaged; the message has its number.
        """
        return cls(read_lines(folder / EDITS, Decision.from_json))

    @property
    def without_library(self) -> Decisions:
        """Return them without those of a library of films."""
        return Decisions(tuple(decision for decision in self.lines if not decision.library))

    def known_by_photos(self, name: str) -> float | None:
        """Return how sure known people gave a name, 0..1; None where they did not."""
        named = [one for one in self.in_force if one.what is What.NAME and one.name == name]
        return (named[-1].known or None) if named else None

    def goes_on_from(self, earlier: Decisions) -> bool:
        """Say whether these begin with all of the earlier ones, whenever they were written down."""
        ours, theirs = (
            [dataclasses.replace(decision, time="") for decision in lines]
            for lines in (self.lines[: len(earlier)], earlier.lines)
        )
        return ours == theirs

    def in_force_at(self, line: int) -> tuple[Decision, ...]:
        """The decisions that were in force when ``line`` was the last one."""
        return Decisions(tuple(one for one in self.lines if one.line <= line)).in_force

    def and_then(self, *new: Decision) -> Decisions:
        """Return these and new ones, with their time and line."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        first = self.last_line + 1
        added = (
            dataclasses.replace(decision, time=now, line=first + number)
            for number, decision in enumerate(new)
        )
        return Decisions((*self.lines, *added))

    @property
    def next_id(self) -> int:
        """Lowest id above all that they name."""
        ids = [
            person_id
            for line in self.lines
            for person_id in (line.person, line.other, *line.faces, *line.anchors)
        ]
        return max(ids, default=UNKNOWN) + 1


def _what(content: Mapping[str, Any]) -> What:
    try:
        return What(str(content.get("what")))
    except ValueError:
        raise ValueError(
            f"expected what to be one of {', '.join(What)}, got {content.get('what')!r}"
        ) from None


def _id(content: Mapping[str, Any], name: str) -> int:
    return parse_person_name(str(content.get(name)))


def _probability(value: Any) -> float:
    if type(value) not in (int, float) or not 0 <= value <= 1:
        raise ValueError(f"expected a probability, got {value!r}")
    return float(value)


def _marks(content: Any) -> dict[int, list[Mark]]:
    if not isinstance(content, dict):
        raise ValueError(f"expected faces by person, got {type(content).__name__}")
    return {parse_person_name(person): marks_from_json(marks) for person, marks in content.items()}
