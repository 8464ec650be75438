"""ClothData: batches of P items x K views to train on, keys of views to validate with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytorch_lightning as pl
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Sampler

from ..data.errors import InputError
from ..data.garments import Garments, hold_out
from .config import TrainConfig
from .views import Key, Views, to_stderr

_VALIDATION_BATCH = 64


class ItemBatches(Sampler[list[Key]]):
    """P items x K views a batch; in an epoch every item is shown once, but for a rest.

    What is drawn depends on the arguments only, so that a resumed run draws what an uninterrupted
    one would have, with any number of workers.

    Args:
        items: (num_rows,) int64, the item of each row.
        rows: (num_drawn,) int64, the rows to draw from.
        items_per_batch: P; fewer if there are not as many.
        views_per_item: K, different pictures as far as there are.
        seed: of the run.
        epoch: 0-based.
        rank: which of the processes that train together this is; their batches differ.
        num_ranks: how many there are.
    """

    def __init__(
        self,
        items: NDArray[np.int64],
        rows: NDArray[np.int64],
        items_per_batch: int,
        views_per_item: int,
        seed: int,
        epoch: int,
        rank: int = 0,
        num_ranks: int = 1,
    ) -> None:
        order = np.argsort(items[rows], kind="stable")
        drawn = items[rows][order]
        starts = np.flatnonzero(np.r_[True, drawn[1:] != drawn[:-1]])
        self._rows_of = np.split(rows[order], starts[1:])
        self._num_items = min(items_per_batch, len(self._rows_of) // num_ranks)
        self._num_views = views_per_item
        self._seed, self._epoch = seed, epoch
        self._rank, self._num_ranks = rank, num_ranks

    def __len__(self) -> int:
        return len(self._rows_of) // (self._num_items * self._num_ranks)

    def __iter__(self) -> Iterator[list[Key]]:
        shuffled = np.random.default_rng([self._seed, self._epoch]).permutation(len(self._rows_of))
        for batch in range(len(self)):
            place = (batch * self._num_ranks + self._rank) * self._num_items
            random = np.random.default_rng([self._seed, self._epoch, place])
            yield [
                Key(int(row), int(random.integers(2**31)))
                for item in shuffled[place : place + self._num_items]
                for row in self._draw(self._rows_of[item], random)
            ]

    def _draw(self, rows: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
        rounds = -(-self._num_views // len(rows))
        return np.concatenate([random.permutation(rows) for _ in range(rounds)])[: self._num_views]


def validation_keys(garments: Garments, split: str, seed: int) -> list[Key]:
    """Return the views to search with and among.

    Queries and gallery are those of the data set, where it has them. Of other items, each picture
    is searched among all the rest; where an item has one picture only, an augmented view of it,
    the same at every check, is searched among the plain ones.

    Args:
        garments: the table.
        split: of it.
        seed: of the augmented views.
    """
    in_split = garments.split == split
    names, counts = np.unique(garments.item[in_split], return_counts=True)
    alone = set(names[counts == 1].tolist())
    keys = []
    for row in np.flatnonzero(in_split).tolist():
        role = str(garments.role[row])
        if role != "any":
            keys.append(Key(row, None, role == "query", role == "gallery"))
        elif str(garments.item[row]) in alone:
            keys.append(Key(row, None, is_gallery=True))
            random = np.random.default_rng([seed, row])
            keys.append(Key(row, int(random.integers(2**31)), is_query=True))
        else:
            keys.append(Key(row, None, is_query=True, is_gallery=True))
    if garments.shared_gallery and split != "train":
        other = {"val": "test", "test": "val"}[split]
        shared = np.flatnonzero((garments.split == other) & (garments.role == "gallery"))
        keys += [Key(row, None, is_gallery=True) for row in shared.tolist()]
    return keys


class ClothData(pl.LightningDataModule):
    """Loaders over a table of garments.

    Args:
        garments: the table; without a val split, items are held out.
        side: of the crops, pixels.
        config: of the run.
        warn: called with a sentence for each picture that cannot be read.

    Raises:
        InputError: there are too few items to train or validate with.
    """

    def __init__(
        self,
        garments: Garments,
        side: int,
        config: TrainConfig,
        warn: Callable[[str], None] = to_stderr,
    ) -> None:
        super().__init__()
        self.garments = hold_out(garments, config.held_out, config.seed)
        self.config = config
        self.views = Views(self.garments, side, config.person_mask, warn)
        self._rows = np.flatnonzero(self.garments.split == "train")
        if (num_items := len(np.unique(self.views.items[self._rows]))) < 2:
            raise InputError(
                f"{garments.root}: expected at least 2 items to train on, got {num_items}"
            )

    def batches(self, epoch: int) -> ItemBatches:
        """Return the batches of one epoch."""
        trainer = self.trainer
        return ItemBatches(
            self.views.items,
            self._rows,
            self.config.items_per_batch,
            self.config.views_per_item,
            self.config.seed,
            epoch,
            trainer.global_rank if trainer else 0,
            trainer.world_size if trainer else 1,
        )

    def train_dataloader(self) -> DataLoader[Any]:
        """Return the batches of the trainer's present epoch; it asks anew for every one."""
        epoch = self.trainer.current_epoch if self.trainer else 0
        return DataLoader(
            self.views,
            batch_sampler=self.batches(epoch),
            num_workers=self.config.workers,
            collate_fn=self.views.collate,
        )

    def val_dataloader(self) -> DataLoader[Any]:
        """Return the views of the val split."""
        return self.search_dataloader("val")

    def search_dataloader(self, split: str) -> DataLoader[Any]:
        """Return the views of a split to search with and among."""
        keys = validation_keys(self.garments, split, self.config.seed)
        return DataLoader(
            self.views,
            sampler=keys,
            batch_size=_VALIDATION_BATCH,
            num_workers=self.config.workers,
            collate_fn=self.views.collate,
        )
