"""Ground truth from the folders of crops, after a user has moved and renamed them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.errors import InputError
from ...data.result.names import (
    UNKNOWN_NAME,
    parse_crop_name,
    person_name,
    rows_by_crop_key,
)
from ...data.result.people_folder import PEOPLE_FOLDER, is_left_by_system, is_sheet
from ...data.tables.faces import Faces
from ...data.tables.labels import IGNORE, NOT_A_FACE, Labels


@dataclass(frozen=True, eq=False)
class SortedCrops:
    """The labels in the folders of a result.

    Attributes:
        labels: a row per face of the result, in its order.
        untouched: no crop was moved and no folder renamed: these are the people castlist found.
    """

    labels: Labels
    untouched: bool


def labels_of_crops(
    faces: Faces, result: Path, folders: Sequence[str] | None = None
) -> SortedCrops:
    """Read who is who from ``people/`` of a result.

    A folder is a person, and its name the person's; a folder inside it is an outfit. Crops in
    ``unknown`` and crops that were deleted are not counted: ``ignore``. Folders called
    ``not_a_face`` and ``ignore`` have the meaning of these labels.

    Args:
        faces: the table of the result.
        result: its folder.
        folders: where castlist put the crop of each row, a folder of ``people/``; None = the
            numbers of people say it.

    Raises:
        InputError: no such folder, a file that is no crop of this result, a crop in two folders or
            in none, or no crop of a person at all.
    """
    people = result / PEOPLE_FOLDER
    if not people.is_dir():
        raise InputError(
            f"{people}: expected the folders of crops that castlist find writes, found none"
        )
    rows = rows_by_crop_key(faces)
    person = np.full(len(faces), IGNORE, dtype=object)
    outfit = np.full(len(faces), "", dtype=object)
    where: dict[int, Path] = {}
    folders = folders or [person_name(number) for number in faces.person.tolist()]
    for path in _crops(people, {f"{folder}.jpg" for folder in folders}):
        row = rows.get(parse_crop_name(path.name))
        if row is None:
            raise InputError(f"{path}: no face of this result; is it the crop of another one?")
        if row in where:
            raise InputError(f"{path}: also in {where[row].parent}; leave it in one place")
        where[row] = path
        person[row], outfit[row] = _who(path.relative_to(people))
    named = [name for name in set(person.tolist()) if name not in (IGNORE, NOT_A_FACE)]
    if not named:
        raise InputError(
            f"{people}: expected crops in folders named after people, found none; move some there"
        )
    untouched = len(where) == len(faces) and all(
        path.parent == people / folders[row] for row, path in where.items()
    )
    return SortedCrops(_labels(faces, person.astype(np.str_), outfit.astype(np.str_)), untouched)


def _crops(people: Path, sheets: set[str]) -> Iterator[Path]:
    """Yield the crops under a folder; contact sheets and system files are no crops."""
    for path in sorted(people.rglob("*")):
        inside = path.relative_to(people)
        is_no_crop = is_sheet(path.name) or str(inside) in sheets
        if not path.is_file() or is_left_by_system(inside) or is_no_crop:
            continue
        try:
            parse_crop_name(path.name)
        except ValueError as error:
            raise InputError(
                f"{path}: {error}; move crops and rename folders, but leave the names of crops"
            ) from None
        if len(inside.parts) == 1:
            raise InputError(f"{path}: expected a crop in the folder of a person, found it in none")
        yield path


def _who(path: Path) -> tuple[str, str]:
    """Return person and outfit of a crop, by its path within the folder of people."""
    person, *outfit = (
        " ".join(unicodedata.normalize("NFC", part).split()) for part in path.parts[:-1]
    )
    if person.casefold() in (UNKNOWN_NAME, IGNORE):
        return IGNORE, ""
    if person.casefold() == NOT_A_FACE:
        return NOT_A_FACE, ""
    return person, "/".join(outfit)


def _labels(faces: Faces, person: NDArray[np.str_], outfit: NDArray[np.str_]) -> Labels:
    blank = np.full(len(faces), np.nan)
    return Labels(
        source=faces.source,
        frame=faces.frame,
        box=faces.box.astype(np.float64),
        person=person,
        outfit=outfit,
        yaw_deg=blank,
        pitch_deg=blank,
        visibility=blank,
        where=np.full(len(faces), PEOPLE_FOLDER),
    )
