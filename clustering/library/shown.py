"""Where people of a library are seen: shots and photos over all films, to print and copy."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from ...data.errors import printable_name
from ...data.progress import ProgressHook, silent
from ...data.result.facts import SourceFacts
from ...data.shots.shots import InPhoto, Shot
from ..api.seen import Seen, SeenPeople, fields_of
from ..api.shown import shot_line
from ..library_files.sources import LibrarySource
from ..report.wording import count, taken

if TYPE_CHECKING:
    from ..api.copying import Copied


@dataclass(frozen=True, eq=False)
class LibraryShown(SeenPeople):
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

    def __str__(self) -> str:
        lines = []
        for seen in self.people:
            lines.append(seen.headline)
            films: dict[str, list[Shot]] = {}
            for shot in seen.shots:
                films.setdefault(shot.source, []).append(shot)
            for name, shots in films.items():
                lines.append(f"  {self._dated(name)}")
                lines += [f"    {shot_line(shot)}" for shot in shots]
            lines += [f"  {self._dated(photo.source)}" for photo in seen.photos]
        if self.num_undated:
            more = count(self.num_undated, "shot or photo", "shots and photos")
            lines.append(f"Note: left out, since nobody knows of what day: {more}")
        return "\n".join(lines) or "nobody is seen there"

    __repr__ = __str__

    def _dated(self, name: str) -> str:
        source = self.sources[name]
        when = f", {taken(source.taken_s)}" if source.taken_s is not None else ""
        if source.kind == "photo" and "/" not in name:  # IMG_1234.JPG alone says little
            name = f"{printable_name(PurePath(source.path).parent.name)}/{name}".lstrip("/")
        return f"{name}{when}{', not there any more' if source.gone else ''}"

    def to_dict(self) -> dict[str, Any]:
        """Return everything in the types of JSON: times in seconds, frames, timecode."""
        return {
            "people": [seen.to_dict(self._fields) for seen in self.people],
            "left_out_without_a_date": self.num_undated,
        }

    def _fields(self, seen: Shot | InPhoto) -> dict[str, Any]:
        source = self.sources[seen.source]
        return {
            **fields_of(seen), "path": source.path, "film": source.film, "taken_s": source.taken_s,
            "gone": source.gone,
        }  # fmt: skip

    def copy_to(
        self, folder: str | Path, link: bool = False, progress: ProgressHook = silent
    ) -> Copied:
        """Copy the photos into a folder, and cut the shots out of the films into it.

        Args:
            folder: made when missing.
            link: make links to the photos instead of copies.
            progress: called as (step, completed, total).

        Raises:
            InputError: there is nothing to copy, or none of it is there any more.
        """
        from ..api.copying import copy_to

        return copy_to(
            self.facts(self.sources), self.people, Path(folder), link, None, progress,
            "add it to the library again where it is now",
        )  # fmt: skip
