import numpy as np
import pytest
from castlist.clustering.grouping.average import average_groups
from castlist.clustering.grouping.hdbscan_groups import NOISE, hdbscan_groups, propose


def _people(sizes, seed=0):
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(len(sizes)), sizes)
    evidence = np.where(person[:, None] == person[None], 6.0, -6.0)
    noise = rng.normal(size=evidence.shape)
    return evidence + noise + noise.T, person


def test_people_are_found():
    evidence, person = _people([5, 4, 3, 1])
    found = hdbscan_groups(evidence, np.zeros(evidence.shape, dtype=bool), 1.0)
    assert found.tolist() == person.tolist()


def test_hdbscan_itself_proposes_and_leaves_one_alone():
    evidence, _ = _people([5, 4, 1])
    labels = propose(evidence, np.zeros(evidence.shape, dtype=bool))
    assert labels[-1] == NOISE
    assert len(set(labels[:-1].tolist())) == 2


def test_a_chain_of_near_pairs_is_cut():
    count = 8
    evidence = np.full((count, count), -8.0)
    for row in range(count - 1):  # each is like its neighbour, and like nobody else
        evidence[row, row + 1] = evidence[row + 1, row] = 4.0
    group = hdbscan_groups(evidence, np.zeros((count, count), dtype=bool), 1.0)
    assert np.bincount(group).max() <= 2


@pytest.mark.parametrize("seed", range(5))
def test_what_is_forbidden_is_never_joined(seed):
    evidence, _ = _people([6, 5, 4], seed)
    rng = np.random.default_rng(seed)
    forbidden = rng.random(evidence.shape) < 0.1
    forbidden |= forbidden.T
    np.fill_diagonal(forbidden, False)
    group = hdbscan_groups(evidence, forbidden, 1.0)
    assert not (forbidden & (group[:, None] == group[None])).any()


@pytest.mark.parametrize("seed", range(5))
def test_clear_people_are_those_of_average_linkage(seed):
    evidence, _ = _people([4, 3, 3, 2, 1, 1], seed)
    free, ones = np.zeros(evidence.shape, dtype=bool), np.ones(len(evidence), np.int64)
    expected = average_groups(evidence, ones, free, 1.0)
    assert hdbscan_groups(evidence, free, 1.0).tolist() == expected.tolist()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_rows(count):
    square = np.full((count, count), -5.0)
    found = hdbscan_groups(square, np.zeros((count, count), dtype=bool), 1.0)
    assert found.tolist() == list(range(count))
