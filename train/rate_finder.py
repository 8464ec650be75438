"""A learning rate to begin with, by Lightning's test over a range of them."""

from __future__ import annotations

import tempfile
from typing import Any, cast

import pytorch_lightning as pl
from pytorch_lightning.tuner.tuning import Tuner

from ..data.errors import InputError
from .config import TrainConfig
from .loading.views import Notify, to_stderr
from .start import make_module, own_random, read_start, whiten_new_head
from .trainer_settings import need_device, quiet, trainer_arguments

_STEPS = 100
_FEWEST_STEPS = 20  # Lightning leaves out the first ten
_LOWEST, _HIGHEST = 1e-6, 0.1


def find_rate(config: TrainConfig, notify: Notify = to_stderr) -> float:
    """Suggest a learning rate: where the loss falls fastest while the rate rises.

    Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017. All layers learn at
    one rate here, whatever ``layer_decay`` is. Nothing is written or kept.

    Args:
        config: of the run; ``max_steps`` is how many batches are tried, 0 = 100.
        notify: called with what the user should know, such as pictures that cannot be read.

    Raises:
        InputError: the data cannot be used, or the loss says nothing.
    """
    steps = config.max_steps or _STEPS
    if steps < _FEWEST_STEPS:
        raise InputError(f"max_steps: expected {_FEWEST_STEPS} or more to find a rate, got {steps}")
    need_device(config)
    with own_random(config.seed), tempfile.TemporaryDirectory() as folder, quiet():
        data, encoder, base = read_start(config, notify)
        whiten_new_head(encoder, data, base)
        module = make_module(encoder, config, data, base)
        trainer = pl.Trainer(
            max_epochs=-1,
            logger=False,
            enable_checkpointing=False,
            default_root_dir=folder,
            precision=cast(Any, config.precision),
            gradient_clip_val=config.clip or None,
            accumulate_grad_batches=config.accumulate,
            **trainer_arguments(config),
        )
        found = Tuner(trainer).lr_find(
            module,
            datamodule=data,
            min_lr=_LOWEST,
            max_lr=_HIGHEST,
            num_training=steps,
            early_stop_threshold=None,  # with an easy loss, which noise multiplies, too early
            update_attr=False,
        )
        rate = found.suggestion() if found else None
    if rate is None:
        raise InputError(
            "expected a loss that falls at some rate, but it is not a number; set --rate"
        )
    return float(rate)
