"""What a user can do on the pages: the fields of a request to decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...data.errors import InputError
from ...data.result.decisions import Decision
from ...data.result.people_names import clean_name, key_of
from ...data.tables.faces import BoolArray, IntArray
from ..people import deciding, finding
from ..people.parts import Part
from ..people.questions import Question
from .fields import Fields, crops_of, text_of
from .snapshot import Snapshot


class TakenError(InputError):
    """Somebody has that name already: whether both are one person is for the user to say."""

    def __init__(self, name: str, other: str) -> None:
        super().__init__(f"{other} is called {name} already. The same person?")


def decisions_of(what: str, fields: Fields, now: Snapshot) -> Sequence[Decision]:
    """Return the decisions of an action.

    Args:
        what: one of ``ACTIONS``.
        fields: of the request; each action checks its own.
        now: the state that it is about.

    Raises:
        TakenError: the name is somebody else's.
        InputError: no such action, a field that cannot be, or a decision that cannot.
    """
    if what not in ACTIONS:
        raise InputError(f"{what[:40]}: expected one of {', '.join(ACTIONS)}")
    return ACTIONS[what](fields, now)


def question_key(question: Question, now: Snapshot) -> str:
    """Return what tells a question from others of the same state."""
    return "|".join(pair_of(question, now))


def pair_of(question: Question, now: Snapshot) -> tuple[str, str]:
    """Return the best crop of both parts."""
    names = now.crop_names
    first, second = (now.best_row_of(part) for part in (question.first, question.second))
    return names[first], names[second]


def find_question(now: Snapshot, key: str, skipped: Sequence[tuple[str, str]]) -> Question:
    """Return the question of a key.

    Raises:
        InputError: it is asked no more.
    """
    for question in now.questions(skipped):
        if question_key(question, now) == key:
            return question
    raise InputError("that question is answered already; nothing was changed")


def answered(
    question: Question, answer: str, now: Snapshot, crops: Sequence[str] = ()
) -> Sequence[Decision]:
    """Return the decisions of an answer: ``yes``, ``no`` or ``no-face``.

    Args:
        question: the question.
        answer: the answer.
        now: the state that it is about.
        crops: of the second part, the shots that the answer is about alone, where the part shows
            several people; none = all of it.

    Raises:
        InputError: another answer, or what it says cannot be.
    """
    ids, second = now.result.cast.ids, question.second
    person_id, rows = int(ids[question.first.person]), now.rows_of(second)
    is_whole = second.is_whole and not crops
    if crops:
        chosen = now.rows_of_shots(crops_of({"crops": crops}))
        if not np.isin(chosen, np.flatnonzero(_is_of(now, second, rows))).all():
            raise InputError("expected shots of the lower strip; nothing was changed")
        rows = chosen
    match answer:
        case "yes" if is_whole:
            return [deciding.merged(now.result, person_id, int(ids[second.person]))]
        case "yes":
            # Of a face that was found twice in one picture only one box can be the person's.
            free = deciding.without_conflict(now.result, rows, person_id)
            return [deciding.moved(now.result, free if len(free) else rows, person_id)]
        case "no" if is_whole:
            return [deciding.two_people(now.result, person_id, int(ids[second.person]))]
        case "no":
            return [deciding.not_person(now.result, rows, person_id)]
        case "no-face":
            return [deciding.no_face(now.result, rows)]
    raise InputError(f"expected yes, no or no-face, got {answer[:40]!r}")


def _is_of(now: Snapshot, part: Part, rows: IntArray) -> BoolArray:
    """Say which rows of the table belong to a part: all of a person whom it stands for."""
    inside = np.zeros(len(now.result.faces), dtype=bool)
    inside[rows] = True
    return inside | (now.result.faces.person == part.person) if part.is_whole else inside


def _name(fields: Fields, now: Snapshot) -> Sequence[Decision]:
    person_id, text = now.id_of(text_of(fields, "person")), text_of(fields, "name")
    if text.strip() and not fields.get("merge"):
        _refuse_taken(now, text, person_id)
    return deciding.name(now.result, person_id, text, merge=True, decisions=now.decisions)


def _merge(fields: Fields, now: Snapshot) -> Sequence[Decision]:
    person_id, other = (now.id_of(text_of(fields, name)) for name in ("person", "other"))
    return [deciding.merged(now.result, person_id, other)]


def _apart(fields: Fields, now: Snapshot) -> Sequence[Decision]:
    person_id, other = (now.id_of(text_of(fields, name)) for name in ("person", "other"))
    return [deciding.two_people(now.result, person_id, other)]


def _move(fields: Fields, now: Snapshot) -> Sequence[Decision]:
    rows, to = now.rows_of_shots(crops_of(fields)), text_of(fields, "to")
    person_id = finding.target(now.result, to, now.decisions)
    new = [deciding.moved(now.result, rows, person_id)]
    if key_of(to) == finding.NEW and fields.get("name"):
        _refuse_taken(now, text_of(fields, "name"), person_id)
        new += deciding.name(now.result, person_id, text_of(fields, "name"), merge=False)
    return new


def _not(fields: Fields, now: Snapshot) -> Sequence[Decision]:
    return deciding.denied(now.result, now.rows_of_shots(crops_of(fields)))


def _no_face(fields: Fields, now: Snapshot) -> Sequence[Decision]:
    return [deciding.no_face(now.result, now.rows_of_shots(crops_of(fields)))]


def _hide(fields: Fields, now: Snapshot) -> Sequence[Decision]:
    return [deciding.hidden(now.result, now.id_of(text_of(fields, "person")), hide=True)]


def _show(fields: Fields, now: Snapshot) -> Sequence[Decision]:
    return [deciding.hidden(now.result, now.id_of(text_of(fields, "person")), hide=False)]


def _portrait(fields: Fields, now: Snapshot) -> Sequence[Decision]:
    return [deciding.portrait(now.result, finding.find_rows(now.result, crops_of(fields)))]


ACTIONS: dict[str, Callable[[Fields, Snapshot], Sequence[Decision]]] = {
    "name": _name,
    "merge": _merge,
    "apart": _apart,
    "move": _move,
    "not": _not,
    "not-a-face": _no_face,
    "hide": _hide,
    "show": _show,
    "portrait": _portrait,
}
"""Every action but ``answer``, ``skip`` and ``undo``, which need more than the state."""


def _refuse_taken(now: Snapshot, text: str, person_id: int) -> None:
    called = clean_name(text)
    for other, given in now.result.cast.names.items():
        if key_of(given) == key_of(called) and other != person_id:
            raise TakenError(given, deciding.out_of_sight(now.result, other))
