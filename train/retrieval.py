"""How well vectors find the same clothes: Recall@k and mAP@R by exact search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

KS = (1, 10, 20)


@dataclass(frozen=True)
class Retrieval:
    """Figures of a search.

    Attributes:
        num_queries: queries with a match in the gallery; others are not counted.
        recall: for each k, the share of queries with a match among the k most similar; empty
            without queries.
        map_at_r: mean average precision at R, R being a query's number of matches (Musgrave,
            Belongie and Lim, "A Metric Learning Reality Check", ECCV 2020); None without queries.
    """

    num_queries: int
    recall: dict[int, float]
    map_at_r: float | None


def search(
    vectors: Tensor,
    items: Tensor,
    is_query: Tensor,
    is_gallery: Tensor,
    ks: Sequence[int] = KS,
    at_once: int = 1024,
) -> Retrieval:
    """Search the gallery for the item of every query.

    Args:
        vectors: (num_pictures, dim) float, unit rows.
        items: (num_pictures,) int64, the same number for the same clothes.
        is_query: (num_pictures,) bool.
        is_gallery: (num_pictures,) bool. A picture that is both is no match of itself.
        ks: of Recall@k.
        at_once: queries compared at once, so that memory stays bounded.

    Returns:
        The figures.
    """
    gallery = torch.nonzero(is_gallery)[:, 0]
    num_queries, hits_at, precisions = 0, dict.fromkeys(ks, 0), 0.0
    for rows in torch.split(torch.nonzero(is_query)[:, 0], at_once):
        itself = rows[:, None] == gallery[None]
        matches = (items[rows][:, None] == items[gallery][None]) & ~itself
        counted = matches.any(dim=1)
        if not counted.any():
            continue
        similarity = (vectors[rows] @ vectors[gallery].T).masked_fill(itself, -torch.inf)
        matches, similarity = matches[counted], similarity[counted]
        num_matches = matches.sum(dim=1)  # on the processor: Apple's GPUs know no float64
        depth = min(max(*ks, int(num_matches.max())), len(gallery))
        right = matches.gather(1, similarity.topk(depth, dim=1).indices)
        num_queries += len(right)
        for k in ks:
            hits_at[k] += int(right[:, :k].any(dim=1).sum())
        precisions += float(_average_precision(right.cpu(), num_matches.cpu()).sum())
    if not num_queries:
        return Retrieval(0, {}, None)
    recall = {k: hits / num_queries for k, hits in hits_at.items()}
    return Retrieval(num_queries, recall, precisions / num_queries)


def _average_precision(right: Tensor, num_matches: Tensor) -> Tensor:
    """Return mAP@R of each query, given which of its most similar pictures are right."""
    place = torch.arange(1, right.shape[1] + 1, device=right.device)
    precision = right.cumsum(dim=1).double() / place
    within = right & (place <= num_matches[:, None])
    return (precision * within).sum(dim=1) / num_matches
