import numpy as np
import pytest
from castlist.clustering.stages import density
from castlist.clustering.stages.density import NOISE, density_clusters, density_links
from scipy.spatial.distance import cdist
from sklearn.cluster import HDBSCAN


def _blobs(seed, sizes=(12, 9, 15), dim=5):
    """Well separated groups, rows mixed; returns them with the group of each row."""
    random = np.random.default_rng(seed)
    group = random.permutation(np.repeat(np.arange(len(sizes)), sizes))
    return np.eye(dim)[group] * 20 + random.normal(size=(len(group), dim)), group


def _partition(labels):
    labels = np.asarray(labels)
    return {frozenset(np.flatnonzero(labels == own).tolist()) for own in set(labels.tolist())}


@pytest.mark.parametrize("num_rows", [0, 1, 2])
def test_fewer_rows_than_a_cluster_needs_are_noise(num_rows):
    clusters = density_clusters(np.ones((num_rows, 4)), min_cluster_size=3)
    assert clusters.labels.tolist() == [NOISE] * num_rows
    assert clusters.strengths.tolist() == [0] * num_rows
    assert clusters.links.shape == (0, 3)


def test_two_rows_may_be_a_cluster():
    clusters = density_clusters(np.array([[0.0, 0], [3, 4]]))
    assert clusters.labels.tolist() == [0, 0]
    assert clusters.links.tolist() == [[0, 1, 5]]


def test_duplicates_are_one_firm_cluster():
    clusters = density_clusters(np.ones((6, 3)))
    assert clusters.labels.tolist() == [0] * 6
    assert clusters.strengths.tolist() == [1] * 6


def test_duplicates_of_two_points_are_two_clusters():
    labels = density_clusters(np.repeat(np.eye(3)[:2], 4, axis=0)).labels
    assert _partition(labels) == {frozenset(range(4)), frozenset(range(4, 8))}


def test_one_group_and_nothing_else_is_one_cluster_and_not_noise():
    assert density_clusters(np.arange(9.0)[:, None]).labels.tolist() == [0] * 9


def test_a_row_far_from_all_is_noise():
    vectors, group = _blobs(1)
    labels = density_clusters(np.vstack([vectors, np.full((1, 5), 500.0)]), 5, 5).labels
    assert labels[-1] == NOISE
    assert _partition(labels[:-1]) == _partition(group)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_rows_that_are_not_finite_are_refused(value):
    vectors = np.ones((4, 2))
    vectors[1, 1] = value
    with pytest.raises(ValueError, match="expected finite rows"):
        density_clusters(vectors)


@pytest.mark.parametrize("seed", range(5))
def test_separate_groups_are_found_as_scikit_learn_finds_them(seed):
    vectors, group = _blobs(seed)
    ours = density_clusters(vectors, min_cluster_size=5, min_samples=4).labels
    # scikit-learn counts a row among its own neighbours
    theirs = HDBSCAN(min_cluster_size=5, min_samples=5, copy=True).fit_predict(vectors)
    assert _partition(ours) == _partition(theirs) == _partition(group)


def test_links_are_the_shortest_spanning_tree_of_plain_distances():
    vectors, _ = _blobs(2)
    links = density_clusters(vectors).links
    distances = cdist(vectors, vectors)
    first, second = links[:, 0].astype(int), links[:, 1].astype(int)
    np.testing.assert_allclose(links[:, 2], distances[first, second])
    # Prim's method: from any row, always the nearest row not yet reached
    reached, expected = [0], []
    while len(reached) < len(vectors):
        outside = np.setdiff1d(np.arange(len(vectors)), reached)
        between = distances[np.ix_(reached, outside)]
        expected.append(between.min())
        reached.append(outside[between.min(axis=0).argmin()])
    np.testing.assert_allclose(np.sort(links[:, 2]), np.sort(expected))


def test_the_order_of_rows_does_not_matter():
    vectors, _ = _blobs(3)
    order = np.random.default_rng(3).permutation(len(vectors))
    labels = np.empty(len(vectors), np.int64)
    labels[order] = density_clusters(vectors[order]).labels
    assert _partition(labels) == _partition(density_clusters(vectors).labels)


def test_more_neighbours_than_rows_are_asked_for():
    assert density_clusters(np.eye(3), min_samples=50).labels.shape == (3,)


def test_strengths_are_ratios():
    vectors, _ = _blobs(4)
    strengths = density_clusters(vectors, 5, 5).strengths
    assert strengths.min() >= 0
    assert strengths.max() == 1


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("copies", [False, True])
def test_links_shorter_than_epsilon_are_those_of_single_linkage(seed, copies, monkeypatch):
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(5, 6))[random.integers(0, 5, 40)]
    vectors = vectors + random.uniform(0.1, 1.2) * random.normal(size=vectors.shape)
    if copies:
        vectors = np.vstack([vectors, vectors[:20]])
    by_hdbscan = density_links(vectors, 1.5)
    monkeypatch.setattr(density, "HDBSCAN_UP_TO", 10)
    without = density_links(vectors, 1.5)
    np.testing.assert_allclose(np.sort(by_hdbscan[:, 2]), np.sort(without[:, 2]), atol=1e-9)
    assert _joined(by_hdbscan, len(vectors)) == _joined(without, len(vectors))


def _joined(links, num_rows):
    group = np.arange(num_rows)
    for first, second in links[:, :2].astype(int):
        group[group == group[second]] = group[first]
    return _partition(group)


@pytest.mark.parametrize("num_rows", [0, 1])
def test_fewer_than_two_rows_have_no_links(num_rows):
    assert density_links(np.ones((num_rows, 3)), 1.0).shape == (0, 3)
