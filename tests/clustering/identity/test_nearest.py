"""The nearest others: every pair up to a limit, lists above it."""

import numpy as np
import pytest
from castlist.clustering.identity.nearest import directions, nearest


def _rows(count=600, dim=16, people=60, seed=0):
    chance = np.random.default_rng(seed)
    means = chance.normal(size=(people, dim))
    rows = means[chance.integers(people, size=count)] + 0.2 * chance.normal(size=(count, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def _by_loop(rows, k):
    found = []
    for place, row in enumerate(rows):
        scores = [
            -np.inf if other == place else float(row @ vector) for other, vector in enumerate(rows)
        ]
        found.append(set(np.argsort(scores)[::-1][:k].tolist()))
    return found


def test_every_pair_is_looked_at_up_to_the_limit():
    rows = _rows(200)
    assert [set(others) for others in nearest(rows, 5).tolist()] == _by_loop(rows, 5)


def test_lists_find_nearly_all_of_them():
    rows = _rows()
    right = [set(others) for others in nearest(rows, 5).tolist()]
    found = [set(others) for others in nearest(rows, 5, every_pair_up_to=100).tolist()]
    assert all(place not in others for place, others in enumerate(found))
    missed = sum(len(one - other) for one, other in zip(right, found, strict=True))
    assert missed <= 0.02 * 5 * len(rows)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_where_there_are_fewer_than_asked_for_the_rest_is_none(count):
    found = nearest(_rows(max(count, 1))[:count], 5)
    assert found.shape == (count, 5)
    for place, others in enumerate(found.tolist()):
        assert {*others} - {-1} == {*range(count)} - {place}


def test_few_directions_keep_dot_products():
    chance = np.random.default_rng(1)
    few = chance.normal(size=(400, 20)) @ np.linalg.qr(chance.normal(size=(300, 20)))[0].T
    turn = directions(few.astype(np.float32))
    assert turn.shape == (300, 128)
    short = few @ turn
    assert np.allclose(short @ short.T, few @ few.T, atol=1e-3)
