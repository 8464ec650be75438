"""Writes names of a library, and who is hidden in it, into the result of a film."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...data.result.decisions import Decision, Decisions, What
from ...data.result.people_names import key_of
from ...data.result.result import StoredResult
from ..editing import Change, WritePages, change
from ..people.anchors import anchors_of
from ..people.standing import Standing
from .words import own_words


@dataclass(frozen=True)
class Wanted:
    """What a library says of a person of a film.

    Attributes:
        name: what they are called; None = the library has no name for them.
        hidden: whether they are hidden.
    """

    name: str | None
    hidden: bool


def write_names(
    folder: Path,
    wanted_of: Callable[[StoredResult], Mapping[int, Wanted]],
    write_pages: WritePages,
) -> Change:
    """Let a result call people as a library does; its user's own words come back when that ends.

    Args:
        folder: of the result.
        wanted_of: gives what the library says of some of its people, by lasting id.
        write_pages: writes the page and the contact sheets.

    Raises:
        InputError: there is no such result, it is damaged, or another program is changing it.
    """
    return change(folder, lambda now, done: _decisions(now, done, wanted_of(now)), write_pages)


def _decisions(
    result: StoredResult, decisions: Decisions, wanted: Mapping[int, Wanted]
) -> Sequence[Decision]:
    there = {*result.cast.ids.tolist()}
    wanted = {person_id: one for person_id, one in wanted.items() if person_id in there}
    words = own_words(result, decisions)
    names = {
        key_of(name): person_id
        for person_id, name in result.cast.names.items()
        if person_id in there
    }
    made: list[Decision] = []
    for person_id, one in wanted.items():
        lines = _of_library(result, decisions, person_id)
        if result.cast.names.get(person_id) != one.name:
            other = names.get(key_of(one.name)) if one.name else None
            if other not in (None, person_id) and other not in wanted:
                continue  # somebody else has that name here: two people of one name cannot be
            made += _taken_back(lines, What.NAME)
            if one.name and one.name != words[person_id].name:
                anchors = anchors_of(result, person_id)
                made.append(
                    Decision(What.NAME, person_id, name=one.name, anchors=anchors, library=True)
                )
        if (person_id in result.cast.hidden) != one.hidden:
            if one.hidden:
                anchors = anchors_of(result, person_id)
                made.append(Decision(What.HIDE, person_id, anchors=anchors, library=True))
            else:
                made += _taken_back(lines, What.HIDE)
    return made


def _of_library(result: StoredResult, decisions: Decisions, person_id: int) -> list[Decision]:
    """Return the decisions in force about a person that a library wrote."""
    lines = [one for one in decisions.in_force if one.library]
    if not lines:
        return []
    became = Standing.of(decisions, result.faces, result.sources).became
    return [one for one in lines if became.get(one.person, one.person) == person_id]


def _taken_back(lines: Sequence[Decision], what: What) -> list[Decision]:
    return [Decision(What.UNDO, undoes=one.line, library=True) for one in lines if one.what is what]
