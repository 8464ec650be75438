from __future__ import annotations

import pytest
import torch
from castlist.clustering.cache import cache_key
from castlist.clustering.compute import Compute, choose_compute
from castlist.clustering.engine import EngineConfig, load_engine
from castlist.data.errors import InputError


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
