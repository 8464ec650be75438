"""The people of a table, collected once for every page, sheet and table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..tables.boxes import face_units
from ..tables.codes import UNKNOWN, DecidedBy
from ..tables.faces import Faces, IntArray
from .cast import Cast
from .facts import RunFacts, SourceFacts
from .portraits import portrait_scores
from .takes import Stretch, stretches

_LEAST_SURE, _BY_CLOTH = 0.05, 0.5  # how much a portrait counts that may be of somebody else
_SURE_CLOTH, _MUCH_LARGER = 0.9, 2.0  # strength and size with which one by clothing counts fully


@dataclass(frozen=True)
class InFilm:
    """One person in one film; ``stretches`` are where they are on screen, by time."""

    source: str
    num_faces: int
    first_s: float
    last_s: float
    stretches: tuple[Stretch, ...]

    @property
    def screen_time_s(self) -> float:
        """Seconds on screen."""
        return sum(part.length_s for part in self.stretches)


@dataclass(frozen=True, eq=False)
class Person:
    """One person, or all the faces that stayed unknown.

    Attributes:
        number: as in the ``person`` column, -1 for the unknown.
        rows: (num_rows,) int64, rows of the table, by source, time and place in the picture.
        num_tracks: tracks with a face of this person.
        num_by_face, num_by_cloth, num_by_user: faces decided by face, by clothing and by the user.
        num_strong: faces decided by the face with enough strength.
        mean_strength: mean of ``strength``, 0..1.
        representative: row to show for the person: the user's choice, else the best portrait of the
            faces that are surely theirs (``portraits.py``).
        films: the films with this person, in order.
        photos: the photos with this person, in order.
        id: the lasting id, ``person_001``, or ``unknown``.
        given_name: the user's name, None without one.
    """

    number: int
    rows: IntArray
    num_tracks: int
    num_by_face: int
    num_by_cloth: int
    num_strong: int
    mean_strength: float
    representative: int
    films: tuple[InFilm, ...]
    photos: tuple[str, ...]
    num_by_user: int = 0
    id: str = ""
    given_name: str | None = None

    @property
    def name(self) -> str:
        """The user's name, else the id: ``person_001``, or ``unknown``."""
        return self.given_name or self.id

    @property
    def is_new_by_cloth(self) -> bool:
        """Whether no row was decided by face: stage 2 made this person from clothes alone."""
        return self.number != UNKNOWN and self.num_by_face == 0 and self.num_by_user == 0

    @property
    def screen_time_s(self) -> float:
        """Seconds on screen, over all films."""
        return sum(film.screen_time_s for film in self.films)


def film_order(faces: Faces, run: RunFacts) -> IntArray:
    """Return every row by source, time, frame and place in the picture.

    Films keep the order they were given in; photos follow by the time they were taken, those
    without a time last, by name.

    Raises:
        ValueError: a face is from a source that the run does not know.
    """
    photos = sorted(run.photos, key=lambda photo: (_or_inf(photo.taken_s), photo.name))
    rank = {source.name: number for number, source in enumerate((*run.films, *photos))}
    names, codes = np.unique(faces.source, return_inverse=True)
    if missing := [name for name in names.tolist() if name not in rank]:
        raise ValueError(
            f'expected the facts of every source, got none of "{missing[0]}";'
            " name it in RunFacts.sources as in the source column"
        )
    source = np.array([rank[name] for name in names.tolist()], np.int64)[codes]
    order: IntArray = np.lexsort((faces.box[:, 0], faces.frame, faces.time_s, source))
    return order


def gather_people(faces: Faces, run: RunFacts, cast: Cast | None = None) -> list[Person]:
    """Describe everyone who was found, the most frequent first; the unknown not among them.

    Args:
        faces: the table.
        run: facts of the run.
        cast: who the people are; None = nobody gave ids or names.
    """
    order, cast = film_order(faces, run), cast or Cast.of_ranks(faces)
    scores = portrait_scores(faces, run.sources)
    return [
        _describe(faces, run, order[faces.person[order] == number], number, cast, scores)
        for number in np.unique(faces.person).tolist()
        if number != UNKNOWN
    ]


def gather_unknown(faces: Faces, run: RunFacts) -> Person | None:
    """Describe the faces that stayed unknown as if they were one person; None without any."""
    order = film_order(faces, run)
    rows = order[(faces.person[order] == UNKNOWN) & faces.is_face[order]]
    if not len(rows):
        return None
    scores = portrait_scores(faces, run.sources)
    return _describe(faces, run, rows, UNKNOWN, Cast.of_ranks(faces), scores)


def _describe(
    faces: Faces,
    run: RunFacts,
    rows: IntArray,
    number: int,
    cast: Cast,
    scores: NDArray[np.float64],
) -> Person:
    tracks, decided_by = faces.track[rows], faces.decided_by[rows]
    photos = {photo.name for photo in run.photos}
    sources = dict.fromkeys(faces.source[rows].tolist())  # each once, in order
    return Person(
        number=number,
        rows=rows,
        num_tracks=len(np.unique(tracks[tracks >= 0])),
        num_by_face=int((decided_by == DecidedBy.FACE).sum()),
        num_by_cloth=int((decided_by == DecidedBy.CLOTH).sum()),
        num_strong=int(faces.is_strong[rows].sum()),
        mean_strength=float(faces.strength[rows].mean()),
        representative=_representative(faces, rows, scores, cast.portrait_of(number)),
        films=tuple(
            _in_film(faces, rows[faces.source[rows] == film.name], film)
            for film in run.films
            if film.name in sources
        ),
        photos=tuple(name for name in sources if name in photos),
        num_by_user=int((decided_by == DecidedBy.USER).sum()),
        id=cast.id_of(number),
        given_name=cast.given_name(number),
    )


def _in_film(faces: Faces, rows: IntArray, film: SourceFacts) -> InFilm:
    times = faces.time_s[rows]
    return InFilm(
        source=film.name,
        num_faces=len(rows),
        first_s=float(np.nanmin(times)),
        last_s=float(np.nanmax(times)),
        stretches=tuple(stretches(faces, rows[np.isfinite(times)], film)),
    )


def _representative(faces: Faces, rows: IntArray, scores: NDArray[np.float64], chosen: int) -> int:
    """Return the user's choice, else the best portrait; weak faces, and clothing's, count less.

    A face by clothing counts fully that is sure and much larger: from far away somebody may be
    known by face only where the face is small and dim.
    """
    if chosen in rows:
        return chosen
    is_known = faces.person[rows] != UNKNOWN
    sure = np.where(is_known, np.maximum(faces.strength[rows], _LEAST_SURE), 1.0)
    worth = scores[rows] * sure
    by_cloth = faces.decided_by[rows] == DecidedBy.CLOTH
    best = int(np.argmax(worth * np.where(by_cloth, _BY_CLOTH, 1.0)))
    units = face_units(faces.box[rows])
    larger = by_cloth & (sure >= _SURE_CLOTH) & (units >= _MUCH_LARGER * units[best])
    larger[best] = True
    return int(rows[np.argmax(np.where(larger, worth, 0.0))])


def _or_inf(time_s: float | None) -> float:
    return float("inf") if time_s is None or not np.isfinite(time_s) else time_s
