"""One thread for the arithmetic of small matrices."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import ThreadpoolController


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Give linear algebra one thread inside the block, on every machine alike.

    On a busy machine, threads that wait for each other take 50 times as long as one.
    """
    with _libraries(len(sys.modules)).limit(limits=1, user_api="blas"):
        yield


@functools.lru_cache(maxsize=1)
def _libraries(_num_modules: int) -> ThreadpoolController:
    """Find the libraries, which takes 4 ms; anew where something has been imported since."""
    return ThreadpoolController()
