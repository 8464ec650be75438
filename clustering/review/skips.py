"""Questions that the user skipped, which are no decisions and are taken back all the same."""

from __future__ import annotations

from typing import Generic, TypeVar

Pair = TypeVar("Pair")


class Skips(Generic[Pair]):
    """The skipped questions of one session, in order.

    Each has the line of the decision that undo would have taken back then, 0 = none: where it still
    would, the skip came last.

    Attributes:
        pairs: whom each question is about.
    """

    def __init__(self) -> None:
        self.pairs: list[Pair] = []
        self._after: list[int] = []

    def add(self, pair: Pair, last: int) -> None:
        """Skip a question; ``last`` is the line of the last decision in force."""
        self.pairs.append(pair)
        self._after.append(last)

    def are_last(self, last: int) -> bool:
        """Say whether the last action was to skip a question; ``last`` as in ``add``."""
        return bool(self._after) and self._after[-1] == last

    def undo(self) -> None:
        """Ask the question that was skipped last again."""
        self.pairs.pop()
        self._after.pop()
