"""fit: from a configuration to a trained encoder on disk."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytorch_lightning as pl

from .. import __version__
from ..data.errors import InputError
from .card import make_card
from .check_lines import CheckLines
from .checkpoints import (
    Patience,
    WholeFiles,
    best_and_last,
    going_on,
    load_best,
    read_checkpoint,
    run_trainer,
)
from .config import TrainConfig
from .film_retrieval import FilmCheck
from .loading.datamodule import ClothData
from .loading.samples import write_samples
from .loading.views import Notify, to_stderr
from .module import ClothModule
from .networks.checkpoint import Card, save_encoder
from .run_file import (
    RUN_FILE,
    last_checkpoint,
    read_run,
    refuse_a_run,
    refuse_other_data,
    write_changed,
    write_run,
)
from .start import make_module, own_random, read_start, whiten_new_head
from .trainer_settings import Quiet, loggers, need_device, need_logger, quiet, trainer_arguments
from .wrong_answers import write_wrong_answers

SAMPLES_FILE, ENCODER_FILE = "samples.png", "encoder.safetensors"
WRONG_FILE = "wrong.png"
_FIGURE = "recall_at_1"  # the best weights have the highest

RESUMED_WITH = ("root", "epochs", "workers", "devices", "accelerator", "prepare")
"""Settings that a run may go on with otherwise: another machine, or for longer."""


def fit(config: TrainConfig, out: Path, notify: Notify = to_stderr) -> Path:
    """Train a cloth encoder.

    Args:
        config: of the run.
        out: folder that gets run.json (the configuration), samples.png, last.ckpt and best.ckpt,
            log/version_*/metrics.csv, encoder.safetensors and its card encoder.json, and wrong.png
            with wrong answers, where there are any.
        notify: called with what the user should know: counts, terms, pictures that cannot be read.

    Returns:
        The path of encoder.safetensors: the moving average of the weights at the best Recall@1.

    Raises:
        InputError: the data cannot be used, or ``out`` holds a run already.
    """
    refuse_a_run(out)
    need_logger(config.logger)
    need_device(config)
    with own_random(config.seed):
        return _begin(config, out, notify)


def _begin(config: TrainConfig, out: Path, notify: Notify) -> Path:
    data, encoder, base = read_start(config, notify)
    notify(_describe(data))
    checks = _checks(data, notify)
    _draw_batch(data, out)
    whiten_new_head(encoder, data, base)
    module = make_module(encoder, config, data, base)
    before = _figures(module, data, "val", checks)
    if _FIGURE not in before:
        raise InputError(
            f"{', '.join(config.root)}: expected pictures to validate with, but no query of a val"
            " split has an answer in the gallery"
        )
    notify(data.describe_search())
    with going_on(out):
        write_run(out, config, before=before, digests=data.digests(), castlist=__version__)
        return _train(module, data, base, before, out, None, checks, notify)


def resume(out: Path, notify: Notify = to_stderr, changed: Mapping[str, Any] | None = None) -> Path:
    """Continue a run that was stopped, from its last check, or from the start before its first.

    It ends with the weights that it would have had without the stop, unless settings change.

    Args:
        out: folder of the run; it may have been copied or renamed.
        notify: as for ``fit``.
        changed: settings that are otherwise from now on: of ``RESUMED_WITH``.

    Returns:
        As ``fit``.

    Raises:
        InputError: there is no run, its data has changed, or a file of it is damaged.
    """
    config, run = read_run(out)
    config = dataclasses.replace(config, **(changed or {}))
    need_logger(config.logger)
    need_device(config)
    last = last_checkpoint(out)
    if last is None:  # nothing was learnt yet
        with own_random(config.seed):
            return _begin(config, out, notify)
    done = read_checkpoint(last)["epoch"] + 1
    before = run.get("before", {})
    if _FIGURE not in before:
        raise InputError(f"{out / RUN_FILE}: expected the {_FIGURE} from before training in it")
    data, encoder, base = read_start(config, notify)
    refuse_other_data(out, run.get("digests"), data.digests())
    if data.num_epochs < done:
        raise InputError(
            f"epochs: expected as many as are done, or more, got {config.epochs}: {done} checks are"
            f" done and would be {data.num_epochs}"
        )
    with going_on(out), own_random(config.seed):
        if changed:
            write_changed(out, config, run)
        module = make_module(encoder, config, data, base)
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
    data, _, _ = read_start(config, notify)
    notify(_describe(data))
    return None if out is None else _draw_batch(data, out)


def _draw_batch(data: ClothData, out: Path) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    write_samples(data.views, next(iter(data.batches(0))), out / SAMPLES_FILE)
    return out / SAMPLES_FILE


def _describe(data: ClothData) -> str:
    return "\n".join(table.describe() for table in data.tables)


def _checks(data: ClothData, notify: Notify) -> list[pl.Callback]:
    films, side = data.config.films, data.views.side
    return [FilmCheck(films, side, notify)] if films else []


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
    with quiet():
        trainer = pl.Trainer(
            max_epochs=data.num_epochs,
            logger=loggers(out, data.config.logger),
            callbacks=[Quiet(), *checks, CheckLines(notify), *_stopping_and_keeping(data, out)],
            plugins=[WholeFiles()],
            precision=cast(Any, data.config.precision),
            gradient_clip_val=data.config.clip or None,
            accumulate_grad_batches=data.config.accumulate,
            log_every_n_steps=1,
            **trainer_arguments(data.config, data.config.devices),
        )
        run_trainer(trainer, module, data, last)
    metrics: dict[str, Any] = {
        "epoch": int(load_best(module, out)["epoch"]) + 1,
        "before": {name: value for name, value in before.items() if not name.startswith("film")},
        "after": _figures(module, data, "val"),
    }
    _draw_wrong(module, data, out / WRONG_FILE)
    metrics["test"] = _figures(module, data, "test")
    if worse := _compared(before, metrics["after"]):
        notify(worse)
    encoder = module.cpu().shipped.eval()
    save_encoder(encoder, make_card(encoder, base, data, metrics), out / ENCODER_FILE)
    return out / ENCODER_FILE


def _stopping_and_keeping(data: ClothData, out: Path) -> list[pl.Callback]:
    kept: list[pl.Callback] = [*best_and_last(out, _FIGURE)]
    if patience := data.config.patience:
        kept.insert(0, Patience(_FIGURE, patience))
    return kept


def _draw_wrong(module: ClothModule, data: ClothData, path: Path) -> None:
    """Draw what the last search, of the val split, took for what."""
    if module.searched is None:
        return
    keys = [key for key in data.search_keys("val") if not data.views.is_bad(key.row)]
    write_wrong_answers(*module.searched, keys, data.views, path)


def _compared(before: dict[str, float], after: dict[str, float]) -> str:
    """Return a sentence where training gained nothing by the figure that chose the weights."""
    start, end = before[_FIGURE], after[_FIGURE]
    if end > start:
        return ""
    how = "no better" if end == start else "worse"
    return (
        f"the best check is {how} than the start: Recall@1 {100 * end:.1f} against"
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
            **trainer_arguments(data.config),
        )
        (found,) = trainer.validate(module, data.search_dataloader(split), verbose=False) or [{}]
    return {name: float(value) for name, value in found.items()}
