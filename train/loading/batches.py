"""Which items and which of their pictures make a batch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Sampler

from .views import Key


class ItemBatches(Sampler[list[Key]]):
    """P items x K views a batch; a pass over the data shows every item once, but for a rest.

    What is drawn depends on the arguments only, so that a resumed run draws what an uninterrupted
    one would have, with any number of workers.

    Args:
        items: (num_rows,) int64, the item of each row.
        rows: (num_drawn,) int64, the rows to draw from.
        items_per_batch: P; fewer if there are not as many.
        views_per_item: K, different pictures as far as there are.
        seed: of the run.
        epoch: 0-based, which part of the endless row of passes.
        steps: batches in an epoch; 0 = one pass.
        sets: (num_rows,) int64, the data set of each row; None = one. Sets differ in
            how they were photographed, so a batch has those of one set only.
        rank: the number of this process among those that train together; their batches differ.
        num_ranks: the number of processes.
        categories: (num_rows,) str, the category of each row: a batch has items of one category as
            far as there are enough, which are harder to tell apart. An item has that of its first
            row. None = whatever is drawn.
    """

    def __init__(
        self,
        items: NDArray[np.int64],
        rows: NDArray[np.int64],
        items_per_batch: int,
        views_per_item: int,
        seed: int,
        epoch: int,
        steps: int = 0,
        sets: NDArray[np.int64] | None = None,
        rank: int = 0,
        num_ranks: int = 1,
        categories: NDArray[np.str_] | None = None,
    ) -> None:
        order = np.argsort(items[rows], kind="stable")
        drawn = items[rows][order]
        starts = np.flatnonzero(np.r_[True, drawn[1:] != drawn[:-1]])
        self._rows_of = np.split(rows[order], starts[1:])
        firsts = rows[order][starts]
        set_of = np.zeros(len(firsts), np.int64) if sets is None else sets[firsts]
        groups = [np.flatnonzero(set_of == number) for number in np.unique(set_of)]
        # with as many items as all ranks together take in one step
        self._groups = [
            (group, num_ranks * min(items_per_batch, len(group) // num_ranks))
            for group in groups
            if len(group) >= num_ranks
        ]
        self._per_pass = sum(len(group) // taken for group, taken in self._groups)
        self._categories = None if categories is None else categories[firsts]
        self._num_views = views_per_item
        self._seed, self._epoch, self._steps = seed, epoch, steps or self._per_pass
        self._rank, self._num_ranks = rank, num_ranks

    def __len__(self) -> int:
        return self._steps

    @property
    def per_pass(self) -> int:
        """Batches that show every item once."""
        return self._per_pass

    def __iter__(self) -> Iterator[list[Key]]:
        batches: list[NDArray[np.int64]] = []
        for step in range(self._epoch * self._steps, (self._epoch + 1) * self._steps):
            number, place = divmod(step, self._per_pass)
            if not batches or not place:
                batches = self._pass(number)
            random = np.random.default_rng([self._seed, number, place])
            keys = [
                Key(int(row), int(random.integers(2**31)))
                for item in batches[place]
                for row in self._draw(self._rows_of[item], random)
            ]
            # together, the ranks have the batch that one would have of as many items
            share = len(keys) // self._num_ranks
            yield keys[self._rank * share : (self._rank + 1) * share]

    def _pass(self, number: int) -> list[NDArray[np.int64]]:
        """Return the items of each batch, of all ranks, of one pass."""
        random = np.random.default_rng([self._seed, number])
        batches: list[NDArray[np.int64]] = []
        for group, taken in self._groups:
            num_batches = len(group) // taken
            order = random.permutation(group)
            if self._categories is not None:
                order = _by_category(order, self._categories[order], taken, random)
            batches += np.split(order[: num_batches * taken], num_batches)
        return [batches[place] for place in random.permutation(len(batches))]

    def _draw(self, rows: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
        rounds = -(-self._num_views // len(rows))
        return np.concatenate([random.permutation(rows) for _ in range(rounds)])[: self._num_views]


def _by_category(
    items: NDArray[np.int64],
    categories: NDArray[np.str_],
    taken: int,
    random: np.random.Generator,
) -> NDArray[np.int64]:
    """Order items so that as many batches as can be are of one category, and the others of few.

    Args:
        items: (num_items,) int64, shuffled.
        categories: (num_items,) str.
        taken: items in a batch.
        random: chooses which category comes first.
    """
    whole, rest = list[NDArray[np.int64]](), list[NDArray[np.int64]]()
    for category in random.permutation(np.unique(categories)):
        of_category = items[categories == category]
        fitting = len(of_category) // taken * taken
        whole.append(of_category[:fitting])
        rest.append(of_category[fitting:])
    return np.concatenate([*whole, *rest])
