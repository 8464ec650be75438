import numpy as np
import pytest
from castlist.clustering.grouping.constraints import Constraints, numbered
from castlist.data.tables.pictures import count_violations


def test_groups_that_share_a_picture_stay_apart():
    constraints = Constraints([{1, 2}, {2, 3}, {4}, {3}])
    found = constraints.forbidden(np.array([0, 1, 2, 0]), 3)
    assert found.tolist() == [[False, True, False], [True, False, False], [False, False, False]]


def test_what_the_user_called_two_people_stays_apart():
    found = Constraints([{1}, {2}, {3}], apart=[(0, 2)]).forbidden(np.array([0, 1, 1]), 2)
    assert found.tolist() == [[False, True], [True, False]]


def test_tracks_of_no_group_forbid_nothing():
    constraints = Constraints([{1}, {1}, {1}], apart=[(0, 1)])
    assert not constraints.forbidden(np.array([0, -1, -1]), 1).any()


def test_no_tracks():
    assert Constraints([]).forbidden(np.zeros(0, np.int64), 0).shape == (0, 0)


def test_pictures_of_tracks_come_by_track():
    line, picture = Constraints([{5}, set(), {7, 9}]).shown(np.array([2, 1, 0]))
    assert line.tolist() == [0, 0, 2]
    assert sorted(picture[:2].tolist()) == [7, 9]
    assert picture[2] == 5


def test_forbidden_pairs_are_as_one_by_one():
    rng = np.random.default_rng(0)
    pictures = [set(rng.integers(0, 40, 3).tolist()) for _ in range(30)]
    group = rng.integers(-1, 12, 30)
    found = Constraints(pictures).forbidden(group, 12)
    for i in range(12):
        for j in range(12):
            seen = [
                set().union(*(own for own, number in zip(pictures, group, strict=True)
                              if number == k))
                for k in (i, j)
            ]  # fmt: skip
            assert found[i, j] == (i != j and not seen[0].isdisjoint(seen[1]))


def test_violations_are_pairs(make_faces):
    faces = make_faces(4, frame=[0, 0, 0, 1])
    assert count_violations(faces, np.array([0, 0, 0, 0])) == 3
    assert count_violations(faces, np.array([0, -1, -1, 0])) == 0


@pytest.mark.parametrize(
    ("labels", "expected"),
    [([7, 3, 7], [0, 1, 0]), ([-1, 5, -1, 2], [-1, 0, -1, 1]), ([], []), ([-1], [-1])],
)
def test_labels_are_numbered_as_they_come(labels, expected):
    assert numbered(np.array(labels, np.int64)).tolist() == expected


def test_without_repeats_a_track_has_what_pictures_and_the_user_say_of_all():
    constraints = Constraints(
        [{1}, {2}, {3}, {4}], apart=[(1, 3)], together=[(0, 3)], side={3: 7, -1: 9}
    )
    found = constraints.without_repeats(np.array([0, 1, 0, 3]))
    assert found.pictures == [{1, 3}, {2}, {4}]
    assert (found.apart, found.together, found.side) == ([(1, 2)], [(0, 2)], {2: 7})


def test_decided_are_the_tracks_of_which_the_user_said_something():
    constraints = Constraints([set()] * 6, apart=[(0, 1)], together=[(1, 3)], side={4: 1, -1: 0})
    assert constraints.decided.tolist() == [True, True, False, True, True, False]
