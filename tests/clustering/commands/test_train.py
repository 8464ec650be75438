from __future__ import annotations

import argparse
import dataclasses
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from castlist.__main__ import main
from castlist.clustering.commands.train import TASKS, add_parsers
from castlist.data.errors import MisuseError
from castlist.data.settings import settings_of
from castlist.train import fit as fit_module
from castlist.train.config import RECIPES, SEGMENT, TrainConfig
from castlist.train.loading.samples import HEADER_PX, NAME_PX
from PIL import Image


def _run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_parsers(parser.add_subparsers())
    arguments = parser.parse_args(["train", *words])
    return int(arguments.command(arguments))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Note what would be done."""
    calls: list[tuple[object, ...]] = []

    def note(name: str) -> object:
        def called(*arguments: object, changed: object = None) -> Path:
            more = () if changed is None else (changed,)
            calls.append((name, *arguments, *more))
            return Path("result")

        return called

    for name in ("fit", "resume", "dry_run"):
        monkeypatch.setattr(fit_module, name, note(name))
    return calls


def test_options_reach_the_configuration(
    asked: list[tuple[object, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    words = "--data ccp --root photos --out runs/1 --epochs 3 --rate 0.001 --person-mask"
    assert _run(*words.split(), "--encoder", "resnet18") == 0
    config = TrainConfig(
        data=("ccp",), root=("photos",), epochs=3, rate=0.001, person_mask=True, encoder="resnet18"
    )
    assert asked == [("fit", config, Path("runs/1"))]
    assert capsys.readouterr().out == "result\n"


def test_what_is_not_asked_for_is_the_default(asked: list[tuple[object, ...]]) -> None:
    _run("--data", "folder", "--root", "clothes", "--out", "runs/1")
    assert asked == [("fit", TrainConfig(data=("folder",), root=("clothes",)), Path("runs/1"))]


def test_a_dry_run_trains_nothing(asked: list[tuple[object, ...]]) -> None:
    _run("--data", "folder", "--root", "clothes", "--out", "runs/1", "--dry-run")
    assert [call[0] for call in asked] == ["dry_run"]


def test_a_run_is_resumed_as_it_began(asked: list[tuple[object, ...]]) -> None:
    _run("--resume", "runs/1")
    assert asked == [("resume", Path("runs/1"), {})]
    for more in (
        ["--rate", "9"],
        ["--task", "embed"],
        ["--out", "runs/2"],
        ["--dry-run"],
        ["--find-lr"],
        ["--films", "x"],
        ["--recipe", RECIPES[0]],
    ):
        with pytest.raises(MisuseError, match="--resume: a run goes on as it began"):
            _run("--resume", "runs/1", *more)


def test_a_run_goes_on_elsewhere_or_for_longer(asked: list[tuple[object, ...]]) -> None:
    words = ["--root", "moved", "--epochs", "9", "--workers", "2", "--accelerator", "gpu"]
    _run("--resume", "runs/1", *words)
    changed = {"root": ("moved",), "epochs": 9, "workers": 2, "accelerator": "gpu"}
    assert asked == [("resume", Path("runs/1"), changed)]


def test_an_encoder_is_checked_on_a_set_without_training(
    asked: list[tuple[object, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    for item in range(3):
        (tmp_path / f"coat {item}").mkdir()
        colour = rng.integers(0, 256, 3)
        for picture in range(2):
            pixels = np.clip(colour + rng.integers(-9, 10, (48, 48, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / f"coat {item}" / f"{picture}.png")
    words = ["--check", "film_lite0", "--data", "folder", "--root", str(tmp_path)]
    assert main(["train", *words]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"folder in {tmp_path}, all: Recall@1")
    assert "Recall@1 100.0, @10 100.0, @20 100.0, mAP@R 100.0; 6 queries among 6 pictures" in out
    assert "no split to test with" in out
    assert main(["train", *words, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["sets"]
    assert (found["num_queries"], found["recall"]["1"]) == (6, 1.0)
    for place in range(2):  # these two are taken for each other
        shutil.copy(tmp_path / "coat 0" / f"{place}.png", tmp_path / f"coat {1 + place}" / "0.png")
    twice = [*words, "--data", "folder", "--root", str(tmp_path)]
    assert main(["train", *twice, "--out", str(tmp_path.parent / "sheets")]) == 0
    for name in ("wrong-folder.png", "wrong-folder-2.png"):
        with Image.open(tmp_path.parent / "sheets" / name) as sheet:
            assert sheet.size[0] >= NAME_PX + 5 * 96
    assert not asked
    for more, message in (
        (["--epochs", "3"], "got --epochs"),
        (["--resume", "runs/1"], "got --resume"),
    ):
        with pytest.raises(MisuseError, match=message):
            _run(*words, *more)
    with pytest.raises(MisuseError, match="expected --data and --root too"):
        _run("--check", "film_lite0")


def test_a_rate_is_found_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for item in range(8):
        (tmp_path / "clothes" / f"coat {item}").mkdir(parents=True)
        pixels = rng.integers(0, 256, (48, 48, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "clothes" / f"coat {item}" / "0.png")
    words = ["--find-lr", "--data", "folder", "--root", "clothes", "--accelerator", "cpu"]
    words += ["--items-per-batch", "4", "--input-size", "32", "--frozen", "5", "--head-dim", "8"]
    assert main(["train", *words, "--max-steps", "20", "--json"]) == 0
    assert 1e-6 < json.loads(capsys.readouterr().out)["rate"] < 0.1
    assert [path.name for path in tmp_path.iterdir()] == ["clothes"]
    assert main(["train", *words, "--max-steps", "19"]) == 1
    assert "max_steps: expected 20 or more to find a rate, got 19" in capsys.readouterr().err
    for more, message in (
        (["--out", "x"], "expected no --out"),
        (["--dry-run"], "expected no --dry-run"),
        (["--task", "segment"], "expected --task embed"),
    ):
        with pytest.raises(MisuseError, match=message):
            _run(
                *[word for word in words if word not in ("--head-dim", "8", "--frozen", "5")], *more
            )


def test_a_library_that_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pytorch_metric_learning", None)
    assert main(["train", "--data", "folder", "--root", ".", "--out", "x"]) == 1
    assert "needs pytorch_metric_learning, which cannot be imp" in capsys.readouterr().err


def test_what_is_missing_is_named(asked: list[tuple[object, ...]]) -> None:
    with pytest.raises(MisuseError, match=r"^expected --out too, or --resume"):
        _run("--data", "folder", "--root", "clothes")
    with pytest.raises(MisuseError, match="expected --root and --out too, or --resume"):
        _run("--data", "folder")
    assert not asked


def test_several_sets_are_given_in_pairs(asked: list[tuple[object, ...]]) -> None:
    words = "--data ccp --root photos --data clothing --root flat --out runs/1 --films films"
    _run(*words.split())
    config = TrainConfig(data=("ccp", "clothing"), root=("photos", "flat"), films="films")
    assert asked == [("fit", config, Path("runs/1"))]
    with pytest.raises(MisuseError, match="expected a --root for each --data, got 2 --data and 1"):
        _run("--data", "ccp", "--data", "clothing", "--root", "photos", "--out", "runs/1")


def test_a_recipe_is_a_start_that_options_change(asked: list[tuple[object, ...]]) -> None:
    _run("--recipe", "proxy-anchor-resnet50", "--root", "inshop", "--out", "runs/1")
    changes = ["--epochs", "3", "--workers", "2"]
    _run("--recipe", "proxy-anchor-resnet50", "--root", "a", "--out", "b", *changes)
    published, changed = (call[1] for call in asked)
    assert isinstance(published, TrainConfig)
    assert (published.data, published.root) == (("deepfashion-inshop-item",), ("inshop",))
    assert (published.loss, published.rate, published.head_dim) == ("proxy-anchor", 6e-4, 512)
    assert published.items_per_batch * published.views_per_item == 180
    same = dataclasses.replace(published, root=("a",), epochs=3, workers=2)
    assert changed == same
    with pytest.raises(MisuseError, match="expected --root and --out too"):
        _run("--recipe", "proxy-anchor-resnet50")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--loss", "nt-xent"], "--loss"),
        (["--keep-head", "--epochs", "3", "--temperature", "0.2"], "--keep-head, --temperature"),
        (["--recipe", "film-lite0"], "--recipe"),
        (["--dry-run", "--films", "films"], "--films"),
    ],
)
def test_a_task_refuses_settings_that_it_does_not_use(words: list[str], named: str) -> None:
    begin = ["--task", "segment", "--data", "ccp", "--root", "photos", "--out", "runs/1"]
    with pytest.raises(MisuseError, match=f"^--task segment does not use {named}; leave that out$"):
        _run(*begin, *words)


def test_a_mask_takes_the_settings_that_its_code_reads() -> None:
    used = {name for name, own in settings_of(TrainConfig).items() if not own.only_for}
    train = Path(fit_module.__file__).parent
    source = [train / name for name in ("segment.py", "loading/segment_data.py")]
    read = {name for path in source for name in re.findall(r"config\.(\w+)", path.read_text())}
    assert used | {"data", "root"} == read | {"accelerator"}  # that is read by trainer_arguments


def test_a_mask_is_trained_with_what_it_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    monkeypatch.setitem(TASKS, SEGMENT, lambda: (lambda *own: calls.append(own), None))
    begin = ["--task", "segment", "--data", "ccp", "--root", "photos", "--out", "runs/1"]
    _run(*begin, "--epochs", "3", "--rate", "0.002")
    config = TrainConfig(data=("ccp",), root=("photos",), epochs=3, rate=0.002)
    assert calls == [(config, Path("runs/1"))]


def test_every_recipe_that_ships_is_offered() -> None:
    folder = Path(fit_module.__file__).with_name("recipes")
    assert sorted(path.stem for path in folder.glob("*.toml")) == sorted(RECIPES)


def test_every_setting_is_an_option(asked: list[tuple[object, ...]]) -> None:
    config = TrainConfig(data=("ccp",), root=("photos",))
    words = ["--data", "ccp", "--root", "photos", "--out", "runs/1"]
    names = sorted(set(dataclasses.asdict(config)) - {"data", "root"})
    for name in names:
        usual, flag = getattr(config, name), f"--{name.replace('_', '-')}"
        words += [flag] if usual is False else [flag, str(usual)]
    _run(*words)
    assert len(names) == 33
    assert asked[0][1] == dataclasses.replace(
        config, keep_head=True, person_mask=True, one_category=True, compile=True
    )


def test_a_value_out_of_range_is_refused(asked: list[tuple[object, ...]]) -> None:
    with pytest.raises(MisuseError, match="epochs: expected 1 or more, got 0"):
        _run("--data", "folder", "--root", ".", "--out", "x", "--epochs", "0")
    assert not asked


def test_the_help_is_shown_without_numpy() -> None:
    code = "import sys, castlist.clustering.commands.train; print('numpy' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"


def test_help_shows_every_default(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _run("--help")
    text = " ".join(capsys.readouterr().out.split())
    assert "learning rate of the head (0.0003)" in text
    assert "resnet50, convnext_tiny, vit_small, a .safetensors (efficientnet_lite0)" in text


def test_a_dry_run_from_the_imagenet_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for item in "abcd":
        (tmp_path / "clothes" / item).mkdir(parents=True)
        pixels = np.full((40, 30, 3), ord(item), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "clothes" / item / "1.png")
    words = ["--data", "folder", "--root", str(tmp_path / "clothes")]
    assert _run(*words, "--dry-run") == 0
    printed = capsys.readouterr()
    assert "train: 2 garments of 2 items" in printed.err
    assert printed.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["clothes"]
    assert _run(*words, "--out", str(tmp_path / "out"), "--dry-run") == 0
    printed = capsys.readouterr()
    assert "train: 2 garments of 2 items" in printed.err
    assert printed.out.strip() == str(tmp_path / "out" / "samples.png")
    with Image.open(tmp_path / "out" / "samples.png") as sheet:
        assert sheet.size[1] == HEADER_PX + 2 * 128
