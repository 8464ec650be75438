"""Which faces are in pictures that the film shows."""

import numpy as np
import pytest
from castlist.clustering.stages.in_pictures import STILL_S, in_pictures, note_pictured
from castlist.data.tables.codes import Notice, NoticeCode, Reason


@pytest.fixture(name="shot")
def _shot(make_faces):
    """Make two tracks that share their pictures, five a second, still for so long each."""

    def make(poster_s, living_s, looks=30, **columns):
        frame = np.tile(np.arange(looks), 2)
        usual = {"shot": np.zeros(2 * looks), "track": np.repeat([0, 1], looks)}
        still_s = np.concatenate([np.broadcast_to(still, looks) for still in (poster_s, living_s)])
        return make_faces(2 * looks, frame=frame, still_s=still_s, **{**usual, **columns})

    return make


def of(faces):
    """Return which tracks are in pictures, whole tracks only."""
    found = in_pictures(faces)
    tracks = np.unique(faces.track[found])
    assert np.array_equal(found, np.isin(faces.track, tracks))
    return tracks.tolist()


def test_a_face_that_never_moves_beside_one_that_does_is_in_a_picture(shot):
    assert of(shot(6.0, 0.4)) == [0]


def test_who_holds_still_for_two_seconds_is_not(shot):
    assert of(shot(2.2, 0.0)) == []
    assert of(shot(STILL_S - 0.1, 0.0)) == []


def test_who_is_still_for_a_part_of_the_time_is_not(shot):
    still_s = [6.0] * 30 + [0.2] * 10
    assert of(shot(still_s, 0.0, looks=40)) == []


def test_somebody_who_listens_and_blinks_now_and_then_is_not(shot):
    # still for five seconds, a look in which the eyes are closed, still for five seconds
    assert of(shot([5.0] * 26 + [0.0] + [5.0] * 26, 0.0, looks=53)) == []


def test_a_look_into_which_a_fade_falls_does_not_matter(shot):
    assert of(shot([0.0] + [6.0] * 29, 0.0)) == [0]


def test_where_everything_is_still_nothing_is(shot):
    # a slide show, a photo in full, a film that stands
    assert of(shot(6.0, 6.0)) == []


def test_a_photo_shown_alone_is_not(shot):
    faces = shot(6.0, 0.0)
    assert of(faces[faces.track == 0]) == []


def test_somebody_who_is_seen_beside_it_for_a_moment_is_not_enough(shot):
    faces = shot(6.0, 0.0)
    assert of(faces[(faces.track == 0) | (faces.frame < 4)]) == []


def test_a_photo_shown_for_long_that_fades_into_the_next_is_not(shot):
    # the next one is seen through it for the last two seconds
    faces = shot([40.0] * 190 + [0.0] * 10, 0.0, looks=200)
    assert of(faces[(faces.track == 0) | (faces.frame >= 190)]) == []


def test_somebody_living_in_another_picture_does_not_count(shot):
    faces = shot(6.0, 0.0)
    frame = np.where(faces.track == 1, faces.frame + 100, faces.frame)
    assert of(faces.replace(frame=frame, time_s=frame / 5)) == []


def test_photos_and_what_was_not_measured_are_not(shot):
    assert of(shot(np.nan, np.nan)) == []
    assert of(shot(6.0, 0.0, shot=np.full(60, -1))) == []
    faces = shot(6.0, 0.0)
    assert not in_pictures(faces.replace(track=np.full(60, -1))).any()
    assert in_pictures(faces[:0]).shape == (0,)


def test_faces_in_a_picture_are_marked_and_counted_in_a_notice(shot):
    faces = shot(6.0, 0.0)
    marked, notices = note_pictured(faces, in_pictures(faces))
    assert (marked.reason == Reason.IN_A_PICTURE).tolist() == [True] * 30 + [False] * 30
    assert notices == (Notice(NoticeCode.IN_PICTURES, {"num_faces": 30, "num_tracks": 1}),)
    assert note_pictured(faces, np.zeros(60, dtype=bool)) == (faces, ())
