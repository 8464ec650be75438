"""Films that are not on this machine: addresses such as s3://bucket/film.mp4, by fsspec."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ...data.errors import InputError, brief

if TYPE_CHECKING:
    from ...data.media.search import Skipped

Place = str | Path
"""Where a film is: a path, or an address."""

_LATEST_NS = 2**63 - 1  # in the year 2262, the last that fits into a table


@dataclass(frozen=True)
class RemoteFilm:
    """A film at an address.

    Attributes:
        url: the address.
        size: bytes.
        stamp: a number that changes with the file.
    """

    url: str
    size: int
    stamp: int


def is_url(place: object) -> bool:
    """Say whether a place is an address, such as ``s3://bucket/film.mp4``."""
    scheme, colon, _ = str(place).partition("://")
    return bool(colon) and scheme.isalnum()


def films_at(url: str, skipped: list[Skipped]) -> list[RemoteFilm]:
    """Return the film at an address, or all films below it, by name.

    Args:
        url: the address.
        skipped: gets what is no film.
    """
    from ...data.media.kinds import kind_of_name  # whoever asks for the stamp of a path, has none
    from ...data.media.search import Skipped

    try:
        system, path = _system(url)
        if system.isdir(path):
            infos = [system.info(place) for place in sorted(system.find(path))]
        else:
            infos = [system.info(path)]
    except InputError as error:
        skipped.append(Skipped(Path(url), "file", str(error)))
        return []
    except Exception as error:
        skipped.append(Skipped(Path(url), "file", f"{url}: cannot be read ({_why(error, url)})"))
        return []
    found = []
    for info in infos:
        address = str(system.unstrip_protocol(info["name"]))
        kind = kind_of_name(PurePosixPath(address).suffix)
        if kind == "film":
            found.append(RemoteFilm(address, int(info["size"]), _stamp(info)))
        elif kind == "photo":
            why = f"{address}: photos are looked at from folders of this machine only; copy it"
            skipped.append(Skipped(Path(address), "photo", why))
    if not found and not skipped:
        skipped.append(Skipped(Path(url), "folder", f"{url}: expected films, found none"))
    return found


def hash_at(url: str) -> str:
    """Return the hash of a file's content as ``hash_source``; of a large one only pieces are read.

    Raises:
        InputError: it cannot be read.
    """
    from ...data.hashes.content import hash_content

    system, path = _system(url)
    try:
        with system.open(path, "rb") as file:
            return hash_content(file, int(system.info(path)["size"]))
    except Exception as error:
        raise InputError(f"{url}: cannot be read ({_why(error, url)})") from error


@contextmanager
def fetched(url: str) -> Iterator[Path]:
    """Give a copy of a file on this machine, which is gone at the end.

    Raises:
        InputError: it cannot be read, or not be written.
    """
    system, path = _system(url)
    with tempfile.TemporaryDirectory(prefix="castlist-") as folder:
        here = Path(folder) / PurePosixPath(path).name
        try:
            system.get_file(path, str(here))
        except Exception as error:
            raise InputError(f"{url}: cannot be fetched ({_why(error, url)})") from error
        yield here


def stamp_of(place: Place) -> tuple[int, int]:
    """Return size and stamp of a file, (-1, -1) where it cannot be seen."""
    if is_url(place):
        found = films_at(str(place), [])
        return (found[0].size, found[0].stamp) if len(found) == 1 else (-1, -1)
    try:
        stat = os.stat(place)  # noqa: PTH116
    except OSError:
        return -1, -1
    return stat.st_size, min(stat.st_mtime_ns, _LATEST_NS)


def _system(url: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path in it.

    Raises:
        InputError: what it needs is not installed.
    """
    try:
        import fsspec

        system, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise InputError(
            f"{url}: {brief(error)}; pip install 'castlist[s3]' installs what S3 needs"
        ) from None
    return system, str(path)


def _why(error: Exception, url: str) -> str:
    """Return what an error says; fsspec's of a missing file is nothing but its path."""
    said = str(error).strip("/")
    is_path = isinstance(error, FileNotFoundError) and said and url.rstrip("/").endswith(said)
    return "there is no such file" if is_path else brief(error)


def _stamp(info: dict[str, Any]) -> int:
    for name in ("ETag", "LastModified", "mtime", "created"):
        if name in info:
            digest = hashlib.sha256(str(info[name]).encode()).digest()
            return int.from_bytes(digest[:7])
    return 0
