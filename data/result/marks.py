"""Marks on faces: found again in another table of the same films and photos.

A mark is the content of its source, its time and its box. A row number would not last: another
frame rate, other settings or a longer cut give another table, and a folder may be moved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..tables.boxes import iou
from ..tables.faces import Faces, IntArray
from .facts import SourceFacts

SAME_FACE_IOU = 0.4
"""Two boxes of one picture are one face from this overlap on, as when results are evaluated."""

NEAR_S = 1.0
"""A mark in a picture that was not analysed is looked for so far before and after, in its shot."""

_SAME_TIME_S = 2e-3  # times are kept to a millisecond
_NEAR_IOU = 0.3  # of boxes up to a second apart, laid between two of a track where there are two

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Mark:
    """Where a face is.

    Attributes:
        content: hash of its film's or photo's content; "" = not known, then ``source`` counts.
        source: name of its film or photo, for people to read.
        time_s: seconds of film, None for a photo.
        box: x1 y1 x2 y2, pixels.
        picture: hash of the picture of its film or photo alone; "" = not known.
    """

    content: str
    source: str
    time_s: float | None
    box: Box
    picture: str = ""


def marks_of(faces: Faces, sources: Iterable[SourceFacts], rows: IntArray) -> list[Mark]:
    """Return the marks of some rows."""
    facts = {source.name: source for source in sources}
    marks = []
    for row in rows.tolist():
        source = facts[str(faces.source[row])]
        time_s = None if source.kind == "photo" else round(float(faces.time_s[row]), 3)
        x1, y1, x2, y2 = (round(side, 1) for side in faces.box[row].tolist())
        box = (x1, y1, x2, y2)
        marks.append(Mark(source.content, source.name, time_s, box, source.picture))
    return marks


def marks_to_json(marks: Sequence[Mark]) -> list[dict[str, Any]]:
    """Return marks in a short form: a list of faces for each source."""
    of_source: dict[tuple[str, str, str], list[list[float | None]]] = {}
    for mark in marks:
        positions = of_source.setdefault((mark.content, mark.picture, mark.source), [])
        positions.append([mark.time_s, *mark.box])
    return [
        {"content": content, **({"picture": picture} if picture else {}), "source": source,
         "faces": faces}
        for (content, picture, source), faces in of_source.items()
    ]  # fmt: skip


def marks_from_json(content: Any) -> list[Mark]:
    """Read marks back.

    Raises:
        ValueError: it is not what ``marks_to_json`` writes.
    """
    try:
        return [
            Mark(
                str(part["content"]),
                str(part["source"]),
                _time(face[0]),
                _box(face[1:]),
                str(part.get("picture", "")),
            )
            for part in content
            for face in part["faces"]
        ]
    except (TypeError, KeyError, IndexError, AttributeError) as error:
        raise ValueError(f"expected faces, got {type(error).__name__}: {error}") from error


class FaceFinder:
    """Finds marks in a table.

    Args:
        faces: the table, with tracks where it has some.
        sources: its films and photos.
    """

    def __init__(self, faces: Faces, sources: Sequence[SourceFacts]) -> None:
        self._faces = faces
        self._names: dict[str, list[str]] = defaultdict(list)
        self._facts: Mapping[str, SourceFacts] = {source.name: source for source in sources}
        for source in sources:
            for known in {source.content, source.picture} - {""}:
                self._names[known].append(source.name)
        self._rows: dict[str, IntArray] = {}
        for name in np.unique(faces.source).tolist():
            rows = np.flatnonzero(faces.source == name)
            self._rows[name] = rows[np.argsort(faces.time_s[rows], kind="stable")]

    def find(self, marks: Sequence[Mark]) -> IntArray:
        """Return the row of each mark, (num_marks,) int64, -1 = it is not there any more.

        In its own picture, the box that overlaps most; where that picture was not analysed, or
        shows no such face, the nearest face of the track that passes there.
        """
        return np.array([self._find(mark, self._source(mark)) for mark in marks], dtype=np.int64)

    def find_in_copies(self, marks: Sequence[Mark]) -> IntArray:
        """Return the rows of marks, rising: as ``find``, in every copy of their film or photo."""
        found = [
            self._find(mark, name)
            for mark in marks
            for name in {self._source(mark), *self._names.get(mark.content, ()),
                         *self._names.get(mark.picture, ())}
        ]  # fmt: skip
        return np.array(sorted({*found} - {-1}), dtype=np.int64)

    def _find(self, mark: Mark, name: str | None) -> int:
        rows = self._rows.get(name or "")
        if name is None or rows is None:
            return -1
        if mark.time_s is None:
            return self._best(rows, mark.box, SAME_FACE_IOU)
        near = self._between(rows, mark.time_s - NEAR_S, mark.time_s + NEAR_S)
        here = near[np.abs(self._faces.time_s[near] - mark.time_s) <= _SAME_TIME_S]
        found = self._best(here, mark.box, SAME_FACE_IOU)
        return found if found >= 0 else self._passing(near, mark, self._facts[name])

    def _source(self, mark: Mark) -> str | None:
        names = self._names.get(mark.content) if mark.content else None
        if not names and mark.picture:  # with another title, rating or date
            names = self._names.get(mark.picture)
        if names:
            return mark.source if mark.source in names else names[0]
        source = self._facts.get(mark.source)  # by its name where either content is not known
        return mark.source if source and not (source.content and mark.content) else None

    def _between(self, rows: IntArray, start_s: float, end_s: float) -> IntArray:
        times = self._faces.time_s[rows]
        first, last = np.searchsorted(times, [start_s - _SAME_TIME_S, end_s + _SAME_TIME_S])
        return rows[int(first) : int(last)]

    def _best(self, rows: IntArray, box: Box, least: float) -> int:
        if not len(rows):
            return -1
        overlap = iou([box], self._faces.box[rows])[0]
        best = int(overlap.argmax())
        return int(rows[best]) if overlap[best] >= least else -1

    def _passing(self, near: IntArray, mark: Mark, film: SourceFacts) -> int:
        """Return the nearest face in time of the track that is where the mark is, -1 = none."""
        faces, time_s = self._faces, float(mark.time_s or 0.0)
        shot = int(np.searchsorted(film.cuts_s, time_s + _SAME_TIME_S, side="right"))
        near = near[faces.shot[near] == shot]
        best, found = _NEAR_IOU, -1
        tracks = np.where(faces.track[near] >= 0, faces.track[near], -2 - near)
        for track in np.unique(tracks).tolist():
            rows = near[tracks == track]
            box = [
                float(np.interp(time_s, faces.time_s[rows], faces.box[rows, side]))
                for side in range(4)
            ]
            overlap = float(iou([mark.box], [box])[0, 0])
            if overlap > best:
                best = overlap
                found = int(rows[np.abs(faces.time_s[rows] - time_s).argmin()])
        return found


def _time(value: Any) -> float | None:
    return None if value is None else float(value)


def _box(sides: Sequence[Any]) -> Box:
    x1, y1, x2, y2 = map(float, sides)
    return x1, y1, x2, y2
