"""The named people of a result in a folder of known people: portraits, and their vectors."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..data.errors import InputError
from ..data.files import replacing_file
from ..data.lock import locked
from ..data.result.people import Person
from ..data.result.people_folder import MissingCropError, is_crop
from ..data.result.people_names import folder_names, key_of
from ..data.result.result import StoredResult
from ..data.result.store import read_faces, write_faces
from ..data.tables.faces import Faces
from .known_folder import VECTORS, facts_of, key_at, stored_vectors
from .known_people import named_people
from .people.anchors import anchor_rows
from .people.known import without_clothes

WAIT_S = 30.0
"""So long one program waits for another that changes the same folder: a film's names take less."""


class Learnt(NamedTuple):
    """What came into a folder of known people.

    Attributes:
        names: of the people.
        notes: who was left out, and what became of portraits that were there under other names, a
            line each.
    """

    names: list[str]
    notes: list[str]

    def text(self, folder: Path) -> list[str]:
        """Write both, a line each."""
        known = [f"{folder} knows {', '.join(self.names)}"] if self.names else []
        return [*known, *self.notes]


class _Portrait(NamedTuple):
    """A portrait that lies in the folder of somebody who is called otherwise now."""

    path: Path
    row: int  # of the result


def add_known(folder: Path, result: StoredResult) -> Learnt:
    """Put the named people of a result into a folder of known people: portraits and vectors.

    Portraits of theirs that lie there under another name, as after a new name, come along.

    Args:
        folder: of known people; made where it is missing.
        result: with its crops; hidden people are left out.

    Raises:
        InputError: nobody has a name, the folder cannot be written to, or another program holds it
            for longer than ``WAIT_S``.
    """
    named = named_people(result)
    if not named:
        raise InputError(
            f"{result.name}: expected people with names, found none; castlist name gives them"
        )
    with locked(folder, "learning names", WAIT_S):
        return _add(folder, result, named)


def _add(folder: Path, result: StoredResult, named: Sequence[Person]) -> Learnt:
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    there = {key_at(path): path for path in files if path.is_dir()}
    names = {person.number: str(person.given_name) for person in named}
    learnt: list[str] = []
    notes: list[str] = []
    try:
        elsewhere = _under_other_names(there, result, names)
        for person in named:
            name, theirs = names[person.number], elsewhere[person.number]
            best = anchor_rows(result, int(result.cast.ids[person.number])).tolist()
            rows = [row for row in {*best, *(one.row for one in theirs)} if _has_crop(result, row)]
            if not rows:
                notes.append(f"{name}: left out, since the crops of their best faces were deleted")
                continue
            home = there.get(key_of(name)) or _new_home(folder, name)
            _add_person(home, name, result, sorted(rows))
            learnt.append(name)
        for number, portraits in elsewhere.items():
            notes += _take_out(portraits, names[number])
    except OSError as error:
        raise InputError(f"{folder}: cannot be written to ({error.strerror})") from error
    return Learnt(learnt, notes)


def _new_home(folder: Path, name: str) -> Path:
    """Make a folder for a person, where another one may have the folder that is next to the name:
    ``a:b`` and ``a?b`` both are ``a_b``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    home = folder / folder_names([name], [path.name for path in folder.iterdir()])[0]
    home.mkdir()
    return home


def _under_other_names(
    homes: Mapping[str, Path], result: StoredResult, names: dict[int, str]
) -> defaultdict[int, list[_Portrait]]:
    """Return the portraits that lie under another name than their person has, by person.

    Only files that are a crop of this result to the byte: what else is there may show others.

    Args:
        homes: the folders of people, by the key of the name.
        result: with its crops.
        names: of its people, by number.
    """
    rows = {name: row for row, name in enumerate(result.crop_names)}
    found: defaultdict[int, list[_Portrait]] = defaultdict(list)
    for whose, home in homes.items():
        for path in sorted(home.iterdir()):
            row = rows.get(path.name, -1)
            number = int(result.faces.person[row]) if row >= 0 else -1
            name = names.get(number)
            if name is None or key_of(name) == whose:
                continue
            if _is_crop_of(result, row, path):
                found[number].append(_Portrait(path, row))
    return found


def _has_crop(result: StoredResult, row: int) -> bool:
    try:
        return bool(result.crops[row])
    except MissingCropError:
        return False


def _is_crop_of(result: StoredResult, row: int, path: Path) -> bool:
    try:
        return result.crops[row] == path.read_bytes()
    except MissingCropError:
        return False


def _take_out(portraits: Sequence[_Portrait], name: str) -> list[str]:
    """Delete portraits that lie in their person's folder now, and say so, a line a folder."""
    of_home: defaultdict[Path, list[Path]] = defaultdict(list)
    for one in portraits:
        of_home[one.path.parent].append(one.path)
    lines = []
    for home, paths in of_home.items():
        for path in paths:
            path.unlink()
        _drop_vectors(home / VECTORS, {path.name for path in paths})
        others = [path for path in home.iterdir() if path.name != VECTORS]
        if not any(home.iterdir()):
            home.rmdir()
        kept = f"; {home} keeps {_count(others, 'other file')}" if others else ""
        lines.append(f"{_count(paths, 'portrait')} moved from {home.name} to {name}{kept}")
    return lines


def _count(files: Sequence[Path], what: str) -> str:
    return f"{len(files):,} {what}" + ("" if len(files) == 1 else "s")


def _drop_vectors(table: Path, names: set[str]) -> None:
    """Leave portraits out of the table beside them; without any other it goes."""
    if not table.is_file():
        return
    try:
        faces, facts = read_faces(table)
    except InputError:  # nobody can say whose vectors are in it
        table.unlink()
        return
    kept = faces[~np.isin(faces.source, list(names))]
    if not len(kept):
        table.unlink()
    elif len(kept) < len(faces):
        with replacing_file(table) as partial:
            write_faces(kept, partial, facts)


def _add_person(home: Path, name: str, result: StoredResult, rows: Sequence[int]) -> None:
    names = [result.crop_names[row] for row in rows]
    for row, crop in zip(rows, names, strict=True):
        with replacing_file(home / crop) as partial:
            partial.write_bytes(result.crops[row])
    chosen = result.faces[np.array(rows, dtype=np.int64)]
    faces = without_clothes(chosen.replace(source=np.array(names, dtype=np.str_)))
    models = dataclasses.replace(result.models, cloth_columns={})
    with suppress(InputError):  # what is damaged is written anew; portraits do as photos
        earlier = stored_vectors(home / VECTORS, models)
        if earlier is not None:
            others = earlier[~np.isin(earlier.source, names)]
            faces = Faces.concatenate([others, faces])
    with replacing_file(home / VECTORS) as partial:
        write_faces(faces, partial, facts_of(models, name, home), models)


def forget_known(folder: Path, name: str) -> tuple[Path, ...]:
    """Delete what castlist put into a folder of known people about one of them.

    Args:
        folder: of known people.
        name: of the person.

    Returns:
        Files about the person that are not castlist's, and so stay.

    Raises:
        InputError: there is no such folder, something in it cannot be deleted, or another program
            holds it for longer than ``WAIT_S``.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder of known people, found none")
    with locked(folder, "forgetting a person", WAIT_S):
        return _forget(folder, name)


def _forget(folder: Path, name: str) -> tuple[Path, ...]:
    left: list[Path] = []
    for home in sorted(folder.iterdir()):
        if key_at(home) != key_of(name):
            continue
        files = sorted(home.rglob("*")) if home.is_dir() else [home]
        try:
            for path in filter(Path.is_file, files):
                if home.is_dir() and (path.name == VECTORS or is_crop(path.name)):
                    path.unlink()
                else:
                    left.append(path)
            if home.is_dir() and not any(home.iterdir()):
                home.rmdir()
        except OSError as error:
            raise InputError(
                f"{home}: cannot be deleted ({error.strerror}); delete it yourself"
            ) from error
    return tuple(left)
