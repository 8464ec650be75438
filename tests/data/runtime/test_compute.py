from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from castlist.clustering.analysis.cache import cache_key
from castlist.clustering.analysis.config import EngineConfig
from castlist.clustering.analysis.engine import load_engine
from castlist.data.errors import InputError
from castlist.data.runtime.compute import Compute, choose_compute, in_batches


def pretend(monkeypatch: pytest.MonkeyPatch, num_cuda: int) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: num_cuda)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: num_cuda > 0)


@pytest.mark.parametrize(("num_cuda", "device"), [(0, "cpu"), (1, "cuda")])
def test_auto_takes_cuda_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, num_cuda: int, device: str
) -> None:
    pretend(monkeypatch, num_cuda)
    assert choose_compute("auto", "float32") == Compute(device)


def test_a_device_that_is_there_is_taken_as_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, 2)
    for device in ("cpu", "cuda", "cuda:1"):
        assert choose_compute(device, "bfloat16") == Compute(device, "bfloat16")


@pytest.mark.parametrize(
    ("device", "num_cuda", "message"),
    [
        ("cuda", 0, r"engine\.device: .* got cuda, but torch sees no CUDA .* take cpu, or auto"),
        ("cuda:2", 2, r"got cuda:2, but torch sees 2 CUDA device\(s\)"),
    ],
)
def test_cuda_that_is_not_there_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, device: str, num_cuda: int, message: str
) -> None:
    pretend(monkeypatch, num_cuda)
    with pytest.raises(InputError, match=message) as refused:
        choose_compute(device, "float32")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("device", ["gpu", "cuda:", "cuda:one", "cpu:0", ""])
def test_a_device_of_no_such_name_is_refused(device: str) -> None:
    with pytest.raises(ValueError, match=r"engine\.device: expected auto, cpu, cuda or cuda:N"):
        EngineConfig(device=device)


def test_a_precision_of_no_such_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"engine\.precision: expected one of float32, bfloat16"):
        EngineConfig(precision="float16")
    with pytest.raises(ValueError, match=r"precision: expected one of float32, bfloat16"):
        Compute("cpu", "half")


def test_cards_tell_precisions_and_kinds_of_device_apart() -> None:
    ways = [Compute(d, p) for d in ("cpu", "cuda") for p in ("float32", "bfloat16")]
    assert len({way.card for way in ways}) == len(ways)
    assert Compute("cuda:1").card == Compute("cuda").card


def test_what_is_kept_of_one_precision_is_not_taken_for_another() -> None:
    exact, coarse = (
        load_engine(EngineConfig(device="cpu", precision=precision))
        for precision in ("float32", "bfloat16")
    )
    assert cache_key(exact.card) != cache_key(coarse.card)
    assert exact.card["embedder"] != coarse.card["embedder"]
    assert exact.card["clothes"] != coarse.card["clothes"]
    assert exact.card["detector"] == coarse.card["detector"]  # CenterFace is none of torch's


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
        torch.cuda.OutOfMemoryError("CUDA out of memory"),
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
