"""The card of a trained encoder: training data, terms and figures."""

from __future__ import annotations

import dataclasses
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .. import __version__
from .loading.datamodule import ClothData
from .networks.checkpoint import Card, architecture_of
from .networks.encoder import ClothEncoder


def make_card(encoder: ClothEncoder, base: Card, data: ClothData, metrics: dict[str, Any]) -> Card:
    """Write the card.

    Args:
        encoder: trained.
        base: the card of the encoder that it started from.
        data: the training data.
        metrics: its figures.
    """
    garments, config = data.garments, data.config
    trained = [table[table.split == "train"] for table in data.tables]
    counts = [
        f"{len(part)} garments of {len(np.unique(part.item))} items of {part.name}"
        for part in trained
    ]
    settings = dataclasses.asdict(config)
    for path in ("root", "films", "prepare"):
        settings.pop(path)  # of no use to others, and may contain a name
    settings["encoder"] = base["name"]
    return {
        "name": f"{base['architecture']['backbone']}-{'+'.join(config.data)}",
        "architecture": architecture_of(encoder, base),
        "data": f"{', '.join(counts)}; started from: {base['data']}",
        "licence": f"{garments.licence}; started from weights under {base['licence']}",
        "mean": encoder.mean.flatten().tolist(),
        "std": encoder.std.flatten().tolist(),
        "metrics": metrics,
        "training": settings,
        "versions": {
            "castlist": __version__,
            "commit": _commit(),
            "torch": torch.__version__,
            "lightning": version("pytorch-lightning"),
        },
    }


def _commit() -> str | None:
    """Return the commit of the checkout that trained; None where it is none."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()
