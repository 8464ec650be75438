"""People by what somebody calls them: an id, a number, or a name."""

from __future__ import annotations

import difflib

from ..errors import InputError
from ..result.names import UNKNOWN_NAME, parse_person_name
from ..result.result import StoredResult
from ..tables.codes import UNKNOWN


def name_of(result: StoredResult, person: int) -> str:
    """Return what a person is called: the name somebody gave, else ``person_001``."""
    return result.name_of(person)


def id_of(result: StoredResult, person: int) -> str:
    """Return the id of a person, such as ``person_003``: it lasts, whatever the person's rank."""
    return result.cast.id_of(person)


def is_hidden(result: StoredResult, person: int) -> bool:
    """Say whether somebody has hidden a person."""
    return result.is_hidden(person)


def shown_people(result: StoredResult) -> list[int]:
    """Return the numbers of all people but the hidden ones, the most frequent first."""
    numbers = (person.number for person in result.people)
    return [number for number in numbers if not is_hidden(result, number)]


def find_person(result: StoredResult, text: str) -> int:
    """Return the number of a person; -1 for ``unknown``.

    Args:
        result: it has the people.
        text: a name in any case, an id such as ``person_003``, or its number, ``3``.

    Raises:
        InputError: nobody is called so, or several are.
    """
    numbers = [person.number for person in result.people]
    wanted = _plain(text)
    named = [number for number in numbers if _plain(name_of(result, number)) == wanted]
    if len(named) > 1:
        ids = ", ".join(id_of(result, number) for number in named)
        raise InputError(f'"{text}": expected one person, but {ids} have this name; give the id')
    if named:
        return named[0]
    number = _number(result, wanted)
    if number in numbers or (number == UNKNOWN and result.unknown is not None):
        return int(number)
    raise _nobody(result, text)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _number(result: StoredResult, text: str) -> int | None:
    """Return the number of the person that an id or its number means, None for another text."""
    name = f"person_{int(text):03d}" if text.isascii() and text.isdigit() else text
    try:
        own = parse_person_name(name)
    except ValueError:
        return None
    if own == UNKNOWN:
        return UNKNOWN
    number = result.cast.number_of(own)  # an id lasts, a number does not
    return None if number == UNKNOWN else number


def _nobody(result: StoredResult, text: str) -> InputError:
    names = [name_of(result, person.number) for person in result.people]
    if not names:
        return InputError(f'"{text}": nobody was found in {result.name or "this result"}')
    by_plain = {_plain(name): name for name in names}
    near = difflib.get_close_matches(_plain(text), by_plain, n=1)
    hint = f'did you mean "{by_plain[near[0]]}"? There' if near else "there"
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    unknown = "" if result.unknown is None else f", {UNKNOWN_NAME}"
    return InputError(
        f'"{text}": nobody is called so; {hint} are {", ".join(names[:8])}{more}{unknown}'
    )


def find_source(result: StoredResult, text: str) -> str:
    """Return the name of a film or photo: its name, or the end of its path.

    Raises:
        InputError: none is called so, or several are.
    """
    names = [source.name for source in result.run.sources]
    if text in names:
        return text
    wanted = text.replace("\\", "/")
    found = [
        source.name
        for source in result.run.sources
        if f"/{source.path or source.name}".replace("\\", "/").endswith(f"/{wanted.strip('/')}")
    ]
    if len(found) == 1:
        return found[0]
    came = f"{len(found)} of this name" if found else "none"
    raise InputError(f'"{text}": expected one of {", ".join(names[:8])}, found {came}')
