"""When people of a library are seen, over all films: answered by the index, no result is read."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from ...data.errors import InputError, MisuseError
from ...data.result.facts import SourceFacts
from ...data.shots.shots import InPhoto, Shot
from ...data.tables.parquet_files import numbers_of, places_in
from ..api.seen import Seen, company_text
from ..library_files.moment_rows import seen_of
from ..library_files.people import LibraryPeople, LibraryPerson
from ..library_files.sources import LibrarySource
from .shown import LibraryShown

_MANY = 2**32  # more than any film has people

Place = tuple[str, str]
"""A film or photo: key of its result, and what that calls it."""

Moment = tuple[Place, Shot | InPhoto]


@dataclass(frozen=True)
class Asking:
    """What somebody asks.

    Attributes:
        who: the people.
        together: only where all of these are seen at the same time.
        without: only where none of these is seen.
        from_s, to_s: only what was taken from then on, and before then, seconds since 1970.
        min_s: the shortest shot, seconds.
    """

    who: tuple[LibraryPerson, ...]
    together: tuple[LibraryPerson, ...] = ()
    without: tuple[LibraryPerson, ...] = ()
    from_s: float = -math.inf
    to_s: float = math.inf
    min_s: float = 0.0

    @property
    def is_of_days(self) -> bool:
        """Whether it asks when something was taken."""
        return self.from_s > -math.inf or self.to_s < math.inf


def asking_for(
    who: Sequence[LibraryPerson],
    together: Sequence[LibraryPerson],
    without: Sequence[LibraryPerson],
    from_: str | None,
    to: str | None,
    min_s: float,
) -> Asking:
    """Return what somebody asks; arguments and errors as of ``Library.show``."""
    from_s = -math.inf if from_ is None else seconds_of_day(from_)
    to_s = math.inf if to is None else seconds_of_day(to, is_end=True)
    if from_s >= to_s:
        raise MisuseError(f"--to {to}: expected a day after --from {from_}")
    if both := {*who} & {*together, *without}:
        called = next(iter(both)).called
        raise InputError(f'--with, --without: expected somebody other than "{called}"')
    return Asking(tuple(who), tuple(together), tuple(without), from_s, to_s, min_s)


class Moments:
    """All shots and photos of a library.

    Args:
        table: of the index.
        people: who is who.
        sources: every film and photo, by place.
        names: a short name for each that no other has.
    """

    def __init__(
        self,
        table: pa.Table,
        people: LibraryPeople,
        sources: Mapping[Place, LibrarySource],
        names: Mapping[Place, str],
    ) -> None:
        self._table, self._people, self._sources, self._names = table, people, sources, names
        film = table["film"].combine_chunks().dictionary_encode()
        self._codes = {key: code for code, key in enumerate(film.dictionary.to_pylist())}
        of_film = numbers_of(film.indices).astype(np.int64)
        self._film_person = of_film * _MANY + numbers_of(table["person"])

    def show(
        self, asking: Asking, facts: Callable[[Collection[str]], list[SourceFacts]]
    ) -> LibraryShown:
        """Return where people are seen.

        Args:
            asking: whom, with whom, and when.
            facts: gives what results say of films and photos of some short names.
        """
        company = company_text(
            *([person.called for person in who] for who in (asking.together, asking.without))
        )
        people, undated = [], 0
        sources: dict[str, LibrarySource] = {}
        for person in asking.who:
            moments = self._in_company(person, asking)
            if asking.is_of_days:
                dated = [moment for moment in moments if self._taken_s(moment) is not None]
                undated += len(moments) - len(dated)
                moments = [
                    moment for moment in dated if asking.from_s <= self._when(moment) < asking.to_s
                ]
            moments = [moment for moment in moments if not _is_short(moment[1], asking.min_s)]
            moments.sort(key=self._order)
            sources |= {self._names[place]: self._sources[place] for place, _ in moments}
            shots = tuple(seen for _, seen in moments if isinstance(seen, Shot))
            photos = tuple(seen for _, seen in moments if isinstance(seen, InPhoto))
            people.append(Seen(person.library_id, person.id, person.called, shots, photos, company))
        return LibraryShown(tuple(people), sources, undated, facts)

    def are_seen_together(self, one: int, other: int) -> bool:
        """Say whether two people, by id, are on screen at one time."""
        first, second = (self._people.by_id[library_id] for library_id in (one, other))
        films = self._films_of(first) & self._films_of(second)
        if not films:  # as of most pairs: then nothing has to be looked for
            return False
        return bool(_kept(self._of([first], films), self._of([second], films), wanted=True))

    def _in_company(self, person: LibraryPerson, asking: Asking) -> list[Moment]:
        """Return the moments of a person with, and without, whom is asked for."""
        moments = self._of([person], self._films_of(person))
        films = {film for (film, _), _ in moments}
        for other in asking.together:
            moments = _kept(moments, self._of([other], films), wanted=True)
        if asking.without:
            moments = _kept(moments, self._of(asking.without, films), wanted=False)
        return moments

    def _films_of(self, person: LibraryPerson) -> set[str]:
        return {member.film for member in self._people.members_of.get(person.library_id, ())}

    def _of(self, who: Sequence[LibraryPerson], films: Collection[str]) -> list[Moment]:
        """Return the moments of people, in these films only."""
        members = {
            member.film_person: person.library_id
            for person in who
            for member in self._people.members_of.get(person.library_id, ())
            if member.film in films and member.film in self._codes
        }
        codes = [self._codes[film] * _MANY + lasting for film, lasting in members]
        rows = np.flatnonzero(np.isin(self._film_person, codes))
        found: list[Moment] = []
        for row in self._table.take(places_in(rows)).to_pylist():
            place = row["film"], row["source"]
            if place in self._names:  # else somebody deleted its result
                library_id = members[row["film"], row["person"]]
                found.append((place, seen_of(row, library_id, self._names[place])))
        return found

    def _taken_s(self, moment: Moment) -> float | None:
        return self._sources[moment[0]].taken_s

    def _when(self, moment: Moment) -> float:
        """Return when it was taken, seconds since 1970; the end of time where nobody knows."""
        taken_s = self._taken_s(moment)
        return math.inf if taken_s is None else taken_s

    def _order(self, moment: Moment) -> tuple[float, str, float]:
        place, seen = moment
        start_s = seen.start_s if isinstance(seen, Shot) else 0.0
        return self._when(moment), self._names[place], start_s


def _kept(moments: list[Moment], others: list[Moment], wanted: bool) -> list[Moment]:
    """Keep those that share a time with one of the others, or that share one with none."""
    there: dict[Place, list[Shot | InPhoto]] = {}
    for place, seen in others:
        there.setdefault(place, []).append(seen)
    return [
        (place, seen)
        for place, seen in moments
        if any(_meet(seen, other) for other in there.get(place, ())) == wanted
    ]


def _meet(one: Shot | InPhoto, other: Shot | InPhoto) -> bool:
    """Say whether two people meet in one film or photo."""
    return not (isinstance(one, Shot) and isinstance(other, Shot)) or one.overlaps(other)


def _is_short(seen: Shot | InPhoto, min_s: float) -> bool:
    return isinstance(seen, Shot) and seen.length_s < min_s


def seconds_of_day(text: str, is_end: bool = False) -> float:
    """Read a day, month or year, ``2019-07-14``, as seconds since 1970: its beginning, or its end.

    Raises:
        MisuseError: it is none.
    """
    parts = text.strip().split("-")
    try:
        if not 1 <= len(parts) <= 3 or len(parts[0]) != 4:
            raise ValueError(text)
        year, month, day = [*map(int, parts), 1, 1][:3]
        begin = date(year, month, day)
        if is_end and len(parts) == 3:
            begin += timedelta(days=1)
        elif is_end and len(parts) == 2 and month < 12:
            begin = date(year, month + 1, 1)
        elif is_end:
            begin = date(year + 1, 1, 1)
    except (ValueError, OverflowError):
        raise MisuseError(
            f'expected a day such as 2019-07-14, 2019-07 or 2019, got "{text}"'
        ) from None
    return (begin - date(1970, 1, 1)).total_seconds()
