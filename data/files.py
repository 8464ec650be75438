"""Write to a temporary path, then rename: no file is lost, and no partial file is left."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import InputError


@contextmanager
def replacing_folder(out: Path, marker: str, overwrite: bool) -> Iterator[Path]:
    """Give an empty folder beside ``out`` that replaces it when the block ends without an error.

    Args:
        out: the folder to make. Its parent folders are made when missing.
        marker: name of the file that marks an existing folder as an earlier result.
        overwrite: whether an earlier result may be replaced.

    Raises:
        InputError: ``out`` may not be replaced, or its parent cannot be written to.
    """
    check_replaceable(out, marker, overwrite)
    out = out.resolve()  # a link stays; the folder that it points to is replaced
    partial = _new_folder_beside(out)
    try:
        partial.chmod(0o777 & ~_umask())
        yield partial
        _swap(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_replaceable(out: Path, marker: str, overwrite: bool) -> None:
    """Refuse to replace anything but an empty folder or, if asked, an earlier result.

    Raises:
        InputError: something else is there, or its parent cannot be written to.
    """
    if out.exists() or out.is_symlink():
        _check_earlier(out, marker, overwrite)
    _new_folder_beside(out.resolve()).rmdir()  # fail now, not after hours of work


def _check_earlier(out: Path, marker: str, overwrite: bool) -> None:
    if not out.is_dir():
        raise InputError(f"{out}: expected a folder or nothing here, found a file")
    empty = not any(out.iterdir())
    if not empty and not (out / marker).is_file():
        raise InputError(
            f"{out}: holds files that are no castlist result (no {marker});"
            " they stay as they are: choose another --out"
        )
    if not empty and not overwrite:
        raise InputError(
            f"{out}: holds an earlier result; add --overwrite to replace it,"
            " or choose another --out"
        )
    if out.is_mount() or Path.cwd().is_relative_to(out.resolve()):
        raise InputError(
            f"{out}: a mounted disk, or the folder you are in, cannot be replaced;"
            " choose a folder inside it"
        )


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Give a path beside ``path``; a file written there replaces it when the block succeeds.

    Raises:
        OSError: the folder cannot be written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.partial-", dir=path.parent)
    os.close(handle)
    partial = Path(name)
    try:
        partial.chmod(0o666 & ~_umask())
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _new_folder_beside(out: Path) -> Path:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{out.name}.partial-", dir=out.parent))
    except OSError as error:
        raise InputError(
            f"{out}: cannot write there ({error.strerror}); choose another --out"
        ) from error


def _swap(partial: Path, out: Path) -> None:
    # A folder cannot be renamed onto one with files in it: the old one is renamed first, and
    # renamed back if the second rename fails.
    aside = partial.with_name(partial.name + ".old")
    try:
        if out.exists():
            out.rename(aside)
        partial.rename(out)
    except BaseException:  # Ctrl-C too
        if aside.exists() and not out.exists():
            aside.rename(out)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
