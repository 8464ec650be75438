"""Queries whose nearest neighbour is another item."""

from __future__ import annotations

import torch
from castlist.train.loading.views import Key
from castlist.train.wrong_answers import Wrong, wrong_answers
from torch import nn


def test_wrong_answers_are_those_of_a_loop_over_the_queries() -> None:
    random = torch.Generator().manual_seed(0)
    vectors = nn.functional.normalize(torch.randn(30, 3, generator=random), dim=1)
    items = torch.arange(30) // 3
    keys = [Key(row, None, is_query=row % 4 != 0, is_gallery=row % 5 != 0) for row in range(30)]
    expected = []
    for row in range(30):
        others = [own for own in range(30) if keys[own].is_gallery and own != row]
        others.sort(key=lambda own: -float(vectors[own] @ vectors[row]))
        right = [own for own in others if items[own] == items[row]]
        if keys[row].is_query and right and items[others[0]] != items[row]:
            sure = float(vectors[others[0]] @ vectors[row])
            expected.append((sure, Wrong(row, others[:3], right[0])))
    expected.sort(reverse=True)
    found, count = wrong_answers(vectors, items, keys)
    assert found == [wrong for _, wrong in expected][:20]
    assert count == len(expected) > 5


def test_queries_without_an_answer_are_not_wrong() -> None:
    vectors = nn.functional.normalize(torch.tensor([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]]), dim=1)
    keys = [Key(row, None, is_query=True, is_gallery=True) for row in range(3)]
    assert wrong_answers(vectors, torch.tensor([0, 1, 2]), keys) == ([], 0)
    found, count = wrong_answers(vectors, torch.tensor([0, 1, 0]), keys)
    assert (found, count) == ([Wrong(0, [1, 2], 2), Wrong(2, [1, 0], 0)], 2)
