"""The changes of stage 2 and their gain: counts that add over films."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN
from .scores import Additive, contingency, ratio


@dataclass(frozen=True, eq=False)
class LabelledFaces:
    """One row per labelled face in an analysed frame, found or missed.

    Attributes:
        name: (num_rows,) str, the true person.
        found: (num_rows,) bool, a detection met the label.
        before: (num_rows,) int64, person after stage 1, UNKNOWN for missed faces.
        after: (num_rows,) int64, person after stage 2, UNKNOWN for missed faces.
        unit: (num_rows,) int64, rows that are drawn together by the bootstrap: those of one
            track; without tracks, of one person in one shot; without shots, and missed, alone.
        strength: (num_rows,) float64, of ``after``, NaN for missed faces.
        height_px: (num_rows,) float64, of the labelled box; of the detection where there is none.
        outfit: (num_rows,) str, "" = not known.
        yaw_deg: (num_rows,) float64, NaN = not known.
        pitch_deg: (num_rows,) float64, NaN = not known.
        visibility: (num_rows,) float64, NaN = not known.
    """

    name: NDArray[np.str_]
    found: NDArray[np.bool_]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    unit: NDArray[np.int64]
    strength: NDArray[np.float64]
    height_px: NDArray[np.float64]
    outfit: NDArray[np.str_]
    yaw_deg: NDArray[np.float64]
    pitch_deg: NDArray[np.float64]
    visibility: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.name)

    def __getitem__(self, rows: NDArray[Any]) -> LabelledFaces:
        fields = dataclasses.fields(self)
        return LabelledFaces(**{field.name: getattr(self, field.name)[rows] for field in fields})

    @property
    def true(self) -> NDArray[np.int64]:
        """(num_rows,) int64, a code per true person."""
        return np.unique(self.name, return_inverse=True)[1].astype(np.int64)


def is_right(true: NDArray[np.int64], person: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return (num_faces,) bool: the face's person has its true person as majority.

    Of equally frequent true people the one with the lowest code is the majority.

    Args:
        true: (num_faces,) int64, codes >= 0.
        person: (num_faces,) int64, UNKNOWN = -1 is never right.
    """
    names, people, table, _ = contingency(true, person)
    if not len(people):
        return np.zeros(len(true), dtype=bool)
    column = np.searchsorted(people, person).clip(max=len(people) - 1)
    majority = names[table.argmax(axis=0)]
    return np.asarray((person != UNKNOWN) & (majority[column] == true))


@dataclass(frozen=True)
class GainCounts(Additive):
    """Before and after stage 2, over a set of labelled faces.

    Attributes:
        labels: labelled faces, found or missed.
        found: of these, the ones a detection met. All below is over found faces.
        unknown_before: without a person after stage 1.
        unknown_after: without a person after stage 2.
        right_before: right after stage 1.
        right_after: right after stage 2.
        reassigned: faces that stage 2 gave another person, or took one from.
        reassigned_right: of these, right after stage 2.
        recovered: unknown after stage 1 and right after stage 2.
        harmed: right after stage 1 and not right after stage 2.
    """

    labels: int = 0
    found: int = 0
    unknown_before: int = 0
    unknown_after: int = 0
    right_before: int = 0
    right_after: int = 0
    reassigned: int = 0
    reassigned_right: int = 0
    recovered: int = 0
    harmed: int = 0

    @property
    def reassignment_precision(self) -> float | None:
        """Of the faces that stage 2 changed, the share right afterwards."""
        return ratio(self.reassigned_right, self.reassigned)

    @property
    def recovery(self) -> float | None:
        """(a) Of the faces unknown after stage 1, the share right after stage 2."""
        return ratio(self.recovered, self.unknown_before)

    @property
    def harm(self) -> float | None:
        """Faces right before and not right after, over found faces."""
        return ratio(self.harmed, self.found)

    @property
    def right_share_before(self) -> float | None:
        """Found faces right after stage 1."""
        return ratio(self.right_before, self.found)

    @property
    def right_share_after(self) -> float | None:
        """Found faces right after stage 2."""
        return ratio(self.right_after, self.found)

    @property
    def right_share_all_labels(self) -> float | None:
        """Labelled faces right after stage 2, missed ones are not."""
        return ratio(self.right_after, self.labels)


@dataclass(frozen=True, eq=False)
class Judged:
    """Labelled faces with their correctness, (num_rows,) bool columns.

    Attributes:
        faces: the rows.
        right_before: right after stage 1.
        right_after: right after stage 2.
    """

    faces: LabelledFaces
    right_before: NDArray[np.bool_]
    right_after: NDArray[np.bool_]

    def count(self, rows: NDArray[np.bool_] | None = None) -> GainCounts:
        """Count over some rows, all by default."""
        faces = self.faces
        chosen = np.ones(len(faces), dtype=bool) if rows is None else rows
        found = chosen & faces.found
        unknown_before = found & (faces.before == UNKNOWN)
        reassigned = found & (faces.before != faces.after)
        right_before, right_after = found & self.right_before, found & self.right_after
        counts = {
            "labels": chosen,
            "found": found,
            "unknown_before": unknown_before,
            "unknown_after": found & (faces.after == UNKNOWN),
            "right_before": right_before,
            "right_after": right_after,
            "reassigned": reassigned,
            "reassigned_right": reassigned & right_after,
            "recovered": unknown_before & right_after,
            "harmed": right_before & ~right_after,
        }
        return GainCounts(**{name: int(which.sum()) for name, which in counts.items()})


@dataclass(frozen=True, eq=False)
class Confusion:
    """Labelled faces by true person and person found.

    Attributes:
        names: the true people, sorted.
        people: the people found, by number, with at least one labelled face.
        faces: (num_names, num_people) int64.
        unknown: (num_names,) int64, found faces without a person.
        missed: (num_names,) int64, labelled faces that no detection met.
    """

    names: list[str]
    people: list[int]
    faces: NDArray[np.int64]
    unknown: NDArray[np.int64]
    missed: NDArray[np.int64]


def confuse(labelled: LabelledFaces, person: NDArray[np.int64]) -> Confusion:
    """Count labelled faces by true person and by ``person``: ``labelled.before`` or ``.after``."""
    names, people, table, unknown = contingency(labelled.name, person)  # of missed ones, UNKNOWN
    rows = np.searchsorted(names, labelled.name[~labelled.found])
    missed = np.bincount(rows, minlength=len(names)).astype(np.int64)
    return Confusion(names.tolist(), people.tolist(), table, unknown - missed, missed)


def judge(faces: LabelledFaces) -> Judged:
    """Return for every labelled face whether it is right before and after; missed ones are not."""
    true = faces.true
    return Judged(faces, is_right(true, faces.before), is_right(true, faces.after))
