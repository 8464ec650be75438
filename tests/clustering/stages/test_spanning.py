import numpy as np
import pytest
from castlist.clustering.stages import spanning
from castlist.clustering.stages.spanning import spanning_forest
from hypothesis import given, settings
from hypothesis import strategies as st


def _kruskal(vectors, below):
    """The textbook's way: every pair, shortest first, unless it closes a ring."""
    pairs = [
        (float(np.linalg.norm(vectors[one] - vectors[other])), one, other)
        for one in range(len(vectors))
        for other in range(one)
    ]
    group = list(range(len(vectors)))
    lengths = []
    for length, one, other in sorted(pairs):
        if length < below and group[one] != group[other]:
            lengths.append(length)
            old, new = group[one], group[other]
            group = [new if own == old else own for own in group]
    return lengths, group


def _partition(group):
    return {frozenset(np.flatnonzero(np.array(group) == own).tolist()) for own in set(group)}


def _joined(links, num_rows):
    group = list(range(num_rows))
    for first, second in links[:, :2].astype(int).tolist():
        old, new = group[first], group[second]
        assert old != new  # no rings
        group = [new if own == old else own for own in group]
    return _partition(group)


def test_a_forest_by_hand():
    vectors = np.array([[0.0], [1], [3], [10], [10.5]])
    links = spanning_forest(vectors, below=5)
    assert links.tolist() == [[3, 4, 0.5], [0, 1, 1], [1, 2, 2]]
    assert spanning_forest(vectors, below=2).tolist() == [[3, 4, 0.5], [0, 1, 1]]


@settings(deadline=None)
@given(
    seed=st.integers(0, 10**6),
    num_rows=st.integers(1, 40),
    copies=st.integers(0, 20),
    below=st.sampled_from([0.3, 1.0, 3.0, 1e9]),
    away=st.sampled_from([0, 100]),
)
def test_the_forest_is_that_of_every_pair(seed, num_rows, copies, below, away):
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(num_rows, 3)) + away
    vectors = np.vstack([vectors, vectors[:copies]])
    links = spanning_forest(vectors, below)
    lengths, group = _kruskal(vectors, below)
    np.testing.assert_allclose(links[:, 2], lengths, atol=1e-9)
    assert _joined(links, len(vectors)) == _partition(group)


def test_blocks_of_rows_change_nothing(monkeypatch):
    vectors = np.random.default_rng(0).normal(size=(50, 4))
    expected = spanning_forest(vectors, 2.0)
    monkeypatch.setattr(spanning, "_BLOCK_ROWS", 7)
    np.testing.assert_array_equal(spanning_forest(vectors, 2.0), expected)


@pytest.mark.parametrize("num_rows", [0, 1])
def test_fewer_than_two_rows_have_no_links(num_rows):
    assert spanning_forest(np.ones((num_rows, 3)), 1.0).shape == (0, 3)


def test_copies_are_linked_once_each():
    links = spanning_forest(np.ones((5, 3)), 1.0)
    assert len(links) == 4
    assert (links[:, 2] == 0).all()
