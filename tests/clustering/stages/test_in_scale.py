"""Vectors out of scale count as none, and a notice says how many."""

import numpy as np
from castlist.clustering.stages.in_scale import in_scale
from castlist.data.tables.codes import Notice, NoticeCode


def test_a_table_in_scale_is_as_it_was(make_faces):
    faces = make_faces(3, face_vector=np.eye(3), cloth_vector=np.eye(3))
    assert in_scale(faces) == (faces, ())


def test_vectors_out_of_scale_become_none_and_are_counted(make_faces):
    vectors = np.ones((5, 4))
    faces = make_faces(5, face_vector=vectors * [[1], [1e3], [1], [1e6], [1]], cloth_vector=vectors)
    kept, notices = in_scale(faces)
    assert kept.has_face_vector.tolist() == [True, False, True, False, True]
    assert kept.has_cloth_vector.all()
    assert notices == (Notice(NoticeCode.OUT_OF_SCALE, {"num_faces": 2, "num_clothes": 0}),)


def test_what_an_earlier_run_took_away_is_still_counted(make_faces):
    faces = make_faces(3, face_vector=np.ones((3, 4)), cloth_vector=np.eye(3) * [[1], [1], [1e4]])
    earlier = [
        Notice(NoticeCode.CLOTH_WEIGHT, {"num_films": 1}),
        Notice(NoticeCode.OUT_OF_SCALE, {"num_faces": 2, "num_clothes": 0}),
    ]
    _, notices = in_scale(faces, earlier)
    assert notices == (Notice(NoticeCode.OUT_OF_SCALE, {"num_faces": 2, "num_clothes": 1}),)
