import numpy as np
import pytest
from castlist.clustering.stages.people import (
    Nearness,
    have_a_neighbour,
    nearest_neighbours,
    renumbering,
)
from castlist.data.tables.tracks import pictures_of_people
from hypothesis import given
from hypothesis import strategies as st

INF, NAN = np.inf, np.nan
NEAR = Nearness(1.0)
PEOPLE = st.lists(st.integers(-1, 5), max_size=20)


def _array(values):
    return np.array(values, dtype=np.int64)


def _line(*places):
    return np.array(places, dtype=float)[:, None]


def _apart(num):
    return [{row} for row in range(num)]


def test_the_person_with_the_most_faces_becomes_the_first():
    person = _array([0, 1, 1, 2, 2, 2, -1])
    new = renumbering(person, person)
    assert new[person].tolist() == [2, 1, 1, 0, 0, 0, -1]


def test_of_people_with_as_many_faces_the_one_that_came_first_stays_first():
    person = _array([2, 0, 2, 0, 1])
    assert renumbering(person, person)[person].tolist() == [0, 1, 0, 1, 2]


def test_people_who_lost_all_their_faces_get_the_last_numbers():
    person, before = _array([2, 2, 1, -1]), _array([0, 2, 1, 3])
    new = renumbering(person, before)
    assert new[person].tolist() == [0, 0, 1, -1]
    assert sorted(new[_array([0, 3])].tolist()) == [2, 3]


def test_nobody_has_no_number():
    assert renumbering(_array([-1, -1]), _array([-1, -1])).tolist() == [-1]
    assert renumbering(_array([]), _array([])).tolist() == [-1]


@given(PEOPLE)
def test_new_numbers_are_the_old_people_by_falling_number_of_faces(people):
    person = _array(people)
    new = renumbering(person, person)
    assert new[-1] == -1
    assert sorted(new[:-1].tolist()) == list(range(len(new) - 1))
    counts = [int((new[person] == number).sum()) for number in range(len(new) - 1)]
    assert counts == sorted(counts, reverse=True)


def test_neighbours_by_hand():
    # person 0 at 0 and 1, person 1 at 3 and 7, an unknown at 4
    found = nearest_neighbours(_line(0, 1, 3, 7, 4), _apart(5), _array([0, 0, 1, 1, -1]))
    assert found.own.tolist() == [1, 1, 4, 4, INF]
    assert found.rival.tolist() == [3, 2, 2, 6, 1]
    assert found.rival_person.tolist() == [1, 1, 0, 0, 1]


def test_a_track_in_the_same_picture_is_no_rival():
    pictures = [{0}, {0, 1}, {2}]
    found = nearest_neighbours(_line(0, 1, 5), pictures, _array([0, 1, 2]))
    assert found.rival.tolist() == [5, 4, 4]
    assert found.rival_person.tolist() == [2, 2, 1]


def test_a_track_without_a_vector_has_no_neighbours_and_is_none():
    found = nearest_neighbours(_line(0, NAN, 1), _apart(3), _array([0, 0, 1]))
    assert found.own.tolist() == [INF, INF, INF]
    assert found.rival.tolist() == [1, INF, 1]
    assert found.rival_person.tolist() == [1, -1, 0]


@pytest.mark.parametrize("num_tracks", [0, 1, 3])
def test_where_nobody_is_known_there_are_no_neighbours(num_tracks):
    vectors = np.zeros((num_tracks, 2))
    found = nearest_neighbours(vectors, _apart(num_tracks), np.full(num_tracks, -1))
    assert found.own.tolist() == found.rival.tolist() == [INF] * num_tracks
    assert found.rival_person.tolist() == [-1] * num_tracks


@pytest.mark.parametrize("seed", range(5))
def test_neighbours_are_those_of_every_pair(seed):
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(20, 3))
    vectors[random.random(20) < 0.2] = NAN
    person = random.integers(-1, 4, 20)
    pictures = [{int(own)} for own in random.integers(0, 12, 20)]
    found = nearest_neighbours(vectors, pictures, person)
    for row in range(20):
        own, rival = INF, (INF, -1)
        for other in range(20):
            distance = np.linalg.norm(vectors[row] - vectors[other])
            if other == row or person[other] < 0 or np.isnan(distance):
                continue
            if person[other] == person[row]:
                own = min(own, distance)
            elif pictures[row].isdisjoint(pictures[other]):
                rival = min(rival, (distance, person[other]))
        assert found.own[row] == pytest.approx(own)
        assert (found.rival[row], found.rival_person[row]) == pytest.approx(rival)


def test_a_person_that_is_nobodys_rival_is_passed_over():
    found = nearest_neighbours(
        _line(0, 1, 3, 7), _apart(4), _array([0, 1, 2, 2]), no_rival=_array([1])
    )
    assert found.rival.tolist() == [3, 1, 3, 7]
    assert found.rival_person.tolist() == [2, 0, 0, 0]


def test_more_tracks_than_a_block_have_the_neighbours_of_every_pair():
    random = np.random.default_rng(0)
    vectors, person = random.normal(size=(1100, 2)), random.integers(-1, 30, 1100)
    found = nearest_neighbours(vectors, _apart(1100), person)
    distance = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    np.fill_diagonal(distance, INF)
    same, known = person[:, None] == person[None], person >= 0
    own = np.where(same & known, distance, INF).min(axis=1)
    np.testing.assert_allclose(found.own, own, atol=1e-7)
    rival = np.where(~same & known, distance, INF)
    np.testing.assert_allclose(found.rival, rival.min(axis=1), atol=1e-7)
    assert found.rival_person.tolist() == person[rival.argmin(axis=1)].tolist()


@pytest.mark.parametrize("seed", range(5))
def test_a_near_person_is_one_whose_tracks_are_near_on_average(seed):
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(30, 2))
    vectors[random.random(30) < 0.2] = NAN
    person = np.append(np.arange(6), random.integers(-1, 6, 24))
    pictures = [{int(own)} for own in random.integers(0, 60, 30)]
    rank = random.integers(0, 3, 6)
    near = have_a_neighbour(vectors, pictures, person, Nearness(1.5), rank)
    has_vector = ~np.isnan(vectors[:, 0])
    seen = pictures_of_people(pictures, person)
    for one in range(6):
        expected = False
        for other in range(6):
            mine = vectors[(person == one) & has_vector]
            pairs = mine[:, None] - vectors[(person == other) & has_vector][None]
            apart = np.sqrt((pairs**2).sum(axis=2).mean()) if pairs.size else INF
            expected |= bool(
                rank[other] < rank[one] and apart < 1.5 and seen[one].isdisjoint(seen[other])
            )
        assert near[one] == expected


def test_more_people_than_a_block_are_all_asked():
    places = np.arange(1200) * 1.0
    near = have_a_neighbour(
        places[:, None], _apart(1200), np.arange(1200), Nearness(1.5), np.arange(1200)
    )
    assert near.tolist() == [False] + [True] * 1199


def test_many_tracks_near_to_each_other_are_nobody_else_who_is_not_as_near():
    # The tracks of each person are 1 apart, the people about 4.
    def near(num_tracks, floor=0.0):
        places = [*[0, 1] * (num_tracks // 2), 4, 5]
        random = 1e-3 * np.random.default_rng(0).normal(size=len(places))  # no copies
        person = _array([0] * num_tracks + [1, 1])
        nearness = Nearness(9.0, floor, slack=10.0)
        rank = _array([0, 1])
        return have_a_neighbour(
            _line(*places + random), _apart(len(person)), person, nearness, rank
        )

    assert near(2).tolist() == [False, True]  # 1 + 10 / 2
    assert near(4).tolist() == [False, False]  # 0.82 + 10 / 4
    assert near(4, floor=2.0).tolist() == [False, True]


def test_copies_of_a_track_count_once():
    vectors, person = _line(0, 0, 0, 0, 1, 1, 1, 1, 4, 5), _array([0] * 8 + [1, 1])
    nearness, rank = Nearness(9.0, slack=10.0), _array([0, 1])
    near = have_a_neighbour(vectors, _apart(10), person, nearness, rank)
    assert near.tolist() == [False, True]  # 0.76 + 10 / 2


def test_people_in_one_picture_are_not_near():
    vectors, person, rank = _line(0, 0), _array([0, 1]), _array([0, 1])
    assert have_a_neighbour(vectors, [{5}, {6}], person, Nearness(1.0), rank).tolist() == [
        False,
        True,
    ]
    assert have_a_neighbour(vectors, [{5}, {5}], person, Nearness(1.0), rank).tolist() == [
        False,
        False,
    ]


def test_nobody_has_no_neighbours():
    assert have_a_neighbour(np.empty((0, 3)), [], _array([]), Nearness(1.0), _array([])).shape == (
        0,
    )
    nobody = have_a_neighbour(
        np.ones((2, 3)), _apart(2), _array([-1, -1]), Nearness(1.0), _array([])
    )
    assert nobody.shape == (0,)


def test_the_pictures_of_people_are_those_of_their_tracks():
    pictures = [{1}, {2, 3}, {4}, {5}]
    assert pictures_of_people(pictures, _array([1, -1, 1, 0])) == [{5}, {1, 4}]
    assert pictures_of_people([], _array([])) == []
