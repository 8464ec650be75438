"""Lasting ids of people whose faces the user gave to others, or named."""

import numpy as np
import pytest
from castlist.clustering.people.ids import assigned
from castlist.clustering.people.single_faces import settled
from castlist.clustering.people.standing import Standing
from castlist.data.result.cast import Cast
from castlist.data.tables.faces import Faces

CARL, FRAGMENT = 2, 6


def standing(num_faces, names=(), given=(), hidden=()):
    nothing = np.zeros(num_faces, dtype=bool)
    return Standing(
        dict(given), {}, nothing, nothing, [], [], [], {}, dict(names), frozenset(hidden), {}, ()
    )


def table(person):
    """Return one face a picture, each a track of its own, with these people."""
    count = len(person)
    faces = Faces.of_detections(
        source=np.full(count, "film.mp4"),
        frame=np.arange(count),
        time_s=np.arange(count) / 5,
        shot=np.zeros(count),
        track=np.arange(count),
        box=np.tile([0.0, 0, 40, 50], (count, 1)),
        quality=np.full(count, 0.9),
        face_vector=np.tile([1.0, 0.0], (count, 1)),
    )
    return faces.replace(person=np.array(person))


def ids_after(person, before, **decisions):
    """Return the id of each face by :func:`assigned` and :func:`settled`."""
    faces, before = table(person), np.array(before)
    decided = standing(len(person), **decisions)
    ids, _ = assigned(faces, before, before.copy(), decided, next_id=10)
    faces, ids = settled(faces, ids, decided)
    return Cast(ids).of_faces(faces).tolist()


def test_a_name_stays_with_most_of_its_faces_when_others_of_them_are_given_away():
    """Group 0: six faces of Carl and one that the user gave to another; group 1: two of Carl."""
    person = [0] * 7 + [1] * 2
    before = [CARL] * 6 + [-1] + [CARL] * 2
    after = ids_after(person, before, names={CARL: "Carl"}, given={6: FRAGMENT})
    assert after == [CARL] * 6 + [FRAGMENT] + [10, 10]


@pytest.mark.parametrize("mark", [{"names": {CARL: "Carl"}}, {"hidden": {CARL}}])
def test_a_name_outlasts_being_joined_with_more_faces_of_somebody_without_one(mark):
    assert ids_after([0] * 7, [CARL] * 2 + [FRAGMENT] * 5, **mark) == [CARL] * 7


def test_without_a_name_the_id_of_most_faces_stays():
    assert ids_after([0] * 7, [CARL] * 2 + [FRAGMENT] * 5) == [FRAGMENT] * 7


def test_a_given_face_takes_its_person_along_where_nobody_else_is_in_the_group():
    assert ids_after([0, 0, 1], [-1, -1, CARL], given={0: FRAGMENT}) == [FRAGMENT, FRAGMENT, CARL]
