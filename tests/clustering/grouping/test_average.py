import numpy as np
import pytest
from castlist.clustering.grouping.average import average_groups, mean_evidence


def _naive(evidence, sizes, forbidden, stop):
    """Average linkage as the book says: all pairs of groups anew at every step."""
    groups = [[row] for row in range(len(evidence))]
    while True:
        best, pair = stop, None
        for i in range(len(groups)):
            for j in range(i + 1, len(groups)):
                inside = np.ix_(groups[i], groups[j])
                if forbidden[inside].any():
                    continue
                weight = np.outer(sizes[groups[i]], sizes[groups[j]])
                mean = (evidence[inside] * weight).sum() / weight.sum()
                if mean > best:
                    best, pair = mean, (i, j)
        if pair is None:
            break
        groups[pair[0]] += groups.pop(pair[1])
    label = np.empty(len(evidence), np.int64)
    for group in groups:
        label[group] = min(group)
    return np.unique(label, return_inverse=True)[1]


def _random(count, seed):
    rng = np.random.default_rng(seed)
    evidence = rng.normal(size=(count, count)) * 3
    forbidden = rng.random((count, count)) < 0.1
    np.fill_diagonal(forbidden, False)
    return evidence + evidence.T, rng.integers(1, 5, count), forbidden | forbidden.T


def test_three_tracks_by_hand():
    # 0 and 1 are joined (5); then {0, 1} with 2: (4 - 6) / 2 = -1, below the stop.
    evidence = np.array([[0.0, 5, 4], [5, 0, -6], [4, -6, 0]])
    ones, free = np.ones(3, np.int64), np.zeros((3, 3), dtype=bool)
    assert average_groups(evidence, ones, free, 0.0).tolist() == [0, 0, 1]
    assert average_groups(evidence, ones, free, -2.0).tolist() == [0, 0, 0]


@pytest.mark.parametrize("seed", range(20))
def test_it_is_average_linkage(seed):
    evidence, sizes, forbidden = _random(12, seed)
    found = average_groups(evidence, sizes, forbidden, 0.5)
    assert found.tolist() == _naive(evidence, sizes, forbidden, 0.5).tolist()


@pytest.mark.parametrize("seed", range(10))
def test_what_is_forbidden_is_never_joined(seed):
    evidence, sizes, forbidden = _random(30, seed)
    group = average_groups(evidence + 20, sizes, forbidden, 0.0)
    assert not (forbidden & (group[:, None] == group[None])).any()


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_rows_does_not_matter(seed):
    evidence, sizes, forbidden = _random(15, seed)
    group = average_groups(evidence, sizes, forbidden, 0.0)
    order = np.random.default_rng(seed).permutation(15)
    inside = np.ix_(order, order)
    mixed = average_groups(evidence[inside], sizes[order], forbidden[inside], 0.0)
    same = group[:, None] == group[None]
    assert ((mixed[:, None] == mixed[None]) == same[inside]).all()


@pytest.mark.parametrize("seed", range(5))
def test_a_row_joins_as_all_that_it_stands_for_would(seed):
    evidence, sizes, _ = _random(10, seed)
    row = np.repeat(np.arange(10), sizes)
    alike = np.where(row[:, None] == row[None], 50.0, evidence[np.ix_(row, row)])
    expanded = average_groups(alike, np.ones(len(row), np.int64), alike > 99, 0.5)
    found = average_groups(evidence, sizes, evidence > 99, 0.5)
    assert expanded.tolist() == found[row].tolist()


@pytest.mark.parametrize("count", [0, 1])
def test_few_rows(count):
    square = np.zeros((count, count))
    found = average_groups(square, np.ones(count, np.int64), square > 0, 0.0)
    assert found.tolist() == list(range(count))


def test_mean_evidence_of_groups():
    evidence, _, _ = _random(8, 0)
    group = np.array([2, 0, 1, 0, 2, 2, 1, 0])
    mean, sizes = mean_evidence(evidence, group, 3)
    assert sizes.tolist() == [3, 2, 3]
    for i in range(3):
        for j in range(3):
            inside = evidence[np.ix_(group == i, group == j)]
            assert mean[i, j] == pytest.approx(inside.mean())


@pytest.mark.parametrize("seed", range(5))
def test_a_row_that_stands_for_several_counts_as_each_of_them(seed):
    evidence, sizes, _ = _random(8, seed)
    group = np.array([2, 0, 1, 0, 2, 2, 1, 0])
    mean, members = mean_evidence(evidence, group, 3, sizes)
    row = np.repeat(np.arange(8), sizes)
    expected, counts = mean_evidence(evidence[np.ix_(row, row)], group[row], 3)
    np.testing.assert_allclose(mean, expected)
    assert members.tolist() == counts.tolist()


def test_clothes_count_by_the_pairs_that_have_some():
    """Of four pairs of both groups one can be compared: half as much as if all were alike."""
    group = np.array([0, 0, 1, 1])
    clothes = np.full((4, 4), np.nan)
    clothes[0, 2] = clothes[2, 0] = 3.0
    mean, _ = mean_evidence(np.ones((4, 4)), group, 2, clothes=clothes)
    assert mean.tolist() == [[1.0, 1 + 3 / 2], [1 + 3 / 2, 1.0]]


def test_where_all_clothes_can_be_compared_their_mean_counts():
    evidence, _, _ = _random(6, 0)
    clothes, _, _ = _random(6, 1)
    group = np.array([2, 0, 1, 0, 2, 1])
    mean, _ = mean_evidence(evidence, group, 3, clothes=clothes)
    np.testing.assert_allclose(mean, mean_evidence(evidence + clothes, group, 3)[0])


def test_the_two_most_alike_parts_of_two_groups_count():
    evidence = np.array([[9.0, 6, -4, -2], [6, 9, -3, -2], [-4, -3, 9, 5], [-2, -2, 5, 9]])
    group, side = np.array([0, 0, 0, 1]), np.array([0, 0, 1, -1])
    mean, sizes = mean_evidence(evidence, group, 2, side=side)
    assert mean[0, 1] == mean[1, 0] == 5.0
    assert sizes.tolist() == [3, 1]
    whole, _ = mean_evidence(evidence, group, 2, side=np.zeros(4, np.int64))
    assert whole[0, 1] == pytest.approx((-2 - 2 + 5) / 3)
