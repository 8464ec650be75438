"""Who faces were before: taking a decision back gives people the ids that they had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..tables.faces import IntArray


@dataclass(frozen=True, eq=False)
class Before:
    """Who some faces were before they got another person.

    Attributes:
        line: the first line of edits.jsonl by which they got it; 0 = it was a new run.
        rows: rows of the table by the id that they had; -1 = unknown.
    """

    line: int
    rows: Mapping[int, IntArray]

    @classmethod
    def between(cls, line: int, before: IntArray, after: IntArray) -> Before:
        """Compare the ids of the same faces, both (num_faces,) int64, -1 = unknown."""
        changed = np.flatnonzero(before != after)
        was = before[changed]
        return cls(
            line, {person_id: changed[was == person_id] for person_id in np.unique(was).tolist()}
        )

    @classmethod
    def from_json(cls, content: Sequence[Any]) -> Before:
        """Read what ``to_json`` writes.

        Raises:
            TypeError, ValueError, AttributeError: it is something else.
        """
        line, rows = content
        return cls(int(line), {int(who): np.array(of, np.int64) for who, of in rows.items()})

    def to_json(self) -> list[Any]:
        """Return it in the types of JSON."""
        return [self.line, {str(person_id): of.tolist() for person_id, of in self.rows.items()}]

    def put_back(self, ids: IntArray) -> None:
        """Write the ids from before into those of all faces."""
        for person_id, of in self.rows.items():
            ids[of] = person_id

    def kept(self, place: IntArray) -> Before:
        """Return it for a table of other rows.

        Args:
            place: (num_faces,) int64, where each row is in that table; -1 = not there.
        """
        there = {person_id: place[of][place[of] >= 0] for person_id, of in self.rows.items()}
        return Before(self.line, {person_id: of for person_id, of in there.items() if len(of)})
