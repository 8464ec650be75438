"""Searches files and folders for films and photos; what is left out is said, with the reason."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
from PIL import UnidentifiedImageError

from .kinds import (
    GONE,
    PLAYLIST,
    RAW_SUFFIXES,
    Kind,
    is_folder,
    is_plain_photo,
    is_playlist,
    kind_of_file,
    kind_of_name,
    left_out,
    opened,
    unread,
    unusable,
)
from .streams import opened_film

_LIVE = "it is the clip of a live photo, which is looked at"
_LIVE_TAG = "com.apple.quicktime.content.identifier"  # photo and clip have the same
_SMALL = "it is the small copy that a camera makes of a film beside it"
_SMALL_NAMES = (("", ""), ("gl", "gx"), ("gl", "gh"), ("lrv_", "vid_"))  # GoPro's, Insta360's
_RAW = "it is a raw photo, and the photo of the same name beside it is looked at"
_LINK = "it is a link to a folder; give that folder too"
_EXPORT = "export it as JPEG to have it looked at"
_RESULT_MARK = "faces.parquet"

SkippedKind = Literal["film", "photo", "file", "folder"]


@dataclass(frozen=True)
class Skipped:
    """Something among the inputs that is not looked at.

    Attributes:
        path: where it is.
        kind: what it is, or by its name seems to be.
        reason: why, in a few words that continue "... is left out: it".
        is_meant: whether it is left out by design, such as a folder of thumbnails.
    """

    path: Path
    kind: SkippedKind
    reason: str
    is_meant: bool = False


Skip = Callable[[Skipped], None]
"""Takes what is left out."""


@dataclass(frozen=True)
class Found:
    """A film or photo that was found.

    Attributes:
        path: where it is.
        kind: what it is.
        num_parts: of the path, from its end, that its name needs at least.
    """

    path: Path
    kind: Kind
    num_parts: int


def search(given: Path, note: Skip) -> Iterator[Found]:
    """Find the films and photos that a path leads to.

    Of films only those with a photo of the same name beside them are opened: in a folder, the clips
    of live photos are left out.

    Args:
        given: a film, a photo, or a folder, which is searched with all that is in it.
        note: called with everything that is no film or photo, or cannot be read.
    """
    if is_folder(given):
        yield from _search_folder(given, note)
        return
    name_says = kind_of_name(given.suffix)
    if why := unusable(given):
        reason = "there is nothing" if why == GONE else f"it {why}"
        note(Skipped(given, name_says or "file", reason))
        return
    try:
        if refused := _refused(given):
            note(refused)
            return
        kind = kind_of_file(given) or _sniff(given)
    except OSError as error:
        note(Skipped(given, name_says or "file", f"it {_why(error)}"))
    else:
        yield Found(given, kind, num_parts=1)


def _search_folder(folder: Path, note: Skip) -> Iterator[Found]:
    files: list[tuple[Path, Kind]] = []
    left: list[Skipped] = []
    num_files = 0
    for path in _walk(folder, left.append):
        num_files += 1
        if kind := _kind_in_folder(path, left.append):
            files.append((path, kind))
    photos = {_shot(path) for path, kind in files if kind == "photo"}
    films = {_shot(path) for path, kind in files if kind == "film" and not _is_small(path)}
    for skipped in left:
        note(_beside_a_photo(skipped) if _shot(skipped.path) in photos else skipped)
    for path, kind in files:
        if kind == "film" and _shot(path) in photos and _is_of_a_live_photo(path):
            note(Skipped(path, "film", _LIVE, is_meant=True))
        elif _is_small(path) and films & set(_full_size_of(path)):
            note(Skipped(path, "film", _SMALL, is_meant=True))
        else:
            yield Found(path, kind, num_parts=len(path.relative_to(folder).parts))
    if not files and all(skipped.is_meant for skipped in left):
        came = f"none of its {num_files} files is one" if num_files else "it is empty"
        note(
            Skipped(
                folder,
                "folder",
                f"{folder}: expected a folder with photos or films, but {came};"
                " give a folder with files such as .jpg, .png, .heic, .mp4 or .mov",
            )
        )


def _shot(path: Path) -> tuple[Path, str]:
    """Return what the files of one press of the shutter have in common."""
    return path.parent, path.stem.casefold().removesuffix("_heic")  # a.HEIC and a_HEIC.MOV


def _beside_a_photo(skipped: Skipped) -> Skipped:
    """Return what is left out beside a photo of its name: of a raw photo nothing is missing."""
    if skipped.kind != "photo" or skipped.path.suffix.lower() not in RAW_SUFFIXES:
        return skipped
    return dataclasses.replace(skipped, reason=_RAW, is_meant=True)


def _is_small(film: Path) -> bool:
    return film.suffix.lower() == ".lrv"


def _full_size_of(film: Path) -> Iterator[tuple[Path, str]]:
    """Yield what films of full size are called of which this is the small copy, as ``_shot``."""
    folder, stem = _shot(film)
    for small, full in _SMALL_NAMES:
        if stem.startswith(small):
            yield folder, full + stem.removeprefix(small)


def _is_of_a_live_photo(film: Path) -> bool:
    try:
        with opened_film(film) as opened:
            return _LIVE_TAG in opened.metadata
    except (av.FFmpegError, OSError):
        return False  # what is wrong with it is said later


def _kind_in_folder(path: Path, note: Skip) -> Kind | None:
    """Return what a file is, None for what is neither film nor photo and for what was noted."""
    name_says = kind_of_name(path.suffix)
    what = unread(path.suffix)
    if not name_says and not what and path.suffix:
        return None
    if why := unusable(path):
        if name_says or what:
            note(Skipped(path, name_says or "photo", f"it {why}"))
        return None
    try:
        if refused := _refused(path):
            note(refused)
            return None
        return kind_of_file(path)
    except OSError as error:
        note(Skipped(path, name_says or "file", f"it {_why(error)}"))
        return None


def _refused(path: Path) -> Skipped | None:
    """Return why a file is not read though it is a film or a photo; None where it is."""
    if (what := unread(path.suffix)) and not is_plain_photo(path):
        return Skipped(path, "photo", f"it is {what}; {_EXPORT}")
    return Skipped(path, "film", PLAYLIST) if is_playlist(path) else None


def _walk(folder: Path, note: Skip) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        note(Skipped(Path(error.filename or folder), "folder", f"it {_why(error)}"))

    for here, folders, files in os.walk(folder, onerror=fail):
        if _RESULT_MARK in files:
            folders.clear()
            note(Skipped(Path(here), "folder", "it is a result of castlist", is_meant=True))
            continue
        kept = []
        for name in sorted(folders):
            if why := left_out(name):
                note(Skipped(Path(here, name), "folder", why, is_meant=True))
            elif not name.startswith("."):
                if Path(here, name).is_symlink():  # it may lead back here
                    note(Skipped(Path(here, name), "folder", _LINK, is_meant=True))
                else:
                    kept.append(name)
        folders[:] = kept
        yield from (Path(here, name) for name in sorted(files) if not name.startswith("."))


def _sniff(path: Path) -> Kind:
    """Return the kind of a file by its content. Only opening it shows whether a film decodes."""
    try:
        with opened(path):
            return "photo"
    except UnidentifiedImageError:
        return "film"


def _why(error: OSError) -> str:
    return f"cannot be read ({error.strerror or error})"
