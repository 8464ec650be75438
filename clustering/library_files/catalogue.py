"""The films and photos of a library: where each is, and in which result."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

import pyarrow as pa

from ...data.errors import printable_name
from ...data.files import json_of, openable, recover, replacing_file
from ...data.result.facts import RunFacts
from ...data.result.result import RUN, is_result
from ...data.tables.parquet_files import read_parquet, write_parquet
from ..workers.remote import stamp_of
from .places import Places
from .short_names import short_names
from .sources import LEFT_OUT, LibrarySource

_TYPES = pa.schema(
    {
        "film": pa.string(),
        "name": pa.string(),
        "kind": pa.string(),
        "path": pa.binary(),  # as the system has it, which may be no text
        "content": pa.string(),
        "picture": pa.string(),
        "size": pa.int64(),
        "mtime_ns": pa.int64(),
        "taken_s": pa.float64(),
        "gone": pa.bool_(),
        "original": pa.binary(),
        "seen": pa.string(),
    }
)
_PATHS = ("path", "original")


@dataclass
class Catalogue:
    """All films and photos of a library.

    Attributes:
        rows: one for each, by film and name.
    """

    rows: dict[tuple[str, str], LibrarySource] = field(default_factory=dict)

    @classmethod
    def read(cls, places: Places) -> Catalogue:
        """Read it, and add what it lacks from the results, which say where their films were.

        A missing or damaged table is made again.
        """
        rows = {}
        try:
            for row in read_parquet(places.sources, _TYPES).to_pylist():
                paths = {name: os.fsdecode(row[name] or b"") for name in _PATHS}
                texts = {name: row[name] or "" for name in ("seen", "picture")}
                source = LibrarySource(**row | paths | texts)
                rows[source.film, source.name] = source
        except (OSError, pa.ArrowException, TypeError):
            rows = {}
        there = _keys_in(places.films) if places.films.is_dir() else set()
        rows = {key: source for key, source in rows.items() if source.film in there}
        known = {source.film for source in rows.values()}
        found = cls(rows)
        for key in sorted(there - known):
            if run := run_of(places.result(key)):
                found.put(key, run, {})
        return found

    def write(self, places: Places) -> None:
        """Write the table, whole or not at all."""
        rows = [
            dataclasses.asdict(row) | {name: os.fsencode(getattr(row, name)) for name in _PATHS}
            for row in self.rows.values()
        ]
        with replacing_file(places.sources) as partial:
            write_parquet(pa.Table.from_pylist(rows, schema=_TYPES), partial)

    def put(
        self,
        key: str,
        run: RunFacts,
        taken_s: Mapping[str, float],
        left_out: Mapping[str, str] | None = None,
        original: str = "",
        seen: str = "",
    ) -> None:
        """Take in the films and photos of a result.

        Args:
            key: of the result.
            run: its facts.
            taken_s: when films were taken, seconds since 1970, by path.
            left_out: contents of photos that could not be used, by path.
            original: folder of the user's own result, "" = there is none.
            seen: stamp of the decisions there.
        """
        for place in [row for row in self.rows if row[0] == key]:
            del self.rows[place]
        for source in run.sources:
            size, mtime_ns = stamp_of(source.path) if source.path else (-1, -1)
            taken = source.taken_s if source.kind == "photo" else taken_s.get(source.path)
            is_unread = source.kind == "photo" and source.loss and not source.num_frames
            kind = LEFT_OUT if is_unread else source.kind
            self.rows[key, source.name] = LibrarySource(
                key, source.name, kind, source.path, source.content, size, mtime_ns, taken,
                gone=bool(source.path) and size < 0, original=original,
                seen=source.loss if is_unread else seen, picture=source.picture,
            )  # fmt: skip
        for path, content in (left_out or {}).items():
            name = f"left out: {path}"
            self.rows[key, name] = LibrarySource(
                key, name, LEFT_OUT, path, content, *stamp_of(path)
            )

    def let_in(self) -> None:
        """Drop the photos that were left out for want of a library that is here by now."""
        from ...data.media.photos import is_readable_now

        for key, row in list(self.rows.items()):
            if row.kind == LEFT_OUT and is_readable_now(row.seen):
                del self.rows[key]

    def change(self, row: LibrarySource, **fields: Any) -> None:
        """Note something about a film or photo."""
        self.rows[row.film, row.name] = dataclasses.replace(row, **fields)

    def follow(
        self,
        before: Mapping[tuple[str, str], LibrarySource],
        after: Mapping[tuple[str, str], LibrarySource],
    ) -> None:
        """Change the same as in a copy, which was read a while ago.

        Args:
            before: rows of the copy as it was read.
            after: as they are there now; none is new.
        """
        for key, row in before.items():
            if key not in after:
                self.rows.pop(key, None)
            elif after[key] != row and key in self.rows:
                self.change(self.rows[key], **_places_of(after[key]))

    @property
    def films(self) -> list[str]:
        """The keys of all results, sorted."""
        return sorted({row.film for row in self.rows.values()})

    @property
    def by_content(self) -> dict[str, LibrarySource]:
        """Every film and photo by its content."""
        return {row.content: row for row in self.rows.values() if row.content}

    @property
    def by_picture(self) -> dict[str, LibrarySource]:
        """Every film and photo whose picture is known by it."""
        return {row.picture: row for row in self.rows.values() if row.picture}

    @property
    def by_path(self) -> dict[str, LibrarySource]:
        """Every film and photo by where it was last."""
        return {row.path: row for row in self.rows.values() if row.path}

    @property
    def used(self) -> list[LibrarySource]:
        """The films and photos that were looked at."""
        return [row for row in self.rows.values() if row.kind != LEFT_OUT]

    @property
    def by_film(self) -> dict[str, list[LibrarySource]]:
        """The films and photos of each result, by key."""
        found: dict[str, list[LibrarySource]] = {}
        for row in self.used:
            found.setdefault(row.film, []).append(row)
        return found

    def of_film(self, key: str) -> list[LibrarySource]:
        """Return the films and photos of a result."""
        return [row for row in self.used if row.film == key]

    def names(self) -> dict[tuple[str, str], str]:
        """Return a short name for each that no other has: of its file, with folders if need be.

        What is there comes before what was there under the same name.
        """
        rows = sorted(self.rows.items(), key=lambda item: (item[1].gone, item[0]))
        return short_names({key: printable_name(row.path or row.name) for key, row in rows})

    def titles(self) -> dict[str, str]:
        """Return a short name for each result, by key: of its film, or its folder of photos."""
        paths: dict[tuple[str, str], str] = {}
        films = sorted(self.by_film.items(), key=lambda item: (item[1][0].gone, item[0]))
        for key, (row, *_) in films:
            path = str(PurePath(row.path).parent) if row.kind == "photo" else row.path
            paths[key, ""] = printable_name(path or row.name)
        return {key: name for (key, _), name in short_names(paths).items()}

    def called(self, text: str, films: Collection[str]) -> dict[str, str]:
        """Return those of some films that somebody may mean, by key, with a name for each.

        Args:
            text: the end of a path of a film or photo, or of a folder of photos; or the key of a
                result; "" = all of them.
            films: keys of results.
        """
        names, found, exactly = self.names(), {}, {}
        for key, row in self.rows.items():
            if row.film in films and row.kind != LEFT_OUT:
                place, is_photo = PurePath(row.path or row.name), row.kind == "photo"
                if text in (names[key], row.film):
                    exactly[row.film] = names[key]
                if is_photo and (not text or _ends_with(place.parent, text)):
                    found[row.film] = str(place.parent)
                elif not text or _ends_with(place, text):
                    found.setdefault(row.film, names[key])
        return exactly or found


def _places_of(row: LibrarySource) -> dict[str, Any]:
    """Return what is known of a file by where it is now."""
    names = ("path", "content", "size", "mtime_ns", "taken_s", "gone")
    return {name: getattr(row, name) for name in names}


def _ends_with(path: PurePath, text: str) -> bool:
    return f"/{path}".endswith(f"/{PurePath(text)}".replace("//", "/"))


def key_of_contents(contents: Iterable[str], taken: Sequence[str] = ()) -> str:
    """Return the key of a new result: the beginning of the hash of its film, or of its photos."""
    every = sorted(contents)
    digest = every[0].rpartition(":")[2] if len(every) == 1 else ""
    digest = digest or hashlib.sha256("\n".join(every).encode()).hexdigest()
    length = 16
    while digest[:length] in taken and length < len(digest):
        length += 1
    return digest[:length]


def _keys_in(results: Path) -> set[str]:
    """Return the keys of all results; one comes back whose writer was killed replacing it."""
    names = {path.name for path in results.iterdir()}
    keys = {name for name in names if not name.startswith(".")}
    for name in names - keys:
        key, is_partial, _ = name[1:].partition(".partial-")
        if is_partial and key not in keys:
            with suppress(OSError):  # a disk that is only read
                recover(results / key, RUN)
                keys |= {key} if is_result(results / key) else set()
    return keys


def run_of(folder: Path) -> RunFacts | None:
    """Return the facts of a result, without its table; None where they cannot be read."""
    try:
        return RunFacts.from_dict(json_of(openable(folder / RUN).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
