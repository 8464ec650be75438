from __future__ import annotations

import hashlib
import importlib.resources
import json
import pickle
import re
import subprocess
import sys
import urllib.error
from pathlib import Path

import pytest
import safetensors.torch
import torch
from castlist import checkpoints
from castlist.data.errors import InputError
from castlist.data.settings import settings_of
from castlist.train.config import TrainConfig
from castlist.train.networks import checkpoint
from castlist.train.networks.checkpoint import SHIPPED, build_encoder, load_encoder, save_encoder

ARCHITECTURE = {
    "backbone": "efficientnet_lite0",
    "levels": [0, 2],
    "input_size": 32,
    "head_dim": 8,
}
CARD = {"name": "tiny", "architecture": ARCHITECTURE, "data": "none", "licence": "CC0-1.0"}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "encoder.safetensors"
    save_encoder(build_encoder(ARCHITECTURE), CARD, path)
    return path


def test_an_encoder_comes_back_with_equal_vectors(tmp_path: Path) -> None:
    encoder = build_encoder(ARCHITECTURE).eval()
    path = tmp_path / "encoder.safetensors"
    save_encoder(encoder, CARD, path)
    loaded, card = load_encoder(str(path))
    pictures = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        assert torch.equal(loaded(pictures), encoder(pictures))
    assert not loaded.training
    assert (card["name"], card["dim"], card["input_size"]) == ("tiny", 8, 32)


def test_weights_that_are_not_the_cards_are_refused(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes() + b"\0")
    with pytest.raises(InputError, match=r"expected weights with sha256 .* as the card says"):
        load_encoder(str(saved))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(saved: Path, number: float) -> None:
    weights = safetensors.torch.load_file(saved)
    name = sorted(weights)[0]
    weights[name] = torch.full_like(weights[name], number)
    _replace(saved, safetensors.torch.save(weights))
    with pytest.raises(InputError, match="expected numbers as weights, got NaN or infinity in"):
        load_encoder(str(saved))


@pytest.mark.parametrize("kind", ["another shape", "one lost", "no weights"])
def test_weights_of_another_network_are_refused_in_a_line(saved: Path, kind: str) -> None:
    weights = safetensors.torch.load_file(saved)
    name = sorted(weights)[0]
    weights |= {name: torch.zeros(3, 5)} if kind == "another shape" else {}
    if kind == "one lost":
        del weights[name]
    _replace(saved, b"no weights" if kind == "no weights" else safetensors.torch.save(weights))
    with pytest.raises(
        InputError, match="expected the weights of the network in its card"
    ) as error:
        load_encoder(str(saved))
    assert len(str(error.value).replace(str(saved), "")) < 250


def _replace(path: Path, content: bytes) -> None:
    """Put other weights there, and their checksum into the card."""
    path.write_bytes(content)
    card = json.loads(path.with_suffix(".json").read_text())
    card["sha256"] = hashlib.sha256(content).hexdigest()
    path.with_suffix(".json").write_text(json.dumps(card))


def test_others_may_read_the_weights(saved: Path) -> None:
    (saved.parent / "made").write_bytes(b"")
    assert saved.stat().st_mode == (saved.parent / "made").stat().st_mode


@pytest.mark.parametrize(
    ("key", "value"),
    [("head_dim", 10**25), ("head_dim", "8"), ("input_size", -1), ("input_size", 1e308),
     ("levels", [99]), ("levels", None), ("backbone", []), ("backbone", "resnet99")],
)  # fmt: skip
def test_a_card_of_what_no_encoder_can_be_is_refused(saved: Path, key: str, value: object) -> None:
    card = json.loads(saved.with_suffix(".json").read_text())
    card["architecture"][key] = value
    saved.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(InputError, match="expected a card in JSON") as error:
        load_encoder(str(saved))
    assert len(str(error.value).replace(str(saved.parent), "")) < 300


@pytest.mark.parametrize("lost", ["encoder.json", "encoder.safetensors"])
def test_a_missing_file_is_named(saved: Path, lost: str) -> None:
    (saved.parent / lost).unlink()
    with pytest.raises(InputError, match=f"found no .*{lost}"):
        load_encoder(str(saved))


@pytest.mark.parametrize("text", ["no json", "[]", '{"architecture": {}}'])
def test_a_card_that_cannot_be_read_is_named(saved: Path, text: str) -> None:
    saved.with_suffix(".json").write_text(text)
    with pytest.raises(InputError, match=r"encoder\.json: expected a card in JSON"):
        load_encoder(str(saved))


def test_a_card_without_licence_is_refused(tmp_path: Path) -> None:
    card = {key: CARD[key] for key in CARD if key != "licence"}
    with pytest.raises(ValueError, match=r"card: expected the key\(s\) licence too"):
        save_encoder(build_encoder(ARCHITECTURE), card, tmp_path / "encoder.safetensors")


def test_a_pickle_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected an ending of \.safetensors, got 'encoder.pth'"):
        save_encoder(build_encoder(ARCHITECTURE), CARD, tmp_path / "encoder.pth")


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"film_lite0, efficientnet_lite0, resnet18.*'resnet1'"):
        load_encoder("resnet1")
    with pytest.raises(ValueError, match="backbone: expected one of efficientnet_lite0"):
        build_encoder({**ARCHITECTURE, "backbone": "vgg"})


def test_the_help_names_every_encoder_to_start_from() -> None:
    text = settings_of(TrainConfig)["encoder"].text
    for name in checkpoint.BACKBONES:
        assert name in checkpoint.ENCODERS
        assert name in text


def test_the_imagenet_features_are_there_offline() -> None:
    encoder, card = load_encoder("efficientnet_lite0")
    with torch.inference_mode():
        vectors = encoder(torch.rand(2, 3, encoder.input_size, encoder.input_size))
    assert vectors.shape == (2, card["dim"])
    assert card["licence"] == "Apache-2.0"
    assert "ImageNet" in card["data"]


def test_imagenet_weights_that_are_not_installed_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "LITE0_PACKAGE", "no_such_package")
    with pytest.raises(InputError, match="in the package no_such_package, which cannot be import"):
        load_encoder("efficientnet_lite0")


def test_imagenet_weights_of_another_checksum_are_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / checkpoint.LITE0_FILE).write_bytes(pickle.dumps({"not": "these"}))
    monkeypatch.setattr(checkpoint.importlib.resources, "files", lambda package: tmp_path)
    monkeypatch.setattr(torch, "load", lambda *args, **kwargs: pytest.fail("opened the pickle"))
    with pytest.raises(InputError, match="expected sha256 579344248a93"):
        load_encoder("efficientnet_lite0")


def test_a_resnet_without_weights_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))

    def no_network(*args: object, **kwargs: object) -> None:
        raise urllib.error.URLError("no network")

    monkeypatch.setattr("torch.hub.download_url_to_file", no_network)
    with pytest.raises(InputError, match=r"put the file of https://.*or use efficientnet"):
        load_encoder("resnet18")


def test_a_resnet_loads_weights_that_carry_torchvisions_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torchvision

    torch.manual_seed(0)
    net = torchvision.models.resnet18(weights=None).eval()
    state = net.state_dict()
    monkeypatch.setattr("torch.hub.load_state_dict_from_url", lambda *args, **kwargs: state)
    monkeypatch.setattr(
        "torchvision.models._api.load_state_dict_from_url", lambda *args, **kwargs: state
    )
    encoder, card = load_encoder("resnet18")
    assert card["dim"] == 64 + 128 + 512
    assert re.fullmatch("[0-9a-f]{8}", card["sha256"])
    pictures = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        last = encoder.backbone(pictures)[-1].mean(dim=(2, 3))
        torch.testing.assert_close(net.fc(last), net(pictures))


def test_loading_needs_neither_lightning_nor_torchvision(saved: Path) -> None:
    code = (
        "import sys; from castlist.train.networks.checkpoint import load_encoder;"
        f"load_encoder({str(saved)!r}); load_encoder('efficientnet_lite0');"
        "print(*(name for name in ('lightning', 'pytorch_lightning', 'albumentations',"
        " 'torchvision', 'matplotlib') if name in sys.modules))"
    )
    run = subprocess.run(  # our own code in our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == ""


def test_the_card_is_readable_json(saved: Path) -> None:
    card = json.loads(saved.with_suffix(".json").read_text(encoding="utf-8"))
    assert card["architecture"] == ARCHITECTURE
    assert len(card["sha256"]) == 64


def test_the_encoder_that_ships_is_small_fine_tuned_and_says_what_it_saw() -> None:
    encoder, card = load_encoder(SHIPPED)
    base, _ = load_encoder("efficientnet_lite0")
    assert encoder.dim == card["dim"] == base.dim
    first, last = "_conv_stem.weight", "_blocks.11._expand_conv.weight"
    trained, untrained = encoder.backbone.state_dict(), base.backbone.state_dict()
    assert torch.equal(trained[first], untrained[first])  # frozen
    assert not torch.equal(trained[last], untrained[last])
    assert "of ccp" in card["data"]
    assert "of clothing" in card["data"]
    assert "ImageNet" in card["data"]
    assert "Apache-2.0" in card["licence"]
    weights = importlib.resources.files(checkpoints) / f"{SHIPPED}.safetensors"
    assert len(weights.read_bytes()) <= 20e6
