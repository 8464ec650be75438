"""A cloth encoder as ONNX, and back at inference."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from castlist.__main__ import main
from castlist.clustering.cloth_models.cloth_network import load_cloth_network
from castlist.clustering.cloth_models.clothes import ClothConfig, ClothDescriber, Worn
from castlist.data.errors import InputError
from castlist.train.networks import export as export_module
from castlist.train.networks.checkpoint import build_encoder, save_encoder
from castlist.train.networks.export import export_onnx

SIDE = 36  # becomes 18, 9, so that padding is even and uneven
ARCHITECTURE = {
    "backbone": "efficientnet_lite0",
    "levels": [0, 4],
    "input_size": SIDE,
    "head_dim": 8,
}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("encoder") / "tiny.safetensors"
    torch.manual_seed(0)
    card = {"name": "tiny", "architecture": ARCHITECTURE, "data": "none", "licence": "CC0-1.0"}
    save_encoder(build_encoder(ARCHITECTURE), card, path)
    return path


@pytest.fixture(scope="module")
def exported(encoder: Path) -> Path:
    path = encoder.with_name("exported.onnx")
    assert main(["export", "--onnx", str(path), str(encoder)]) == 0
    return path


def test_the_vectors_are_those_of_torch_in_any_batch(encoder: Path, exported: Path) -> None:
    random = np.random.default_rng(1)
    crops = random.integers(0, 256, (5, SIDE, SIDE, 4), np.uint8)
    crops[1, ..., 3] = 0  # nothing counts
    by_torch = load_cloth_network(str(encoder))
    by_onnx = load_cloth_network(str(exported))
    assert (by_onnx.input_size, by_onnx.dim) == (by_torch.input_size, by_torch.dim) == (SIDE, 8)
    np.testing.assert_allclose(by_onnx(crops), by_torch(crops), atol=1e-4)
    np.testing.assert_allclose(by_onnx(crops[:1]), by_onnx(crops)[:1], atol=1e-4)


def test_the_card_says_where_it_comes_from(encoder: Path, exported: Path) -> None:
    card = json.loads(exported.with_suffix(".json").read_text())
    assert card["sha256"] == hashlib.sha256(exported.read_bytes()).hexdigest()
    assert card["exported_from_sha256"] == hashlib.sha256(encoder.read_bytes()).hexdigest()
    assert 0 <= card["largest_difference"] <= export_module.LARGEST_DIFFERENCE
    assert (card["licence"], card["dim"], card["input_size"]) == ("CC0-1.0", 8, SIDE)


def test_clothes_are_described_by_the_exported_file(exported: Path, encoder: Path) -> None:
    random = np.random.default_rng(2)
    crops = random.integers(0, 256, (3, SIDE, SIDE, 4), np.uint8)
    describers = [
        ClothDescriber(ClothConfig(encoder=str(path), person_mask=False))
        for path in (exported, encoder)
    ]
    worn = Worn(np.zeros((3, 4), np.float32), crops, np.zeros((3, 0, 0, 3), np.uint8))
    vectors = [collector.describe(worn) for collector in describers]
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-4)
    assert describers[0].card != describers[1].card


def test_vectors_that_differ_leave_nothing_behind(
    encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_module, "LARGEST_DIFFERENCE", -1.0)
    with pytest.raises(InputError, match="expected the same vectors from onnxruntime"):
        export_onnx(str(encoder), tmp_path / "out.onnx")
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_exported_is_said(
    encoder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main(["export", "--onnx", str(tmp_path / "out.pt"), str(encoder)]) == 1
    assert "expected a name that ends in .onnx" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert main(["export", "--onnx", str(tmp_path / "out.onnx"), str(encoder)]) == 1
    assert "pip install 'castlist[train]'" in capsys.readouterr().err


def test_another_network_is_no_cloth_encoder(tmp_path: Path) -> None:
    checkpoints = Path(export_module.__file__).parents[2] / "checkpoints"
    with pytest.raises(
        InputError, match="expected a cloth encoder that castlist train export wrote"
    ):
        load_cloth_network(str(checkpoints / "centerface.onnx"))
    with pytest.raises(InputError, match="got no such file"):
        load_cloth_network(str(tmp_path / "none.onnx"))
