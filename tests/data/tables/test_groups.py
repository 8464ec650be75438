import numpy as np
import pytest
from castlist.data.tables.groups import group_sums, ranked


@pytest.mark.parametrize("at_once", [4096, 7, 1])
def test_sums_are_those_of_a_loop(at_once):
    random = np.random.default_rng(0)
    rows = random.normal(size=(60, 3)).astype(np.float32)
    group, weight = random.integers(0, 5, 60), random.random(60)
    expected = np.zeros((6, 3))
    for row in range(60):
        expected[group[row]] += weight[row] * rows[row].astype(np.float64)
    np.testing.assert_allclose(group_sums(rows, group, 6, weight, at_once), expected)


def test_a_row_without_weight_may_be_nan():
    rows = np.array([[1.0], [np.nan], [2.0]])
    assert group_sums(rows, np.array([0, 0, 0]), 1, np.array([1.0, 0, 3])).tolist() == [[7]]


def test_no_rows_sum_to_nothing():
    sums = group_sums(np.empty((0, 2)), np.empty(0, np.int64), 3, np.empty(0))
    assert sums.tolist() == [[0, 0]] * 3


def test_only_some_rows_in_an_order_of_their_own():
    rows = np.array([[1.0], [10], [100], [np.nan]])
    sums = group_sums(rows, np.array([0, 1, 0]), 2, np.array([1.0, 2, 3]), 2, np.array([2, 0, 1]))
    assert sums.tolist() == [[130], [2]]


def test_rows_come_by_group_the_highest_score_first():
    group, score = np.array([1, -1, 1, 0, 1, -1]), np.array([0.5, 1.0, 0.9, 0.1, 0.9, 2.0])
    order, place = ranked(group, score)
    assert order.tolist() == [5, 1, 3, 2, 4, 0]
    assert place.tolist() == [0, 1, 0, 0, 1, 2]
    assert ranked(group, score, np.arange(6)[::-1])[0].tolist() == [5, 1, 3, 4, 2, 0]


def test_of_no_rows_there_is_no_order():
    order, place = ranked(np.empty(0, np.int64), np.empty(0))
    assert len(order) == len(place) == 0
