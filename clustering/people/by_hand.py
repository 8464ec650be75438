"""Folders renamed and crops moved by hand, read as decisions."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...data.errors import InputError
from ...data.result.decisions import Decision, Decisions
from ...data.result.names import UNKNOWN_NAME
from ...data.result.people_folder import PEOPLE_FOLDER, is_crop, pictures_in
from ...data.result.people_names import (
    IGNORE_FOLDER,
    NOT_A_FACE_FOLDER,
    clean_name,
    key_of,
    refuse_number,
)
from ...data.result.result import StoredResult
from ...data.tables.codes import UNKNOWN
from . import deciding, finding

_WITH_A_MEANING = (UNKNOWN_NAME, NOT_A_FACE_FOLDER, IGNORE_FOLDER)  # folders of nobody


@dataclass(frozen=True)
class ByHand:
    """What was read.

    Attributes:
        decisions: in the order they are to be made.
        problems: what could not be read as a decision, a line each.
    """

    decisions: tuple[Decision, ...]
    problems: tuple[str, ...]


def read_by_hand(result: StoredResult, decisions: Decisions) -> ByHand:
    """Compare where crops lie with where castlist put them.

    A folder whose crops are all in one of another name was renamed: its person has that name. Other
    crops were moved: to the person of the folder, to somebody new where it is nobody's, to
    ``unknown``, or to ``not_a_face``. Crops that were deleted or are in ``ignore`` say nothing.

    Args:
        result: loaded from its folder.
        decisions: those made so far.
    """
    reader = _Reader(result, decisions)
    reader.read_renamed()
    reader.read_moved()
    return ByHand(
        tuple(dataclasses.replace(decision, by_hand=True) for decision in reader.decisions),
        tuple(reader.problems),
    )


class _Reader:
    def __init__(self, result: StoredResult, decisions: Decisions) -> None:
        self._result = result
        self._next_id = finding.next_id(result, decisions)
        self._expected = result.cast.folders_of_faces(result.faces)
        self._ids = {
            key_of(result.cast.folder_of(number)): person_id
            for number, person_id in enumerate(result.cast.ids.tolist())
        }
        self._ids |= {
            key_of(name): person_id
            for person_id, name in result.cast.names.items()
            if key_of(name) not in self._ids
        }
        self._places = self._found()
        self.decisions: list[Decision] = []
        self.problems: list[str] = []

    def _found(self) -> dict[int, str]:
        """Return the folder that the crop of each row is in, where it is in one."""
        result, places = self._result, {}
        files = _folders_of_crops(Path(result.folder or "") / PEOPLE_FOLDER)
        for row, (name, expected) in enumerate(zip(result.crop_names, self._expected, strict=True)):
            folders = files.get(name, [])
            if folders:
                places[row] = expected if expected in folders else folders[0]
        return places

    def read_renamed(self) -> None:
        """Read folders that have another name now."""
        of_folder: dict[str, list[int]] = {}
        for row in self._places:
            if self._result.faces.person[row] != UNKNOWN:
                of_folder.setdefault(self._expected[row], []).append(row)
        for folder, rows in sorted(of_folder.items(), key=lambda item: -len(item[1])):
            now = Counter(self._places[row] for row in rows)
            if folder in now:
                continue
            new = min(now, key=lambda name: (-now[name], name))
            if key_of(new) in self._ids or new in _WITH_A_MEANING:
                continue
            self._name(self._ids[key_of(folder)], new)

    def _name(self, person_id: int, folder: str) -> None:
        try:
            self.decisions += deciding.name(self._result, person_id, folder, merge=False)
        except InputError as error:
            self.problems.append(f"{PEOPLE_FOLDER}/{folder}: not read as a name: {error}")
        self._ids[key_of(folder)] = person_id

    def read_moved(self) -> None:
        """Read crops that lie in the folder of somebody else."""
        moved: dict[str, list[int]] = {}
        own_ids = self._result.cast.of_faces(self._result.faces)
        for row, folder in self._places.items():
            is_own = self._ids.get(key_of(folder), UNKNOWN) == own_ids[row] != UNKNOWN
            if folder != self._expected[row] and not is_own:
                moved.setdefault(folder, []).append(row)
        for folder, rows in moved.items():
            if folder == NOT_A_FACE_FOLDER:
                self.decisions.append(deciding.no_face(self._result, np.array(rows)))
            elif folder != IGNORE_FOLDER:
                self._move(folder, rows)

    def _move(self, folder: str, rows: list[int]) -> None:
        person_id = UNKNOWN if folder == UNKNOWN_NAME else self._ids.get(key_of(folder))
        name = ""
        if person_id is None:
            try:
                name = clean_name(folder)
                refuse_number(name, self._ids.values(), "that person has a folder already")
            except InputError as error:
                self.problems.append(f"{PEOPLE_FOLDER}/{folder}: not read: {error}")
                return
            person_id, self._next_id = self._next_id, self._next_id + 1
        kept: list[int] = []
        for row in rows:
            problem = deciding.conflict(self._result, np.array([*kept, row]), person_id)
            if problem and person_id != UNKNOWN:
                self.problems.append(f"{PEOPLE_FOLDER}/{folder}: put back: {problem}")
            else:
                kept.append(row)
        if kept:
            self.decisions.append(deciding.moved(self._result, np.array(kept), person_id))
            if name:
                self.decisions += deciding.name(self._result, person_id, name, merge=False)


def _folders_of_crops(people: Path) -> dict[str, list[str]]:
    """Return the folders of people/ that each crop is in, by the crop's name."""
    folders: dict[str, list[str]] = {}
    for *inside, name in pictures_in(people):
        if inside and is_crop(name):
            folders.setdefault(name, []).append(inside[0])
    return folders
