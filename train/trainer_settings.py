"""Settings that all of our Lightning trainers share."""

from __future__ import annotations

import importlib.util
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.loggers import CSVLogger, Logger, TensorBoardLogger

from .config import TrainConfig

_LOGGER = logging.getLogger("pytorch_lightning")
_MEANT = (
    ".*does not have many workers.*",
    ".*in eval mode at the start of training.*",  # batch normalisation
    ".*treespec, LeafSpec.* is deprecated.*",  # between Lightning and newer torch
    ".*functional.all_gather is deprecated.*",  # the same
    ".*Checkpoint directory .* exists and is not empty.*",
    ".*sync_dist=True.*",  # every process searches everything
    "Grad strides do not match.*",  # of convolutions of single channels
)


def our_way(config: TrainConfig, devices: int = 1) -> dict[str, Any]:
    """Return arguments for a trainer on so many devices."""
    return {
        "accelerator": config.accelerator,
        "devices": devices,
        "strategy": "ddp_spawn" if devices > 1 else "auto",
        "enable_progress_bar": sys.stderr.isatty(),
        "enable_model_summary": False,
        "num_sanity_val_steps": 0,
        "use_distributed_sampler": False,  # our sampler uses the rank
    }


def loggers(out: Path) -> list[Logger]:
    """Return loggers into ``out``: CSV, and TensorBoard's where it is installed."""
    found: list[Logger] = [CSVLogger(out, name="log", flush_logs_every_n_steps=10)]
    if importlib.util.find_spec("tensorboard"):
        found.append(TensorBoardLogger(out, name="tensorboard"))
    return found


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress Lightning's advertisements and expected warnings."""
    level = _LOGGER.level
    with warnings.catch_warnings():
        _hush()
        try:
            yield
        finally:
            _LOGGER.setLevel(level)


class Quiet(pl.Callback):
    """The same in the processes that Lightning starts."""

    def setup(self, trainer: pl.Trainer, *_: Any, **__: Any) -> None:
        """Start suppressing."""
        if trainer.world_size > 1:
            _hush()


def _hush() -> None:
    _LOGGER.setLevel(logging.WARNING)
    for message in _MEANT:
        warnings.filterwarnings("ignore", message=message)
