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


def _group(evidence, forbidden=None, sizes=None):
    forbidden = np.zeros(evidence.shape, dtype=bool) if forbidden is None else forbidden
    sizes = np.ones(len(evidence), np.int64) if sizes is None else sizes
    return hdbscan_groups(evidence, sizes, forbidden, 1.0)


def test_people_are_found():
    evidence, person = _people([5, 4, 3, 1])
    assert _group(evidence).tolist() == person.tolist()


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
    group = _group(evidence)
    assert np.bincount(group).max() <= 2


@pytest.mark.parametrize("seed", range(5))
def test_what_is_forbidden_is_never_joined(seed):
    evidence, _ = _people([6, 5, 4], seed)
    rng = np.random.default_rng(seed)
    forbidden = rng.random(evidence.shape) < 0.1
    forbidden |= forbidden.T
    np.fill_diagonal(forbidden, False)
    group = _group(evidence, forbidden)
    assert not (forbidden & (group[:, None] == group[None])).any()


@pytest.mark.parametrize("seed", range(5))
def test_clear_people_are_those_of_average_linkage(seed):
    evidence, _ = _people([4, 3, 3, 2, 1, 1], seed)
    free, ones = np.zeros(evidence.shape, dtype=bool), np.ones(len(evidence), np.int64)
    expected = average_groups(evidence, ones, free, 1.0)
    assert _group(evidence).tolist() == expected.tolist()


@pytest.mark.parametrize("seed", range(10))
def test_a_row_that_stands_for_several_counts_as_each_of_them(seed):
    rng = np.random.default_rng(seed)
    evidence, _ = _people([4, 3, 2, 1], seed)
    evidence += 3 * rng.normal(size=evidence.shape)
    evidence = (evidence + evidence.T) / 2
    sizes = rng.integers(1, 5, len(evidence))
    group = _group(evidence, sizes=sizes)
    member = np.repeat(np.arange(len(evidence)), sizes)  # every row as all that it stands for
    for one in range(group.max() + 1):
        for other in range(one):
            rows = np.ix_(member[group[member] == one], member[group[member] == other])
            assert evidence[rows].mean() <= 1  # or they would be one group


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_rows(count):
    assert _group(np.full((count, count), -5.0)).tolist() == list(range(count))
