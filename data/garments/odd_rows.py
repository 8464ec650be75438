"""Odd rows of published lists: left out and counted, refused where there are many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import InputError

MOST = 0.01
"""Share of the rows that may be odd. One wrong row in 289,222 is a slip; more is another file."""


class OddRows:
    """Counts the rows of a reader, and those that cannot be read.

    Attributes:
        num_rows: all of them.
        num_odd: those left out.
    """

    def __init__(self) -> None:
        self.num_rows = self.num_odd = 0
        self._first: InputError | None = None

    @contextmanager
    def row(self) -> Iterator[None]:
        """Read a row: an InputError leaves it out."""
        self.num_rows += 1
        try:
            yield
        except InputError as error:
            self.leave_out(error)

    def leave_out(self, error: InputError) -> None:
        """Count a row as odd."""
        self.num_odd += 1
        self._first = self._first or error

    def notes(self) -> tuple[str, ...]:
        """Return a sentence on what was left out, or none.

        Raises:
            InputError: that of the first odd row, if too many are.
        """
        if self._first is None:
            return ()
        if self.num_odd > MOST * self.num_rows:
            raise self._first
        return (f"{self.num_odd} odd of {self.num_rows} rows, the first: {self._first}",)
