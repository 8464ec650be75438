"""Which of the films and photos somebody gives a library are new, moved or gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...data.errors import InputError
from ...data.hashes.content import hash_source
from ...data.hashes.picture import hash_picture, shows
from ...data.media.kinds import Kind
from ...data.media.photos import taken_s_of
from ...data.media.search import Skipped
from ...data.media.sources import find_files
from ...data.media.streams import film_taken_s
from ...data.progress import ProgressHook, silent
from ...data.result.result import StoredResult, is_result
from ..library_files.catalogue import Catalogue, key_of_contents
from ..library_files.sources import LEFT_OUT, LibrarySource
from ..workers.remote import Place, RemoteFilm, films_at, hash_at, is_url, stamp_of
from ..workers.unit import Unit


@dataclass
class Scan:
    """What was found.

    Attributes:
        units: what is to be looked at, in the order it was given.
        num_known: films and photos that are in the library already.
        moved: of these, the new places of those that were elsewhere before.
        copies: further files with the content of one in the library.
        skipped: what cannot be used, or is left out by design.
        gone: where known films and photos were the last time and are not any more.
    """

    units: list[Unit] = field(default_factory=list)
    num_known: int = 0
    moved: list[Path] = field(default_factory=list)
    copies: list[Path] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    gone: list[Path] = field(default_factory=list)


def scan(
    given: Sequence[Path],
    catalogue: Catalogue,
    progress: ProgressHook = silent,
    again: frozenset[str] = frozenset(),
    urls: Sequence[str] = (),
) -> Scan:
    """Find out what is new. Where files are now, and which are gone, is noted in the catalogue.

    Args:
        given: films, photos, folders of them, and results of castlist.
        catalogue: of the library; changed.
        progress: called as (step, completed, total).
        again: keys of results that are to be made again where their films are here.
        urls: addresses of films, or of what holds films.
    """
    catalogue.let_in()
    scanning = _Scanning(catalogue, again)
    found = scanning.found
    results = [path for path in given if is_result(path)]
    for path in results:
        scanning.add_result(path)
    files = find_files([path for path in given if path not in results], found.skipped.append)
    known = scanning.by_path  # first, else a copy could be taken for them
    files.sort(key=lambda file: str(file[0].absolute()) not in known)
    for number, (path, kind) in enumerate(files):
        progress("looking for what is new", number, len(files))
        scanning.add_file(path.absolute(), kind)
    for film in [remote for url in urls for remote in films_at(url, found.skipped)]:
        scanning.add_film_at(film)
    found.units += _photo_units(scanning.photos, catalogue)
    found.gone += _note_gone(catalogue)
    return found


def _note_gone(catalogue: Catalogue) -> Iterator[Path]:
    """Note which files are not where they were, or are others by now; give those new to it."""
    for row in list(catalogue.rows.values()):
        if not row.path or row.kind == LEFT_OUT or is_url(row.path):
            continue  # a result does not say everything, and nobody asks a bucket each time
        path = Path(row.path)
        size, mtime_ns = stamp_of(path)
        fields: dict[str, Any] = {"gone": size < 0}
        if size >= 0 and not row.is_at(path, size, mtime_ns):
            # somebody has touched it, written into it, or put another film in its place
            content = _content_of(row, path)
            fields = {"gone": not content}
            if content:
                fields |= {"size": size, "mtime_ns": mtime_ns, **_fields(row, path, content)}
        if fields["gone"] and not row.gone:
            yield path
        catalogue.change(row, **fields)


class _Scanning:
    """Takes in results, files and films at addresses, one after the other.

    Attributes:
        found: what was found; of photos, ``photos`` has those that are new, by folder.
    """

    def __init__(self, catalogue: Catalogue, again: frozenset[str]) -> None:
        self._catalogue, self._again = catalogue, again
        self._by_content, self.by_path = catalogue.by_content, catalogue.by_path
        self._of_picture = {picture: row.content for picture, row in catalogue.by_picture.items()}
        self._seen: set[str] = set()
        self.found = Scan()
        self.photos: defaultdict[Path, list[tuple[Path, str]]] = defaultdict(list)

    def add_result(self, folder: Path) -> None:
        found = self.found
        try:
            sources = StoredResult.load(folder).sources
        except InputError as error:
            found.skipped.append(Skipped(folder, "folder", str(error)))
            return
        contents = {
            self._as_known(source.content, source.picture) or source.name for source in sources
        }
        double = contents & {*self._by_content}
        if contents and contents == double:
            found.num_known += len(sources)
        elif double:
            why = (
                f"{folder}: {len(double)} of its {len(contents)} films are in the library already;"
                " add the films themselves"
            )
            found.skipped.append(Skipped(folder, "folder", why))
        else:
            key = key_of_contents(contents, self._catalogue.films)
            found.units.append(Unit(key, (folder.absolute(),), "result"))

    def add_file(self, path: Path, kind: Kind) -> None:
        content = self._content(path)
        if content is None:
            return
        known = content
        if content not in self._by_content and (picture := hash_picture(path, kind)):
            known = self._as_known(content, picture)
            self._of_picture.setdefault(picture, content)
        row = self._by_content.get(known)
        if row is not None and row.kind == LEFT_OUT and row.film not in self._again:
            why = f"{path}: {row.seen or 'it could not be used when it was looked at'}"
            self.found.skipped.append(Skipped(path, "photo", why))
        elif self._is_wanted(path, known, content):
            if kind == "photo":
                self.photos[path.parent].append((path, content))
            else:
                self.found.units.append(Unit(self._key(known), (path,), "film"))

    def _as_known(self, content: str, picture: str) -> str:
        """Return the content by which a film or photo is known, in which something may be new."""
        is_known = content in self._by_content or not picture
        return content if is_known else self._of_picture.get(picture, content)

    def add_film_at(self, film: RemoteFilm) -> None:
        before = self.by_path.get(film.url)
        try:
            if before is not None and before.is_at(film.url, film.size, film.stamp):
                content = before.content
            else:
                content = hash_at(film.url)
        except InputError as error:
            self.found.skipped.append(Skipped(Path(film.url), "film", str(error)))
            return
        if self._is_wanted(film.url, content, content):
            self.found.units.append(Unit(self._key(content), (), "film", film.url))

    def _content(self, path: Path) -> str | None:
        """Return the hash of a file, None where it cannot be read; a known one is not read."""
        row = self.by_path.get(str(path))
        if row is not None and row.is_at(path, *stamp_of(path)):
            return row.content
        try:
            return hash_source(path)
        except InputError as error:
            self.found.skipped.append(Skipped(path, "file", str(error)))
            return None

    def _is_wanted(self, place: Place, content: str, now: str) -> bool:
        """Say whether a file is to be looked at: it is new, or another has to be made of it.

        Args:
            place: of the file.
            content: by which it is known.
            now: what it is now, another where a program has written into the file.
        """
        if content in self._seen:
            self.found.copies.append(Path(place))
            return False
        self._seen.add(content)
        row = self._by_content.get(content)
        if row is None:
            return True
        self._note_place(place, row, now)
        return row.film in self._again

    def _note_place(self, place: Place, row: LibrarySource, content: str) -> None:
        """Note where a known film or photo is now."""
        found = self.found
        found.num_known += 1
        size, mtime_ns = stamp_of(place)
        if row.path != str(place) and _is_there(row):
            found.copies.append(Path(place))
            return
        if row.path != str(place):
            found.moved.append(Path(place))
        fields = _fields(row, Path(place), content) | {"path": str(place), "gone": False}
        self._catalogue.change(row, size=size, mtime_ns=mtime_ns, **fields)

    def _key(self, content: str) -> str:
        row = self._by_content.get(content)
        return row.film if row else key_of_contents([content], self._catalogue.films)


def _is_there(row: LibrarySource) -> bool:
    """Say whether a film or photo is where it was."""
    path = Path(row.path)
    return is_url(row.path) or (path.is_file() and bool(_content_of(row, path)))


def _content_of(row: LibrarySource, path: Path) -> str:
    """Return the content of a file that is a film or photo known; "" = it is another, or none."""
    try:
        content = hash_source(path)
    except InputError:
        return ""
    return content if content == row.content or shows(path, row.picture) else ""


def _fields(row: LibrarySource, path: Path, content: str) -> dict[str, Any]:
    """Return what changes of a film or photo with the content of its file."""
    if content == row.content:
        return {}
    taken_s = taken_s_of(path) if row.kind == "photo" else film_taken_s(path)
    return {"content": content, "taken_s": taken_s}  # its date may have been put right


def _photo_units(
    photos: Mapping[Path, list[tuple[Path, str]]], catalogue: Catalogue
) -> Iterator[Unit]:
    """Give what is to be looked at of folders with new photos."""
    before: defaultdict[Path, list[LibrarySource]] = defaultdict(list)
    for row in catalogue.rows.values() if photos else ():
        if row.kind in ("photo", LEFT_OUT):
            before[Path(row.path).parent].append(row)
    for folder, new in photos.items():
        yield _photos(new, before[folder], catalogue)


def _photos(new: list[tuple[Path, str]], before: list[LibrarySource], catalogue: Catalogue) -> Unit:
    """Return new photos of a folder with the earlier ones, which are looked at together.

    Where some earlier ones are gone, these keep their people; then the new ones stand alone.
    """
    there = {str(path) for path, _ in new}
    rest = [row for row in before if row.path not in there]
    for key in sorted({row.film for row in rest}):
        theirs = [row for row in rest if row.film == key]
        every = sum(row.film == key for row in catalogue.rows.values())
        if len(theirs) == every and all(Path(row.path).is_file() for row in theirs):
            paths = [Path(row.path) for row in theirs] + [path for path, _ in new]
            return Unit(key, tuple(sorted(paths)), "photos")
    contents = catalogue.by_content
    again = {contents[content].film for _, content in new if content in contents}
    key = min(again) if again else key_of_contents([content for _, content in new], catalogue.films)
    return Unit(key, tuple(sorted(path for path, _ in new)), "photos")
