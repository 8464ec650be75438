"""Trains a cloth encoder from Python: what ``castlist train`` does."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from ...data.errors import InputError
from ...data.hints import did_you_mean
from ...train.config import TrainConfig
from ..config import ConfigError


def train_encoder(root: str | Path, out: str | Path, data: str = "folder", **settings: Any) -> Path:
    """Train a cloth encoder; returns the file for ``castlist.find(..., cloth_model=FILE)``.

    It needs the extra ``train``.

    Args:
        root: folder of the clothes.
        out: folder for weights, card, curves and samples.
        data: which set it is, such as ``deepfashion-inshop``; ``folder`` = a folder for each
            garment. docs/training.md has all.
        settings: as the options of ``castlist train``: ``max_steps=20``, ``epochs=3``.

    Raises:
        ConfigError: a setting that does not exist, or a value that it cannot have.
        InputError: the data cannot be used, or ``out`` holds a run already.
    """
    known = [field.name for field in dataclasses.fields(TrainConfig)]
    for name in settings:
        if name not in known:
            raise ConfigError(
                f"{name}: no such setting; {did_you_mean(name, known)}settings are"
                f" {', '.join(known)}"
            )
    try:
        config = TrainConfig(data=(data,), root=(str(root),), **settings)
    except InputError as error:
        raise ConfigError(str(error)) from error
    try:
        from ...train.fit import fit
    except ImportError as error:
        raise InputError(
            f"train_encoder needs {error.name}, which cannot be imported; run: pip install"
            " 'castlist[train]'"
        ) from error
    return fit(config, Path(out))
