"""One line for each check of a run: progress, figures, speed."""

from __future__ import annotations

import time
from typing import Any

import pytorch_lightning as pl

from .loading.views import Batch, Notify

_BEFORE = "film_recall_at_1/"


class CheckLines(pl.Callback):
    """Reports a line after every check.

    Args:
        notify: called with the line.
    """

    def __init__(self, notify: Notify) -> None:
        self._notify = notify
        self._began_s = 0.0
        self._num_views = 0
        self._views_a_s = 0.0

    def on_train_epoch_start(self, *_: Any) -> None:
        """Start the clock."""
        self._began_s, self._num_views = time.perf_counter(), 0

    def on_train_batch_end(self, _: pl.Trainer, __: Any, ___: Any, batch: Batch, ____: int) -> None:
        """Stop the clock: the next step may be no training."""
        self._num_views += len(batch[0])
        self._views_a_s = self._num_views / max(1e-9, time.perf_counter() - self._began_s)

    def on_train_epoch_end(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
        """Report the line."""
        if not trainer.is_global_zero:
            return
        figures = trainer.callback_metrics
        shown = [
            f"check {trainer.current_epoch + 1} of {trainer.max_epochs}",
            f"loss {float(figures['loss_epoch']):.3f}",
            f"Recall@1 {100 * float(figures['recall_at_1']):.1f}",
        ]
        films = sorted(name for name in figures if name.startswith(_BEFORE))
        shown += [f"{name[len(_BEFORE) :]} {100 * float(figures[name]):.1f}" for name in films]
        self._notify(", ".join([*shown, f"{trainer.world_size * self._views_a_s:.0f} images/s"]))
