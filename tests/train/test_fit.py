from __future__ import annotations

import csv
import dataclasses
import errno
import functools
import importlib.util
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import timm
import torch
import torchvision
from castlist.data.errors import InputError
from castlist.data.lock import marked_in_use
from castlist.train import fit as fit_module
from castlist.train import trainer_settings
from castlist.train.checkpoints import read_checkpoint
from castlist.train.config import RECIPES, TrainConfig
from castlist.train.fit import dry_run, fit, resume
from castlist.train.loading.batches import ItemBatches
from castlist.train.loading.datamodule import ClothData
from castlist.train.loading.samples import HEADER_PX, NAME_PX
from castlist.train.loading.views import Key, Views, to_stderr
from castlist.train.module import ClothModule
from castlist.train.networks.checkpoint import build_encoder, load_encoder, save_encoder
from castlist.train.networks.encoder import ClothEncoder
from castlist.train.trainer_settings import loggers
from functorch.compile import make_boxed_func
from PIL import Image
from pytorch_lightning.loggers import CSVLogger
from torch._dynamo.backends.common import aot_autograd
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.resnet import BasicBlock

SIDE = 32
ARCHITECTURE = {
    "backbone": "efficientnet_lite0",
    "levels": [0],
    "input_size": SIDE,
    "head_dim": None,
}


@dataclasses.dataclass
class Run:
    config: TrainConfig
    out: Path
    said: list[str]
    saved: ClothEncoder
    epochs: list[int]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> TrainConfig:
    """Draw a folder of 10 checked items, 3 pictures each, and a small net to start from."""
    folder = tmp_path_factory.mktemp("clothes")
    random = np.random.default_rng(0)
    for item in range(10):
        (folder / "items" / f"coat {item}").mkdir(parents=True)
        pattern = np.kron(random.integers(0, 256, (3, 3, 3)), np.ones((14, 14, 1)))
        for picture in range(3):
            noisy = np.clip(pattern + random.integers(-25, 26, pattern.shape), 0, 255)
            path = folder / "items" / f"coat {item}" / f"{picture}.png"
            Image.fromarray(noisy.astype(np.uint8)).save(path)
    (folder / "items" / "coat 0" / "broken.jpg").write_bytes(b"no picture")
    torch.manual_seed(0)
    card = {"name": "tiny", "architecture": ARCHITECTURE, "data": "none", "licence": "CC0-1.0"}
    save_encoder(build_encoder(ARCHITECTURE), card, folder / "tiny.safetensors")
    return TrainConfig(
        data=("folder",),
        root=(str(folder / "items"),),
        encoder=str(folder / "tiny.safetensors"),
        head_dim=8,
        keep_head=True,
        items_per_batch=4,
        epochs=5,
        rate=2e-3,
        held_out=0.2,
    )


@pytest.fixture(scope="module")
def run(config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Train without a stop."""
    out, said, saved = tmp_path_factory.mktemp("run") / "out", list[str](), list[ClothEncoder]()
    epochs = list[int]()
    batches = ItemBatches.__iter__
    with pytest.MonkeyPatch.context() as patch:

        def keep(encoder: ClothEncoder, card: dict[str, object], path: Path) -> None:
            saved.append(encoder)
            save_encoder(encoder, card, path)

        def note(drawn: ItemBatches) -> Iterator[list[Key]]:
            epochs.append(drawn._epoch)
            return batches(drawn)

        patch.setattr(fit_module, "save_encoder", keep)
        patch.setattr(ItemBatches, "__iter__", note)
        fit(config, out, said.append)
    return Run(config, out, said, saved[0], epochs)


def _weights(run: Run) -> bytes:
    return (run.out / "encoder.safetensors").read_bytes()


def _curve(out: Path, column: str) -> list[float]:
    with (out / "log" / "version_0" / "metrics.csv").open() as file:
        return [float(row[column]) for row in csv.DictReader(file) if row[column]]


def test_the_loss_falls(run: Run) -> None:
    losses = _curve(run.out, "loss_epoch")
    assert len(losses) == run.config.epochs
    assert losses[-1] < losses[0]


def test_every_epoch_has_batches_of_its_own(run: Run) -> None:
    assert run.epochs == [0, *range(run.config.epochs)]  # with that of the sheet of views


def test_the_processes_that_read_are_those_of_all_epochs(
    config: TrainConfig, tmp_path: Path
) -> None:
    read = Views.__getitem__

    def noted(views: Views, key: Key) -> object:
        if not key.is_query and key.seed is not None:  # to train with
            (tmp_path / str(os.getpid())).touch()
        return read(views, key)

    config = dataclasses.replace(config, epochs=3, workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Views, "__getitem__", noted)
        fit(config, tmp_path / "out", lambda _: None)
    (tmp_path / str(os.getpid())).unlink()  # the sheet of views
    assert len([path for path in tmp_path.iterdir() if path.is_file()]) == 1


def test_the_curves_have_recall_at_every_check(run: Run) -> None:
    assert len(_curve(run.out, "recall_at_1")) == run.config.epochs
    assert len(_curve(run.out, "map_at_r")) == run.config.epochs


def test_the_encoder_comes_back_with_equal_vectors(run: Run) -> None:
    loaded, _ = load_encoder(str(run.out / "encoder.safetensors"))
    pictures, masks = torch.rand(3, 3, SIDE, SIDE), torch.ones(3, 1, SIDE, SIDE)
    with torch.inference_mode():
        assert torch.equal(loaded(pictures, masks), run.saved(pictures, masks))
    start, _ = load_encoder(run.config.encoder)
    name = "_blocks.0._project_conv.weight"
    assert not torch.equal(loaded.backbone.get_parameter(name), start.backbone.get_parameter(name))


def test_batch_normalisation_keeps_the_statistics_that_it_came_with(run: Run) -> None:
    start, _ = load_encoder(run.config.encoder)
    buffers = dict(run.saved.named_buffers())
    assert any("running_var" in name for name in buffers)
    for name, value in start.named_buffers():
        assert torch.equal(buffers[name], value), name


def test_the_card_says_what_it_saw_and_under_which_terms(run: Run) -> None:
    text = (run.out / "encoder.json").read_text()
    card = json.loads(text)
    assert card["architecture"] == {**ARCHITECTURE, "head_dim": 8}
    # the broken picture was listed too
    assert card["data"].startswith("2")
    assert card["data"].endswith("garments of 8 items of folder; started from: none")
    assert "castlist does not know their terms" in card["licence"]
    assert card["licence"].endswith("started from weights under CC0-1.0")
    assert set(card["metrics"]) == {"epoch", "before", "after", "test"}
    assert max(_curve(run.out, "recall_at_1")) == card["metrics"]["after"]["recall_at_1"]
    assert card["training"]["seed"] == 0
    assert str(Path(run.config.root[0]).parent) not in text  # a path may name somebody


def test_counts_terms_and_broken_pictures_are_said(run: Run) -> None:
    said = "\n".join(run.said)
    assert "train: " in said
    assert "of 8 items" in said
    assert "castlist does not know their terms" in said
    assert said.count("broken.jpg: cannot be read as a picture") == 1


def test_a_line_is_said_at_every_check(run: Run) -> None:
    lines = [line for line in run.said if line.startswith("check ")]
    assert len(lines) == run.config.epochs
    loss, recall = _curve(run.out, "loss_epoch")[0], _curve(run.out, "recall_at_1")[0]
    assert lines[0].startswith(f"check 1 of 5, loss {loss:.3f}, Recall@1 {100 * recall:.1f}, ")
    assert lines[0].endswith(" images/s")


def test_a_sheet_of_views_is_written(run: Run) -> None:
    with Image.open(run.out / "samples.png") as sheet:
        assert sheet.size[0] >= NAME_PX + 3 * SIDE
        assert sheet.size[1] == HEADER_PX + 4 * SIDE


def test_wrong_answers_of_the_best_check_are_drawn(config: TrainConfig, tmp_path: Path) -> None:
    root = tmp_path / "items"
    shutil.copytree(config.root[0], root)
    same = (root / "coat 0" / "0.png").read_bytes()
    for item in root.iterdir():  # every coat looks like all others
        for picture in item.glob("*.png"):
            picture.write_bytes(same)
    config = dataclasses.replace(config, root=(str(root),), max_steps=1)
    fit(config, tmp_path / "out", lambda _: None)
    with Image.open(tmp_path / "out" / "wrong.png") as sheet:
        assert sheet.size[0] >= NAME_PX + 5 * SIDE
        assert sheet.size[1] >= HEADER_PX + SIDE


def test_a_folder_that_holds_a_run_is_refused(run: Run) -> None:
    with pytest.raises(InputError, match="holds a run already; continue it with --resume"):
        fit(run.config, run.out)


def test_two_sets_make_one_encoder_that_says_so(config: TrainConfig, tmp_path: Path) -> None:
    config = dataclasses.replace(config, data=("folder",) * 2, root=config.root * 2, epochs=1)
    fit(config, tmp_path / "out", lambda _: None)
    card = json.loads((tmp_path / "out" / "encoder.json").read_text())
    assert card["name"] == "efficientnet_lite0-folder+folder"
    assert card["data"].count("garments of 8 items of folder") == 2
    assert card["licence"].count("castlist does not know their terms") == 2


def test_a_run_stops_when_nothing_is_found_better_and_once_for_all(
    config: TrainConfig, tmp_path: Path
) -> None:
    config = dataclasses.replace(
        config, rate=1e-9, average=0.0, steps_per_check=1, patience=2, epochs=9
    )
    path = fit(config, tmp_path / "out", lambda _: None)
    # the first, and two that are no better
    assert len(_curve(tmp_path / "out", "recall_at_1")) == 3
    weights = path.read_bytes()
    path.unlink()  # as if it had been killed after the last check
    assert resume(tmp_path / "out", lambda _: None).read_bytes() == weights


def test_a_run_does_not_go_on_to_fewer_epochs_than_are_done(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(run.out, out)
    with pytest.raises(InputError, match="got 2: 5 checks are done and would be 2"):
        resume(out, lambda _: None, {"epochs": 2})
    assert json.loads((out / "run.json").read_text())["config"]["epochs"] == 5


@pytest.mark.parametrize(
    "settings",
    [
        {"accumulate": 2},
        {"precision": "bf16-mixed", "accelerator": "cpu"},
        {"loss": "proxy-anchor", "views_per_item": 3, "steps_per_check": 1},
        {"frozen": 2, "loss": "multi-similarity", "memory": 20},
    ],
)
def test_every_option_trains(
    config: TrainConfig, tmp_path: Path, settings: dict[str, object]
) -> None:
    config = dataclasses.replace(config, epochs=2, **settings)
    fit(config, tmp_path / "out", lambda _: None)
    loaded, card = load_encoder(str(tmp_path / "out" / "encoder.safetensors"))
    assert all(torch.isfinite(value).all() for value in loaded.state_dict().values())
    after = card["metrics"]["after"]["recall_at_1"]
    assert max(_curve(tmp_path / "out", "recall_at_1")) == after
    assert card["training"] | settings == card["training"]


def test_curves_go_to_tensorboard_where_it_is_installed(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer_settings, "TensorBoardLogger", CSVLogger)  # it has the same form
    for installed in (False, True):
        monkeypatch.setattr(importlib.util, "find_spec", lambda _, found=installed: found or None)
        folders = [Path(str(logger.log_dir)).parent.name for logger in loggers(tmp_path, "auto")]
        assert folders == ["log", "tensorboard"][: 1 + installed]


def test_curves_go_where_they_are_asked_for(config: TrainConfig, tmp_path: Path) -> None:
    config = dataclasses.replace(config, max_steps=1)
    fit(dataclasses.replace(config, logger="none"), tmp_path / "out", lambda _: None)
    assert not (tmp_path / "out" / "log").exists()
    assert [type(logger) for logger in loggers(tmp_path, "csv")] == [CSVLogger]


def test_a_logger_that_is_not_installed_is_said_before_training(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    config = dataclasses.replace(config, logger="tensorboard")
    with pytest.raises(InputError, match="logger: tensorboard cannot be imported; run: pip"):
        fit(config, tmp_path / "out", lambda _: None)
    assert not (tmp_path / "out").exists()


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Compile to what torch traced, as it is: inductor takes half a minute of g++ for its own.

    Yields:
        The number of nodes of each graph that was compiled.
    """
    sizes = list[int]()

    def as_traced(graph: torch.fx.GraphModule, _: list[torch.Tensor]) -> Callable[..., object]:
        sizes.append(len(graph.graph.nodes))
        return make_boxed_func(graph.forward)

    backend = aot_autograd(fw_compiler=as_traced)
    monkeypatch.setattr(
        ClothEncoder, "compile", lambda encoder: torch.nn.Module.compile(encoder, backend=backend)
    )
    yield sizes
    torch._dynamo.reset()


def test_a_compiled_network_learns_what_it_would_without(
    config: TrainConfig, traced: list[int], tmp_path: Path
) -> None:
    config = dataclasses.replace(config, max_steps=2, accelerator="cpu")
    usual = fit(config, tmp_path / "usual", lambda _: None)
    assert traced == []
    path = fit(dataclasses.replace(config, compile=True), tmp_path / "out", lambda _: None)
    assert max(traced) > 50  # the network, not a piece of it
    expected = safetensors.torch.load_file(usual)
    found = safetensors.torch.load_file(path)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, atol=1e-4, rtol=0)


def test_a_network_that_cannot_be_compiled_is_said(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def called(*_: object) -> None:  # torch compiles when it is called first
        raise RuntimeError(f"InvalidCxxCompiler: No working C++ compiler found. {'Set ' * 200}")

    monkeypatch.setattr(
        ClothEncoder, "compile", lambda encoder: setattr(encoder, "forward", called)
    )
    config = dataclasses.replace(config, compile=True, accelerator="cpu")
    with pytest.raises(InputError, match="which needs a C\\+\\+ compiler, but InvalidCxx") as error:
        fit(config, tmp_path / "out", lambda _: None)
    assert len(str(error.value)) < 300


@pytest.mark.slow
def test_two_processes_learn_what_one_would_from_twice_the_batch(
    config: TrainConfig,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MASTER_PORT", "0")  # so that the one that Lightning sets is taken back
    monkeypatch.delenv("MASTER_PORT")
    config = dataclasses.replace(config, epochs=2, rate=TrainConfig.rate, accelerator="cpu")
    fit(dataclasses.replace(config, devices=2, items_per_batch=2), tmp_path / "two", to_stderr)
    said = capfd.readouterr().err  # of all processes
    assert "Warning" not in said
    assert said.count("check 2 of 2") == 1
    fit(config, tmp_path / "one", lambda _: None)
    alone, together = (
        safetensors.torch.load_file(tmp_path / name / "encoder.safetensors")
        for name in ("one", "two")
    )
    assert _curve(tmp_path / "two", "recall_at_1") == _curve(tmp_path / "one", "recall_at_1")
    assert _curve(tmp_path / "two", "map_at_r") == pytest.approx(
        _curve(tmp_path / "one", "map_at_r")
    )
    start = safetensors.torch.load_file(config.encoder)
    changed = 0.0
    for name, value in alone.items():
        torch.testing.assert_close(together[name], value, atol=1e-5, rtol=0)
        changed = max(changed, float((value - start.get(name, value)).abs().max()))
    assert changed > 1e-4


def test_labelled_films_are_measured_at_every_check_and_choose_nothing(
    config: TrainConfig, tmp_path: Path
) -> None:
    folder = tmp_path / "films" / "scene"
    folder.mkdir(parents=True)
    demo = Path(__file__).parents[2] / "data" / "demo"
    shutil.copy(demo / "scene.mp4", folder / "video.mp4")
    labels = (demo / "labels.csv").read_text().splitlines(keepends=True)
    kept = [line for line in labels if line.split(",")[1] in ("frame", "0", "90")]
    (folder / "labels.csv").write_text("".join(kept))
    config = dataclasses.replace(config, epochs=2, films=str(tmp_path / "films"))
    said: list[str] = []
    fit(config, tmp_path / "out", said.append)
    recall = _curve(tmp_path / "out", "film_recall_at_1/scene")
    assert len(recall) == 2
    assert all(0 <= share <= 1 for share in recall)
    assert any(line.startswith("scene: at every check, ") for line in said)
    lines = [line for line in said if line.startswith("check ")]
    assert f"scene {100 * recall[-1]:.1f}" in lines[-1]
    assert "film_recall_at_1/scene" in json.loads((tmp_path / "out/run.json").read_text())["before"]
    assert "scene" not in (tmp_path / "out" / "encoder.json").read_text()


class StopError(Exception):
    pass


def _stop_at(epoch: int, error: BaseException, patch: pytest.MonkeyPatch) -> None:
    def stop(module: ClothModule, *_: object) -> None:
        if module.current_epoch == epoch and module.trainer.global_step % 2:
            raise error

    patch.setattr(ClothModule, "on_train_batch_start", stop)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_stopped_run_ends_with_the_weights_of_one_that_was_not(
    run: Run, tmp_path: Path, workers: int
) -> None:
    config = dataclasses.replace(run.config, workers=workers)
    with pytest.MonkeyPatch.context() as patch:
        _stop_at(3, StopError(), patch)  # in the middle of the fourth epoch
        with pytest.raises(StopError):
            fit(config, tmp_path / "out", lambda _: None)
    assert not (tmp_path / "out" / "encoder.safetensors").exists()
    path = resume(tmp_path / "out", lambda _: None)
    assert path.read_bytes() == _weights(run)
    states = [
        torch.load(out / "last.ckpt", weights_only=True)["state_dict"]
        for out in (tmp_path / "out", run.out)
    ]
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    cards = [json.loads((out / "encoder.json").read_text()) for out in (tmp_path / "out", run.out)]
    assert cards[0]["training"].pop("workers") == workers
    assert cards[1]["training"].pop("workers") == 0
    assert cards[0] == cards[1]
    assert (tmp_path / "out" / "log" / "version_1" / "metrics.csv").is_file()


def test_ctrl_c_says_how_to_go_on_also_before_the_first_check(run: Run, tmp_path: Path) -> None:
    handler, out = signal.getsignal(signal.SIGINT), tmp_path / "an out"
    with pytest.MonkeyPatch.context() as patch:
        _stop_at(0, KeyboardInterrupt(), patch)
        with pytest.raises(InputError) as error:
            fit(run.config, out, lambda _: None)
    assert str(error.value) == f"stopped; to go on: castlist train --resume '{out}'"
    assert signal.getsignal(signal.SIGINT) is handler  # Lightning ignores it from then on
    assert not list(out.glob("*.ckpt"))
    assert resume(out, lambda _: None).read_bytes() == _weights(run)


def test_ctrl_c_in_the_last_search_says_how_to_go_on(run: Run, tmp_path: Path) -> None:
    def stopped(_module: ClothModule, _data: ClothData, _split: str, *checks: object) -> object:
        if checks:
            return {"recall_at_1": 0.5}
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit_module, "_figures", stopped)
        with pytest.raises(InputError, match="stopped; to go on: castlist train --resume"):
            fit(run.config, tmp_path / "out", lambda _: None)
    assert resume(tmp_path / "out", lambda _: None).read_bytes() == _weights(run)


def test_a_full_disk_leaves_the_earlier_checkpoint_to_go_on_from(run: Run, tmp_path: Path) -> None:
    written: list[str] = []
    write = Path.write_bytes

    def until_full(path: Path, content: bytes) -> int:
        if ".ckpt." in path.name:
            written.append(path.name)
            if len(written) == 4:  # last.ckpt of the second check
                write(path, bytes(content)[:1000])
                raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "write_bytes", until_full)
        with pytest.raises(
            InputError, match=r"the disk is full.*to go on: castlist train --resume"
        ):
            fit(run.config, tmp_path / "out", lambda _: None)
    assert "last.ckpt" in written[3]
    assert not list((tmp_path / "out").glob(".*"))
    assert read_checkpoint(tmp_path / "out" / "last.ckpt")["epoch"] == 0
    assert resume(tmp_path / "out", lambda _: None).read_bytes() == _weights(run)


def test_what_a_killed_run_left_half_written_is_cleared_away(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(run.out, out)
    (out / ".last.ckpt.partial-abc").write_bytes(b"half")
    resume(out, lambda _: None)
    assert sorted(path.name for path in out.iterdir()) == sorted(
        path.name for path in run.out.iterdir()
    )


def test_two_processes_do_not_train_in_one_folder(run: Run, tmp_path: Path) -> None:
    shutil.copytree(run.out, tmp_path / "out")
    with (
        marked_in_use(tmp_path / "out"),
        pytest.raises(InputError, match="another castlist trains there"),
    ):
        resume(tmp_path / "out", lambda _: None)


def _copied(run: Run, folder: Path, **settings: object) -> Path:
    """Copy a run and its data, as to another machine, with the roots of the copies."""
    shutil.copytree(run.out, folder / "out")
    shutil.copytree(run.config.root[0], folder / "items")
    return folder / "out"


def test_a_copied_run_goes_on_and_knows_its_best_check(run: Run, tmp_path: Path) -> None:
    out = _copied(run, tmp_path)
    (out / "best.ckpt").write_bytes((run.out / "best.ckpt").read_bytes())
    said: list[str] = []
    changed = {"root": (str(tmp_path / "items"),), "epochs": 6}
    resume(out, said.append, changed)
    assert [line[:12] for line in said if line.startswith("check ")] == ["check 6 of 6"]
    config = json.loads((out / "run.json").read_text())["config"]
    assert (config["root"], config["epochs"]) == ([str(tmp_path / "items")], 6)
    (kept,) = (
        state
        for name, state in torch.load(out / "last.ckpt", weights_only=True)["callbacks"].items()
        if "recall_at_1" in name
    )
    assert kept["best_model_path"] == str(out / "best.ckpt")
    assert float(kept["best_model_score"]) >= max(_curve(run.out, "recall_at_1"))


def test_a_run_does_not_go_on_with_changed_data(run: Run, tmp_path: Path) -> None:
    out = _copied(run, tmp_path)
    changed = {"root": (str(tmp_path / "items"),)}
    shutil.rmtree(tmp_path / "items" / "coat 9")
    with pytest.raises(InputError) as error:
        resume(out, lambda _: None, changed)
    assert str(error.value) == (
        f"{out}: expected the data that the run began with (31 garments of 10 items), but pictures"
        " or lists have changed since (28 garments of 9 items); put them back, or begin a run with"
        " --out"
    )
    assert json.loads((out / "run.json").read_text())["config"]["root"] == [*run.config.root]


def test_a_run_does_not_go_on_where_a_picture_of_the_same_size_was_edited(
    run: Run, tmp_path: Path
) -> None:
    out = _copied(run, tmp_path)
    picture = next((tmp_path / "items" / "coat 9").iterdir())
    content = bytearray(picture.read_bytes())
    content[len(content) // 2] ^= 1
    picture.write_bytes(content)
    with pytest.raises(InputError, match="the content of pictures has changed since"):
        resume(out, lambda _: None, {"root": (str(tmp_path / "items"),)})


@pytest.mark.parametrize("name", ["last.ckpt", "best.ckpt"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "nan", "other"])
def test_a_damaged_checkpoint_is_refused_in_a_line(
    run: Run, tmp_path: Path, name: str, damage: str
) -> None:
    out = tmp_path / "out"
    shutil.copytree(run.out, out)
    content = bytearray((out / name).read_bytes())
    if damage == "cut":
        del content[len(content) // 2 :]
    elif damage == "flipped":
        content[len(content) // 2] ^= 4
    (out / name).write_bytes(content)
    if damage in ("nan", "other"):
        saved = torch.load(out / name, weights_only=True)
        key = next(iter(saved["state_dict"]))
        broken = torch.full_like(saved["state_dict"][key], torch.nan)
        saved["state_dict"][key] = broken if damage == "nan" else torch.zeros(1)
        torch.save(saved, out / name)
    with pytest.raises(InputError) as error:
        resume(out, lambda _: None)
    assert name in str(error.value)
    assert len(str(error.value).replace(str(tmp_path), "")) < 250


def test_equal_checks_keep_the_later_one_and_no_gain_is_said(
    config: TrainConfig, tmp_path: Path
) -> None:
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClothModule, "on_validation_epoch_end", _always(0.5))
        fit(dataclasses.replace(config, epochs=2), tmp_path / "out", said.append)
    assert torch.load(tmp_path / "out" / "best.ckpt", weights_only=True)["epoch"] == 1
    assert said[-1] == (
        "the best check is no better than the start: Recall@1 50.0 against 50.0 before training"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit_module, "_figures", lambda *_: {"recall_at_1": 0.75})
        patch.setattr(ClothModule, "on_validation_epoch_end", _always(0.5))
        patch.setattr(
            fit_module,
            "_figures",
            lambda _module, _data, split, *checks: {"recall_at_1": 0.75 if checks else 0.5},
        )
        fit(dataclasses.replace(config, epochs=1), tmp_path / "more", said.append)
    assert said[-1].startswith("the best check is worse than the start: Recall@1 50.0 against 75.0")


def _always(figure: float) -> Callable[[ClothModule], None]:
    def log(module: ClothModule) -> None:
        module._found = []
        module.log("recall_at_1", figure)

    return log


def test_what_few_held_out_items_are_worth_is_said_before_training(run: Run) -> None:
    assert (
        "checks search for 6 pictures of 2 held-out items among 31: with fewer than 10 items"
        " Recall@1 says little, and which check is the best is chance; give more items" in run.said
    )


def test_proxies_are_the_same_in_every_run_and_after_a_stop(
    config: TrainConfig, tmp_path: Path
) -> None:
    config = dataclasses.replace(config, loss="proxy-anchor", epochs=3)
    once = fit(config, tmp_path / "once", lambda _: None).read_bytes()
    torch.manual_seed(12345)  # what came before in the process says nothing
    with pytest.MonkeyPatch.context() as patch:
        _stop_at(2, StopError(), patch)
        with pytest.raises(StopError):
            fit(config, tmp_path / "again", lambda _: None)
    assert resume(tmp_path / "again", lambda _: None).read_bytes() == once


def test_the_memory_of_earlier_batches_goes_on_after_a_stop(
    config: TrainConfig, tmp_path: Path
) -> None:
    config = dataclasses.replace(config, memory=20, epochs=3)  # full after two batches and a half
    once = fit(config, tmp_path / "once", lambda _: None).read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        _stop_at(1, StopError(), patch)
        with pytest.raises(StopError):
            fit(config, tmp_path / "again", lambda _: None)
    assert resume(tmp_path / "again", lambda _: None).read_bytes() == once
    assert ClothModule.load_from_checkpoint(tmp_path / "once" / "best.ckpt").config.memory == 20


def test_crops_made_once_train_the_same_weights_before_and_after(
    config: TrainConfig, tmp_path: Path
) -> None:
    config = dataclasses.replace(config, epochs=2, prepare=str(tmp_path / "kept"))
    once = fit(config, tmp_path / "once", lambda _: None).read_bytes()
    assert len(list((tmp_path / "kept").rglob("*.npz"))) == 30
    assert str(tmp_path) not in (tmp_path / "once" / "encoder.json").read_text()
    assert fit(config, tmp_path / "again", lambda _: None).read_bytes() == once
    config = dataclasses.replace(config, prepare=str(tmp_path / "other"), workers=1)
    with pytest.MonkeyPatch.context() as patch:
        _stop_at(1, StopError(), patch)
        with pytest.raises(StopError):
            fit(config, tmp_path / "stopped", lambda _: None)
    assert resume(tmp_path / "stopped", lambda _: None).read_bytes() == once


def test_training_leaves_the_random_numbers_of_the_program_alone(run: Run, tmp_path: Path) -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    fit(dataclasses.replace(run.config, max_steps=1), tmp_path / "out", lambda _: None)
    assert torch.equal(torch.rand(3), expected)


def test_a_module_comes_back_from_its_checkpoint(run: Run) -> None:
    module = ClothModule.load_from_checkpoint(run.out / "best.ckpt")
    picture = torch.rand(2, 3, SIDE, SIDE)
    saved, _ = load_encoder(str(run.out / "encoder.safetensors"))
    with torch.inference_mode():
        torch.testing.assert_close(module.shipped.eval()(picture), saved(picture))
    with pytest.raises(InputError, match="expected a checkpoint of this run"):
        ClothModule.load_from_checkpoint(run.out / "run.json")


def test_the_learning_rate_is_logged(run: Run) -> None:
    rates = _curve(run.out, "rate")
    assert max(rates) == pytest.approx(run.config.rate)
    assert rates[-1] < rates[1]


def test_what_is_no_run_is_not_resumed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected a run to continue, found no run\.json"):
        resume(tmp_path)
    (tmp_path / "run.json").write_text('{"config": {"data": "folder"}}')
    with pytest.raises(InputError, match=r"run\.json: expected what castlist train wrote"):
        resume(tmp_path)


def test_a_trained_encoder_can_be_trained_further(run: Run, tmp_path: Path) -> None:
    encoder = str(run.out / "encoder.safetensors")
    config = dataclasses.replace(run.config, encoder=encoder, epochs=1, head_dim=5, workers=1)
    fit(config, tmp_path / "out", lambda _: None)
    fit(dataclasses.replace(config, input_size=24), tmp_path / "small", lambda _: None)
    small, card = load_encoder(str(tmp_path / "small" / "encoder.safetensors"))
    assert small.input_size == card["input_size"] == 24
    card = json.loads((tmp_path / "out" / "encoder.json").read_text())
    assert card["dim"] == 8  # its own head, not a new one
    assert (
        card["metrics"]["before"]
        == json.loads((run.out / "encoder.json").read_text())["metrics"]["after"]
    )


def test_a_head_that_is_not_kept_does_not_ship(config: TrainConfig, tmp_path: Path) -> None:
    fit(dataclasses.replace(config, keep_head=False, epochs=1), tmp_path / "out", lambda _: None)
    encoder, card = load_encoder(str(tmp_path / "out" / "encoder.safetensors"))
    assert card["architecture"]["head_dim"] is None
    assert encoder.dim == load_encoder(config.encoder)[0].dim


@pytest.fixture(scope="module")
def inshop(config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay the checked items out as In-shop does: 7 items to train with, 3 to test."""
    root = tmp_path_factory.mktemp("inshop")
    lines = []
    for item in range(10):
        for picture in range(3):
            status = "train" if item < 7 else ("query", "gallery", "gallery")[picture]
            name = f"img/MEN/Coats/id_{item:08d}/01_{picture}_front.jpg"
            lines.append(f"{name}    id_{item:08d} {status}")
            target = root / "Img" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            Image.open(Path(config.root[0]) / f"coat {item}" / f"{picture}.png").save(target)
    (root / "Eval").mkdir()
    text = "\n".join([str(len(lines)), "image_name item_id evaluation_status", *lines])
    (root / "Eval" / "list_eval_partition.txt").write_text(text)
    return root


def test_published_queries_and_gallery_are_searched_at_the_end(
    config: TrainConfig, inshop: Path, tmp_path: Path
) -> None:
    config = dataclasses.replace(
        config, data=("deepfashion-inshop",), root=(str(inshop),), epochs=1
    )
    fit(config, tmp_path / "out", lambda _: None)
    card = json.loads((tmp_path / "out" / "encoder.json").read_text())
    assert 0 <= card["metrics"]["test"]["recall_at_1"] <= 1
    assert "non-commercial research only" in card["licence"]


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make networks of their families of few numbers: millions take seconds to train and write."""
    models, create = torchvision.models, timm.create_model
    dims = (24, 48, 96, 192)
    stages = [
        CNBlockConfig(*channels, num_layers=1)
        for channels in zip(dims, (*dims[1:], None), strict=True)
    ]
    monkeypatch.setattr(models, "convnext_tiny", lambda weights: models.ConvNeXt(stages))
    monkeypatch.setattr(models, "resnet18", lambda weights: models.ResNet(BasicBlock, [1] * 4))
    monkeypatch.setattr(timm, "create_model", functools.partial(create, embed_dim=96, num_heads=2))


@pytest.mark.slow
@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("recipe", RECIPES)
def test_each_recipe_learns_on_a_small_set(recipe: str, inshop: Path, tmp_path: Path) -> None:
    small: dict[str, object] = {
        "root": (str(inshop),),
        "input_size": SIDE,
        "head_dim": 32,
        "items_per_batch": 3,
        "workers": 0,
        "data": ("deepfashion-inshop-item",),
    }
    # one check, since these weights are large to write; faster than for ones that know something;
    # a processor imitates bfloat16, slowly
    small |= {"epochs": 6, "steps_per_check": 12, "rate": 1e-3, "precision": "32-true"}
    config = TrainConfig.from_recipe(recipe, small)
    net, start = _start(config.encoder, tmp_path)
    config = dataclasses.replace(config, encoder=start, accelerator="cpu")
    path = fit(config, tmp_path / "out", lambda _: None)
    losses = _curve(tmp_path / "out", "loss_step")
    assert len(losses) == 12
    assert np.mean(losses[-4:]) < np.mean(losses[:4])
    loaded, card = load_encoder(str(path))
    assert card["metrics"]["test"]["recall_at_1"] > 1 / 3  # by chance: three items are searched
    again, _ = load_encoder(str(path))
    picture = torch.rand(2, 3, SIDE, SIDE)
    with torch.inference_mode():
        assert torch.equal(loaded(picture), again(picture))
        assert not torch.equal(loaded.backbone(picture)[-1], net.eval().backbone(picture)[-1])


def _start(backbone: str, folder: Path) -> tuple[ClothEncoder, str]:
    """ImageNet's weights where they come with castlist, else weights that know nothing."""
    if backbone == "efficientnet_lite0":
        return load_encoder(backbone)[0], backbone
    torch.manual_seed(0)
    smaller = {"resnet50": "resnet18"}.get(backbone, backbone)  # of the same family
    architecture = {"backbone": smaller, "levels": [0, 1], "input_size": SIDE, "head_dim": None}
    net, path = build_encoder(architecture), folder / "start.safetensors"
    card = {"name": "random", "architecture": architecture, "data": "none", "licence": "CC0-1.0"}
    save_encoder(net, card, path)
    return net, str(path)


def test_nothing_to_validate_with_is_said_before_training(
    config: TrainConfig, tmp_path: Path
) -> None:
    (tmp_path / "Eval").mkdir()
    rows = [f"img/A/B/id_{n}/comsumer_01.jpg img/A/B/id_{n}/shop_01.jpg id_{n}" for n in range(4)]
    rows = [f"{row} {'val' if n == 3 else 'train'}" for n, row in enumerate(rows)]
    (tmp_path / "Eval" / "list_eval_partition.txt").write_text("\n".join(["4", "header", *rows]))
    for number in range(4):
        for name in ("comsumer_01", "shop_01"):
            path = tmp_path / "Img" / "img" / "A" / "B" / f"id_{number}" / f"{name}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            if (number, name) != (3, "shop_01"):  # the only answer is missing
                Image.new("RGB", (40, 40), "navy").save(path)
    config = dataclasses.replace(config, data=("deepfashion-c2s",), root=(str(tmp_path),))
    with pytest.raises(InputError, match="no query of a val split has an answer"):
        fit(config, tmp_path / "out", lambda _: None)


def test_a_dry_run_counts_and_draws_without_training(config: TrainConfig, tmp_path: Path) -> None:
    said: list[str] = []
    path = dry_run(config, tmp_path / "out", said.append)
    assert [file.name for file in (tmp_path / "out").iterdir()] == [path.name] == ["samples.png"]
    assert "of 8 items" in said[0]
