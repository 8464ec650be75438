import math

import numpy as np
from castlist.clustering.stages.online import online_labels, people_online
from castlist.data.tables.codes import DecidedBy
from castlist.data.tables.faces import Faces
from hypothesis import given
from hypothesis import strategies as st


def _line(*places):
    return np.array(places, dtype=np.float32)[:, None]


def _naive(vectors, threshold):
    """The rule with lists: people and unknowns are lists of rows."""
    people, unknown = [], []
    for row, vector in enumerate(vectors):
        if any(map(math.isnan, vector)):
            continue

        def centre(rows):
            return [sum(vectors[row][axis] for row in rows) / len(rows) for axis in (0, 1)]

        by_person = [
            (math.dist(vector, centre(members)), number) for number, members in enumerate(people)
        ]
        by_unknown = [(math.dist(vector, vectors[row]), place) for place, row in enumerate(unknown)]
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
    """Vectors on a grid, so that ties happen; some NaN."""
    num_faces = draw(st.integers(0, 14))
    coordinate = st.one_of(st.integers(0, 6).map(float), st.just(math.nan))
    vectors = [[draw(coordinate), draw(coordinate)] for _ in range(num_faces)]
    return np.array(vectors, np.float32).reshape(-1, 2), draw(st.sampled_from([0.5, 1.1, 2.3]))


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
    assert online_labels(np.empty((0, 128), np.float32), 1.0).shape == (0,)


def test_the_original_puts_twins_of_one_picture_together():
    assert online_labels(_line(0, 0), 1.0).tolist() == [0, 0]


@given(_cases())
def test_people_are_those_of_the_rule_with_lists(case):
    vectors, threshold = case
    assert online_labels(vectors, threshold).tolist() == _naive(vectors.tolist(), threshold)


# On a table of faces


def test_people_are_numbered_by_their_faces(make_faces):
    faces = people_online(make_faces(5, face_vector=_line(0, 0, 9, 9, 9)), 1.0)
    assert faces.person.tolist() == faces.person_before.tolist() == [1, 1, 0, 0, 0]


def test_people_with_equally_many_faces_are_in_the_order_they_were_found(make_faces):
    faces = people_online(make_faces(4, face_vector=_line(9, 0, 9, 0)), 1.0)
    assert faces.person.tolist() == [0, 1, 0, 1]


def test_faces_of_the_rule_are_of_low_confidence_and_decided_by_face(make_faces):
    vectors = _line(0, 0, 5, np.nan)
    faces = people_online(make_faces(4, face_vector=vectors), 1.0)
    assert faces.person.tolist() == [0, 0, -1, -1]
    assert faces.decided_by.tolist() == [*[DecidedBy.FACE] * 2, *[DecidedBy.NONE] * 2]
    assert not faces.is_strong.any()
    assert (faces.strength > 0).tolist() == faces.is_known.tolist()


def test_the_order_of_rows_does_not_matter(make_faces):
    random = np.random.default_rng(0)
    frame = np.repeat(np.arange(20), 2)
    left = np.tile([10.0, 100.0], 20)
    box = np.stack([left, np.full(40, 10.0), left + 40, np.full(40, 60.0)], axis=1)
    vectors = random.integers(0, 4, size=(40, 2)).astype(np.float32)
    vectors[::9] = np.nan
    source = np.where(np.arange(40) < 20, "b.mp4", "a.mp4")
    faces = make_faces(40, source=source, frame=frame, box=box, face_vector=vectors)
    order = random.permutation(40)
    expected = people_online(faces, 1.1)
    assert expected.num_people > 1
    assert people_online(faces[order], 1.1).person.tolist() == expected.person[order].tolist()


def test_a_table_without_faces_or_without_vectors_has_no_people(make_faces):
    assert len(people_online(Faces.empty(8, 0), 0.36)) == 0
    assert people_online(make_faces(3), 0.36).person.tolist() == [-1, -1, -1]
