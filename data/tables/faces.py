"""Faces: the one table. One row per detected face; every stage is a function Faces -> Faces."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .codes import UNKNOWN, DecidedBy, Reason
from .columns import Column, checked_column, checked_vectors, joined, some_rows
from .vectors import Vectors, is_whole

STRONG_FROM = 0.95
"""Strength from which a face's person counts as strong; below it, as low-confidence."""

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

# name: (dtype, shape after the first axis; None = any length). The order is the order on disk.
_COLUMNS: dict[str, tuple[Any, tuple[int | None, ...]]] = {
    "source": (np.str_, ()),
    "frame": (np.int64, ()),
    "time_s": (np.float64, ()),
    "shot": (np.int64, ()),
    "track": (np.int64, ()),
    "box": (np.float32, (4,)),
    "landmarks": (np.float32, (5, 2)),
    "detection": (np.float32, ()),
    "quality": (np.float32, ()),
    "noise": (np.float32, ()),
    "brightness": (np.float32, ()),
    "still_s": (np.float32, ()),
    "face_vector": (np.float32, (None,)),
    "cloth_box": (np.float32, (4,)),
    "cloth_vector": (np.float32, (None,)),
    "person_before": (np.int64, ()),
    "person": (np.int64, ()),
    "second_person": (np.int64, ()),
    "strength": (np.float32, ()),
    "decided_by": (np.uint8, ()),
    "reason": (np.uint8, ()),
    "about": (np.int64, ()),
    "face_evidence": (np.float32, ()),
    "cloth_evidence": (np.float32, ()),
}
_MAY_BE_NAN = (
    *("landmarks", "noise", "brightness", "still_s", "cloth_box", "face_vector", "cloth_vector"),
    *("face_evidence", "cloth_evidence"),
)
VECTOR_COLUMNS = ("face_vector", "cloth_vector")
_RATIOS = ("detection", "quality", "strength")
_CODES = ("shot", "track", "person_before", "person", "second_person", "about")


@dataclass(frozen=True, eq=False)
class Faces:
    """One row per detected face. Arrays are read-only; columns are checked when the table is made.

    Attributes:
        source: (num_faces,) str, the name of the film or photo the face is from.
        frame: (num_faces,) int64, 0-based index in its source; 0 for a photo.
        time_s: (num_faces,) float64, presentation time in seconds; for a photo, the time it was
            taken in seconds since 1970 (its clock, no time zone), NaN when not known.
        shot: (num_faces,) int64, 0-based in its source, -1 for a photo.
        track: (num_faces,) int64, unique over the whole table, -1 = none.
        box: (num_faces, 4) float32, x1 y1 x2 y2 in pixels of the picture as a viewer
            shows it, which may lie on its side (``SourceFacts.turned_deg``).
        landmarks: (num_faces, 5, 2) float32, x y in pixels: eye, eye, nose, mouth corner, mouth
            corner, left to right in the upright picture; NaN where the detector gives none.
        detection: (num_faces,) float32, detector score, 0..1.
        quality: (num_faces,) float32, 0..1, from size, sharpness and pose.
        noise: (num_faces,) float32, standard deviation of its grain (Immerkaer's sigma), in steps
            of 0..255, NaN = not measured.
        brightness: (num_faces,) float32, its mean lightness, 0..255, NaN = not measured.
        still_s: (num_faces,) float32, how long, before and after, nothing in the face and around it
            moves against the rest, seconds; 0 = it moves at once, NaN = not measured, as of photos.
        face_vector: (num_faces, face_dim) float32, of all face networks side by side; NaN row =
            not computed: only the best faces of a track are described. May be given as an array,
            and read like one.
        cloth_box: (num_faces, 4) float32, x1 y1 x2 y2 in pixels, NaN row = no clothes in sight.
        cloth_vector: (num_faces, cloth_dim) float32, unit rows, NaN row = no clothes in sight, or
            not computed. Given and read as face vectors are.
        person_before: (num_faces,) int64, the person after stage 1; never changed later.
        person: (num_faces,) int64, UNKNOWN (-1) or 0..num_people-1, 0 the most frequent.
        second_person: (num_faces,) int64, the second-best person, -1 = none.
        strength: (num_faces,) float32, probability that ``person`` is right, 0..1; 0 = unknown.
        decided_by: (num_faces,) uint8, a ``DecidedBy``: what decided ``person``.
        reason: (num_faces,) uint8, a ``Reason``: why stage 2 assigned or refused a person.
        about: (num_faces,) int64, the person that the reason is about, -1 = none.
        face_evidence: (num_faces,) float32, what its track's face says for being ``about``: the
            mean log-likelihood ratio, natural logarithm; 0 says nothing, NaN = not compared.
        cloth_evidence: (num_faces,) float32, the same of its clothes.

    Raises:
        ValueError: a column has the wrong number of rows, shape, or values outside its range.
    """

    source: NDArray[np.str_]
    frame: IntArray
    time_s: NDArray[np.float64]
    shot: IntArray
    track: IntArray
    box: FloatArray
    landmarks: FloatArray
    detection: FloatArray
    quality: FloatArray
    noise: FloatArray
    brightness: FloatArray
    still_s: FloatArray
    face_vector: Vectors
    cloth_box: FloatArray
    cloth_vector: Vectors
    person_before: IntArray
    person: IntArray
    second_person: IntArray
    strength: FloatArray
    decided_by: NDArray[np.uint8]
    reason: NDArray[np.uint8]
    about: IntArray
    face_evidence: FloatArray
    cloth_evidence: FloatArray

    def __post_init__(self) -> None:
        num_faces = len(self.source)
        for name, (dtype, shape) in _COLUMNS.items():
            values: Any = getattr(self, name)
            if name in VECTOR_COLUMNS:
                column: Column = checked_vectors(name, values, num_faces)
            else:
                column = checked_column(name, values, dtype, shape, num_faces)
            object.__setattr__(self, name, column)
        self._check_ranges()

    def _check_ranges(self) -> None:
        if num_negative := int((self.frame < 0).sum()):
            raise ValueError(f"frame: expected 0-based indices, got {num_negative} negative ones")
        for name in _CODES:
            if (values := getattr(self, name)).size and values.min() < -1:
                raise ValueError(f"{name}: expected codes of -1 (none) and up, got {values.min()}")
        for name, codes in (("decided_by", DecidedBy), ("reason", Reason)):
            if (highest := getattr(self, name).max(initial=0)) > max(codes):
                raise ValueError(f"{name}: expected a {codes.__name__}, got {highest}")
        for name in _RATIOS:
            values = getattr(self, name)
            if not ((values >= 0) & (values <= 1)).all():
                raise ValueError(f"{name}: expected values from 0 to 1, got {_offender(values)}")
        flat = (self.box[:, 2:] <= self.box[:, :2]).any(axis=1) | ~np.isfinite(self.box).all(axis=1)
        if flat.any():
            row = int(np.flatnonzero(flat)[0])
            raise ValueError(
                f"box: expected x1 < x2 and y1 < y2, got {self.box[row].tolist()} in row {row}"
            )

    @classmethod
    def of_detections(cls, **columns: Any) -> Faces:
        """Make a table of which only ``source``, ``frame``, ``time_s`` and ``box`` must be given.

        Columns not given get their value for "not known yet".
        """
        num_faces = len(columns["source"])
        blank: dict[str, Any] = {
            name: np.full(
                (num_faces, *(length or 0 for length in shape)), _blank(name), dtype=dtype
            )
            for name, (dtype, shape) in _COLUMNS.items()
            if name not in ("source", "frame", "time_s", "box")
        }
        return cls(**{**blank, **columns})

    @classmethod
    def empty(cls, face_dim: int = 0, cloth_dim: int = 0) -> Faces:
        """Make a table of no rows."""
        return cls.of_detections(
            source=np.empty(0, np.str_),
            frame=np.empty(0, np.int64),
            time_s=np.empty(0),
            box=np.empty((0, 4)),
            face_vector=np.empty((0, face_dim)),
            cloth_vector=np.empty((0, cloth_dim)),
        )

    @classmethod
    def concatenate(cls, tables: Sequence[Faces]) -> Faces:
        """Join tables row-wise. Empty tables do not have to agree on the length of vectors.

        Raises:
            ValueError: vectors of different lengths, or no table at all.
        """
        if not tables:
            raise ValueError("expected at least one table to join, got none")
        tables = [table for table in tables if len(table)] or list(tables[:1])
        return cls(
            **{name: joined([table.columns()[name] for table in tables]) for name in _COLUMNS}
        )

    def __len__(self) -> int:
        return len(self.source)

    def __repr__(self) -> str:
        people = len({*self.person.tolist()} - {UNKNOWN})
        return f"<Faces {len(self)} rows, people: {people}>"

    def __getitem__(self, rows: BoolArray | IntArray | slice) -> Faces:
        return Faces(**{name: some_rows(column, rows) for name, column in self.columns().items()})

    def replace(self, **columns: Any) -> Faces:
        """Return a copy with the given columns replaced."""
        return dataclasses.replace(self, **columns)

    def without_vectors(self, *names: str) -> Faces:
        """Return a copy without vectors; of both kinds unless some are named."""
        none = np.empty((len(self), 0), np.float32)
        return self.replace(**dict.fromkeys(names or VECTOR_COLUMNS, none))

    def put(self, rows: IntArray, other: Faces, columns: Sequence[str]) -> Faces:
        """Return a copy in which some rows have columns of another table, but no vectors, of it."""
        changed = {name: getattr(self, name).copy() for name in columns}
        for name, values in changed.items():
            values[rows] = getattr(other, name)
        return self.replace(**changed)

    def columns(self) -> dict[str, Column]:
        """Return every column by its name, in the order they have on disk."""
        return {name: getattr(self, name) for name in _COLUMNS}

    @property
    def num_people(self) -> int:
        """How many people are known."""
        return int(self.person.max()) + 1 if len(self) else 0

    @property
    def height_px(self) -> FloatArray:
        """(num_faces,) float32, height of the face boxes in pixels."""
        return self.box[:, 3] - self.box[:, 1]

    @property
    def is_known(self) -> BoolArray:
        """(num_faces,) bool, rows that belong to a person."""
        known: BoolArray = self.person != UNKNOWN
        return known

    @property
    def is_face(self) -> BoolArray:
        """(num_faces,) bool, rows that the user did not call something else than a face."""
        return np.asarray(self.reason != Reason.NOT_A_FACE)

    @property
    def is_strong(self) -> BoolArray:
        """(num_faces,) bool, rows whose face, or the user, decided with enough strength."""
        sure_of: BoolArray = np.isin(self.decided_by, (DecidedBy.FACE, DecidedBy.USER))
        return self.is_known & sure_of & (self.strength >= STRONG_FROM)

    @cached_property
    def has_face_vector(self) -> BoolArray:
        """(num_faces,) bool, rows whose face vector could be computed."""
        return is_whole(self.face_vector)

    @cached_property
    def has_cloth_vector(self) -> BoolArray:
        """(num_faces,) bool, rows whose clothes are in sight."""
        return is_whole(self.cloth_vector)

    @cached_property
    def picture(self) -> IntArray:
        """(num_faces,) int64, a code per (source, frame): rows with equal codes share a picture."""
        if not len(self):
            return np.empty(0, np.int64)
        _, source = np.unique(self.source, return_inverse=True)
        _, code = np.unique(np.stack([source, self.frame]), axis=1, return_inverse=True)
        return code.astype(np.int64)


def _blank(name: str) -> Any:
    if name in _CODES:
        return -1
    return np.nan if name in _MAY_BE_NAN else 0


def _offender(values: NDArray[Any]) -> str:
    row = int(np.flatnonzero(~((values >= 0) & (values <= 1)))[0])
    return f"{values[row]} in row {row}"
