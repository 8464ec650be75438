"""One face on the page: its picture and its text."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ...data.result.cast import Cast
from ...data.tables.faces import Faces, IntArray
from .portraits import portrait
from .sheets import thumbnail
from .timeline import KIND_WORDS, Kind, face_kinds
from .wording import clock, count, taken

PORTRAIT_PX = 112
TILE = (128, 160)
SMALL = (96, 120)


@dataclass(frozen=True)
class Figure:
    """A picture as a data URI, its size in px, its text; ``source`` only for several sources."""

    uri: str
    width: int
    height: int
    kind: Kind
    note: str
    when: str
    source: str
    alt: str
    title: str


@dataclass(frozen=True, eq=False)
class Album:
    """Makes figures of rows.

    Attributes:
        faces: the table.
        photos: the sources that are photos.
        crops: JPEGs by row.
        names_sources: whether a figure names its source.
        cast: who the people are.
    """

    faces: Faces
    photos: Collection[str]
    crops: Mapping[int, bytes]
    names_sources: bool
    cast: Cast

    def figure(self, row: int, size: tuple[int, int] = TILE) -> Figure:
        """Make the figure of a row."""
        faces = self.faces
        kind = Kind(int(face_kinds(faces[row : row + 1])[0]))
        source, when = str(faces.source[row]), self.when(row)
        strength = "" if kind is Kind.UNKNOWN else f"{float(faces.strength[row]):.2f}"
        decision = f"{KIND_WORDS[kind]} {strength}".strip()
        return Figure(
            uri=self.picture(row, size),
            width=size[0],
            height=size[1],
            kind=kind,
            note=strength,
            when=when,
            source=source if self.names_sources else "",
            alt=f"{self.cast.name_of(int(faces.person[row]))} at {when}, {KIND_WORDS[kind]}",
            title=f"{source}, {when}, frame {int(faces.frame[row])}, {decision}",
        )

    def picture(self, row: int, size: tuple[int, int]) -> str:
        """Make the data URI of a row."""
        return _data_uri(thumbnail(self.crops[row], size))

    def portrait(self, row: int) -> str:
        """Make the data URI of the head of a row, square."""
        return _data_uri(portrait(self.crops[row], self.faces.box[row], PORTRAIT_PX))

    def when(self, row: int) -> str:
        """Write the time of a row: a film time, or when the photo was taken."""
        is_photo = self.faces.source[row] in self.photos
        return (taken if is_photo else clock)(float(self.faces.time_s[row]))

    def span(self, rows: IntArray) -> str:
        """Write where rows are: ``scene.mp4, 0:12.4 to 0:14.0, 9 faces``."""
        first, last = self.when(int(rows[0])), self.when(int(rows[-1]))
        when = first if first == last else f"{first} to {last}"
        where = f"{self.faces.source[rows[0]]}, " if self.names_sources else ""
        return f"{where}{when}, {count(len(rows), 'face')}"


def _data_uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
