"""A net that finds garments: trained, exported, and asked at inference."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from castlist.__main__ import main
from castlist.clustering.cloth_models.clothes import ClothConfig, ClothDescriber
from castlist.clustering.cloth_models.garment_mask import GarmentMask
from castlist.data.errors import InputError
from castlist.data.garments.ccp import read_ccp
from castlist.data.garments.garments import Garments, Row
from castlist.train import segment as segment_module
from castlist.train.loading.segment_data import GarmentPhotos, Photo, collate
from castlist.train.networks.segmenter import GarmentNet
from castlist.train.segment import SegmentModule
from onnx import TensorProto, helper
from PIL import Image

SIDE = 32
SHIRT, SKIN = 35, 41


@pytest.fixture(scope="module")
def ccp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw ten people in red shirts before grey walls, as Clothing Co-Parsing lays them out."""
    root = tmp_path_factory.mktemp("ccp")
    for folder in ("photos", "masks"):
        (root / folder).mkdir()
    random = np.random.default_rng(0)
    for number in range(10):
        picture = random.integers(100, 140, (96, 64, 3), dtype=np.uint8)
        labels = np.zeros((96, 64), np.uint8)
        left, top = random.integers(10, 25), random.integers(20, 30)
        labels[top : top + 50, left : left + 25] = SHIRT
        labels[top - 15 : top, left + 5 : left + 20] = SKIN
        picture[labels == SHIRT] = (200, 20, 30)
        picture[labels == SKIN] = (220, 180, 150)
        Image.fromarray(picture).save(root / "photos" / f"{number:04d}.jpg", quality=95)
        Image.fromarray(labels).save(root / "masks" / f"{number:04d}.png")
    return root


@pytest.fixture(scope="module")
def trained(ccp: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("segment") / "out"
    words = ["--data", "ccp", "--root", str(ccp), "--out", str(out), "--accelerator", "cpu"]
    words += ["--epochs", "12", "--items-per-batch", "4", "--held-out", "0.2", "--rate", "0.01"]
    assert main(["train", "--task", "segment", *words, "--input-size", str(SIDE)]) == 0
    return out


def test_the_net_finds_garments_of_photos_that_it_has_not_seen(trained: Path) -> None:
    card = json.loads((trained / "mask.json").read_text())
    assert card["metrics"]["iou"] > 0.6
    assert "Apache-2.0" in card["licence"]
    assert "root" not in card["training"]


def test_the_exported_mask_marks_the_shirt(trained: Path, ccp: Path) -> None:
    with Image.open(ccp / "photos" / "0000.jpg") as image:
        picture = np.asarray(image)
    with Image.open(ccp / "masks" / "0000.png") as image:
        shirt = np.asarray(image) == SHIRT
    mask = GarmentMask(trained / "mask.onnx").mask(picture)
    assert mask.shape == picture.shape[:2]
    assert mask.dtype == np.float32
    assert mask[shirt].mean() > mask[~shirt].mean() + 0.3


def test_clothes_are_cut_out_with_it(trained: Path) -> None:
    plain = ClothDescriber(ClothConfig(person_mask=False))
    masked = ClothDescriber(ClothConfig(garment_mask=str(trained / "mask.onnx")))
    picture = np.full((200, 160, 3), 120, np.uint8)
    picture[90:, 40:120] = (200, 20, 30)
    face = np.array([[60, 40, 100, 80]], np.float32)
    counted = [describer.crop(picture, face).clothes[0, ..., 3] for describer in (plain, masked)]
    assert (counted[0] == 255).all()
    assert 0 < counted[1].mean() < 255
    assert plain.card != masked.card


def test_a_run_is_not_written_over(trained: Path, ccp: Path, capsys: pytest.CaptureFixture) -> None:
    words = ["--data", "ccp", "--root", str(ccp), "--out", str(trained)]
    assert main(["train", "--task", "segment", *words]) == 1
    assert "holds a run already; continue it with --resume" in capsys.readouterr().err


def _stop_at(epoch: int, error: BaseException, patch: pytest.MonkeyPatch) -> None:
    def stop(module: SegmentModule, *_: object) -> None:
        if module.current_epoch == epoch:
            raise error

    patch.setattr(SegmentModule, "on_train_batch_start", stop)


def _two_passes(ccp: Path, out: Path, workers: str = "0") -> list[str]:
    words = ["train", "--task", "segment", "--data", "ccp", "--root", str(ccp), "--epochs", "2"]
    words += ["--items-per-batch", "2", "--input-size", "32", "--held-out", "0.2"]
    return [*words, "--accelerator", "cpu", "--workers", workers, "--out", str(out)]


@pytest.fixture(scope="module")
def whole(ccp: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing stopped."""
    out = tmp_path_factory.mktemp("whole") / "out"
    assert main(_two_passes(ccp, out)) == 0
    return out


def test_a_stopped_run_ends_with_the_weights_of_one_that_was_not(
    ccp: Path, whole: Path, tmp_path: Path
) -> None:
    stopped = tmp_path / "out"
    with pytest.MonkeyPatch.context() as patch:
        _stop_at(1, InputError("stopped"), patch)
        assert main(_two_passes(ccp, stopped, workers="2")) == 1
    assert not (stopped / "mask.onnx").exists()
    assert main(["train", "--resume", str(stopped), "--accelerator", "auto"]) == 0
    assert json.loads((stopped / "run.json").read_text())["config"]["accelerator"] == "auto"
    states = [
        torch.load(out / "last.ckpt", weights_only=True)["state_dict"] for out in (whole, stopped)
    ]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    cards = [json.loads((out / "mask.json").read_text()) for out in (whole, stopped)]
    assert [card["training"].pop("workers") for card in cards] == [0, 2]
    assert [card["training"].pop("accelerator") for card in cards] == ["cpu", "auto"]
    assert cards[0] == cards[1]  # the checksum of mask.onnx, too


def test_ctrl_c_says_how_to_go_on_also_before_the_first_check(
    ccp: Path, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler, out = signal.getsignal(signal.SIGINT), tmp_path / "out"
    with pytest.MonkeyPatch.context() as patch:
        _stop_at(0, KeyboardInterrupt(), patch)
        assert main(_two_passes(ccp, out)) == 1
    assert signal.getsignal(signal.SIGINT) is handler
    assert f"stopped; to go on: castlist train --resume {out}" in capsys.readouterr().err
    assert main(["train", "--resume", str(out), "--workers", "1"]) == 0
    sums = [json.loads((folder / "mask.json").read_text())["sha256"] for folder in (whole, out)]
    assert sums[0] == sums[1]
    assert json.loads((out / "run.json").read_text())["config"]["workers"] == 1


def test_masks_that_differ_are_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_module, "LARGEST_DIFFERENCE", -1.0)
    with pytest.raises(InputError, match="expected the same masks from onnxruntime"):
        segment_module._save(GarmentNet().eval(), SIDE, {}, tmp_path / "mask.onnx")
    assert not list(tmp_path.iterdir())


def test_a_broken_photo_is_said_once_by_any_number_of_processes(
    ccp: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ccp, tmp_path / "ccp")
    for number in range(3):
        (tmp_path / "ccp" / "photos" / f"000{number}.jpg").write_bytes(b"no picture")
    assert main(_two_passes(tmp_path / "ccp", tmp_path / "out", workers="2")) == 0
    said = capfd.readouterr().err
    assert [said.count(f"000{number}.jpg: cannot be read") for number in range(3)] == [1, 1, 1]


def test_a_step_changes_every_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = SegmentModule(segment_module.TrainConfig(data=("ccp",), root=(".",)), 10).train()
    monkeypatch.setattr(module, "log", lambda *args, **kwargs: None)
    before = {name: value.clone() for name, value in module.named_parameters()}
    pictures = torch.randint(0, 256, (4, SIDE, SIDE, 3), dtype=torch.uint8)
    masks = torch.randint(0, 2, (4, SIDE, SIDE), dtype=torch.uint8)
    optimizer = module.configure_optimizers()["optimizer"]
    for _ in range(2):  # the first step of a cycle is a small one
        optimizer.zero_grad()
        module.training_step((pictures, masks)).backward()
        optimizer.step()
    for name, value in module.named_parameters():
        assert not torch.equal(value, before[name]), name


def test_views_keep_the_mask_on_the_garment(ccp: Path) -> None:
    photos = GarmentPhotos(read_ccp(ccp), "train", SIDE)
    pictures, masks = collate([photos[Photo(number, None)] for number in range(len(photos))])
    assert pictures.shape == (10, SIDE, SIDE, 3)
    red = (pictures[..., 0] > 150) & (pictures[..., 1] < 90)
    assert (red == masks.bool()).float().mean() > 0.97
    first, again = (photos[Photo(0, 7)] for _ in range(2))
    assert np.array_equal(first[0], again[0])
    assert not np.array_equal(first[0], photos[Photo(0, 8)][0])


def test_garments_of_one_photo_are_joined_and_broken_photos_replaced(ccp: Path) -> None:
    table = read_ccp(ccp)
    rows = [
        Row(path=str(table.path[number]), item=f"{number} {part}", mask=table.mask[number])
        for number in (0, 1)
        for part in range(2)
    ]
    rows += [Row(path="photos/none.jpg", item="x", mask=table.mask[0])]
    said: list[str] = []
    photos = GarmentPhotos(Garments.of_rows("t", "CC0", ccp, rows), "train", SIDE, said.append)
    assert len(photos) == 3
    assert np.array_equal(photos[Photo(2, None)][0], photos[Photo(0, None)][0])
    assert np.array_equal(photos[Photo(2, 5)][0], photos[Photo(0, 5)][0])
    assert len(said) == 1
    assert "none.jpg" in said[0]
    with pytest.raises(InputError, match="expected garments with masks, found none"):
        GarmentPhotos(
            Garments.of_rows("t", "CC0", ccp, [Row("photos/0000.jpg", "a")]), "train", SIDE
        )


def _u2net(path: Path, side: int | str, classes: int = 4) -> Path:
    """Write a net that scores upper body by red, and background by nothing."""
    weight = np.zeros((classes, 3, 1, 1), np.float32)
    weight[1, 0] = 20
    weight[0, :] = -2
    nodes = [helper.make_node("Conv", ["input", "weight"], ["output"])]
    given = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, side, side])
    answer = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, classes, side, side])
    numbers = [onnx.numpy_helper.from_array(weight, "weight")]
    graph = helper.make_graph(nodes, "net", [given], [answer], numbers)
    net = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(net, path)
    return path


@pytest.mark.parametrize("side", [64, "side"])
def test_a_u2net_for_clothes_is_known_by_its_four_classes(tmp_path: Path, side: int | str) -> None:
    mask = GarmentMask(_u2net(tmp_path / "u2net.onnx", side))
    picture = np.zeros((40, 20, 3), np.uint8)
    picture[20:] = (255, 0, 0)
    found = mask.mask(picture)
    assert found.shape == (40, 20)
    assert found[25:].min() > 0.95
    assert found[:15].max() < 0.05


def test_other_networks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected the mask\.onnx of castlist train"):
        GarmentMask(_u2net(tmp_path / "two.onnx", 64, classes=2))
    with pytest.raises(InputError, match="got no such file"):
        GarmentMask(tmp_path / "none.onnx")
