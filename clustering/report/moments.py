"""Where faces are: what a click on the page plays or opens, and the timecode that it shows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...data.result.facts import RunFacts, SourceFacts
from ...data.result.people import Person
from ...data.shots.shots import Shot, ShotRules, film_shots
from ...data.shots.timecode import FrameClock
from ...data.tables.faces import Faces
from .wording import clock, taken

_MAX_SHOTS = 2000  # of a person, that the keys of the player step through
_MAX_PHOTOS = 10_000  # that open with a click on the timeline


@dataclass(frozen=True)
class Moment:
    """When and where a face is.

    Attributes:
        when: timecode; film time where the film has no timecode; of a photo when it was taken.
        film: place of the film in the player's list, None for a photo.
        at_s: film time, seconds.
        photo: address of the photo from the page, "" for a film.
    """

    when: str
    film: int | None = None
    at_s: float = 0.0
    photo: str = ""


class Moments:
    """The films and photos of a page.

    Attributes:
        films: those with a face, as the player lists them.

    Args:
        faces: the table.
        run: facts of the run.
        folder: where the page is written; addresses are relative to it.
    """

    def __init__(self, faces: Faces, run: RunFacts, folder: Path) -> None:
        self._faces, self._folder = faces, folder
        seen = {*faces.source.tolist()}
        self.films = tuple(film for film in run.films if film.name in seen)
        self._film = {film.name: place for place, film in enumerate(self.films)}
        self._clocks = [FrameClock.of_film(film) for film in self.films]
        self._photos = {photo.name: photo for photo in run.photos}

    def of_row(self, row: int) -> Moment:
        """Return the moment of a row of the table."""
        name, at_s = str(self._faces.source[row]), float(self._faces.time_s[row])
        if name in self._photos:
            return Moment(taken(at_s), photo=address(self._photos[name], self._folder))
        place = self._film[name]
        frame_clock = self._clocks[place]
        when = frame_clock.timecode(int(self._faces.frame[row])) if frame_clock else clock(at_s)
        return Moment(when, place, round(at_s, 3))

    def shots(self, person: Person) -> list[tuple[SourceFacts, list[Shot]]]:
        """Return the shots of a person by film, each in the order of time."""
        sources = self._faces.source[person.rows]
        by_film = (
            (film, film_shots(self._faces, person.rows[sources == film.name], film, ShotRules()))
            for film in self.films
        )
        return [(film, shots) for film, shots in by_film if shots]

    def place_of(self, film: str) -> int:
        """Return the place of a film, by its name, in the player's list."""
        return self._film[film]

    def photo_address(self, name: str) -> str:
        """Return the address of a photo, "" where its place is not known."""
        return address(self._photos[name], self._folder)

    def for_player(
        self, people: Iterable[Person], names: Callable[[int], str], photos: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Return what the script of the page knows, as JSON has it.

        Args:
            people: whose shots the keys step through.
            names: what a person is called, by number.
            photos: names, in the order of the timeline.
        """
        places = [[name, self.photo_address(name)] for name in photos[:_MAX_PHOTOS]]
        all_open = len(places) == len(photos) and all(place for _, place in places)
        return {
            "films": [
                self._film_for_player(film, frame_clock)
                for film, frame_clock in zip(self.films, self._clocks, strict=True)
            ],
            "photos": places if all_open else [],
            "people": {
                str(person.number): {
                    "name": names(person.number),
                    "shots": [
                        [self.place_of(film.name), round(shot.start_s, 3), round(shot.end_s, 3)]
                        for film, shots in self.shots(person)
                        for shot in shots
                    ][:_MAX_SHOTS],
                }
                for person in people
            },
        }

    def _film_for_player(self, film: SourceFacts, frame_clock: FrameClock | None) -> dict[str, Any]:
        timing: dict[str, Any] = {}
        if frame_clock:
            timing = {
                "rate": float(frame_clock.rate),
                "nominal": frame_clock.nominal,
                "drop": frame_clock.is_drop,
                # of the film, not of its first picture
                "start": float(frame_clock.start - frame_clock.first_s * frame_clock.rate),
            }
        return {"name": film.name, "address": address(film, self._folder), **timing}


def address(source: SourceFacts, folder: Path) -> str:
    """Return the address of a film or photo from a page in a folder; "" where it is not known.

    It is relative, so that it holds while both are moved together, and percent-encoded.
    """
    if not source.path:
        return ""
    path = Path(source.path)
    path = path.parent.resolve() / path.name
    try:
        relative = os.path.relpath(path, folder.resolve())
    except ValueError:  # another drive
        return path.as_uri()
    return quote(os.fsencode(relative.replace(os.sep, "/")))


def time_writer(film: SourceFacts) -> Callable[[float], str]:
    """Return what writes the times of a film, in seconds, as timecode where it has one."""
    frame_clock = FrameClock.of_film(film)
    if frame_clock is None:
        return clock
    return lambda time_s: frame_clock.timecode(max(frame_clock.frame_at(time_s), 0))
