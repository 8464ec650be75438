"""Ids that last."""

import numpy as np
from castlist.clustering.identity.assignment import LibraryChurn, assign, churn_of


def test_a_person_keeps_the_id_that_most_of_their_faces_had():
    group = np.array([0, 0, 1, 1, 2])
    faces = np.array([10, 3, 4, 2, 9])
    before = np.array([5, 7, 7, 5, -1])
    found = assign(group, faces, before, next_id=8)
    assert found.ids.tolist() == [5, 7, 8]
    assert found.next_id == 9


def test_an_id_that_is_gone_is_never_given_again():
    found = assign(np.array([0, 0, 1]), np.array([5, 1, 1]), np.array([0, 1, -1]), next_id=2)
    assert found.ids.tolist() == [0, 2]


def test_new_people_are_numbered_by_their_faces():
    found = assign(np.arange(3), np.array([1, 9, 4]), np.full(3, -1), next_id=0)
    assert found.ids.tolist() == [2, 0, 1]


def test_nobody_is_nobody():
    none = np.empty(0, np.int64)
    assert assign(none, none, none, 4).next_id == 4


def test_merged_and_split_people_are_listed():
    before = np.array([0, 1, 2, 2, -1])
    after = np.array([0, 0, 2, 3, 4])
    assert churn_of(before, after) == LibraryChurn(2, 2, ((1, 0),), ((2, (3,)),))
