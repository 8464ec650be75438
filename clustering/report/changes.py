"""What stage 2 changed, what it left alone, and the numbers before and after."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from ...data.tables.codes import UNKNOWN, DecidedBy, Reason
from ...data.tables.faces import Faces, IntArray

_ABOUT_SOMEBODY = (
    Reason.NOT_CLEAR,
    Reason.SAME_PICTURE,
    Reason.OTHER_FACE,
    Reason.OTHER_CLOTHES,
)


@dataclass(frozen=True, eq=False)
class Change:
    """Faces of one track, or one face without a track, that stage 2 assigned to another person.

    Attributes:
        rows: (num_rows,) int64, rows of the table in order.
        before: the person after stage 1, as numbered in ``person``; -1 = unknown, None = a person
            that no longer exists.
        after: the person now, -1 = unknown.
        strength: mean over the rows, 0..1.
        second_person: the second-best person of most rows, -1 = none.
    """

    rows: IntArray
    before: int | None
    after: int
    strength: float
    second_person: int


@dataclass(frozen=True)
class Tally:
    """Counts of faces and people before and after stage 2. Only counts, so they add up.

    ``returned`` were unknown and have a person now, ``moved`` have another person than before,
    ``dropped`` had one and are unknown now; ``confirmed`` kept a person for whom clothing speaks.
    """

    faces: int
    unknown_before: int
    unknown_after: int
    people_before: int
    people_after: int
    strong: int
    low_confidence: int
    by_cloth: int
    returned: int
    moved: int
    dropped: int
    confirmed: int


@dataclass(frozen=True, eq=False)
class Refusal:
    """Faces that stayed unknown for one reason.

    Attributes:
        reason: the code.
        rows: (num_rows,) int64, rows of the table in the given order.
        varies: whether it is about several people, or measured differently from face to face.
    """

    reason: Reason
    rows: IntArray
    varies: bool


def tally(faces: Faces) -> Tally:
    """Count faces and people before and after stage 2."""
    before, now = faces.person_before, faces.person
    by_cloth = faces.decided_by == DecidedBy.CLOTH
    strong = int(faces.is_strong.sum())
    num_by_cloth = int((by_cloth & faces.is_known).sum())
    was_known, changed = before != UNKNOWN, before != now
    return Tally(
        faces=len(faces),
        unknown_before=int((~was_known).sum()),
        unknown_after=int((now == UNKNOWN).sum()),
        people_before=len(np.unique(before[was_known])),
        people_after=len(np.unique(now[now != UNKNOWN])),
        strong=strong,
        low_confidence=int(faces.is_known.sum()) - strong - num_by_cloth,
        by_cloth=num_by_cloth,
        returned=int((~was_known & faces.is_known).sum()),
        moved=int((was_known & faces.is_known & changed).sum()),
        dropped=int((was_known & ~faces.is_known).sum()),
        confirmed=int((faces.reason == Reason.CLOTHES_AGREE).sum()),
    )


def find_changes(faces: Faces, order: IntArray) -> list[Change]:
    """Group the changed rows by track and by what they became, in the order given.

    Args:
        faces: the table.
        order: (num_faces,) int64, every row in the order to show them.
    """
    before = faces.person_before
    groups: dict[tuple[int, int, int], list[int]] = {}
    for row in order[(before != faces.person)[order]].tolist():
        track = int(faces.track[row])
        key = (track if track >= 0 else -1 - row, int(before[row]), int(faces.person[row]))
        groups.setdefault(key, []).append(row)
    return [
        Change(
            rows=np.array(rows, np.int64),
            before=was if was < faces.num_people else None,
            after=now,
            strength=float(faces.strength[rows].mean()),
            second_person=_most_frequent(faces.second_person[rows].tolist()),
        )
        for (_, was, now), rows in groups.items()
    ]


def find_refusals(faces: Faces, rows: IntArray) -> list[Refusal]:
    """Group faces by why they are unknown, the most frequent reason first."""
    codes, counts = np.unique(faces.reason[rows], return_counts=True)
    refusals = []
    for code in codes[np.argsort(-counts, kind="stable")].tolist():
        of_reason = rows[faces.reason[rows] == code]
        measured = np.stack([faces.about[of_reason], faces.cloth_evidence[of_reason]])
        varies = Reason(code) in _ABOUT_SOMEBODY and len(np.unique(measured, axis=1).T) > 1
        refusals.append(Refusal(Reason(code), of_reason, varies))
    return refusals


def _most_frequent(values: list[int]) -> int:
    return Counter(values).most_common(1)[0][0]
