"""How the memory of a process is kept."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress

_M_ARENA_MAX = -8  # of glibc's malloc.h


_HEAPS = 2  # with one, threads wait for each other


def share_heaps() -> None:
    """Let the threads of this process share two heaps, where its C library is glibc.

    glibc gives threads heaps of their own, and what one of them frees another cannot use. castlist
    hands pictures from thread to thread: with two heaps its peak is a tenth lower
    (docs/performance.md). A user's own MALLOC_ARENA_MAX stands.
    """
    if sys.platform == "linux" and "MALLOC_ARENA_MAX" not in os.environ:
        with suppress(AttributeError, OSError):  # another C library
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _HEAPS)
