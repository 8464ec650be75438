"""Films of a library with their people, as pages show them: portraits, names, where files are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from ..library_files.catalogue import Catalogue
from ..library_files.people import FilmPerson
from ..library_files.sources import LibrarySource


@dataclass(frozen=True)
class Portrait:
    """The face that stands for a person of a film.

    Attributes:
        crop: its crop, ``film/crop``.
        box: of the face in the picture, x1 y1 x2 y2, pixels.
        source: the film or photo, as its result calls it.
        from_s, to_s: when it is seen there, seconds; NaN = nobody knows.
        others: crops of other shots, ``film/crop``.
    """

    crop: str
    box: tuple[float, ...]
    source: str
    from_s: float
    to_s: float
    others: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class IndexedFilms:
    """What is known of the people of films without opening a result.

    Attributes:
        table: of the people of the index.
        catalogue: the films.
    """

    table: pa.Table
    catalogue: Catalogue

    @cached_property
    def portraits(self) -> Mapping[FilmPerson, Portrait]:
        """Who stands for each person of a film."""
        columns = ["film", "person", "portrait", "portrait_box", "others", "source"]
        columns += ["from_s", "to_s"]
        return {
            (row["film"], row["person"]): Portrait(
                f"{row['film']}/{row['portrait']}",
                tuple(row["portrait_box"]), row["source"], row["from_s"], row["to_s"],
                tuple(f"{row['film']}/{name}" for name in row["others"]),
            )
            for row in self.table.select(columns).to_pylist()
        }  # fmt: skip

    @cached_property
    def by_crop(self) -> Mapping[str, FilmPerson]:
        """Whom each of these crops shows."""
        return {
            crop: film_person
            for film_person, portrait in self.portraits.items()
            for crop in (portrait.crop, *portrait.others)
        }

    def file_of(self, film_person: FilmPerson) -> Path | None:
        """Return the film or photo that a person's portrait is from; None = not known."""
        portrait = self.portraits.get(film_person)
        row = self.catalogue.rows.get((film_person[0], portrait.source)) if portrait else None
        return Path(row.path) if row and row.path else None

    @cached_property
    def rows(self) -> Mapping[str, list[LibrarySource]]:
        """The films and photos of each result, by key."""
        return self.catalogue.by_film

    @cached_property
    def names(self) -> Mapping[str, str]:
        """A short name of each result, by key: that of its first film, or its folder of photos."""
        return self.catalogue.titles()
