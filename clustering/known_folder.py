"""A folder of known people on disk: whose each folder and photo in it is, and kept vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..data.errors import InputError
from ..data.files import openable
from ..data.media.search import Skipped
from ..data.media.sources import Source, find_sources
from ..data.result.facts import ModelFacts
from ..data.result.people_folder import is_left_by_system
from ..data.result.people_names import clean_name, is_same_file, key_of
from ..data.result.store import read_faces, read_facts
from ..data.tables.faces import Faces

VECTORS = "known.parquet"
"""Vectors of the portraits that castlist put into a person's folder."""


@dataclass(frozen=True)
class KnownPhotos:
    """The photos in a folder of known people.

    Attributes:
        photos: every photo with a name; portraits that castlist put there are among them.
        names: of the person, by the photo's name; spellings of one name are one.
        problems: what cannot be used, and why, a line each.
    """

    photos: tuple[Source, ...]
    names: Mapping[str, str]
    problems: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path) -> KnownPhotos:
        """Look for them; no photo is opened.

        Raises:
            InputError: there is no such folder, it cannot be read, or has no photo.
        """
        if not folder.is_dir():
            raise InputError(f"{folder}: expected a folder of known people, found none")
        skipped: list[Skipped] = []
        found = _sources_in(folder, skipped)
        problems = [f"{item.path.name}: {item.reason}" for item in skipped if not item.is_meant]
        problems += [
            f"{source.name}: is a film, and left out" for source in found if source.kind == "film"
        ]
        photos = [source for source in found if source.kind == "photo"]
        names = _names_of(folder, photos, problems)
        problems += _without_photo(folder, found, skipped)
        if not names:
            raise nobody_known(folder, problems)
        photos = [source for source in photos if source.name in names]
        return cls(tuple(photos), names, tuple(problems))


def name_at(path: Path) -> str:
    """Return whose a folder or a photo in a folder of known people is.

    It is called after them. Where no folder can have the name, castlist notes it inside.

    Raises:
        InputError: nobody can have that name.
    """
    if not path.is_dir():
        return clean_name(path.stem)
    noted = _facts(path / VECTORS)
    name, folder = (str(noted.get(key, "")) for key in ("name", "folder"))
    # a folder that was given another name since is that person's
    return clean_name(name if is_same_file(folder, path.name) else path.name)


def key_at(path: Path) -> str:
    """Return the key of the name of whose a folder or photo is (``key_of``)."""
    try:
        return key_of(name_at(path))
    except InputError:
        return key_of(path.name if path.is_dir() else path.stem)


def facts_of(models: ModelFacts, name: str, home: Path) -> dict[str, Any]:
    """Return what is noted beside the vectors of a person: the networks, and whose they are."""
    return {"networks": networks_of(models), "name": name, "folder": home.name}


def stored_vectors(path: Path, models: ModelFacts) -> Faces | None:
    """Return the faces of known.parquet, None where other networks made their vectors.

    Raises:
        InputError: it is damaged.
    """
    faces, facts = read_faces(path)
    if facts.get("networks") != networks_of(models):
        return None
    wanted = max((last for _, last in models.face_columns.values()), default=None)
    if wanted is not None and len(faces) and faces.face_vector.shape[1] != wanted:
        raise InputError(
            f"{path}: expected vectors of {wanted} numbers as its networks make them, got"
            f" {faces.face_vector.shape[1]}"
        )
    return faces


def networks_of(models: ModelFacts) -> dict[str, list[int]]:
    """Return the face networks and their columns, as the table of a person keeps them."""
    return {name: list(columns) for name, columns in models.face_columns.items()}


def nobody_known(folder: Path, problems: Sequence[str] = ()) -> InputError:
    """Return the error of a folder with nobody in it, and why."""
    why = f" that can be used ({'; '.join(problems[:3])})" if problems else ""
    return InputError(
        f"{folder}: expected photos of known people, a folder or a photo for each, found none{why}"
    )


def _facts(table: Path) -> dict[str, Any]:
    """Return what is noted in a table, nothing where it is missing or damaged."""
    try:
        return read_facts(openable(table))
    except (OSError, InputError):
        return {}


def _sources_in(folder: Path, skipped: list[Skipped]) -> list[Source]:
    try:
        return find_sources([folder], skipped.append)
    except InputError as error:
        if all(item.path == folder and item.kind == "folder" for item in skipped):
            reasons = [] if _is_readable(folder) else [item.reason for item in skipped]
            raise nobody_known(folder, reasons) from error  # of films nothing is asked here
        raise


def _is_readable(folder: Path) -> bool:
    try:
        next(folder.iterdir(), None)
    except OSError:
        return False
    return True


def _names_of(folder: Path, photos: Sequence[Source], problems: list[str]) -> dict[str, str]:
    """Return the name of the person of each photo; what else is wrong is added to the problems."""
    spelled: dict[str, str] = {}
    name_of: dict[str, str] = {}  # of a folder or photo right in the folder, "" = nobody's
    names: dict[str, str] = {}
    for photo in photos:
        inside = photo.path.absolute().relative_to(folder.absolute())
        home = inside.parts[0]
        try:
            if home not in name_of:
                name = name_at(folder / home)
                name_of[home] = spelled.setdefault(key_of(name), name)
        except InputError as error:
            name_of[home] = ""
            problems.append(f"{inside}: {error}")
        if name_of[home]:
            names[photo.name] = name_of[home]
    return names


def _without_photo(folder: Path, found: Sequence[Source], skipped: Sequence[Skipped]) -> list[str]:
    """Name the folders of people with nothing to know them by of which nothing was said yet."""
    base = folder.absolute()
    paths = [source.path for source in found] + [item.path for item in skipped if not item.is_meant]
    seen = {path.absolute().relative_to(base).parts[:1] for path in paths}
    why = {item.path.name: item.reason for item in skipped if item.is_meant}
    return [
        f"{home.name}: {why.get(home.name, 'has no photo in it')}"
        for home in sorted(folder.iterdir())
        if home.is_dir() and (home.name,) not in seen and not is_left_by_system(Path(home.name))
    ]
