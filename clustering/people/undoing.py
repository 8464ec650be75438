"""The last decision, taken back, and brought back again."""

from __future__ import annotations

from ...data.errors import InputError
from ...data.result.decisions import Decision, Decisions, What


def undo(decisions: Decisions) -> Decision:
    """Take back the last decision that still holds; those of a library are taken back there.

    Raises:
        InputError: there is none.
    """
    last = last_to_undo(decisions)
    if last is None:
        raise InputError("undo: there is no decision to take back; nothing was changed")
    return Decision(What.UNDO, undoes=last.line)


def last_to_undo(decisions: Decisions) -> Decision | None:
    """Return the decision that ``undo`` would take back, None where there is none."""
    last = [one for one in decisions.in_force if one.what is not What.FORGET and not one.library]
    return last[-1] if last else None
