"""What pictures say about who is who."""

import numpy as np
from castlist.data.tables.codes import DecidedBy, Reason
from castlist.data.tables.pictures import (
    count_violations,
    is_sure,
    once_a_picture,
    pictures_of,
)


def test_pictures_of_groups_by_hand():
    seen = pictures_of(np.array([7, 7, 8, 9]), np.array([0, 1, 0, -1]), 3)
    assert seen == [{7, 8}, {7}, set()]


def _twice(make_faces, detection):
    columns = {"person": [0, 0, 0], "person_before": [0, 0, 0], "strength": [0.9, 0.9, 0.9]}
    return make_faces(3, frame=[1, 1, 2], track=[0, 1, 0], detection=detection, **columns)


def test_a_face_that_is_not_sure_is_nobody_beside_a_better_one_of_its_person(make_faces):
    faces = once_a_picture(_twice(make_faces, [0.9, 0.4, 0.4]))
    assert faces.person.tolist() == faces.person_before.tolist() == [0, -1, 0]
    assert (faces.strength[1], faces.decided_by[1]) == (0, DecidedBy.NONE)
    assert (faces.reason[1], faces.about[1]) == (Reason.SAME_PICTURE, 0)
    assert count_violations(faces, faces.person) == 0


def test_the_better_of_two_faces_that_are_not_sure_stays(make_faces):
    faces = once_a_picture(_twice(make_faces, [0.3, 0.4, 0.3]))
    assert faces.person.tolist() == [-1, 0, 0]


def test_sure_faces_of_one_person_stay_as_a_user_may_want_them(make_faces):
    faces = once_a_picture(_twice(make_faces, [0.9, 0.8, 0.9]))
    assert faces.person.tolist() == [0, 0, 0]


def test_a_face_in_the_midst_of_a_long_track_is_a_face_for_sure_whatever_its_score(make_faces):
    track = np.repeat([0, 1, -1], [10, 8, 9])
    time_s = np.concatenate([np.arange(10)[::-1], np.arange(8), np.arange(9)]) * 0.2
    faces = make_faces(27, track=track, time_s=time_s, detection=[0.4] * 27)
    assert np.flatnonzero(is_sure(faces)).tolist() == [4, 5]


def test_a_face_in_the_midst_of_a_long_track_stays_beside_one_of_a_better_score(make_faces):
    track = np.repeat([0, 1], [9, 1])
    frame = np.array([*range(9), 4])
    columns = {"person": [0] * 10, "person_before": [0] * 10, "strength": [0.9] * 10}
    detection = [0.4] * 9 + [0.5]
    faces = make_faces(
        10, frame=frame, time_s=frame * 0.2, track=track, detection=detection, **columns
    )
    assert once_a_picture(faces).person.tolist() == [0] * 9 + [-1]


def test_unknown_faces_of_a_picture_stay_as_they_are(make_faces):
    faces = make_faces(2, frame=[1, 1], track=[0, 1], detection=[0.9, 0.4])
    assert once_a_picture(faces).reason.tolist() == [Reason.NONE, Reason.NONE]


def test_no_faces(make_faces):
    assert len(once_a_picture(make_faces(0))) == 0
