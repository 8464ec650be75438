"""One face on the page: its picture and its text."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from ...data.result.cast import Cast
from ...data.result.portraits import portrait_units
from ...data.tables.faces import Faces, IntArray
from .moments import Moment, Moments
from .portraits import portrait
from .sheets import thumbnail
from .timeline import KIND_WORDS, Kind, face_kinds
from .wording import count

PORTRAIT_PX = 112
TILE = (128, 160)
SMALL = (96, 120)


@dataclass(frozen=True)
class Figure:
    """A face on the page.

    Attributes:
        uri: the picture as a data URI.
        width, height: of the picture, px.
        kind: what decided.
        moment: what a click plays or opens.
        caption: name of the photo, or of the film where there are several; else "".
        crop: address of the face's crop in people/ from the page, which is larger.
        person: as in the ``person`` column.
        alt, title: text for those who don't see it, and beside the pointer.
    """

    uri: str
    width: int
    height: int
    kind: Kind
    moment: Moment
    caption: str
    crop: str
    person: int
    alt: str
    title: str


@dataclass(frozen=True, eq=False)
class Album:
    """Makes figures of rows.

    Attributes:
        faces: the table.
        moments: where its faces are.
        crops: JPEGs by row.
        paths: the file of each row's crop, relative to the page's folder.
        names_films: whether a figure names its film.
        cast: who the people are.
    """

    faces: Faces
    moments: Moments
    crops: Mapping[int, bytes]
    paths: Sequence[str]
    names_films: bool
    cast: Cast

    def figure(self, row: int, size: tuple[int, int] = TILE) -> Figure:
        """Make the figure of a row."""
        faces, moment = self.faces, self.moments.of_row(row)
        kind = Kind(int(self._kinds[row]))
        source, person = str(faces.source[row]), int(faces.person[row])
        strength = "" if kind is Kind.UNKNOWN else f" {float(faces.strength[row]):.2f}"
        is_named = moment.film is None or self.names_films
        return Figure(
            uri=self.picture(row, size),
            width=size[0],
            height=size[1],
            kind=kind,
            moment=moment,
            caption=PurePosixPath(source).name if is_named else "",
            crop=quote(self.paths[row]),
            person=person,
            alt=f"{self.cast.name_of(person)} at {moment.when}, {KIND_WORDS[kind]}",
            title=f"{source}, {moment.when}, frame {int(faces.frame[row])},"
            f" {KIND_WORDS[kind]}{strength}",
        )

    @cached_property
    def _kinds(self) -> IntArray:
        return face_kinds(self.faces)

    def picture(self, row: int, size: tuple[int, int]) -> str:
        """Make the data URI of a row."""
        return data_uri(thumbnail(self.crops[row], size))

    def portrait(self, row: int) -> str:
        """Make the data URI of the head of a row, square."""
        units = float(self._portrait_units[row])
        return data_uri(portrait(self.crops[row], self.faces.box[row], PORTRAIT_PX, units))

    @cached_property
    def _portrait_units(self) -> NDArray[np.float64]:
        return portrait_units(self.faces)

    def span(self, rows: IntArray) -> str:
        """Write where rows are: ``scene.mp4, 00:00:12:10 to 00:00:14:00, 9 faces``."""
        first, last = (self.moments.of_row(int(row)).when for row in (rows[0], rows[-1]))
        when = first if first == last else f"{first} to {last}"
        where = f"{self.faces.source[rows[0]]}, " if self.names_films else ""
        return f"{where}{when}, {count(len(rows), 'face')}"


def data_uri(picture: bytes, kind: str = "jpeg") -> str:
    """Return an address that holds a picture."""
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode('ascii')}"
