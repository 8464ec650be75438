"""Locks between programs: of a result, of a folder to work in, of files that are in use.

The system lets go of them when the program that holds them ends, in whichever way: there are no
stale locks. Where a disk has no locks, every program goes on as if it held them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import InputError

_AGAIN_S = 0.05
_TO_LOCK = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)  # a pipe would be waited for


@contextmanager
def locked(folder: Path, what: str, wait_s: float = 0.0, kind: str = "") -> Iterator[None]:
    """Hold the lock of a result while the block runs.

    The lock file lies beside the folder, since the folder itself is replaced as a whole.

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


@contextmanager
def marked_in_use(path: Path) -> Iterator[None]:
    """Hold the lock of a file or folder while the block runs, so that nobody clears it away."""
    handle = -1
    with suppress(OSError):
        handle = os.open(path, _TO_LOCK)
        mark_in_use(handle)
    try:
        yield
    finally:
        if handle >= 0:
            os.close(handle)


def mark_in_use(handle: int) -> None:
    """Take the lock of an open file, held until it is closed."""
    with suppress(OSError):
        _lock(handle)


def is_in_use(path: Path) -> bool:
    """Say whether some process holds the lock of a file or folder."""
    try:
        handle = os.open(path, _TO_LOCK)
    except OSError:
        return False
    try:
        _lock(handle)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False


def _lock(handle: int) -> None:
    """Take the lock of an open file; nothing on Windows.

    Raises:
        BlockingIOError: another process holds it.
        OSError: the disk has no locks.
    """
    try:
        import fcntl
    except ImportError:  # Windows: what is open is not deleted there
        return
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


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
            _lock(handle)
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
            _lock(handle)
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
