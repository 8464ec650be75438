"""People by what somebody calls them: an id, a number, or a name."""

from __future__ import annotations

from ..errors import InputError
from ..result.names import UNKNOWN_NAME
from ..result.people_names import key_of
from ..result.result import StoredResult
from ..tables.codes import UNKNOWN


def shown_people(result: StoredResult) -> list[int]:
    """Return the numbers of all people but the hidden ones, the most frequent first."""
    return [person.number for person in result.people if not result.is_hidden(person.number)]


def find_person(result: StoredResult, text: str) -> int:
    """Return the number of a person; -1 for ``unknown``.

    Args:
        result: it has the people.
        text: a name in any case, an id such as ``person_003``, or its number, ``3``.

    Raises:
        InputError: nobody has that name, or no face is unknown.
    """
    if key_of(text) == UNKNOWN_NAME:
        if result.unknown is None:
            raise InputError("unknown: expected faces that are nobody's, found none")
        return UNKNOWN
    return result.cast.number_of(result.cast.find(text))


def find_source(result: StoredResult, text: str) -> str:
    """Return the name of a film or photo: its name, or the end of its path.

    Raises:
        InputError: none has that name, or several do.
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
