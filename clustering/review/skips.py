"""Questions that the user skipped, which are no decisions and are taken back all the same."""

from __future__ import annotations

from ...data.result.decisions import Decisions
from ..people.deciding import last_to_undo


class Skips:
    """The skipped questions of one session, in order.

    Attributes:
        pairs: pairs of crops, one of each part.
    """

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []
        self._after: list[int] = []  # the line that undo would have taken back at each

    def add(self, pair: tuple[str, str], decisions: Decisions) -> None:
        """Skip a question."""
        self.pairs.append(pair)
        self._after.append(_last_line(decisions))

    def is_last(self, decisions: Decisions) -> bool:
        """Say whether the last action was to skip a question."""
        return bool(self._after) and self._after[-1] == _last_line(decisions)

    def undo(self) -> None:
        """Ask the question that was skipped last again."""
        self.pairs.pop()
        self._after.pop()


def _last_line(decisions: Decisions) -> int:
    last = last_to_undo(decisions)
    return 0 if last is None else last.line
