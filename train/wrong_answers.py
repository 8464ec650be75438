"""A sheet of what an encoder took for what."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from .loading.samples import write_sheet
from .loading.views import Key, Views

_SHOWN, _MOST_LINES = 3, 20
_AT_ONCE = 1024  # queries
_LEGEND = "wrong answers, the surest first. Tinted: masked, what does not count."


class Wrong(NamedTuple):
    """A query whose nearest neighbour is another item; all are places in the vectors.

    Attributes:
        query: what was looked for.
        found: what was found, nearest first.
        right: the nearest picture of its own item.
    """

    query: int
    found: list[int]
    right: int


def wrong_answers(vectors: Tensor, items: Tensor, keys: Sequence[Key]) -> tuple[list[Wrong], int]:
    """Find the queries whose nearest neighbour is another item.

    Args:
        vectors: (num_views, dim) float, unit rows.
        items: (num_views,) int64.
        keys: which view each is, and whether it is a query and in the gallery.

    Returns:
        The surest, at most 20, the most similar wrong one first; and how many there are.
    """
    gallery = torch.tensor([place for place, key in enumerate(keys) if key.is_gallery])
    queries = torch.tensor([place for place, key in enumerate(keys) if key.is_query])
    surest: list[tuple[float, int]] = []
    for rows in torch.split(queries, _AT_ONCE):
        itself = rows[:, None] == gallery
        similarity = (vectors[rows] @ vectors[gallery].T).masked_fill(itself, -torch.inf)
        right = (items[rows][:, None] == items[gallery]) & ~itself
        highest, nearest = similarity.max(dim=1)
        is_wrong = right.any(dim=1) & ~right.gather(1, nearest[:, None])[:, 0]
        surest += zip(highest[is_wrong].tolist(), rows[is_wrong].tolist(), strict=True)
    surest.sort(reverse=True)
    found = []
    for _, row in surest[:_MOST_LINES]:
        others = gallery[gallery != row]
        order = others[(vectors[others] @ vectors[row]).argsort(descending=True)]
        first_right = int(order[items[order] == items[row]][0])
        found.append(Wrong(row, order[:_SHOWN].tolist(), first_right))
    return found, len(surest)


def write_wrong_answers(
    vectors: Tensor, items: Tensor, keys: Sequence[Key], views: Views, path: Path
) -> None:
    """Draw the surest wrong answers: what was looked for, what was found, what is right.

    Nothing is written where all are right.

    Args:
        vectors: (num_views, dim) float, unit rows.
        items: (num_views,) int64.
        keys: which view each is.
        views: where they are read.
        path: of the PNG.
    """
    found, count = wrong_answers(vectors, items, keys)
    lines = []
    for wrong in found:
        crops = [views[keys[place]] for place in (wrong.query, *wrong.found, wrong.right)]
        shown = [view[0] for view in crops if view is not None]
        lines.append((str(views.garments.item[keys[wrong.query].row]), shown))
    if lines:
        titles = ["looked for", *(f"found {n + 1}" for n in range(_SHOWN)), "right"]
        write_sheet(lines, views.side, titles, f"{count} {_LEGEND}", path)
