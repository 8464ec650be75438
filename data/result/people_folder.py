"""The folder of crops in a result: a file per face, in a folder per person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from ..errors import InputError
from ..progress import ProgressHook
from ..tables.faces import Faces
from .crops import Crops
from .names import crop_names, parse_crop_name, parse_person_name, person_name

PEOPLE_FOLDER = "people"

_LEFT_BY_SYSTEMS = ("Thumbs.db", "desktop.ini")


class MissingCropError(InputError):
    """A crop that somebody deleted is needed."""


def crop_paths(faces: Faces, photos: Collection[str]) -> list[str]:
    """Return where each row's crop lies in the result, ``people/person_001/<name>``.

    Args:
        faces: the table.
        photos: the sources that are photos.
    """
    names = crop_names(faces, photos)
    return [
        f"{PEOPLE_FOLDER}/{person_name(person)}/{name}"
        for person, name in zip(faces.person.tolist(), names, strict=True)
    ]


def sheet_path(person: int) -> str:
    """Return where a person's contact sheet lies in the result, ``people/person_001.jpg``."""
    return f"{PEOPLE_FOLDER}/{person_name(person)}.jpg"


def write_crops(crops: Crops, paths: Sequence[str], out: Path, progress: ProgressHook) -> None:
    """Write every crop to its file, reading each once and holding one in memory.

    A crop that somebody deleted from the folder of a loaded result is left out.

    Args:
        crops: the crops by row.
        paths: the file of each row, relative to ``out``.
        out: an existing folder.
        progress: called as ("crops", done, total).
    """
    for folder in sorted({PEOPLE_FOLDER, *(str(PurePosixPath(path).parent) for path in paths)}):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for row, path in enumerate(paths):
        with suppress(MissingCropError):
            (out / path).write_bytes(crops[row])
        progress("crops", row + 1, len(paths))


def find_crops(folder: Path) -> dict[str, Path]:
    """Find the crops of a result by name, wherever in its people folder somebody moved them.

    Args:
        folder: the result.

    Returns:
        Name of the crop -> its file; the first in the order of paths where a name comes twice.
    """
    found: dict[str, Path] = {}
    for path in sorted((folder / PEOPLE_FOLDER).rglob("*.jpg")):
        if not is_left_by_system(path.relative_to(folder)) and not is_sheet(path.name):
            found.setdefault(path.name, path)
    return found


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
    return path.name in _LEFT_BY_SYSTEMS or any(part.startswith(".") for part in path.parts)


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
