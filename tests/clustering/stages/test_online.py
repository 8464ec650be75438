import math

import numpy as np
import pytest
from castlist.clustering.stages.online import online_labels
from hypothesis import given
from hypothesis import strategies as st


def _line(*places):
    return np.array(places, dtype=np.float32)[:, None]


def _naive(vectors, threshold, pictures):
    """The rule with lists: people and unknowns are lists of rows."""
    people, unknown = [], []
    for row, vector in enumerate(vectors):
        if any(map(math.isnan, vector)):
            continue

        def apart(others, row=row):
            return pictures is None or all(pictures[row] != pictures[own] for own in others)

        def centre(rows):
            return [sum(vectors[own][axis] for own in rows) / len(rows) for axis in (0, 1)]

        by_person = [
            (math.dist(vector, centre(own)), number)
            for number, own in enumerate(people)
            if apart(own)
        ]
        by_unknown = [
            (math.dist(vector, vectors[own]), place)
            for place, own in enumerate(unknown)
            if apart([own])
        ]
        if by_person and min(by_person)[0] < threshold:
            people[min(by_person)[1]].append(row)
        elif by_unknown and min(by_unknown)[0] < threshold:
            people.append([unknown.pop(min(by_unknown)[1]), row])
        else:
            unknown.append(row)
    labels = [-1] * len(vectors)
    for number, rows in enumerate(people):
        for row in rows:
            labels[row] = number
    return labels


@st.composite
def _cases(draw):
    """Vectors on a grid, so that ties happen; some NaN; the picture of each face."""
    num_faces = draw(st.integers(0, 14))
    coordinate = st.one_of(st.integers(0, 6).map(float), st.just(math.nan))
    vectors = [[draw(coordinate), draw(coordinate)] for _ in range(num_faces)]
    pictures = [draw(st.integers(0, 8)) for _ in range(num_faces)]
    return (
        np.array(vectors, np.float32).reshape(-1, 2),
        draw(st.sampled_from([0.5, 1.1, 2.3])),
        np.array(pictures, np.int64),
    )


def test_the_rule_worked_by_hand():
    labels = online_labels(
        _line(
            0.0,  # unknown
            5.0,  # unknown
            0.5,  # 0.5 from the first: both are person 0, centroid 0.25
            1.2,  # 0.95 from the centroid: person 0, centroid 0.567
            1.55,  # 0.983 from it: person 0, centroid 0.8125
            5.9,  # 0.9 from the other unknown: both are person 1
            -0.3,  # 1.1125 from the centroid, though 0.3 from a face of person 0: unknown
        ),
        threshold=1.0,
    )
    assert labels.tolist() == [0, 1, 0, 0, 0, 1, -1]


def test_a_person_below_the_threshold_comes_before_a_nearer_unknown():
    # centroid 0.1; 1.15 waits; 1.05 is 0.95 from the centroid and 0.1 from the one that waits
    assert online_labels(_line(0, 0.2, 1.15, 1.05), 1.0).tolist() == [0, 0, -1, 0]


def test_a_distance_of_the_threshold_is_too_far():
    assert online_labels(_line(0, 1), 1.0).tolist() == [-1, -1]
    assert online_labels(_line(0, 0, 1), 1.0).tolist() == [0, 0, -1]


def test_between_two_people_as_near_the_older_one_is_taken():
    assert online_labels(_line(4, 4, 0, 0, 2), 2.5).tolist() == [0, 0, 1, 1, 0]


def test_between_two_unknowns_as_near_the_older_one_is_taken():
    assert online_labels(_line(2, 0, 1), 1.5).tolist() == [0, -1, 0]


def test_an_unknown_that_became_a_person_waits_no_more():
    # 0 and 0.9 are a person with centroid 0.45; -0.6 is 1.05 from it, and 0.6 from the first face
    assert online_labels(_line(0, 0.9, -0.6), 1.0).tolist() == [0, 0, -1]


def test_a_face_without_a_vector_stays_unknown_and_changes_nothing():
    labels = online_labels(np.array([[0, 0], [np.nan, 0], [0, 0.1]], np.float32), 1.0)
    assert labels.tolist() == [0, -1, 0]


def test_faces_whose_vectors_have_no_length_stay_unknown():
    assert online_labels(np.empty((2, 0), np.float32), 1.0).tolist() == [-1, -1]


def test_no_faces_have_no_people():
    assert online_labels(np.empty((0, 128), np.float32)).shape == (0,)


def test_the_original_puts_twins_of_one_picture_together():
    assert online_labels(_line(0, 0), 1.0).tolist() == [0, 0]


def test_the_guard_keeps_a_face_from_an_unknown_of_its_picture():
    assert online_labels(_line(0, 0, 0.5), 1.0, np.array([0, 0, 1])).tolist() == [0, -1, 0]


@pytest.mark.parametrize("picture", [0, 1])
def test_the_guard_keeps_a_face_from_a_person_of_its_picture(picture):
    labels = online_labels(_line(0, 0.1, 0.2), 1.0, np.array([0, 1, picture]))
    assert labels.tolist() == [0, 0, -1]


def test_the_guard_gives_a_face_the_next_person():
    # the nearer person is in the picture already
    pictures = np.array([0, 1, 0, 1, 1])
    assert online_labels(_line(0, 0, 2, 3, 0.1), 1.5, pictures).tolist() == [0, 0, 1, 1, -1]
    pictures[4] = 2
    assert online_labels(_line(0, 0, 2, 3, 0.1), 1.5, pictures).tolist() == [0, 0, 1, 1, 0]


@given(_cases())
def test_people_are_those_of_the_rule_with_lists(case):
    vectors, threshold, pictures = case
    assert online_labels(vectors, threshold).tolist() == _naive(vectors.tolist(), threshold, None)
    assert online_labels(vectors, threshold, pictures).tolist() == _naive(
        vectors.tolist(), threshold, pictures.tolist()
    )


@given(_cases())
def test_the_guard_never_puts_two_faces_of_one_picture_together(case):
    vectors, threshold, pictures = case
    labels = online_labels(vectors, threshold, pictures)
    known = labels >= 0
    seen = list(zip(labels[known].tolist(), pictures[known].tolist(), strict=True))
    assert len(seen) == len(set(seen))
