from __future__ import annotations

import pytest
import torch
from castlist.train.retrieval import search
from torch import Tensor
from torch.nn import functional


def _on_circle(*degrees: float) -> Tensor:
    angles = torch.deg2rad(torch.tensor(degrees))
    return torch.stack([angles.cos(), angles.sin()], dim=1)


def _everything(count: int) -> Tensor:
    return torch.ones(count, dtype=torch.bool)


def test_recall_and_map_at_r_worked_by_hand() -> None:
    # one query at 0 degrees; the gallery's nearest are: wrong, right, right, right
    vectors = _on_circle(0, 5, 10, 20, 30)
    items = torch.tensor([1, 2, 1, 1, 1])
    is_query = torch.tensor([True, False, False, False, False])
    figures = search(vectors, items, is_query, ~is_query, ks=(1, 2))
    assert figures.num_queries == 1
    assert figures.recall == {1: 0.0, 2: 1.0}
    # R = 3 answers; precision at the right ones among the first three: 1/2, 2/3
    assert figures.map_at_r == pytest.approx((1 / 2 + 2 / 3) / 3)


def _naive(
    vectors: Tensor, items: Tensor, is_query: Tensor, is_gallery: Tensor, ks: tuple[int, ...]
) -> tuple[int, dict[int, float], float]:
    recalls: dict[int, list[bool]] = {k: [] for k in ks}
    precisions = []
    for query in range(len(vectors)):
        if not is_query[query]:
            continue
        others = [row for row in range(len(vectors)) if is_gallery[row] and row != query]
        num_answers = sum(bool(items[row] == items[query]) for row in others)
        if num_answers == 0:
            continue
        others.sort(key=lambda row: -float(vectors[row] @ vectors[query]))
        right = [bool(items[row] == items[query]) for row in others]
        for k in ks:
            recalls[k].append(any(right[:k]))
        total = 0.0
        for place in range(num_answers):
            if right[place]:
                total += sum(right[: place + 1]) / (place + 1)
        precisions.append(total / num_answers)
    return (
        len(precisions),
        {k: sum(hits) / len(hits) for k, hits in recalls.items()},
        sum(precisions) / len(precisions),
    )


@pytest.mark.parametrize("seed", range(4))
def test_search_finds_what_a_naive_search_finds(seed: int) -> None:
    torch.manual_seed(seed)
    vectors = functional.normalize(torch.randn(40, 5), dim=1)
    items = torch.randint(0, 12, (40,))
    is_query, is_gallery = torch.rand(40) < 0.6, torch.rand(40) < 0.7
    ks = (1, 3, 20)
    expected = _naive(vectors, items, is_query, is_gallery, ks)
    # several at once, and a shorter last one
    figures = search(vectors, items, is_query, is_gallery, ks, at_once=7)
    assert (figures.num_queries, figures.recall) == expected[:2]
    assert figures.map_at_r == pytest.approx(expected[2])


def test_a_picture_is_not_its_own_answer() -> None:
    vectors = _on_circle(0, 1, 90)
    items = torch.tensor([1, 2, 1])
    figures = search(vectors, items, _everything(3), _everything(3), ks=(1, 2))
    assert figures.num_queries == 2  # the one of item 2 has no answer
    # the first of item 1 finds item 2 nearest, and so does the other one
    assert figures.recall == {1: 0.0, 2: 1.0}


def test_without_queries_that_have_an_answer_there_are_no_figures() -> None:
    figures = search(_on_circle(0, 9), torch.tensor([1, 2]), _everything(2), _everything(2))
    assert (figures.num_queries, figures.recall, figures.map_at_r) == (0, {}, None)


def test_an_empty_gallery_gives_no_figures() -> None:
    nobody = torch.zeros(2, dtype=torch.bool)
    assert search(_on_circle(0, 9), torch.tensor([1, 1]), ~nobody, nobody).map_at_r is None


def test_k_may_exceed_the_gallery() -> None:
    figures = search(_on_circle(0, 9), torch.tensor([1, 1]), _everything(2), _everything(2), (5,))
    assert figures.recall == {5: 1.0}
