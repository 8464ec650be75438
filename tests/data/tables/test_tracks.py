import numpy as np
import pytest
from castlist.data.tables.faces import Faces
from castlist.data.tables.pictures import pictures_of
from castlist.data.tables.tracks import Tracks

NAN = np.nan


def test_a_track_has_the_mean_of_its_faces_weighted_by_quality(make_faces):
    faces = make_faces(
        3, track=[0, 0, 0], quality=[0.3, 0.9, 1.0], face_vector=[[1, 0], [0, 1], [NAN, NAN]]
    )
    np.testing.assert_allclose(Tracks.of(faces).face_mean, [[0.25, 0.75]], rtol=1e-6)


def test_a_long_vector_weighs_no_more_in_the_mean_of_its_track(make_faces):
    faces = make_faces(2, track=[0, 0], quality=[0.5, 0.5], face_vector=[[80, 0], [0, 1]])
    np.testing.assert_allclose(Tracks.of(faces).face_mean, [[0.5, 0.5]], rtol=1e-6)


def test_only_the_best_dozen_counts(make_faces):
    vectors = np.array([[0.0, 1.0]] * 3 + [[1.0, 0.0]] * 12)
    faces = make_faces(15, track=[0] * 15, quality=[0.2] * 3 + [0.9] * 12, face_vector=vectors)
    np.testing.assert_allclose(Tracks.of(faces).face_mean, [[1, 0]])


def test_looks_by_hand(make_faces):
    # Two frames in .2 s are one look, the better one; sum .8 + .2, best .8.
    faces = make_faces(
        3,
        track=[0, 0, 0],
        time_s=[0.0, 0.1, 0.3],
        quality=[0.5, 0.8, 0.2],
        face_vector=np.ones((3, 2)),
    )
    assert Tracks.of(faces).looks[0] == pytest.approx(0.8**0.5)


def test_every_row_twice_changes_nothing_but_the_count(make_faces):
    rng = np.random.default_rng(0)
    faces = make_faces(
        6,
        track=[0, 0, 0, 1, 1, 2],
        quality=rng.random(6),
        face_vector=rng.normal(size=(6, 3)),
        cloth_vector=rng.normal(size=(6, 3)),
    )
    one, two = Tracks.of(faces), Tracks.of(Faces.concatenate([faces, faces]))
    for name in ("looks", "num_looks", "face_mean", "cloth_mean", "start_s", "end_s"):
        np.testing.assert_allclose(getattr(two, name), getattr(one, name))
    assert two.num_faces.tolist() == (2 * one.num_faces).tolist()


def test_looks_are_counted_at_most_once_in_a_fifth_of_a_second(make_faces):
    faces = make_faces(5, track=[0, 0, 0, 1, 1], time_s=[0.0, 0.1, 0.2, 7.0, NAN])
    tracks = Tracks.of(faces)
    assert (tracks.num_faces.tolist(), tracks.num_looks.tolist()) == ([3, 2], [2, 2])


def test_the_order_of_rows_does_not_matter(make_faces):
    rng = np.random.default_rng(1)
    faces = make_faces(
        30,
        track=np.arange(30) % 2,
        quality=np.full(30, 0.5),  # ties
        face_vector=rng.normal(size=(30, 3)),
    )
    one, two = Tracks.of(faces), Tracks.of(faces[rng.permutation(30)])
    np.testing.assert_allclose(two.face_mean, one.face_mean)
    np.testing.assert_allclose(two.looks, one.looks)


def test_a_track_without_vectors_has_none_and_no_looks(make_faces):
    faces = make_faces(2, track=[0, 0], quality=[1, 1], face_vector=[[NAN], [NAN]])
    tracks = Tracks.of(faces)
    assert (tracks.has_face.tolist(), tracks.looks.tolist()) == ([False], [0.0])
    assert tracks.has_clothes.tolist() == [False]


def test_films_photos_and_events(make_faces):
    faces = make_faces(
        5,
        source=["a.mp4", "b.mp4", "day/1.jpg", "day/2.jpg", "day/3.jpg"],
        frame=[0, 0, 0, 0, 0],
        shot=[0, 0, -1, -1, -1],
        time_s=[0.0, 0.0, 0.0, 3600.0, 30000.0],
        track=range(5),
    )
    tracks = Tracks.of(faces)
    assert tracks.is_photo.tolist() == [False, False, True, True, True]
    assert len(set(tracks.film.tolist())) == 3
    event = tracks.event.tolist()
    assert event[2] == event[3] != event[4]


def test_tracks_know_their_pictures_and_times(make_faces):
    faces = make_faces(4, frame=[3, 3, 5, 7], track=[0, 1, 0, -1])
    seen = pictures_of(faces.picture, faces.track, 2)
    assert not seen[0].isdisjoint(seen[1])
    tracks = Tracks.of(faces[faces.track >= 0])
    assert (tracks.start_s.tolist(), tracks.end_s.tolist()) == ([0.6, 0.6], [1.0, 0.6])
    assert tracks.in_time_order.tolist() == [0, 1]


def test_a_face_that_is_not_sure_does_not_say_that_its_track_is_in_a_picture(make_faces):
    faces = make_faces(3, frame=[3, 3, 3], track=[0, 1, 2], detection=[0.9, 0.49, 0.0])
    tracks = Tracks.of(faces)
    assert tracks.pictures[1] == set()
    assert tracks.pictures[0] == tracks.pictures[2] != set()  # of 0.0 the score is not known


def test_a_row_without_a_track_is_refused(make_faces):
    with pytest.raises(ValueError, match="expected a track for every row"):
        Tracks.of(make_faces(1, track=[-1]))


def test_no_faces():
    assert len(Tracks.of(Faces.empty(3, 2))) == 0


def test_without_repeats_the_first_has_the_faces_and_pictures_of_all(make_tracks):
    tracks = make_tracks(np.eye(4), num_faces=np.array([5, 3, 6, 1]), pictures=[{1}, {2}, {3}, {4}])
    found = tracks.without_repeats(np.array([0, 1, 0, 1]))
    assert found.num_faces.tolist() == [11, 4]
    assert found.num_looks.tolist() == [5, 3]
    assert found.pictures == [{1, 3}, {2, 4}]
    assert found.face_mean.tolist() == np.eye(4)[:2].tolist()
