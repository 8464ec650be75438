"""One program at a time changes a result, or works in a folder."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import InputError
from .files import flock

_AGAIN_S = 0.05


@contextmanager
def locked(folder: Path, what: str, wait_s: float = 0.0, kind: str = "") -> Iterator[None]:
    """Hold the lock of a result while the block runs.

    The lock file lies beside the folder, since the folder itself is replaced as a whole. The system
    lets go of it when the program that holds it ends, in whichever way: there are no stale locks.

    Args:
        folder: of the result; it need not exist yet.
        what: what this program does, for the message that another one prints.
        wait_s: so long it waits for another program, seconds.
        kind: of the lock, where a folder has several.

    Raises:
        InputError: another program holds it, after that time, or no file can be written beside the
            folder.
    """
    out = folder.resolve()
    path = out.parent / f".{out.name}{kind}.lock"
    handle = _take(path, folder, time.monotonic() + wait_s)
    try:
        os.ftruncate(handle, 0)
        os.write(handle, f"{what}, process {os.getpid()}".encode())
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(handle)


@contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Make a folder and hold its lock while the block runs; an empty one is gone after it.

    Yields:
        Whether it is held; False = another program holds it. Where there are no locks, True.

    Raises:
        OSError: the folder cannot be made.
    """
    handle, is_held = _hold(folder)
    try:
        yield is_held
    finally:
        if is_held:
            with suppress(OSError):
                folder.rmdir()
        if handle is not None:
            os.close(handle)


def _hold(folder: Path) -> tuple[int | None, bool]:
    """Return the open folder, None where folders cannot be opened, and whether it is held."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:  # whoever held it has deleted it in the meantime
            continue
        except OSError:  # Windows
            return None, True
        try:
            flock(handle)
        except BlockingIOError:
            return handle, False
        except OSError:  # a network disk without locks
            return handle, True
        if _is_still_there(folder, handle):
            return handle, True
        os.close(handle)


def _take(path: Path, folder: Path, until_s: float) -> int:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise InputError(
                f"{folder}: cannot write beside it ({error.strerror}); choose another folder"
            ) from error
        try:
            flock(handle)
        except BlockingIOError as error:
            if time.monotonic() < until_s:
                os.close(handle)
                time.sleep(_AGAIN_S)
                continue
            holder = os.read(handle, 200).decode(errors="replace") or "another program"
            os.close(handle)
            raise InputError(
                f"{folder}: another castlist is changing it ({holder}); run this again when that"
                " is done"
            ) from error
        except OSError:  # a network disk without locks
            return handle
        if _is_still_there(path, handle):
            return handle
        os.close(handle)  # whoever held it has deleted it in the meantime


def _is_still_there(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False
