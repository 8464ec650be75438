"""Write to a temporary path, then rename: no file is lost, and no partial file is left."""

from __future__ import annotations

import errno
import glob
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from .errors import InputError
from .lock import is_in_use, marked_in_use

Swapping = Callable[[Path], AbstractContextManager[object]]

_OLD = ".old"  # ends the name of a folder while another one takes its place
_STALE_S = 3600.0  # a folder just made is not marked yet


@contextmanager
def replacing_folder(
    out: Path, marker: str, overwrite: bool, swapping: Swapping = nullcontext
) -> Iterator[Path]:
    """Give an empty folder beside ``out`` that replaces it when the block ends without an error.

    Args:
        out: the folder to make. Its parent folders are made when missing.
        marker: name of the file that marks an existing folder as an earlier result.
        overwrite: whether an earlier result may be replaced.
        swapping: is given the new folder, complete, and entered while it gets its name.

    What was written is on the disk before it gets its name: a power cut leaves the old folder or
    the new one.

    Raises:
        InputError: ``out`` may not be replaced, or its parent cannot be written to.
    """
    check_replaceable(out, marker, overwrite)
    out = out.resolve()  # a link stays; the folder that it points to is replaced
    partial = _new_folder_beside(out)
    try:
        partial.chmod(0o777 & ~_umask())
        with marked_in_use(partial):
            yield partial
            for path in (*filter(Path.is_file, partial.iterdir()), partial):
                sync(path)
            with swapping(partial):
                aside = _swap(partial, out)
            with suppress(FileNotFoundError):
                aside.rename(partial)  # half of it must not come back as an earlier result
            shutil.rmtree(partial, ignore_errors=True)
        sync(out.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_replaceable(out: Path, marker: str, overwrite: bool) -> None:
    """Refuse to replace anything but an empty folder or, if asked, an earlier result.

    Raises:
        InputError: something else is there, or its parent cannot be written to.
    """
    recover(out, marker)
    if out.exists() or out.is_symlink():
        _check_earlier(out, marker, overwrite)
    _new_folder_beside(out.resolve()).rmdir()  # fail now, not after hours of work


def recover(out: Path, marker: str) -> None:
    """Put right what a run left that was killed: its result comes back, half a one goes.

    A run that is killed between the two renames that replace a folder leaves the earlier one beside
    it; it gets its name again. After the second one it is no longer needed.
    """
    out = out.resolve()
    prefix = f".{out.name}.partial-"
    for aside in sorted(out.parent.glob(f"{glob.escape(prefix)}*{_OLD}")):
        if is_in_use(aside.with_name(aside.name.removesuffix(_OLD))):
            continue
        if not out.exists():
            aside.rename(out)
        elif (out / marker).is_file():  # else it may be the only result that there is
            shutil.rmtree(aside, ignore_errors=True)
    clear_stale(out.parent, prefix)


def _check_earlier(out: Path, marker: str, overwrite: bool) -> None:
    if not out.is_dir():
        raise InputError(
            f"{out}: expected a folder or nothing here, found a file; choose another --out"
        )
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

    A link stays; the file that it points to is replaced. A pipe or a device, such as /dev/stdout,
    is no file to replace: what was written is copied into it.

    Raises:
        OSError: the folder cannot be written to.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        with _filling(path) as partial:
            yield partial
        return
    if path.is_symlink():
        path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.partial-", dir=path.parent)
    os.close(handle)
    partial = Path(name)
    try:
        partial.chmod(0o666 & ~_umask())
        yield partial
        sync(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _filling(pipe: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        partial = Path(folder) / pipe.name
        partial.touch()
        yield partial
        with partial.open("rb") as source, pipe.open("wb") as target:
            shutil.copyfileobj(source, target)


def _new_folder_beside(out: Path) -> Path:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{out.name}.partial-", dir=out.parent))
    except OSError as error:
        raise InputError(
            f"{out}: cannot write there ({error.strerror}); choose another --out"
        ) from error


def _swap(partial: Path, out: Path) -> Path:
    # A folder cannot be renamed onto one with files in it: the old one is renamed first, and
    # renamed back if the second rename fails.
    aside = partial.with_name(partial.name + _OLD)
    try:
        if out.exists():
            out.rename(aside)
        partial.rename(out)
    except BaseException:  # Ctrl-C too
        if aside.exists() and not out.exists():
            aside.rename(out)
        raise
    return aside


def clear_stale(parent: Path, prefix: str) -> None:
    """Delete the folders of that prefix which a run that was killed left half written."""
    for path in parent.glob(f"{glob.escape(prefix)}*"):
        with suppress(OSError):
            old = time.time() - path.stat().st_mtime > _STALE_S
            if old and path.is_dir() and not path.name.endswith(_OLD) and not is_in_use(path):
                shutil.rmtree(path, ignore_errors=True)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk; links lead elsewhere."""
    if path.is_symlink():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # network disks without it
            raise
    finally:
        os.close(handle)


def openable(path: Path) -> Path:
    """Return a path, unless opening it might wait for ever, or reading it never end.

    A pipe without a name, as a shell makes for <(command), has a writer, and may be read.

    Raises:
        OSError: it is a named pipe, a device or the like.
    """
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError):  # nothing, or no file of a folder; opening it says more
        return path
    if kind := other_than_file(real.stat().st_mode):
        raise OSError(errno.EINVAL, f"it is {kind}, not a file", str(path))
    return path


def other_than_file(mode: int) -> str:
    """Say what something is by its mode, if it is neither a file nor a folder; "" if it is one."""
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return ""
    names = {
        stat.S_IFIFO: "a named pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
        stat.S_IFSOCK: "a socket",
    }  # fmt: skip
    return names.get(stat.S_IFMT(mode), "something else")


def json_of(text: str | bytes) -> Any:
    """Return what JSON says.

    Raises:
        ValueError: it is none, or a damaged one that is nested without end.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
