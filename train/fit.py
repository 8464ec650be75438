"""fit: from a configuration to a trained encoder on disk."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EarlyStopping
from torch.utils.data import DataLoader

from .. import __version__
from ..data.errors import InputError
from ..data.garments.sets import read_garments
from .card import make_card
from .check_lines import CheckLines
from .checkpoints import Kept, read_checkpoint, run_trainer, unreadable
from .config import TrainConfig
from .film_retrieval import FilmCheck
from .loading.datamodule import ClothData, worker_settings
from .loading.samples import write_samples
from .loading.views import Key, to_stderr
from .module import ClothModule
from .networks.checkpoint import Card, build_encoder, load_encoder, save_encoder
from .networks.encoder import ClothEncoder
from .run_file import (
    LAST_FILE,
    RUN_FILE,
    last_checkpoint,
    read_run,
    refuse_a_run,
    refuse_other_data,
    write_run,
)
from .trainer_settings import Quiet, loggers, our_way, quiet
from .whitening import whiten_head

SAMPLES_FILE, ENCODER_FILE = "samples.png", "encoder.safetensors"
_BEST = "best"
_WHITENING_PICTURES = 2048
_WHITENING_BATCH = 64
_FIGURE = "recall_at_1"  # the best weights have the highest

RESUMED_WITH = ("root", "epochs", "workers", "devices", "accelerator")
"""Settings that a run may go on with otherwise: another machine, or for longer."""

Notify = Callable[[str], None]


def fit(config: TrainConfig, out: Path, notify: Notify = to_stderr) -> Path:
    """Train a cloth encoder.

    Args:
        config: of the run.
        out: folder that gets run.json (the configuration), samples.png, last.ckpt and best.ckpt,
            log/version_*/metrics.csv, encoder.safetensors and its card encoder.json.
        notify: called with what the user should know: counts, terms, pictures that cannot be read.

    Returns:
        The path of encoder.safetensors: the moving average of the weights at the best Recall@1.

    Raises:
        InputError: the data cannot be used, or ``out`` holds a run already.
    """
    refuse_a_run(out)
    with _own_random(config.seed):
        return _begin(config, out, notify)


def _begin(config: TrainConfig, out: Path, notify: Notify) -> Path:
    data, encoder, base = _prepare(config, notify)
    notify(_describe(data))
    checks = _checks(data, notify)
    out.mkdir(parents=True, exist_ok=True)
    write_samples(data.views, next(iter(data.batches(0))), out / SAMPLES_FILE)
    if base["architecture"]["head_dim"] is None:
        whiten_head(encoder, _plain_crops(data))
    module = _module(encoder, config, data, base)
    before = _figures(module, data, "val", checks)
    if _FIGURE not in before:
        raise InputError(
            f"{', '.join(config.root)}: expected pictures to validate with, but no query of a val"
            " split has an answer in the gallery"
        )
    notify(data.describe_search())
    write_run(out, config, before=before, digests=data.digests(), castlist=__version__)
    return _train(module, data, base, before, out, None, checks, notify)


def resume(out: Path, notify: Notify = to_stderr, changed: Mapping[str, Any] | None = None) -> Path:
    """Continue a run that was stopped, from its last whole epoch.

    It ends with the weights that it would have had without the stop, unless settings change.

    Args:
        out: folder of the run; it may have been copied or renamed.
        notify: as for ``fit``.
        changed: settings that are otherwise from now on: of ``RESUMED_WITH``.

    Returns:
        As ``fit``.

    Raises:
        InputError: there is no run, it was stopped within its first epoch, its data has changed,
            or a file of it is damaged.
    """
    config, run = read_run(out)
    last = last_checkpoint(out)
    read_checkpoint(last)
    before = run.get("before", {})
    if _FIGURE not in before:
        raise InputError(f"{out / RUN_FILE}: expected the {_FIGURE} of before training in it")
    if changed:
        config = dataclasses.replace(config, **changed)
    data, encoder, base = _prepare(config, notify)
    refuse_other_data(out, run.get("digests"), data.digests())
    if changed:
        write_run(out, config, **{name: own for name, own in run.items() if name != "config"})
    with _own_random(config.seed):
        module = _module(encoder, config, data, base)
        return _train(module, data, base, before, out, last, _checks(data, notify), notify)


def dry_run(config: TrainConfig, out: Path | None, notify: Notify = to_stderr) -> Path | None:
    """Read the data, report counts and terms, and draw one batch, without training.

    Args:
        config: of the run.
        out: folder that gets samples.png, the batch; None = draw nothing.
        notify: as for ``fit``.

    Returns:
        The path of samples.png, if it was drawn.

    Raises:
        InputError: as ``fit``.
    """
    data, _, _ = _prepare(config, notify)
    notify(_describe(data))
    if out is None:
        return None
    out.mkdir(parents=True, exist_ok=True)
    write_samples(data.views, next(iter(data.batches(0))), out / SAMPLES_FILE)
    return out / SAMPLES_FILE


def _prepare(config: TrainConfig, notify: Notify) -> tuple[ClothData, ClothEncoder, Card]:
    """Return data, an encoder with a head, and the card of what it started from."""
    tables = [
        read_garments(*name_and_root)
        for name_and_root in zip(config.data, config.root, strict=True)
    ]
    encoder, base = load_encoder(config.encoder)
    if config.input_size:
        encoder.input_size = config.input_size
    if base["architecture"]["head_dim"] is None:
        wanted = {"head_dim": config.head_dim, "input_size": encoder.input_size}
        headed = build_encoder({**base["architecture"], **wanted})
        headed.backbone.load_state_dict(encoder.backbone.state_dict())
        encoder = headed
    return ClothData(tables, encoder.input_size, config, notify), encoder, base


def _module(encoder: ClothEncoder, config: TrainConfig, data: ClothData, base: Card) -> ClothModule:
    if any(table.doubts for table in data.tables):
        if config.loss == "proxy-anchor":
            raise InputError(
                "loss: expected one that compares pairs, for tracks may be of one person; got"
                " proxy-anchor"
            )
        if config.memory:
            raise InputError("memory: expected 0, for tracks of two batches may be of one person")
    steps = -(-len(data.batches(0)) // config.accumulate) * data.num_epochs
    num_items = int(data.views.items.max()) + 1
    keep_head = config.keep_head or base["architecture"]["head_dim"] is not None
    head_dim = encoder.dim if isinstance(encoder.head, torch.nn.Linear) else None
    sizes = {"head_dim": head_dim, "input_size": encoder.input_size}
    architecture = {**base["architecture"], **sizes}
    return ClothModule(
        encoder, config, steps, num_items, data.doubts, keep_head, architecture, data.garments.ks
    )


@contextmanager
def _own_random(seed: int) -> Iterator[None]:
    """Seed what torch draws, such as proxies, and leave the caller's random numbers alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def _describe(data: ClothData) -> str:
    return "\n".join(table.describe() for table in data.tables)


def _checks(data: ClothData, notify: Notify) -> list[pl.Callback]:
    films, side = data.config.films, data.views.side
    return [FilmCheck(films, side, notify)] if films else []


def _plain_crops(data: ClothData) -> Iterator[torch.Tensor]:
    rows = np.flatnonzero(data.garments.split == "train")
    drawn = np.random.default_rng(data.config.seed).permutation(rows)[:_WHITENING_PICTURES]
    loader: DataLoader[Any] = DataLoader(
        data.views,
        sampler=[Key(row, None) for row in drawn.tolist()],
        batch_size=_WHITENING_BATCH,
        collate_fn=data.views.collate,
        **worker_settings(data.config),
    )
    for crops, *_ in loader:
        yield crops


def _train(
    module: ClothModule,
    data: ClothData,
    base: Card,
    before: dict[str, float],
    out: Path,
    last: Path | None,
    checks: list[pl.Callback],
    notify: Notify,
) -> Path:
    # Best before last, so that the last checkpoint contains the figure of the best one.
    keep: dict[str, Any] = {
        "dirpath": out,
        "enable_version_counter": False,
        "save_on_train_epoch_end": True,
    }
    patience = data.config.patience
    early = [EarlyStopping(_FIGURE, mode="max", patience=patience, check_on_train_epoch_end=True)]
    callbacks = [
        Quiet(),
        *checks,
        CheckLines(notify),
        *(early if patience else []),
        Kept(filename=_BEST, monitor=_FIGURE, mode="max", **keep),
        Kept(filename=Path(LAST_FILE).stem, **keep),
    ]
    with quiet():
        trainer = pl.Trainer(
            max_epochs=data.num_epochs,
            logger=loggers(out),
            callbacks=callbacks,
            precision=cast(Any, data.config.precision),
            gradient_clip_val=data.config.clip or None,
            accumulate_grad_batches=data.config.accumulate,
            log_every_n_steps=1,
            reload_dataloaders_every_n_epochs=1,  # its batches are those of one epoch
            **our_way(data.config, data.config.devices),
        )
        run_trainer(trainer, module, data, out, last)
    best = out / f"{_BEST}.ckpt"
    saved = read_checkpoint(best)
    try:
        module.load_state_dict(saved["state_dict"])
    except (RuntimeError, KeyError, TypeError, AttributeError) as error:
        raise unreadable(best, error) from error
    metrics: dict[str, Any] = {
        "epoch": int(saved["epoch"]) + 1,
        "before": {name: value for name, value in before.items() if not name.startswith("film")},
        "after": _figures(module, data, "val"),
        "test": _figures(module, data, "test"),
    }
    if worse := _compared(before, metrics["after"]):
        notify(worse)
    encoder = module.cpu().shipped.eval()
    save_encoder(encoder, make_card(encoder, base, data, metrics), out / ENCODER_FILE)
    return out / ENCODER_FILE


def _compared(before: dict[str, float], after: dict[str, float]) -> str:
    """Return a sentence where training gained nothing by the figure that chose the weights."""
    start, end = before[_FIGURE], after[_FIGURE]
    if end > start:
        return ""
    told = "no better" if end == start else "worse"
    return (
        f"the best check is {told} than the start: Recall@1 {100 * end:.1f} against"
        f" {100 * start:.1f} before training"
    )


def _figures(
    module: ClothModule, data: ClothData, split: str, checks: Sequence[pl.Callback] = ()
) -> dict[str, float]:
    """Search one split; no figures where the data set has nothing to search."""
    if not (data.garments.split == split).any():
        return {}
    with quiet():
        trainer = pl.Trainer(
            logger=False,
            enable_checkpointing=False,
            callbacks=list(checks),
            **our_way(data.config),
        )
        (found,) = trainer.validate(module, data.search_dataloader(split), verbose=False) or [{}]
    return {name: float(value) for name, value in found.items()}
