"""What formats share: the people, shots, photos and faces that somebody asked for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import quote

import numpy as np

from ...data.errors import InputError
from ...data.result.facts import SourceFacts
from ...data.result.result import StoredResult
from ...data.shots.named import shown_people
from ...data.shots.shots import InPhoto, Shot, person_photos, person_shots, sure_percent
from ...data.shots.timecode import FrameClock
from ...data.shots.where import likely_path
from ...data.tables.codes import UNKNOWN, DecidedBy
from ...data.tables.faces import IntArray
from .options import ExportOptions


@dataclass(frozen=True)
class Clip:
    """A shot of a person as editing programs see it.

    Attributes:
        id: the person's id, such as ``person_003``.
        name: the person's name.
        film: where it is from.
        shot: the shot.
        clock: of the film, at a rate that editing programs know.
        first, end: the first frame and the frame after the last, 0-based in the film and counted
            at the rate of ``clock``.
    """

    id: str
    name: str
    film: SourceFacts
    shot: Shot
    clock: FrameClock
    first: int
    end: int

    @property
    def length(self) -> int:
        """Frames, at the rate of ``clock``."""
        return self.end - self.first

    @property
    def note(self) -> str:
        """How sure it is, and what decided it."""
        return note(self.shot)


@dataclass(frozen=True)
class Chosen:
    """One person, with the shots and photos that were asked for.

    Attributes:
        id: such as ``person_003``.
        name: what somebody calls the person, else the id.
        shots, photos: of the person.
    """

    id: str
    name: str
    shots: tuple[Shot, ...]
    photos: tuple[InPhoto, ...]


def chosen_people(result: StoredResult, options: ExportOptions) -> list[Chosen]:
    """Return the people asked for with their shots and photos; those without any left out.

    Raises:
        InputError: nobody has any.
    """
    numbers = shown_people(result) if options.people is None else options.people
    found = [
        Chosen(
            result.cast.id_of(number),
            result.name_of(number),
            tuple(
                s for s in person_shots(result, number, options.rules) if options.wants(s.source)
            ),
            tuple(p for p in person_photos(result, number) if options.wants(p.source)),
        )
        for number in numbers
    ]
    found = [person for person in found if person.shots or person.photos]
    if not found:
        raise nothing(result, options, "shot or photo")
    return found


def chosen_clips(result: StoredResult, options: ExportOptions) -> list[Clip]:
    """Return the shots asked for, by person, film and time.

    Raises:
        InputError: there is none.
    """
    films = {film.name: film for film in result.run.films}
    clocks = {name: FrameClock.for_editing(film) for name, film in films.items()}
    found = [
        clip_of(person, films[shot.source], shot, clocks[shot.source])
        for person in chosen_people(result, options)
        for shot in person.shots
    ]
    if not found:
        raise nothing(result, options, "shot")
    return found


def clip_of(person: Chosen, film: SourceFacts, shot: Shot, clock: FrameClock) -> Clip:
    """Count the frames of a shot at a rate that editing programs know."""
    who = (person.id, person.name)
    if film.rate == clock.rate:
        return Clip(*who, film, shot, clock, shot.first_frame, shot.last_frame + 1)
    first = clock.frame_at(shot.start_s)
    return Clip(*who, film, shot, clock, first, max(clock.frame_at(shot.end_s), first + 1))


def clips_of_one_film(result: StoredResult, options: ExportOptions) -> list[Clip]:
    """Return the shots asked for, for a format that describes one film.

    Raises:
        InputError: there is none, or they are of several films.
    """
    clips = chosen_clips(result, options)
    names = list(dict.fromkeys(clip.film.name for clip in clips))
    if len(names) > 1:
        raise InputError(
            f"expected shots of one film, which is all that this format can describe, got"
            f" {len(names)}: choose with --source NAME ({', '.join(names[:5])})"
        )
    return clips


def chosen_rows(result: StoredResult, options: ExportOptions) -> IntArray:
    """Return the faces of the people asked for, (num_rows,) int64, rows of the table.

    Raises:
        InputError: there is none.
    """
    numbers = shown_people(result) if options.people is None else options.people
    wanted = np.isin(result.faces.person, np.array(numbers, np.int64))
    if options.sources:
        wanted &= np.isin(result.faces.source, np.array(options.sources))
    rows = np.flatnonzero(wanted)
    if not len(rows):
        raise nothing(result, options, "face")
    return rows


def nothing(result: StoredResult, options: ExportOptions, what: str) -> InputError:
    """Return the error that there is nothing to export."""
    names = [result.name_of(number) for number in options.people or ()]
    of_whom = f" of {', '.join(names)}" if names else ""
    length = f" of {options.min_s:g} s or more" if options.min_s else ""
    where = f" in {', '.join(options.sources)}" if options.sources else ""
    return InputError(f"nothing to export: there is no {what}{of_whom}{length}{where}")


def film_length(film: SourceFacts, clock: FrameClock) -> int | None:
    """Return how many frames a film has at the rate of a clock, None where it is not known."""
    if film.length_frames and film.rate == clock.rate:
        return film.length_frames
    return clock.frame_at(film.duration_s) if film.duration_s else None


def note(seen: Shot | InPhoto) -> str:
    """Write how sure it is that a shot shows a person, and what decided that."""
    if seen.person == UNKNOWN:
        return "not known who"
    by_cloth = seen.decided_by is DecidedBy.CLOTH
    word = "clothing" if by_cloth else seen.decided_by.name.lower()
    return f"{sure_percent(seen)} % sure, by {word}"


def place_of(film: SourceFacts, options: ExportOptions) -> str:
    """Return the path of a film as it is exported: absolute, or relative if asked for."""
    path = likely_path(film, options.moved_of(film.name))
    if options.relative_to is None:
        return path.as_posix()
    try:
        return Path(os.path.relpath(path, options.relative_to)).as_posix()
    except ValueError:  # on another drive
        return path.as_posix()


def url_of(film: SourceFacts, options: ExportOptions) -> str:
    """Return the address of a film as it is exported: ``file:///…``, or a relative one."""
    place = place_of(film, options)
    if not PurePath(place).is_absolute():
        return quote(os.fsencode(place))
    rooted = place if place.startswith("/") else f"/{place}"
    return f"file://{quote(os.fsencode(rooted), safe='/:')}"
