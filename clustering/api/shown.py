"""Where people are seen, alone or with others: shots and photos, to print, copy and go on with."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ...data.errors import InputError, MisuseError
from ...data.progress import ProgressHook, silent
from ...data.result.people import Person
from ...data.result.result import StoredResult
from ...data.shots.company import in_company
from ...data.shots.named import find_person, shown_people
from ...data.shots.shots import (
    InPhoto,
    Shot,
    ShotRules,
    person_photos,
    person_shots,
    sure_percent,
)
from ...data.shots.timecode import seconds_at
from ...data.tables.codes import UNKNOWN
from ...data.times import is_timecode, seconds_of
from ..report.wording import clock, count, duration
from .seen import Seen, SeenPeople, company_text, fields_of

if TYPE_CHECKING:
    import pandas as pd

    from .copying import Copied

Who: TypeAlias = str | int | Person
"""A person: a name, an id such as ``person_003`` or its number, 3, or one of ``result.people``."""


@dataclass(frozen=True, eq=False, repr=False)
class Shown(SeenPeople):
    """Shots and photos of some people; ``print`` lists them.

    Attributes:
        result: where they are from.
        people: whom it is about, and where each is seen.
        is_whole: whether every shot is listed; else a line for each person.
    """

    result: StoredResult
    people: tuple[Seen, ...]
    is_whole: bool

    def __str__(self) -> str:
        lines = []
        for seen in self.people:
            lines.append(seen.headline)
            if self.is_whole:
                many = len(self.result.run.films) > 1
                lines += [
                    f"  {shot_line(shot)}{f'  {shot.source}' if many else ''}"
                    for shot in seen.shots
                ]
                lines += [f"  {photo.source}" for photo in seen.photos]
        nobody = "nobody is seen there" if self.is_whole else "nobody was found"
        return "\n".join(lines) or nobody

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """Return everything in the types of JSON: times in seconds, frames, timecode."""
        return {
            "result": self.result.name,
            "people": [seen.to_dict(fields_of) for seen in self.people],
        }

    def to_pandas(self) -> pd.DataFrame:
        """Return a table with a row for each shot and photo.

        Raises:
            InputError: pandas is not installed.
        """
        rows = []
        for seen in self.people:
            everywhere: list[Shot | InPhoto] = [*seen.shots, *seen.photos]
            rows += [{"id": seen.id, "name": seen.name, **fields_of(place)} for place in everywhere]
        return frame_of(rows)

    def copy_to(
        self,
        folder: str | Path,
        link: bool = False,
        moved: str | Path | None = None,
        progress: ProgressHook = silent,
    ) -> Copied:
        """Copy the photos into a folder, and cut the shots out of the films into it.

        What is there already stays.

        Args:
            folder: made when missing.
            link: make links to the photos instead of copies.
            moved: the film, or a folder with films and photos, where they are now.
            progress: called as (step, completed, total).

        Returns:
            What was copied; ``paths`` are all files, also those that were there.

        Raises:
            InputError: there is nothing to copy, or none of it is where it was.
        """
        from .copying import copy_to

        place = Path(moved) if moved else None
        return copy_to(self.result.sources, self.people, Path(folder), link, place, progress)

    def reel(
        self,
        path: str | Path,
        moved: str | Path | None = None,
        progress: ProgressHook = silent,
    ) -> Path:
        """Write the shots into one film, one after the other; returns it.

        Args:
            path: the film, or a folder for it.
            moved: the film, or a folder with films, where they are now.
            progress: called as (step, completed, total).

        Raises:
            InputError: there is no shot, or a film is no longer where it was.
        """
        from .copying import reel_to

        place = Path(moved) if moved else None
        return reel_to(self.result, Path(path), self.shots, place, progress)


def show(
    result: StoredResult,
    who: Sequence[Who] = (),
    with_: Sequence[Who] = (),
    without: Sequence[Who] = (),
    min_s: float = 0.0,
    handles_s: float = 0.0,
    at: str | float | None = None,
) -> Shown:
    """Return where people are seen.

    Args:
        result: it has them.
        who: people; nobody = everybody but those that are hidden.
        with_: only where all of these are seen at the same time.
        without: only where none of these is seen.
        min_s: the shortest shot, seconds.
        handles_s: seconds more at both ends of a shot.
        at: only who is on screen at this time of a film: seconds, ``1:30`` or timecode.

    Raises:
        InputError: nobody has that name, or somebody is to be seen with themselves.
        MisuseError: ``at`` is no time, or timecode that no film has.
    """
    together, others = find_all(result, with_), find_all(result, without)
    people = find_all(result, who) if who else shown_people(result)
    found = []
    for person in people:
        if person in {*together, *others}:
            name = result.name_of(person)
            raise InputError(f'--with, --without: expected somebody other than "{name}"')
        found.append(_seen(result, person, together, others, ShotRules(min_s, handles_s)))
    if at is not None:
        found = _at(found, _times(result, str(at)))
    return Shown(result, tuple(found), bool(who or with_ or without) or at is not None)


def _at(found: Sequence[Seen], times_s: Mapping[str, float]) -> list[Seen]:
    """Return who is on screen at a time of each film, with the shot in which they are."""
    then = [
        dataclasses.replace(seen, photos=(), shots=tuple(
            shot for shot in seen.shots
            if shot.start_s <= times_s.get(shot.source, math.inf) < shot.end_s
        ))
        for seen in found
    ]  # fmt: skip
    return [seen for seen in then if seen.shots]


def _times(result: StoredResult, at: str) -> dict[str, float]:
    """Return the seconds that a time means in each film; timecode means none in some.

    Raises:
        MisuseError: it is no time, or timecode that no film has.
    """
    times_s, problems = {}, []
    for film in result.run.films:
        try:
            times_s[film.name] = seconds_at(at, film) if is_timecode(at) else seconds_of(at)
        except ValueError as error:
            raise MisuseError(str(error)) from error
        except MisuseError as error:
            problems.append(error)
    if problems and not times_s:
        raise problems[0]
    return times_s


def find_all(result: StoredResult, who: Iterable[Who]) -> list[int]:
    """Return the numbers of people as in the ``person`` column, each once.

    Raises:
        InputError: nobody has that name.
    """
    return list(dict.fromkeys(find_person(result, word_of(person)) for person in who))


def several(who: Who | Iterable[Who]) -> list[Who]:
    """Return one person, or several, as a list."""
    return list(who) if isinstance(who, Iterable) and not isinstance(who, str) else [who]


def word_of(who: Who) -> str:
    """Return a person as the command line is given one."""
    return who.id if isinstance(who, Person) else str(who)


def _seen(
    result: StoredResult, person: int, together: list[int], others: list[int], rules: ShotRules
) -> Seen:
    shots = person_shots(result, person, dataclasses.replace(rules, handles_s=0.0))
    kept, photos = in_company(result, shots, person_photos(result, person), together, others)
    if rules.handles_s:  # company is asked of the shots themselves
        longer = person_shots(result, person, rules)
        kept = [wide for shot, wide in zip(shots, longer, strict=True) if shot in kept]
    company = company_text(*([result.name_of(n) for n in who] for who in (together, others)))
    name = result.name_of(person)
    return Seen(person, result.cast.id_of(person), name, tuple(kept), tuple(photos), company)


def shot_line(shot: Shot) -> str:
    """Write a shot in a line: its ends, length, faces, and how sure it is, if anybody is known."""
    ends = (shot.tc_in, shot.tc_out) if shot.tc_in else (clock(shot.start_s), clock(shot.end_s))
    faces = count(shot.num_faces, "face")
    length = f"{duration(shot.length_s):>8}"
    line = f"{ends[0]}  {ends[1]}  {length}  {faces:>9}"
    return line if shot.person == UNKNOWN else f"{line}  {sure_percent(shot):>3} % sure"


def frame_of(rows: Any) -> pd.DataFrame:
    """Return a table of pandas.

    Raises:
        InputError: pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise InputError("to_pandas needs pandas; run: pip install pandas") from error
    return pd.DataFrame(rows)
