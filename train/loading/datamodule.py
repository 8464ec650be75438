"""ClothData: batches of P items x K views to train on, keys of views to validate with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Sampler

from ...data.errors import InputError
from ...data.garments.garments import ENOUGH_HELD_OUT, Garments, hold_out, join
from ..config import TrainConfig
from .batches import ItemBatches
from .prepared import SIDE_PX, Prepared
from .views import Key, Notify, Views, to_stderr

_VALIDATION_BATCH = 64
_LEAST_GALLERY = 200  # pictures to search among, where items were held out here


def worker_settings(config: TrainConfig) -> dict[str, Any]:
    """Return what a DataLoader is told of its workers."""
    # OpenVINO, which finds the people, does not run in a process forked from one that has used it.
    spawned = config.person_mask and config.workers > 0
    return {
        "num_workers": config.workers,
        "multiprocessing_context": "spawn" if spawned else None,
        # A loader draws numbers for its workers; from torch's own, a resumed run would not go on as
        # it would have.
        "generator": torch.Generator().manual_seed(config.seed),
    }


def validation_keys(garments: Garments, split: str, seed: int, num_others: int = 0) -> list[Key]:
    """Return the views to search with and among.

    Queries and gallery are those of the data set, where it has them. Of other items, each picture
    is searched among all the rest; where an item has one picture only, an augmented view of it,
    the same at every check, is searched among the plain ones.

    Args:
        garments: the table.
        split: of it.
        seed: of the augmented views.
        num_others: further training pictures to search among, as wrong answers: a few held-out
            items alone would all be found.
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
    if num_others:
        others = np.random.default_rng(seed).permutation(np.flatnonzero(garments.split == "train"))
        keys += [Key(row, None, is_gallery=True) for row in np.sort(others[:num_others]).tolist()]
    return keys


def _prepared(tables: Sequence[Garments], side: int, config: TrainConfig, warn: Notify) -> Prepared:
    if side > SIDE_PX:
        raise InputError(
            f"prepare: expected crops of at most {SIDE_PX} px to train on, got {side}; leave that"
            " out, or set --input-size"
        )
    return Prepared(Path(config.prepare), tables, config.person_mask, warn)


class ClothData(pl.LightningDataModule):
    """Loaders over tables of garments.

    Args:
        tables: one for each data set; of those without a val split, items are held out.
        side: of the crops, pixels.
        config: of the run.
        warn: called with a sentence for each picture that cannot be read.

    Attributes:
        tables: the same, with a val split each.
        garments: all of them in one table.
        num_epochs: of the run: the time between two checks is one.

    Raises:
        InputError: a set has too few items to train or validate with.
    """

    def __init__(
        self,
        tables: Sequence[Garments],
        side: int,
        config: TrainConfig,
        warn: Notify = to_stderr,
    ) -> None:
        super().__init__()
        self._given = tables
        self.tables = [hold_out(table, config.held_out, config.seed) for table in tables]
        for table in self.tables:
            if (num_items := len(np.unique(table.item[table.split == "train"]))) < 2:
                raise InputError(
                    f"{table.root}: expected at least 2 items to train on, got {num_items}"
                )
        self.garments = join(self.tables)
        self._names = np.unique(self.garments.item)
        if config.one_category and not self.garments.category.any():
            raise InputError(
                f"one_category: expected a set that names categories, got {self.garments.name};"
                " leave that out"
            )
        self.config = config
        prepared = _prepared(tables, side, config, warn) if config.prepare else None
        self.views = Views(self.garments, side, config.person_mask, warn, prepared)
        self._sets = np.repeat(np.arange(len(self.tables)), [len(table) for table in self.tables])
        self._rows = np.flatnonzero(self.garments.split == "train")
        self._steps = config.steps_per_check
        batches = self.batches(0)
        if not batches.per_pass:
            most = max(
                len(np.unique(garments.item[garments.split == "train"])) for garments in self.tables
            )
            raise InputError(
                f"devices: expected at most {most}, the items to train on, got {config.devices}"
            )
        self.num_epochs = -(-config.epochs * batches.per_pass // len(batches))
        if 0 < config.max_steps < self.num_epochs * len(batches):
            self.num_epochs = max(1, config.max_steps // len(batches))
            self._steps = config.max_steps // self.num_epochs  # the last check is at the end

    def digests(self) -> list[dict[str, Any]]:
        """Return what shows whether the sets are those of an earlier run."""
        return [table.digest() for table in self._given]

    def describe_search(self) -> str:
        """Return a sentence on what the checks search, and what their figures are worth."""
        keys = self.search_keys("val")
        searched = sum(key.is_query for key in keys)
        among = sum(key.is_gallery for key in keys)
        items = len({int(self.views.items[key.row]) for key in keys if key.is_query})
        sentence = f"checks search for {searched} pictures of {items} held-out items among {among}"
        if items >= ENOUGH_HELD_OUT:
            return sentence
        return (
            f"{sentence}: with fewer than {ENOUGH_HELD_OUT} items Recall@1 says little, and which"
            " check is the best is chance; give more items"
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
            self._steps,
            self._sets,
            trainer.global_rank if trainer else 0,
            self.config.devices,
            self.garments.category if self.config.one_category else None,
        )

    def doubts(self, items: NDArray[np.int64]) -> NDArray[np.bool_] | None:
        """Return which views of a batch may show the same clothes though their items differ.

        Args:
            items: (num_views,) int64, all of one data set.

        Returns:
            (num_views, num_views) bool; None where the data set has no uncertain pairs.
        """
        names, table = self._names[items].tolist(), self.tables[0]
        if len(self.tables) > 1:  # see join
            table = self.tables[int(names[0].partition(":")[0])]
            names = [name.partition(":")[2] for name in names]
        return table.doubts.between(names) if table.doubts else None

    def train_dataloader(self) -> DataLoader[Any]:
        """Return the batches of the trainer's present epoch, whenever they are iterated over."""
        return DataLoader(
            self.views,
            batch_sampler=_PresentEpoch(self),
            collate_fn=self.views.collate,
            **worker_settings(self.config),
            persistent_workers=self.config.workers > 0,
        )

    def val_dataloader(self) -> DataLoader[Any]:
        """Return the views of the val split that this process computes vectors of."""
        trainer = self.trainer
        rank, num_ranks = (trainer.global_rank, trainer.world_size) if trainer else (0, 1)
        return self._searched(self.search_keys("val")[rank::num_ranks], self.config.workers > 0)

    def search_dataloader(self, split: str) -> DataLoader[Any]:
        """Return the views of a split to search with and among."""
        return self._searched(self.search_keys(split))

    def _searched(self, keys: list[Key], again: bool = False) -> DataLoader[Any]:
        return DataLoader(
            self.views,
            sampler=keys,
            batch_size=_VALIDATION_BATCH,
            collate_fn=self.views.collate,
            **worker_settings(self.config),
            persistent_workers=again,
        )

    def search_keys(self, split: str) -> list[Key]:
        """Return the views to search with and among, of all sets together.

        Where items were held out here and there are few pictures, training pictures are added.
        Pictures that are known to be unreadable are among them.
        """
        seed = self.config.seed
        found = [validation_keys(table, split, seed) for table in self.tables]
        missing = _LEAST_GALLERY - sum(key.is_gallery for keys in found for key in keys)
        first, keys = 0, list[Key]()
        for given, table, views in zip(self._given, self.tables, found, strict=True):
            if missing > 0 and split == "val" and not (given.split == "val").any():
                views = validation_keys(table, split, seed, missing)
            keys += [key._replace(row=key.row + first) for key in views]
            first += len(table)
        return keys


class _PresentEpoch(Sampler[list[Key]]):
    """The batches of the trainer's present epoch: one loader, and its workers, for all epochs.

    A worker that finds people begins with seconds of imports.
    """

    def __init__(self, data: ClothData) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data.batches(0))

    def __iter__(self) -> Iterator[list[Key]]:
        trainer = self._data.trainer
        # not current_epoch, which is that of the checkpoint when a resumed run begins to read
        done = trainer.fit_loop.epoch_progress.current if trainer else None
        return iter(self._data.batches(done.processed if done else 0))  # type: ignore[attr-defined]
