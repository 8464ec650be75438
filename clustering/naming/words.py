"""What the user of one result says of its people, told apart from what a library wrote."""

from __future__ import annotations

from dataclasses import dataclass

from ...data.result.decisions import Decisions, What
from ...data.result.result import StoredResult
from ..people.standing import Standing


@dataclass(frozen=True)
class OwnWord:
    """What is said of one person of a result.

    Attributes:
        name: what the user of the result calls them; None = nothing.
        named_at: when, ISO 8601, UTC; "" = not known.
        overrules: whether they said so after a library had given its own name.
        hidden: whether the user of the result hid them.
    """

    name: str | None = None
    named_at: str = ""
    overrules: bool = False
    hidden: bool = False


def own_words(result: StoredResult, decisions: Decisions) -> dict[int, OwnWord]:
    """Return what the user of a result says of everybody in it, by lasting id.

    Args:
        result: as it is.
        decisions: all of them, those of a library, too.
    """
    cast = result.cast
    ids: list[int] = cast.ids.tolist()
    if not len(decisions):
        return {who: OwnWord(cast.names.get(who), hidden=who in cast.hidden) for who in ids}
    alone = Standing.of(decisions.without_library, result.faces, result.sources)
    given, from_library = _last_names(decisions, alone.became)
    found = {}
    for person_id in ids:
        time, line = given.get(person_id, ("", 0))
        is_later = 0 < from_library.get(person_id, 0) < line
        found[person_id] = OwnWord(
            alone.names.get(person_id), time, is_later, person_id in alone.hidden
        )
    return found


def _last_names(
    decisions: Decisions, became: dict[int, int]
) -> tuple[dict[int, tuple[str, int]], dict[int, int]]:
    """Return time and line of the user's last name in force, and the library's last line, by id."""
    given: dict[int, tuple[str, int]] = {}
    from_library: dict[int, int] = {}
    of_line = {decision.line: decision for decision in decisions.lines}
    in_force = {decision.line for decision in decisions.in_force}
    for line in decisions.lines:
        meant = of_line[line.undoes] if line.undoes else line
        person_id = became.get(meant.person, meant.person)
        if meant.what is What.NAME and line.library:
            from_library[person_id] = line.line
        elif line.what is What.NAME and line.line in in_force:
            given[person_id] = line.time, line.line
    return given, from_library
