"""Finds inputs: films, photos and folders of them; each gets a short unique name."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image, UnidentifiedImageError

from ..errors import InputError
from .decode import FilmDecoder

# fmt: off
PHOTO_SUFFIXES = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".heic",
    ".heif", ".hif",
})
FILM_SUFFIXES = frozenset({
    ".mp4", ".m4v", ".mov", ".qt", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".m2v", ".vob", ".ts",
    ".m2ts", ".mts", ".wmv", ".asf", ".flv", ".3gp", ".3g2", ".ogv", ".mxf", ".dv", ".gif",
})
# fmt: on
# Folders that hold copies or results instead of photos: hidden ones, thumbnails that Synology and
# macOS leave behind, and results of castlist itself.
_SKIPPED_FOLDERS = frozenset({"@eaDir", "__MACOSX"})
_RESULT_MARK = "faces.parquet"

_WHOLE_UP_TO = 256 * 2**20  # bytes; takes a fraction of a second
_SAMPLE = 2**20  # bytes
_NUM_SAMPLES = 64

Kind = Literal["film", "photo"]


@dataclass(frozen=True)
class Source:
    """A film or photo to find people in.

    Attributes:
        path: where it is.
        name: short and unique among the sources; tables and labels use it.
        kind: "film" or "photo".
    """

    path: Path
    name: str
    kind: Kind


@dataclass(frozen=True)
class _Found:
    path: Path
    kind: Kind
    num_parts: int  # of the path, from its end, that the name needs at least


def find_sources(inputs: Sequence[Path]) -> list[Source]:
    """Find the films and photos among files and folders.

    Folders are searched with all that is in them, in the order of names; hidden files and folders,
    and folders with a result of castlist, are passed over. A file that is given twice counts once.

    A source is named after its file, or by its path within the folder that was given; where two
    names collide, both get folders in front until they differ.

    Args:
        inputs: films, photos and folders, in any mixture.

    Returns:
        Sources in the order of the inputs.

    Raises:
        InputError: a path does not exist or cannot be read, a film cannot be opened, a file is
            neither film nor photo, or a folder holds none.
    """
    found: dict[Path, _Found] = {}
    for given in inputs:
        for item in _search(given):
            found.setdefault(item.path.resolve(), item)
    for item in found.values():
        if item.kind == "film":
            FilmDecoder(item.path).close()  # an error is raised before any work is done
    items = list(found.values())
    return [
        Source(path=item.path, name=name, kind=item.kind)
        for item, name in zip(items, _names(items), strict=True)
    ]


def printable(source: Source) -> Source:
    """Name a source so that its name fits into a table, a page and a line of text."""
    name = os.fsencode(source.name).decode("utf-8", "backslashreplace")
    return dataclasses.replace(source, name=" ".join(name.split()))


def hash_source(path: Path) -> str:
    """Return a hash of a file's content, quick also for long films.

    Up to 256 MiB it is the SHA-256 of the file: ``sha256:…``, as sha256sum prints it. Of a larger
    file it is the SHA-256 of its size in decimal digits followed by 64 pieces of 1 MiB, the first
    at its beginning, the last at its end, evenly spaced: ``sha256-sampled:…``.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size <= _WHOLE_UP_TO:
                return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
            digest = hashlib.sha256(str(size).encode())
            for sample in range(_NUM_SAMPLES):
                file.seek((size - _SAMPLE) * sample // (_NUM_SAMPLES - 1))
                digest.update(file.read(_SAMPLE))
            return f"sha256-sampled:{digest.hexdigest()}"
    except OSError as error:
        raise _unreadable(path, error) from error


def _search(given: Path) -> Iterator[_Found]:
    if given.is_dir():
        yield from _search_folder(given)
    elif given.is_file():
        yield _Found(given, _kind(given.suffix) or _sniff(given), num_parts=1)
    else:
        came = "it is neither file nor folder" if given.exists() else "there is nothing"
        raise InputError(
            f"{given}: expected a film, a photo or a folder of them, but {came}; check the path"
        )


def _search_folder(folder: Path) -> Iterator[_Found]:
    num_files, num_found = 0, 0
    for path in _walk(folder):
        num_files += 1
        if kind := _kind(path.suffix):
            num_found += 1
            yield _Found(path, kind, num_parts=len(path.relative_to(folder).parts))
    if not num_found:
        came = f"none of its {num_files} files is one" if num_files else "it is empty"
        raise InputError(
            f"{folder}: expected a folder with photos or films, but {came};"
            " give a folder with files such as .jpg, .png, .heic, .mp4 or .mov"
        )


def _walk(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise _unreadable(Path(error.filename or folder), error) from error

    for here, folders, files in os.walk(folder, onerror=fail):
        if _RESULT_MARK in files:
            folders.clear()
            continue
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in _SKIPPED_FOLDERS
        )
        yield from (Path(here, name) for name in sorted(files) if not name.startswith("."))


def _kind(suffix: str) -> Kind | None:
    if suffix.lower() in PHOTO_SUFFIXES:
        return "photo"
    return "film" if suffix.lower() in FILM_SUFFIXES else None


def _sniff(path: Path) -> Kind:
    """Return the kind of a file by its content. Only opening it shows whether a film decodes."""
    try:
        with Image.open(path):
            return "photo"
    except UnidentifiedImageError:
        return "film"
    except OSError as error:
        raise _unreadable(path, error) from error


def _names(items: Sequence[_Found]) -> list[str]:
    parts = [item.path.absolute().parts for item in items]
    nums = [item.num_parts for item in items]
    while True:
        names = ["/".join(p[-num:]) for p, num in zip(parts, nums, strict=True)]
        counts = Counter(names)
        if len(counts) == len(names):
            return names
        # Paths differ, so names do at the latest when they are whole paths.
        nums = [num + (counts[name] > 1) for num, name in zip(nums, names, strict=True)]


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"{path}: expected something that can be read, but got: {error.strerror or error};"
        " check the path and its permissions"
    )
