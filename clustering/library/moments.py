"""When people of a library are seen, over all films: answered by the index, no result is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from ...data.errors import MisuseError
from ...data.progress import ProgressHook, silent
from ...data.result.facts import SourceFacts
from ...data.shots.shots import InPhoto, Shot
from ...data.tables.codes import DecidedBy
from ..api.seen import Seen, company_text, fields_of
from ..api.shown import shot_line
from ..report.wording import taken
from .people import LibraryPeople, LibraryPerson
from .sources import LibrarySource

if TYPE_CHECKING:
    from ..api.copying import Copied

_MANY = 2**32  # more than any film has people

OF_SHOTS = ("take", "first_frame", "last_frame", "start_s", "end_s", "tc_in", "tc_out")
"""What the moments of films have that those of photos lack."""

Place = tuple[str, str]
"""A film or photo: key of its result, and what that calls it."""


@dataclass(frozen=True)
class Asking:
    """What somebody asks.

    Attributes:
        who: the people.
        together: only where all of these are seen at the same time.
        without: only where none of these is seen.
        from_s, to_s: only what was taken then, seconds since 1970; None = whenever.
        min_s: the shortest shot, seconds.
    """

    who: tuple[LibraryPerson, ...]
    together: tuple[LibraryPerson, ...] = ()
    without: tuple[LibraryPerson, ...] = ()
    from_s: float | None = None
    to_s: float | None = None
    min_s: float = 0.0


@dataclass(frozen=True, eq=False)
class LibraryShown:
    """Shots and photos of people over all films; ``print`` lists them.

    Attributes:
        people: where each is seen. Sources have short names that are one in the library.
        sources: the films and photos among them, by that name.
        num_undated: moments that were left out since nobody knows when they were.
        facts: gives what results say of films and photos of these names.
    """

    people: tuple[Seen, ...]
    sources: Mapping[str, LibrarySource]
    num_undated: int
    facts: Callable[[Collection[str]], list[SourceFacts]]

    @property
    def shots(self) -> list[Shot]:
        """All shots, person by person."""
        return [shot for seen in self.people for shot in seen.shots]

    @property
    def photos(self) -> list[str]:
        """The names of all photos, each once."""
        return list(dict.fromkeys(own.source for seen in self.people for own in seen.photos))

    def __str__(self) -> str:
        lines = []
        for seen in self.people:
            lines.append(seen.headline)
            films: dict[str, list[Shot]] = {}
            for shot in seen.shots:
                films.setdefault(shot.source, []).append(shot)
            for name, shots in films.items():
                lines.append(f"  {self._told(name)}")
                lines += [f"    {shot_line(shot)}" for shot in shots]
            lines += [f"  {self._told(photo.source)}" for photo in seen.photos]
        if self.num_undated:
            lines.append(f"Note: {self.num_undated} more are left out, nobody knows of what day")
        return "\n".join(lines) or "nobody is seen there"

    __repr__ = __str__

    def _told(self, name: str) -> str:
        own = self.sources[name]
        when = f", {taken(own.taken_s)}" if own.taken_s is not None else ""
        return f"{name}{when}{', not there any more' if own.gone else ''}"

    def to_dict(self) -> dict[str, Any]:
        """Return everything in the types of JSON: times in seconds, frames, timecode."""
        return {
            "people": [
                {
                    "id": seen.id,
                    "name": seen.name,
                    "shots": [self._fields(shot) for shot in seen.shots],
                    "photos": [self._fields(photo) for photo in seen.photos],
                }
                for seen in self.people
            ],
            "left_out_without_a_date": self.num_undated,
        }

    def _fields(self, seen: Shot | InPhoto) -> dict[str, Any]:
        own = self.sources[seen.source]
        return {
            **fields_of(seen), "path": own.path, "film": own.film, "taken_s": own.taken_s,
            "gone": own.gone,
        }  # fmt: skip

    def to_json(self) -> str:
        """Return everything as JSON."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False)

    def copy_to(
        self, folder: str | Path, link: bool = False, progress: ProgressHook = silent
    ) -> Copied:
        """Copy the photos into a folder, and cut the shots out of the films into it.

        Args:
            folder: made when missing.
            link: make links to the photos instead of copies.
            progress: called as (step, completed, total).

        Raises:
            InputError: there is nothing to copy, or a film or photo is not there any more.
        """
        from ..api.copying import copy_to

        return copy_to(self.facts(self.sources), self.people, Path(folder), link, None, progress)


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
        self._people, self._sources, self._names = people, sources, names
        film = table["film"].combine_chunks().dictionary_encode()
        self._codes = {key: code for code, key in enumerate(film.dictionary.to_pylist())}
        self._person = np.asarray(table["person"].to_numpy(), np.int64)
        self._whole = film.indices.to_numpy().astype(np.int64) * _MANY + self._person
        self._table = table

    def show(
        self, asking: Asking, facts: Callable[[Collection[str]], list[SourceFacts]]
    ) -> LibraryShown:
        """Return where people are seen."""
        found, undated = [], 0
        sources: dict[str, LibrarySource] = {}
        company = company_text(
            *([own.called for own in who] for who in (asking.together, asking.without))
        )
        for person in asking.who:
            own = self._of([person], None)
            films = {film for film, *_ in own}
            for other in asking.together:
                own = _kept(own, self._of([other], films), wanted=True)
            if asking.without:
                own = _kept(own, self._of(asking.without, films), wanted=False)
            own, left_out = self._dated(own, asking)
            undated += left_out
            own = [one for one in own if not _is_short(one[2], asking.min_s)]
            own.sort(key=self._order)
            seen = [one for _, _, one in own]
            sources |= {self._names[f, s]: self._sources[f, s] for f, s, _ in own}
            found.append(
                Seen(
                    person.own, person.id, person.called,
                    tuple(one for one in seen if isinstance(one, Shot)),
                    tuple(one for one in seen if isinstance(one, InPhoto)),
                    company,
                )
            )  # fmt: skip
        return LibraryShown(tuple(found), sources, undated, facts)

    def are_seen_together(self, one: int, other: int) -> bool:
        """Say whether two people, by id, are on screen at one time."""
        both = [self._people.by_id[own] for own in (one, other)]
        films = [{own.film for own in self._people.members_of.get(p.own, ())} for p in both]
        shared = films[0] & films[1]  # most pairs have none: then nothing has to be looked for
        first, second = (self._of([own], shared) if shared else [] for own in both)
        return bool(_kept(first, second, wanted=True))

    def _of(
        self, who: Sequence[LibraryPerson], films: Collection[str] | None
    ) -> list[tuple[str, str, Shot | InPhoto]]:
        """Return (film, source, shot or photo) of people, in these films only."""
        wholes, own = [], {}
        for person in who:
            for member in self._people.members_of.get(person.own, ()):
                if member.film in self._codes and (films is None or member.film in films):
                    wholes.append(self._codes[member.film] * _MANY + member.person)
                    own[member.whole] = person.own
        rows = np.flatnonzero(np.isin(self._whole, wholes))
        return [
            (row["film"], row["source"], self._seen(row, own[row["film"], row["person"]]))
            for row in self._table.take(pa.array(rows)).to_pylist()
            if (row["film"], row["source"]) in self._names  # else somebody deleted its result
        ]

    def _seen(self, row: Mapping[str, Any], person: int) -> Shot | InPhoto:
        name = self._names[row["film"], row["source"]]
        known = {
            "person": person,
            "source": name,
            "num_faces": row["num_faces"],
            "mean_strength": row["strength"],
            "decided_by": DecidedBy(row["decided_by"]),
        }
        if row["take"] is None:
            return InPhoto(**known)
        return Shot(**known, **{name: row[name] for name in OF_SHOTS})

    def _dated(
        self, own: list[tuple[str, str, Shot | InPhoto]], asking: Asking
    ) -> tuple[list[tuple[str, str, Shot | InPhoto]], int]:
        if asking.from_s is None and asking.to_s is None:
            return own, 0
        kept, undated = [], 0
        for film, source, seen in own:
            when = self._sources[film, source].taken_s
            if when is None:
                undated += 1
            elif _or(asking.from_s, -np.inf) <= when < _or(asking.to_s, np.inf):
                kept.append((film, source, seen))
        return kept, undated

    def _order(self, own: tuple[str, str, Shot | InPhoto]) -> tuple[float, str, float]:
        film, source, seen = own
        when = self._sources[film, source].taken_s
        start_s = seen.start_s if isinstance(seen, Shot) else 0.0
        return (np.inf if when is None else when), self._names[film, source], start_s


def _kept(
    own: list[tuple[str, str, Shot | InPhoto]],
    others: list[tuple[str, str, Shot | InPhoto]],
    wanted: bool,
) -> list[tuple[str, str, Shot | InPhoto]]:
    """Keep those that share a time with one of the others, or that share one with none."""
    there: dict[tuple[str, str], list[Shot | InPhoto]] = {}
    for film, source, seen in others:
        there.setdefault((film, source), []).append(seen)
    return [
        (film, source, seen)
        for film, source, seen in own
        if any(_meet(seen, other) for other in there.get((film, source), ())) == wanted
    ]


def _meet(one: Shot | InPhoto, other: Shot | InPhoto) -> bool:
    if isinstance(one, Shot) and isinstance(other, Shot):
        return one.overlaps(other)
    return one.source == other.source


def _or(moment_s: float | None, other: float) -> float:
    return other if moment_s is None else moment_s


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
