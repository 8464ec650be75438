"""What a user can do on the pages of a library: the fields of a request to a decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...data.errors import InputError
from ...data.result.people_names import clean_or_no_name, key_of
from ..library.deciding import Decided
from ..library.library import Library
from ..review.actions import TakenError
from ..review.fields import Fields, crops_of, text_of
from .session import LibraryNow


def decide(library: Library, what: str, fields: Fields, now: LibraryNow) -> Decided:
    """Make a decision.

    Args:
        library: where it is made.
        what: one of ``ACTIONS``.
        fields: of the request; each action checks its own.
        now: the state that the user saw.

    Raises:
        TakenError: the name is somebody else's.
        InputError: no such action, a field that cannot be, or a decision that cannot.
    """
    if what not in ACTIONS:
        raise InputError(f"{what[:40]}: expected one of {', '.join(ACTIONS)}")
    return ACTIONS[what](library, fields, now)


def _name(library: Library, fields: Fields, now: LibraryNow) -> Decided:
    who, name = text_of(fields, "person"), clean_or_no_name(text_of(fields, "name"))
    person = now.people.find(who)
    other = now.people.named(name) if name else None
    if other is not None and other != person and not fields.get("merge"):
        raise TakenError(other.called, f"{other.id} (hidden)" if other.hidden else other.id)
    return library.name(person.id, name, merge=True)


def _merge(library: Library, fields: Fields, _now: LibraryNow) -> Decided:
    return library.same(text_of(fields, "person"), text_of(fields, "other"))


def _answer(library: Library, fields: Fields, now: LibraryNow) -> Decided:
    one, bar, other = text_of(fields, "question").partition("|")
    if not bar:
        raise InputError("question: expected two people")
    others = [now.meant(crop)[1] for crop in fields.get("crops") or ()] or [other]
    match text_of(fields, "answer"):
        case "yes":
            return _each(others, lambda each: library.same(one, each))
        case "no":
            return _each(others, lambda each: library.apart(one, each))
    raise InputError("answer: expected yes or no")


def _not(library: Library, fields: Fields, now: LibraryNow) -> Decided:
    """Take whom a person is in some films out of the person."""
    meant = [now.meant(crop) for crop in crops_of(fields)]
    return _each(meant, lambda pair: library.apart(pair[0].id, pair[1]))


def _move(library: Library, fields: Fields, now: LibraryNow) -> Decided:
    to, meant = text_of(fields, "to"), [now.meant(crop) for crop in crops_of(fields)]
    if key_of(to) == "unknown":
        raise InputError("a library cannot make a face unknown; do that in its film")
    if key_of(to) != "new":
        return _each(meant, lambda pair: library.same(to, pair[1]))
    done = _each(meant, lambda pair: library.apart(pair[0].id, pair[1]))
    name = str(fields.get("name") or "")
    for crop in crops_of(fields) if name else ():
        person = done.people.who(now.films.by_crop[crop])
        if person is not None:
            done = library.name(person.id, name, merge=True)
    return done


def _hide(library: Library, fields: Fields, _now: LibraryNow) -> Decided:
    return library.hide(text_of(fields, "person"))


def _show(library: Library, fields: Fields, _now: LibraryNow) -> Decided:
    return library.hide(text_of(fields, "person"), hidden=False)


ACTIONS: dict[str, Callable[[Library, Fields, LibraryNow], Decided]] = {
    "name": _name,
    "merge": _merge,
    "answer": _answer,
    "not": _not,
    "move": _move,
    "hide": _hide,
    "show": _show,
}
"""Every action but ``skip`` and ``undo``."""


def _each(meant: Sequence[Any], make: Callable[[Any], Decided]) -> Decided:
    if not meant:
        raise InputError("expected at least one film, got none; select one first")
    return [make(item) for item in meant][-1]
