import numpy as np
import pytest
from castlist.data.tables.faces import Faces
from castlist.data.tables.tracks import table_of_tracks

NAN = np.nan


def test_a_track_has_the_mean_of_its_good_faces_weighted_by_quality(make_faces):
    faces = make_faces(
        4,
        track=[0, 0, 0, 0],
        quality=[0.3, 0.9, 0.1, 1.0],  # the third is not good, the fourth has no vector
        face_vector=[[1, 0], [0, 1], [9, 9], [NAN, NAN]],
    )
    tracks = table_of_tracks(faces, good_quality=0.2)
    np.testing.assert_allclose(tracks.face_vector, [[0.25, 0.75]], rtol=1e-6)
    assert (tracks.num_faces.tolist(), tracks.num_good.tolist()) == ([4], [2])


def test_a_track_without_good_faces_has_the_mean_of_all(make_faces):
    faces = make_faces(2, track=[0, 0], quality=[0.1, 0.3], face_vector=[[4, 0], [0, 4]])
    tracks = table_of_tracks(faces, good_quality=0.5)
    np.testing.assert_allclose(tracks.face_vector, [[1, 3]], rtol=1e-6)
    assert tracks.num_good.tolist() == [0]


def test_a_face_of_the_good_quality_is_good(make_faces):
    faces = make_faces(1, track=[0], quality=[0.5], face_vector=[[1, 0]])
    assert table_of_tracks(faces, good_quality=0.5).num_good.tolist() == [1]


def test_a_track_without_a_vector_or_without_quality_has_none(make_faces):
    faces = make_faces(2, track=[0, 1], quality=[1, 0], face_vector=[[NAN, NAN], [1, 0]])
    tracks = table_of_tracks(faces, good_quality=0.5)
    assert tracks.has_face_vector.tolist() == [False, False]
    assert np.isnan(tracks.face_vector).all()


def test_clothes_of_a_track_are_a_unit_vector(make_faces):
    vectors = [[1, 0], [0, 1], [NAN, NAN], [NAN, NAN]]
    tracks = table_of_tracks(make_faces(4, track=[0, 0, 0, 1], cloth_vector=vectors), 0.5)
    np.testing.assert_allclose(tracks.cloth_vector[0], [0.5**0.5, 0.5**0.5])
    assert tracks.has_cloth_vector.tolist() == [True, False]


def test_clothes_that_cancel_out_are_none(make_faces):
    faces = make_faces(2, track=[0, 0], cloth_vector=[[1, 0], [-1, 0]])
    assert table_of_tracks(faces, 0.5).has_cloth_vector.tolist() == [False]


def test_a_track_knows_where_it_is_seen(make_faces):
    faces = make_faces(
        4,
        source=["b", "a", "a", "a"],
        shot=[3, 1, 1, 1],
        frame=[0, 7, 5, 5],
        time_s=[NAN, 1.4, 1.0, 1.0],
        track=[0, 1, 1, 2],
    )
    tracks = table_of_tracks(faces, 0.5)
    picture = faces.picture.tolist()
    assert tracks.source.tolist() == [1, 0, 0]
    assert tracks.shot.tolist() == [3, 1, 1]
    np.testing.assert_array_equal(tracks.start_s, [NAN, 1.0, 1.0])
    np.testing.assert_array_equal(tracks.end_s, [NAN, 1.4, 1.0])
    assert tracks.pictures == [{picture[0]}, {picture[1], picture[2]}, {picture[3]}]


def test_a_track_is_the_same_whatever_else_there_is(make_faces):
    random = np.random.default_rng(0)
    track = random.integers(0, 6, 40)
    vectors = random.normal(size=(40, 3))
    vectors[random.random(40) < 0.2] = NAN
    faces = make_faces(
        40, track=track, quality=random.random(40), face_vector=vectors, cloth_vector=vectors[:, :2]
    )
    together = table_of_tracks(faces, 0.4)
    for number in range(6):
        own = faces[track == number]
        alone = table_of_tracks(own.replace(track=np.zeros(len(own))), 0.4)
        np.testing.assert_allclose(together.face_vector[number], alone.face_vector[0])
        np.testing.assert_allclose(together.cloth_vector[number], alone.cloth_vector[0])
        for name in ("num_faces", "num_good", "start_s", "end_s"):
            assert getattr(together, name)[number] == getattr(alone, name)[0], name


def test_tracks_have_no_vectors_where_faces_have_none(make_faces):
    tracks = table_of_tracks(make_faces(2, track=[0, 1]), 0.5)
    assert tracks.face_vector.shape == (2, 0)
    assert not tracks.has_face_vector.any()


def test_no_faces_make_no_tracks():
    tracks = table_of_tracks(Faces.empty(3, 2), 0.5)
    assert len(tracks) == 0
    assert (tracks.face_vector.shape, tracks.cloth_vector.shape) == ((0, 3), (0, 2))


def test_every_row_needs_a_track(make_faces):
    with pytest.raises(ValueError, match=r"expected a track for every row, .* follow_tracks"):
        table_of_tracks(make_faces(2, track=[0, -1]), 0.5)


def test_face_vectors_are_exchanged_in_a_copy(make_faces):
    tracks = table_of_tracks(make_faces(1, track=[0], quality=[1], face_vector=[[3.0, 4]]), 0.5)
    assert tracks.with_face_vectors(np.ones((1, 2))).face_vector.tolist() == [[1, 1]]
    assert tracks.face_vector.tolist() == [[3, 4]]
