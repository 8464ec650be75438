"""What a run begins with: data, encoder and module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from ..data.errors import InputError
from ..data.garments.sets import read_garments
from .config import TrainConfig
from .loading.datamodule import ClothData, worker_settings
from .loading.views import Key, Notify
from .module import ClothModule
from .networks.checkpoint import Card, architecture_of, build_encoder, load_encoder
from .networks.encoder import ClothEncoder
from .whitening import whiten_head

_WHITENING_PICTURES = 2048
_WHITENING_BATCH = 64


def read_start(config: TrainConfig, notify: Notify) -> tuple[ClothData, ClothEncoder, Card]:
    """Read what a run begins with.

    Args:
        config: of the run.
        notify: called with what the user should know, such as pictures that cannot be read.

    Returns:
        Its data, an encoder with a head, and the card of what it started from.

    Raises:
        InputError: the data or the encoder cannot be used.
    """
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


def make_module(
    encoder: ClothEncoder, config: TrainConfig, data: ClothData, base: Card
) -> ClothModule:
    """Make the module that is trained, of what ``read_start`` gave.

    Raises:
        InputError: the data has uncertain pairs, and the loss cannot leave them out.
    """
    if any(table.doubts for table in data.tables):
        if config.loss == "proxy-anchor":
            raise InputError(
                "loss: expected one that compares pairs, since two tracks may be one person, got"
                " proxy-anchor"
            )
        if config.memory:
            raise InputError("memory: expected 0, since tracks of two batches may be one person")
    steps = -(-len(data.batches(0)) // config.accumulate) * data.num_epochs
    num_items = int(data.views.items.max()) + 1
    keep_head = config.keep_head or base["architecture"]["head_dim"] is not None
    architecture = architecture_of(encoder, base)
    return ClothModule(
        encoder, config, steps, num_items, data.doubts, keep_head, architecture, data.garments.ks
    )


@contextmanager
def own_random(seed: int) -> Iterator[None]:
    """Seed what torch draws, such as proxies, and leave the caller's random numbers alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def whiten_new_head(encoder: ClothEncoder, data: ClothData, base: Card) -> None:
    """Set the head, where what the run starts from has none."""
    if base["architecture"]["head_dim"] is None:
        whiten_head(encoder, _plain_crops(data))


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
