from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from castlist.data.runtime.batches import in_batches


def as_large_as(limit: int, error: Exception, sizes: list[int]) -> Callable[[slice], np.ndarray]:
    """Work on 0, 1, 2 ... that fails for batches above a limit; notes the sizes that came."""

    def work(batch: slice) -> np.ndarray:
        numbers = np.arange(10)[batch]
        sizes.append(len(numbers))
        if len(numbers) > limit:
            raise error
        return np.stack([numbers, -numbers], axis=1).astype(np.float32)

    return work


TWO_COLUMNS = np.stack([np.arange(10), -np.arange(10)], axis=1)


@pytest.mark.parametrize("size", [1, 3, 10, 64])
def test_batches_of_any_size_make_the_same_rows(size: int) -> None:
    made = in_batches(as_large_as(64, MemoryError(), []), 10, size, 2)
    np.testing.assert_array_equal(made, TWO_COLUMNS)
    assert made.dtype == np.float32


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("Exception from src/inference/src/cpp/infer_request.cpp:223: std::bad_alloc"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
def test_batches_shrink_to_what_memory_allows(error: Exception) -> None:
    sizes: list[int] = []
    np.testing.assert_array_equal(in_batches(as_large_as(3, error, sizes), 10, 8, 2), TWO_COLUMNS)
    assert sizes == [8, 4, 2, 2, 2, 2, 2]


def test_what_is_too_large_alone_and_other_errors_are_raised() -> None:
    with pytest.raises(MemoryError):
        in_batches(as_large_as(0, MemoryError(), []), 10, 4, 2)
    with pytest.raises(RuntimeError, match="another reason"):
        in_batches(as_large_as(3, RuntimeError("another reason"), []), 10, 4, 2)


def test_nothing_makes_no_rows() -> None:
    assert in_batches(as_large_as(3, MemoryError(), []), 0, 4, 2).shape == (0, 2)
