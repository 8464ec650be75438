"""The folder of crops in a result: a file per face, in a folder per person."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..errors import InputError
from ..progress import ProgressHook
from ..tables.faces import Faces
from .cast import Cast
from .crops import Crops, KeptCrops
from .decisions import Decisions
from .names import crop_names, parse_crop_name, parse_person_name

PEOPLE_FOLDER = "people"

_LEFT_BY_SYSTEMS = ("Thumbs.db", "desktop.ini")
_FOLDERS_OF_SYSTEMS = ("@eaDir", "__MACOSX", "#recycle", "@Recycle", "$RECYCLE.BIN")


class MissingCropError(InputError):
    """A crop that somebody deleted is needed."""


def crop_paths(faces: Faces, photos: Collection[str], cast: Cast | None = None) -> list[str]:
    """Return where each row's crop lies in the result, ``people/person_001/<name>``.

    Args:
        faces: the table.
        photos: the sources that are photos.
        cast: who the people are; None = nobody gave ids or names.
    """
    names, cast = crop_names(faces, photos), cast or Cast.of_ranks(faces)
    return [
        f"{PEOPLE_FOLDER}/{folder}/{name}"
        for folder, name in zip(cast.folders_of_faces(faces), names, strict=True)
    ]


def sheet_path(folder: str) -> str:
    """Return where the contact sheet beside a person's folder lies, ``people/person_001.jpg``."""
    return f"{PEOPLE_FOLDER}/{folder}.jpg"


def write_crops(
    crops: Crops, paths: Sequence[str], out: Path, progress: ProgressHook, link: bool = False
) -> None:
    """Write every crop to its file, reading each once and holding one in memory.

    A crop that somebody deleted from the folder of a loaded result is left out.

    Args:
        crops: the crops by row.
        paths: the file of each row, relative to ``out``.
        out: an existing folder.
        progress: called as ("crops", done, total).
        link: whether a crop that is a file becomes a second name of that file, which is quick.
            Only where the other name is about to go.
    """
    for folder in sorted({str(PurePosixPath(path).parent) for path in paths}):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for row, path in enumerate(paths):
        with suppress(MissingCropError):
            if not (link and _linked(crops, row, out / path)):
                (out / path).write_bytes(crops[row])
        progress("crops", row + 1, len(paths))


def _linked(crops: Crops, row: int, path: Path) -> bool:
    file = file_of(crops, row)
    if file is None or file.is_symlink():
        return False
    try:
        path.hardlink_to(file)
    except OSError:  # another disk, or one without links
        return False
    return True


def file_of(crops: Crops, row: int) -> Path | None:
    """Return the file that a crop is, None where it is none or somebody deleted it."""
    if isinstance(crops, KeptCrops):
        return file_of(crops.whole, int(crops.rows[row]))
    return crops.path(row) if isinstance(crops, FolderCrops) else None


def find_crops(folder: Path) -> dict[str, Path]:
    """Find the crops of a result by name, wherever in its people folder somebody moved them.

    Args:
        folder: the result.

    Returns:
        Name of the crop -> its file; the first in the order of paths where a name comes twice.
    """
    found: dict[str, Path] = {}
    people = folder / PEOPLE_FOLDER
    for *inside, name in pictures_in(people):
        if not is_sheet(name):
            found.setdefault(name, people.joinpath(*inside, name))
    return found


def pictures_in(people: Path) -> list[tuple[str, ...]]:
    """Return every JPEG in a folder and in those inside it, without what systems leave behind.

    They are strings until somebody needs a path: comparing paths took most of the time of loading.

    Returns:
        The parts of each, relative to the folder, in the order of paths.
    """
    found: list[tuple[str, ...]] = []
    for folder, inside, names in os.walk(people):
        inside[:] = [name for name in inside if not is_left_by_system(Path(name))]
        parts = Path(folder).relative_to(people).parts
        found += [(*parts, name) for name in names if name.endswith(".jpg") and name[0] != "."]
    return sorted(found)


class FolderCrops:
    """The crops of a result that was loaded: ``crops[row]`` is the JPEG of a row.

    Args:
        faces: the table.
        photos: the sources that are photos.
        files: the crops by name, from ``find_crops``.
    """

    def __init__(self, faces: Faces, photos: Collection[str], files: Mapping[str, Path]) -> None:
        self._files = [files.get(name) for name in crop_names(faces, photos)]

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, row: int) -> bytes:
        path = self._files[row]
        if path is None:
            raise MissingCropError(f"row {row}: its crop is no longer in the folder of people")
        return path.read_bytes()

    def path(self, row: int) -> Path | None:
        """Return the file of a row, None where somebody deleted it."""
        return self._files[row]


def is_left_by_system(path: Path) -> bool:
    """Say whether a file is hidden, or one that an operating system leaves behind."""
    return path.name in _LEFT_BY_SYSTEMS or any(
        part.startswith(".") or part in _FOLDERS_OF_SYSTEMS for part in path.parts
    )


def is_sheet(name: str) -> bool:
    """Say whether a file name is that of a contact sheet."""
    try:
        parse_person_name(name.removesuffix(".jpg"))
    except ValueError:
        return False
    return name.endswith(".jpg")


def is_crop(name: str) -> bool:
    """Say whether a file name is that of a crop."""
    try:
        parse_crop_name(name)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Edited:
    """How a result is saved whose decisions castlist knows.

    Attributes:
        decisions: every one of them; they become edits.jsonl.
        places: the file of each row's crop, relative to the folder, POSIX.
        gone: files of the earlier folder that do not come along: crops that go to their new place,
            and those of people who are forgotten; relative.
        written: what else castlist wrote into the earlier folder, relative; None = look there.
    """

    decisions: Decisions
    places: Sequence[str]
    gone: Collection[Path]
    written: Collection[Path] | None = None


def edited(
    decisions: Decisions,
    paths: Sequence[str],
    earlier: Mapping[str, Path],
    forgotten: Collection[str] = (),
) -> Edited:
    """Say where crops go, and which files of the earlier folder they replace.

    A crop that lies in a folder inside that of its person, such as one of an outfit, stays there.

    Args:
        decisions: all of them.
        paths: where castlist puts the crop of each row, ``people/person_001/<name>``.
        earlier: where crops of the earlier result lie, by name, relative to its folder.
        forgotten: names of crops that may be nowhere any more.
    """
    places, gone = [], {earlier[name] for name in forgotten if name in earlier}
    for path in paths:
        place = PurePosixPath(path)
        before = earlier.get(place.name)
        if before is not None:
            gone.add(before)
            if before.parts[: len(place.parts) - 1] == place.parts[:-1]:
                place = PurePosixPath(before.as_posix())
        places.append(str(place))
    return Edited(decisions, places, gone)


def files_in(folder: Path) -> list[Path]:
    """Return every file and link in a folder, relative to it, sorted."""
    found: list[tuple[str, ...]] = []
    for here, inside, names in os.walk(folder):
        parts = Path(here).relative_to(folder).parts
        links = [name for name in inside if Path(here, name).is_symlink()]
        found += [(*parts, name) for name in (*names, *links)]
    return [Path(*parts) for parts in sorted(found)]


def looks_written(path: Path, pages: Collection[str]) -> bool:
    """Say whether castlist writes files of this name: ``pages``, crops and contact sheets."""
    if str(path) in pages:
        return True
    if path.parts[0] != PEOPLE_FOLDER or len(path.parts) not in (2, 3):
        return False
    in_person = len(path.parts) == 3 and is_sheet(f"{path.parts[1]}.jpg")
    return is_crop(path.name) if in_person else len(path.parts) == 2 and is_sheet(path.name)


def copy_missing(source: Path, target: Path, left_out: Collection[Path] = ()) -> None:
    """Copy the files of a folder that another one does not have; links stay links."""
    for path in files_in(source):
        if path not in left_out and not os.path.lexists(target / path):  # a link to nowhere, too
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / path, target / path, follow_symlinks=False)
