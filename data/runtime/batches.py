"""Work through many items a batch at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


def in_batches(
    work: Callable[[slice], NDArray[np.float32]], num_items: int, size: int, dim: int
) -> NDArray[np.float32]:
    """Work through items in batches, and in ever smaller ones where memory runs short.

    Args:
        work: makes the rows of the items of a slice, (length, dim) float32.
        num_items: how many there are.
        size: of a batch at first; halved whenever there is not enough memory for it.
        dim: of a row.

    Returns:
        (num_items, dim) float32.
    """
    rows = np.empty((num_items, dim), np.float32)
    start = 0
    while start < num_items:
        batch = slice(start, start + size)
        try:
            rows[batch] = work(batch)
        except (MemoryError, RuntimeError) as error:
            if size == 1 or not _ran_short_of_memory(error):
                raise
            size //= 2
        else:
            start += size
    return rows


def _ran_short_of_memory(error: Exception) -> bool:
    # torch and OpenVINO have no error of their own for it
    words = ("allocate memory", "bad_alloc", "bad allocation")
    return isinstance(error, MemoryError) or any(word in str(error) for word in words)
