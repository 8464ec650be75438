import tracemalloc
from itertools import combinations, product

import numpy as np
import pytest
from castlist.clustering.stages import linkage
from castlist.clustering.stages.linkage import average_linkage
from hypothesis import given, settings
from hypothesis import strategies as st

NOWHERE = [set()] * 100


def _line(*places):
    return np.array(places, dtype=float)[:, None]


def _partition(labels):
    return {frozenset(np.flatnonzero(labels == own).tolist()) for own in set(labels.tolist())}


def _naive(vectors, pictures, threshold):
    """Join the two nearest of all pairs of groups, every distance measured anew."""
    groups = [frozenset([row]) for row in range(len(vectors))]
    while True:
        near = []
        for first, second in combinations(groups, 2):
            pairs = list(product(first, second))
            squares = [((vectors[one] - vectors[other]) ** 2).sum() for one, other in pairs]
            distance = np.sqrt(np.mean(squares))
            apart = all(pictures[one].isdisjoint(pictures[other]) for one, other in pairs)
            if apart and distance < threshold:
                near.append((distance, first, second))
        if not near:
            return set(groups)
        _, first, second = min(near, key=lambda pair: pair[0])
        groups = [own for own in groups if own not in (first, second)] + [first | second]


@st.composite
def _cases(draw):
    """Vectors, pictures and a threshold; a seed keeps distances free of ties."""
    num_rows = draw(st.integers(1, 10))
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    vectors = random.normal(size=(num_rows, draw(st.integers(1, 3))))
    pictures = [draw(st.sets(st.integers(0, 6), max_size=2)) for _ in range(num_rows)]
    return vectors, pictures, draw(st.floats(0.1, 4))


@pytest.mark.parametrize(("threshold", "labels"), [(2.56, [0, 0, 0]), (2.54, [0, 0, 1])])
def test_groups_join_by_the_root_of_their_mean_squared_distance(threshold, labels):
    # 0 and 1 join; from them to 3 it is the root of (9 + 4) / 2 = 2.55, though 1 is only 2 away
    assert average_linkage(_line(0, 1, 3), NOWHERE[:3], threshold).tolist() == labels


def test_a_distance_of_the_threshold_is_too_far():
    assert average_linkage(_line(0, 2), NOWHERE[:2], 2.0).tolist() == [0, 1]


def test_faces_of_one_picture_stay_apart_however_near():
    labels = average_linkage(_line(0, 0, 2), [{1}, {1}, {2}], 100.0)
    assert labels[0] != labels[1]


def test_a_face_kept_from_the_nearest_group_goes_to_the_next():
    # 0 and 1 are nearest but share a picture, so 1 joins 3
    assert average_linkage(_line(0, 1, 3), [{1}, {1}, {2}], 2.5).tolist() == [0, 1, 1]


def test_groups_inherit_the_pictures_of_their_members():
    # 0 joins 1 first; 2 is near to both but shares a picture with 1
    labels = average_linkage(_line(0, 0.1, 0.3), [set(), {1}, {1}], 5.0)
    assert labels.tolist() == [0, 0, 1]


def test_groups_are_numbered_by_first_appearance():
    assert average_linkage(_line(9, 0, 9.1, 0.1), NOWHERE[:4], 1.0).tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("num_rows", [0, 1])
def test_hardly_any_rows(num_rows):
    labels = average_linkage(np.zeros((num_rows, 3)), NOWHERE[:num_rows], 1.0)
    assert labels.tolist() == [0] * num_rows


@settings(deadline=None)
@given(_cases())
def test_groups_are_those_of_the_naive_method(case):
    assert _partition(average_linkage(*case)) == _naive(*case)


@settings(deadline=None)
@given(_cases(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(case, random):
    vectors, pictures, threshold = case
    order = np.array(random.sample(range(len(vectors)), len(vectors)))
    labels = np.empty(len(vectors), np.int64)
    labels[order] = average_linkage(vectors[order], [pictures[row] for row in order], threshold)
    assert _partition(labels) == _partition(average_linkage(vectors, pictures, threshold))


def test_looking_at_near_rows_only_finds_separate_groups_too(monkeypatch):
    random = np.random.default_rng(0)
    group = random.integers(0, 4, 120)
    vectors = np.eye(4)[group] * 10 + random.normal(size=(120, 4)) / 5
    pictures = [{int(row) // 2} for row in range(120)]
    expected = average_linkage(vectors, pictures, 3.0)
    monkeypatch.setattr(linkage, "_ALL_PAIRS_UP_TO", 100)
    found = average_linkage(vectors, pictures, 3.0)
    assert all(found[row] != found[row + 1] for row in range(0, 120, 2))
    agree = (found[:, None] == found[None]) == (expected[:, None] == expected[None])
    assert agree.mean() > 0.95


def test_memory_does_not_grow_with_the_length_of_vectors_for_every_pair():
    vectors = np.random.default_rng(0).normal(size=(300, 500))  # 44,850 pairs: 179 MB of vectors
    tracemalloc.start()
    average_linkage(vectors, [set()] * 300, 1e-6)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20e6
