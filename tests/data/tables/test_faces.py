import dataclasses

import numpy as np
import pytest
from castlist.data.tables.codes import UNKNOWN, DecidedBy
from castlist.data.tables.faces import Faces


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"frame": [0, 1]}, r"frame: expected shape \(num_faces\) with num_faces = 3, got \(2,\)"),
        ({"box": np.ones((3, 5))}, r"box: expected shape \(num_faces, 4\)"),
        ({"landmarks": np.ones((3, 10))}, r"landmarks: expected shape \(num_faces, 5, 2\)"),
        ({"face_vector": np.ones(3)}, r"face_vector: expected shape \(num_faces, any\)"),
        ({"frame": [0, -1, 2]}, "frame: expected 0-based indices, got 1 negative"),
        ({"frame": [0, 0.5, 1]}, "frame: expected int64 numbers"),
        ({"track": [0, np.nan, 1]}, "track: expected int64 numbers"),
        ({"shot": [0, -2, 0]}, r"shot: expected codes of -1 \(none\) and up, got -2"),
        ({"person": [0, -3, 0]}, "person: expected codes"),
        ({"second_person": [0, -3, 0]}, "second_person: expected codes"),
        ({"detection": [0, 1, 1.5]}, "detection: expected values from 0 to 1, got 1.5 in row 2"),
        ({"quality": [0, np.nan, 1]}, "quality: expected values from 0 to 1, got nan in row 1"),
        ({"strength": [-0.5, 0, 1]}, "strength: expected values from 0 to 1, got -0.5 in row 0"),
        ({"decided_by": [0, 1, 4]}, "decided_by: expected a DecidedBy, got 4"),
        ({"decided_by": [0, -1, 2]}, "decided_by: expected uint8 numbers"),
        ({"reason": [0, 99, 11]}, "reason: expected a Reason, got 99"),
        ({"reason": [0, -1, 2]}, "reason: expected uint8 numbers"),
        ({"about": [0, -3, 0]}, "about: expected codes"),
        ({"box": [[0, 0, 1, 1], [5, 0, 5, 1], [0, 0, 1, 1]]}, "box: expected x1 < x2 .* in row 1"),
        ({"box": [[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, np.nan, 1]]}, "box: expected .* in row 2"),
    ],
)
def test_a_column_that_cannot_be_is_refused_by_name(make_faces, columns, said):
    with pytest.raises(ValueError, match=said):
        make_faces(3, **columns)


def test_columns_cannot_be_written_to(make_faces):
    faces = make_faces(2)
    with pytest.raises(ValueError, match="read-only"):
        faces.person[0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        faces.person = np.zeros(2)


def test_a_table_keeps_copies_of_what_it_is_made_of(make_faces):
    frame = np.array([3, 4])
    faces = make_faces(2, frame=frame)
    frame[0] = 9
    assert faces.frame.tolist() == [3, 4]


def test_columns_get_their_dtypes(make_faces):
    faces = make_faces(1, frame=np.array([1], np.uint8), quality=[1], decided_by=[2])
    assert (faces.frame.dtype, faces.quality.dtype) == (np.int64, np.float32)
    assert (faces.box.dtype, faces.time_s.dtype) == (np.float32, np.float64)
    assert faces.decided_by.dtype == np.uint8


def test_a_table_is_shown_in_a_line(make_faces):
    faces = make_faces(4, person=[0, 2, -1, 2])
    assert repr(faces) == "<Faces 4 rows, people: 2>"


def test_what_is_not_given_is_not_known_yet(make_faces):
    faces = make_faces(1)
    for name in ("shot", "track", "person_before", "person", "second_person", "about"):
        assert getattr(faces, name).tolist() == [-1]
    for name in ("detection", "quality", "strength", "decided_by", "reason"):
        assert getattr(faces, name).tolist() == [0]
    assert np.isnan(faces.landmarks).all()
    assert np.isnan(faces.cloth_box).all()
    assert faces.face_vector.shape == faces.cloth_vector.shape == (1, 0)
    for name in ("face_evidence", "cloth_evidence"):
        assert np.isnan(getattr(faces, name)).all()


def test_rows_are_taken_by_mask_index_and_slice(make_faces):
    faces = make_faces(3, person=[2, 1, 0], face_vector=np.eye(3))
    assert faces[np.array([True, False, True])].person.tolist() == [2, 0]
    assert faces[np.array([2, 0])].face_vector[:].tolist() == [[0, 0, 1], [1, 0, 0]]
    assert faces[1:].frame.tolist() == [1, 2]
    assert len(faces[:0]) == 0


def test_replace_exchanges_columns_in_a_copy_and_checks_them(make_faces):
    faces = make_faces(2)
    assert faces.replace(person=[1, 0]).person.tolist() == [1, 0]
    assert faces.person.tolist() == [-1, -1]
    with pytest.raises(ValueError, match="strength"):
        faces.replace(strength=[2, 0])


def test_joined_tables_keep_their_rows_in_order(make_faces):
    long_name = make_faces(1, source=["a much longer name.mp4"], face_vector=[[3, 4]])
    joined = Faces.concatenate([make_faces(1, face_vector=[[1, 2]]), long_name])
    assert joined.source.tolist() == ["film.mp4", "a much longer name.mp4"]
    assert joined.face_vector[:].tolist() == [[1, 2], [3, 4]]


def test_an_empty_table_may_have_other_vectors_than_those_it_joins(make_faces):
    joined = Faces.concatenate([Faces.empty(7, 5), make_faces(1, face_vector=[[1, 2]])])
    assert joined.face_vector.shape == (1, 2)


def test_joined_empty_tables_keep_the_length_of_vectors():
    joined = Faces.concatenate([Faces.empty(7, 5), Faces.empty(7, 5)])
    assert (joined.face_vector.shape, joined.cloth_vector.shape) == ((0, 7), (0, 5))


def test_tables_with_vectors_of_different_lengths_do_not_join(make_faces):
    with pytest.raises(ValueError, match="must match"):
        Faces.concatenate([make_faces(1, face_vector=[[1, 2]]), make_faces(1)])


def test_joining_nothing_is_an_error():
    with pytest.raises(ValueError, match="at least one table"):
        Faces.concatenate([])


def test_a_strong_face_is_known_by_its_face_with_enough_strength(make_faces):
    by_face, by_cloth = DecidedBy.FACE, DecidedBy.CLOTH
    faces = make_faces(
        4,
        person=[0, 0, 0, UNKNOWN],
        decided_by=[by_face, by_face, by_cloth, by_face],
        strength=[0.95, 0.94, 1, 1],
    )
    assert faces.is_known.tolist() == [True, True, True, False]
    assert faces.is_strong.tolist() == [True, False, False, False]


def test_people_are_counted_from_their_numbers(make_faces):
    assert make_faces(3, person=[UNKNOWN, 1, 0]).num_people == 2
    assert make_faces(2).num_people == 0
    assert Faces.empty().num_people == 0


def test_a_vector_with_nan_counts_as_none(make_faces):
    faces = make_faces(2, face_vector=[[1, np.nan], [0, 1]])
    assert faces.has_face_vector.tolist() == [False, True]


def test_vectors_of_no_length_count_as_none(make_faces):
    assert make_faces(2).has_cloth_vector.tolist() == [False, False]


def test_height_is_that_of_the_box(make_faces):
    assert make_faces(1, box=[[1, 2, 30, 42.5]]).height_px.tolist() == [40.5]


def test_rows_share_a_picture_when_film_and_frame_are_the_same(make_faces):
    picture = make_faces(5, source=list("abaab"), frame=[1, 1, 1, 2, 1]).picture
    same = picture[:, None] == picture[None]
    assert same.tolist() == [
        [True, False, True, False, False],
        [False, True, False, False, True],
        [True, False, True, False, False],
        [False, False, False, True, False],
        [False, True, False, False, True],
    ]


def test_an_empty_table_answers_every_question():
    faces = Faces.empty(4, 3)
    for answer in (faces.picture, faces.is_strong, faces.has_face_vector, faces.height_px):
        assert answer.shape == (0,)
