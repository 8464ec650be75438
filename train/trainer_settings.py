"""What all Lightning trainers and modules of castlist share."""

from __future__ import annotations

import importlib.util
import logging
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers import CSVLogger, Logger, TensorBoardLogger
from torch import nn

from ..data.errors import InputError
from .config import TrainConfig

_LOGGER = logging.getLogger("pytorch_lightning")
_MEANT = (
    ".*does not have many workers.*",
    ".*in eval mode at the start of training.*",  # batch normalisation
    ".*treespec, LeafSpec.* is deprecated.*",  # between Lightning and newer torch
    ".*functional.all_gather is deprecated.*",  # the same
    ".*Checkpoint directory .* exists and is not empty.*",
    ".*sync_dist=True.*",  # every process searches among all vectors
    "Grad strides do not match.*",  # of convolutions of single channels
)


class PretrainedModule(pl.LightningModule):
    """Trains what is pretrained: batch normalisation keeps the statistics that it came with.

    Those of a batch with many views of few garments are not representative.
    """

    def train(self, mode: bool = True) -> Self:
        """Switch modes, but for batch normalisation."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def on_fit_start(self) -> None:
        """Switch to training, which Lightning leaves to us."""
        self.train()


def trainer_arguments(config: TrainConfig, devices: int = 1) -> dict[str, Any]:
    """Return the arguments that all trainers get, on so many devices."""
    return {
        "accelerator": config.accelerator,
        "devices": devices,
        "strategy": "ddp_spawn" if devices > 1 else "auto",
        "enable_progress_bar": sys.stderr.isatty(),
        "enable_model_summary": False,
        "num_sanity_val_steps": 0,
        "use_distributed_sampler": False,  # ItemBatches uses the rank
    }


def need_device(config: TrainConfig) -> str:
    """Return what a run computes on, as torch calls it: cuda, mps or cpu.

    Raises:
        InputError: it is not here, has fewer devices, or does not know the numbers.
    """
    here = {"cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}
    wanted = {"gpu": ["cuda", "mps"], "mps": ["mps"], "cpu": []}.get(config.accelerator, [*here])
    device = next((name for name in wanted if here[name]), "cpu")
    if device == "cpu" and config.accelerator in ("gpu", "mps"):
        raise InputError(
            f"accelerator: expected one that torch finds here, found no {config.accelerator};"
            " leave that out, or take cpu"
        )
    if config.devices > here.get(device, config.devices):
        raise InputError(
            f"devices: expected at most {here[device]}, as torch finds here, got {config.devices}"
        )
    if device == "cpu" and config.precision == "16-mixed":
        raise InputError(
            "precision: expected 32-true or bf16-mixed on a processor, got 16-mixed, which is for"
            " GPUs"
        )
    return device


def need_logger(kind: str) -> None:
    """Raise an InputError where what draws the curves was asked for and is not installed."""
    if kind == "tensorboard" and not _has_tensorboard():
        raise InputError(
            "logger: tensorboard cannot be imported; run: pip install tensorboard, or take csv"
        )


def loggers(out: Path, kind: str) -> list[Logger]:
    """Return loggers into ``out``.

    Args:
        out: folder of the run.
        kind: one of ``LOGGERS``.

    Raises:
        InputError: TensorBoard was asked for and is not installed.
    """
    need_logger(kind)
    found: list[Logger] = []
    if kind in ("auto", "csv"):
        found.append(CSVLogger(out, name="log", flush_logs_every_n_steps=10))
    if kind == "tensorboard" or (kind == "auto" and _has_tensorboard()):
        found.append(TensorBoardLogger(out, name="tensorboard"))
    return found


def _has_tensorboard() -> bool:
    return importlib.util.find_spec("tensorboard") is not None


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress Lightning's advertisements and expected warnings, and its way with Ctrl+C.

    Lightning ignores Ctrl+C after the first for good, and leaves Python.

    Raises:
        KeyboardInterrupt: the user stopped it.
    """
    level, handler = _LOGGER.level, signal.getsignal(signal.SIGINT)
    with warnings.catch_warnings():
        _hush()
        try:
            yield
        except SystemExit:
            raise KeyboardInterrupt from None
        finally:
            _LOGGER.setLevel(level)
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, handler)


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
