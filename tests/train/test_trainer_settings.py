from __future__ import annotations

import dataclasses

import pytest
import torch
from castlist.data.errors import InputError
from castlist.train.config import TrainConfig
from castlist.train.trainer_settings import need_device

CONFIG = TrainConfig(data=("folder",), root=("nowhere",))


@pytest.fixture(params=[(0, False), (2, False), (0, True)], ids=["cpu", "two cards", "apple"])
def here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A machine, by what is the best of it."""
    cards, apple = request.param
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cards)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: apple)
    return "cuda" if cards else "mps" if apple else "cpu"


def test_a_run_computes_on_the_best_there_is(here: str) -> None:
    assert need_device(CONFIG) == here
    assert need_device(dataclasses.replace(CONFIG, accelerator="cpu")) == "cpu"


@pytest.mark.parametrize("wanted", ["gpu", "mps"])
def test_an_accelerator_that_is_not_here_is_refused(here: str, wanted: str) -> None:
    config = dataclasses.replace(CONFIG, accelerator=wanted)
    if here in {"gpu": ("cuda", "mps"), "mps": ("mps",)}[wanted]:
        assert need_device(config) == here
        return
    with pytest.raises(InputError, match=f"accelerator: expected one .* found no {wanted}; leave"):
        need_device(config)


def test_half_precision_of_gpus_is_refused_on_a_processor(here: str) -> None:
    config = dataclasses.replace(CONFIG, precision="16-mixed")
    if here != "cpu":
        assert need_device(config) == here
        return
    with pytest.raises(InputError, match="precision: expected 32-true or bf16-mixed on a proces"):
        need_device(config)


def test_more_devices_than_there_are_cards_are_refused(here: str) -> None:
    config = dataclasses.replace(CONFIG, devices=3)
    if here == "cpu":  # processes
        assert need_device(config) == here
        return
    with pytest.raises(
        InputError, match=r"devices: expected at most \d, as torch finds here, got 3"
    ):
        need_device(config)
