"""Finds inputs: films, photos and folders of them; each gets a short unique name."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import ExifTags, Image

from ..errors import InputError, NothingReadError, SourceError, printable_name
from .decode import FilmDecoder
from .kinds import Kind
from .search import Found, Skip, Skipped, search

_WHOLE_UP_TO = 256 * 2**20  # bytes; takes a fraction of a second
_SAMPLE = 2**20  # bytes
_NUM_SAMPLES = 64
_SOI, _SOS, _COMMENT, _ADOBE = 0xD8, 0xDA, 0xFE, 0xEE
_APP = range(0xE0, 0xF0)
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_PICTURE = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT")


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


def find_sources(inputs: Sequence[Path], skip: Skip | None = None) -> list[Source]:
    """Find the films and photos among files and folders.

    Folders are searched with all that is in them, in the order of names; hidden files and folders
    are passed over. The content of a file says whether it is a photo or a film where it can, else
    the name. The clip of a live photo is left out where its photo lies beside it. A file that is
    given twice counts once. A source is named after its file, or by its path within the folder that
    was given; where two names collide, both get folders in front until they differ.

    Args:
        inputs: films, photos and folders, in any mixture.
        skip: called with everything that cannot be used, or is left out by design, so that it does
            not stop the rest; None = the first that cannot be used is an error.

    Returns:
        Sources in the order of the inputs.

    Raises:
        InputError: nothing can be used, or something cannot and ``skip`` is None.
    """
    bad: list[Skipped] = []

    def note(skipped: Skipped) -> None:
        if not skipped.is_meant:
            bad.append(skipped)
            if skip is None:
                raise _unusable(skipped)
        if skip is not None:
            skip(skipped)

    found: dict[Path, Found] = {}
    for given in inputs:
        for item in search(given, note):
            found.setdefault(item.path.resolve(), item)
    items = [item for item in found.values() if item.kind == "photo" or _opens(item, note)]
    if bad and not items:
        raise (
            _unusable(bad[0])
            if len(bad) == 1
            else NothingReadError([(str(left_out.path), left_out.reason) for left_out in bad])
        )
    return [
        Source(path=item.path, name=name, kind=item.kind)
        for item, name in zip(items, _names(items), strict=True)
    ]


def find_files(inputs: Sequence[Path], skip: Skip) -> list[tuple[Path, Kind]]:
    """Find the films and photos among files and folders, without decoding any film.

    As ``find_sources``, but that a film which cannot be decoded is among them; nothing is an error.

    Args:
        inputs: films, photos and folders, in any mixture.
        skip: called with everything that is no film or photo, or cannot be read.
    """
    found: dict[Path, tuple[Path, Kind]] = {}
    for given in inputs:
        for item in search(given, skip):
            found.setdefault(item.path.resolve(), (item.path, item.kind))
    return list(found.values())


def _opens(film: Found, note: Skip) -> bool:
    try:
        FilmDecoder(film.path).close()  # what is no film is reported before any work is done
    except InputError as error:
        note(Skipped(film.path, "film", str(error)))
        return False
    return True


def _unusable(skipped: Skipped) -> InputError:
    reason = skipped.reason
    if not reason.startswith(str(skipped.path)):
        reason = (
            f"{skipped.path}: expected a film, a photo or a folder of them, but {reason};"
            " check the path"
        )
    return InputError(reason)


def printable(sources: Sequence[Source]) -> list[Source]:
    """Name sources so that their names fit into a table, a page and a line of text.

    Names that become equal get ``~2``, ``~3`` in their order, so that each is one file still.
    """
    taken: set[str] = set()
    named = []
    for source in sources:
        base = name = printable_name(source.name)
        number = 1
        while name in taken:
            number += 1
            name = f"{base}~{number}"
        taken.add(name)
        named.append(dataclasses.replace(source, name=name))
    return named


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
            return hash_content(file, os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise _unreadable(path, error) from error


def hash_content(file: BinaryIO, size: int) -> str:
    """Return the hash of an open file of so many bytes; see ``hash_source``."""
    if size <= _WHOLE_UP_TO:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"  # type: ignore[arg-type]
    digest = hashlib.sha256(str(size).encode())
    for sample in range(_NUM_SAMPLES):
        file.seek((size - _SAMPLE) * sample // (_NUM_SAMPLES - 1))
        digest.update(file.read(_SAMPLE))
    return f"sha256-sampled:{digest.hexdigest()}"


def hash_picture(path: Path) -> str:
    """Return a hash of the picture in a JPEG or PNG as coded, and of how it is turned.

    What else is in the file does not count: EXIF, IPTC, XMP, comments, colour profiles, previews.
    Photo managers write there, and so does castlist where it is asked to: by its content the file
    is another one then, for its user it is the same photo.

    Returns:
        The hash, ``picture:…``; "" of a photo of another kind, or of one that cannot be read.
    """
    with suppress(OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        data = path.read_bytes()
        digest = hashlib.sha256()
        for part in _of_png(data) if data.startswith(_PNG) else _of_jpeg(data):
            digest.update(part)
        with Image.open(BytesIO(data)) as photo:
            return f"picture:{_orientation(photo)}:{digest.hexdigest()}"
    return ""


def _orientation(photo: Image.Image) -> int:
    try:
        stated = photo.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # tags of wrong types, offsets that lead nowhere: the picture is whole
        return 1
    return stated if isinstance(stated, int) and stated in range(2, 9) else 1


def _of_jpeg(data: bytes) -> Iterator[memoryview]:
    """Give the segments that the picture is made of, then all from its first scan on.

    Raises:
        ValueError: it is no JPEG, or is cut off before its picture.
    """
    view, at = memoryview(data), 2
    if data[:2] != bytes((0xFF, _SOI)):
        raise ValueError("no JPEG")
    while True:
        while data[at : at + 2] == b"\xff\xff":  # filling
            at += 1
        if at + 4 > len(data) or data[at] != 0xFF:
            raise ValueError("no segment")
        kind, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if kind == _SOS:
            yield view[at:]
            return
        if (kind not in _APP and kind != _COMMENT) or kind == _ADOBE:
            yield view[at : at + 2 + length]
        at += 2 + length


def _of_png(data: bytes) -> Iterator[memoryview]:
    view, at = memoryview(data), len(_PNG)
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind in _PNG_PICTURE:
            yield view[at + 4 : at + 8 + length]
        at += 12 + length


def _names(items: Sequence[Found]) -> list[str]:
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
    return SourceError(
        f"{path}: expected something that can be read, but got: {error.strerror or error};"
        " check the path and its permissions"
    )
