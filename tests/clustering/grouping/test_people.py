import numpy as np
from castlist.clustering.grouping.groups import Groups
from castlist.clustering.grouping.people import (
    known_groups,
)


def _groups(group, probability):
    group = np.array(group)
    blank = np.full(len(group), np.nan)
    return Groups(group, np.array(probability, float), blank, np.full(len(group), -1), blank)


def test_what_is_not_likely_enough_is_unknown(make_tracks):
    tracks = make_tracks(np.ones((2, 1)))
    assert known_groups(tracks, _groups([0, 0], [0.9, 0.2])).tolist() == [0, -1]


def test_a_group_without_a_clear_track_is_a_person_when_seen_often(make_tracks):
    looks, num_faces = np.full(4, 0.1), np.array([8, 8, 8, 8])
    tracks = make_tracks(np.ones((4, 1)), looks=looks, num_faces=num_faces, shot=[0, 1, 2, 2])
    assert known_groups(tracks, _groups([0, 0, 1, 1], [1, 1, 1, 1])).tolist() == [0, 0, -1, -1]


def test_another_film_makes_nobody_known(make_tracks):
    tracks = make_tracks(np.ones((2, 1)), looks=np.array([0.1, 3.0]), film=np.array([0, 1]))
    assert known_groups(tracks, _groups([0, 0], [1, 1])).tolist() == [-1, 0]
