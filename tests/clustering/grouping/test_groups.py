import numpy as np
import pytest
from castlist.clustering.grouping import groups, large
from castlist.clustering.grouping.constraints import Constraints
from castlist.clustering.grouping.groups import rate_groups
from castlist.clustering.grouping.large import Grouped


class Matrix:
    def __init__(self, evidence):
        self._evidence = evidence

    def between(self, rows, others):
        return self._evidence[np.ix_(rows, others)].copy()


def _rate(tracks, group, evidence, clearness=None, crowd=0.0):
    clearness = np.ones(len(tracks)) if clearness is None else clearness
    limits = Constraints(tracks.pictures)
    grouped = Grouped(np.array(group), np.full(len(tracks), crowd))
    return rate_groups(grouped, Matrix(evidence), limits, tracks, clearness)


def test_three_tracks_by_hand(make_tracks):
    evidence = np.array([[9.0, 4, -1], [4, 9, 0], [-1, 0, 9]])
    rated = _rate(make_tracks(np.zeros((3, 2))), [0, 0, 1], evidence, np.array([1, 1, 0.8]))
    np.testing.assert_allclose(rated.evidence, [4, 4, np.nan])
    np.testing.assert_allclose(rated.second_evidence, [-1, 0, -0.5])
    assert rated.second.tolist() == [1, 1, 0]
    np.testing.assert_allclose(
        rated.probability,
        [
            1 / (1 + np.exp(-4) + np.exp(-5)),
            1 / (1 + np.exp(-4) + np.exp(-4)),
            0.8 / (1 + np.exp(-0.5)),
        ],
    )


def test_a_group_of_the_same_picture_is_no_second(make_tracks):
    tracks = make_tracks(np.zeros((3, 2)), pictures=[{0}, {0}, {1}])
    rated = _rate(tracks, [0, 1, 2], np.array([[0.0, 8, -3], [8, 0, 1], [-3, 1, 0]]))
    assert rated.second.tolist() == [2, 2, 1]


def test_none_of_several_groups_that_fit_equally_well_is_second(make_tracks):
    evidence = np.array([[0.0, 0, 0], [0, 0, 2], [0, 2, 0]])
    rated = _rate(make_tracks(np.zeros((3, 2))), [0, 1, 2], evidence)
    assert rated.second.tolist() == [-1, 2, 1]
    assert rated.second_evidence.tolist() == [0, 2, 2]


def test_the_less_seen_of_two_tracks_that_may_be_one_person_is_in_doubt(make_tracks):
    evidence = np.array([[9.0, 2, -4], [2, 9, -3], [-4, -3, 9]])
    tracks = make_tracks(np.zeros((3, 2)), num_looks=np.array([3, 30, 9]))
    rated = _rate(tracks, [0, 1, 2], evidence)
    assert rated.second_evidence.tolist() == [2, 2, -3]
    np.testing.assert_allclose(rated.probability, 1 / (1 + np.exp([2, -np.inf, -3])))


def test_the_first_of_two_tracks_seen_equally_long_is_somebody(make_tracks):
    rated = _rate(make_tracks(np.zeros((2, 2))), [0, 1], np.array([[9.0, 2], [2, 9]]))
    np.testing.assert_allclose(rated.probability, [1, 1 / (1 + np.exp(2))])


def test_ratings_are_as_one_by_one(make_tracks, monkeypatch):
    monkeypatch.setattr(groups, "_MOST_ALIKE", 2)
    rng = np.random.default_rng(0)
    evidence = rng.normal(size=(20, 20))
    evidence += evidence.T
    film = np.repeat([0, 1], 10)
    group = np.unique(rng.integers(0, 6, 20), return_inverse=True)[1]
    rated = _rate(make_tracks(np.zeros((20, 2)), film=film), group, evidence)
    for row in range(20):
        here = (film == film[row]) & (np.arange(20) != row)
        means = {
            number: np.sort(evidence[row, here & (group == number)])[-2:].mean()
            for number in range(group.max() + 1)
            if (here & (group == number)).any()
        }
        own = means.pop(group[row], np.nan)
        assert rated.evidence[row] == pytest.approx(own, nan_ok=True)
        assert rated.second[row] == max(means, key=lambda number: means[number])
        assert rated.second_evidence[row] == pytest.approx(max(means.values()))


def test_a_track_is_not_expected_to_be_like_a_person_in_all_scenes(make_tracks):
    """Forty tracks of one person in two lights, twenty each: alike in one light only."""
    light = np.repeat([0, 1], 20)
    evidence = np.where(light[:, None] == light[None], 5.0, -2.0)
    rated = _rate(make_tracks(np.zeros((40, 2))), np.zeros(40, np.int64), evidence)
    np.testing.assert_allclose(rated.evidence, 5.0)


def test_in_a_long_film_tracks_are_compared_with_their_scene_and_the_clearest_elsewhere(
    make_tracks, monkeypatch
):
    """Scenes of four tracks; the first eight tracks are the clearest, and a person is like itself
    in its own scene and where it is clearest."""
    monkeypatch.setattr(large, "MOST_AT_ONCE", 4)
    place = np.arange(16)
    near = place[:, None] // 4 == place[None] // 4
    evidence = np.where(near | (place < 8)[:, None] | (place < 8)[None], 4.0, -9.0)
    tracks = make_tracks(np.zeros((16, 2)))
    rated = _rate(tracks, np.zeros(16, np.int64), evidence, clearness=np.where(place < 8, 1, 0.5))
    np.testing.assert_allclose(rated.evidence, 4.0)


def test_one_track_competes_with_nobody(make_tracks):
    rated = _rate(make_tracks(np.zeros((1, 2))), [0], np.zeros((1, 1)), np.array([0.7]))
    assert (rated.second.tolist(), rated.probability.tolist()) == ([-1], [0.7])


def test_no_tracks(make_tracks):
    rated = _rate(make_tracks(np.zeros((0, 2))), np.zeros(0, np.int64), np.zeros((0, 0)))
    assert len(rated.probability) == 0


def test_the_most_alike_part_of_a_person_whom_the_user_joined_counts(make_tracks):
    """Tracks 0 and 1 are a front view, 2 a profile, which the user joined; 3 is a profile, too."""
    tracks = make_tracks(np.zeros((4, 2)))
    evidence = np.full((4, 4), -5.0)
    evidence[0, 1] = evidence[1, 0] = 6.0
    evidence[2, 3] = evidence[3, 2] = 4.0
    sides = {0: 0, 1: 0, 2: 1, 3: 1}
    together = [(0, 1), (1, 2)]
    apart = Constraints(tracks.pictures, together=together)
    joined = Constraints(tracks.pictures, together=together, side=sides)

    def fits(limits):
        group = Grouped(np.zeros(4, np.int64), np.zeros(4))
        return rate_groups(group, Matrix(evidence), limits, tracks, np.ones(4)).evidence

    assert fits(apart)[3] == pytest.approx((-5 - 5 + 4) / 3)
    assert fits(joined)[3] == pytest.approx(4.0)
    assert fits(joined)[0] == pytest.approx(6.0)


def test_in_a_crowd_a_track_is_the_likelier_somebody_new(make_tracks):
    evidence = np.array([[9.0, 4, -1], [4, 9, 0], [-1, 0, 9]])
    tracks = make_tracks(np.zeros((3, 2)))
    usual, crowd = (_rate(tracks, [0, 0, 1], evidence, crowd=crowd) for crowd in (0.0, 2.0))
    assert (crowd.probability[:2] < usual.probability[:2]).all()
    assert crowd.probability[2] > usual.probability[2]
    np.testing.assert_allclose(
        crowd.probability[0], 1 / (1 + np.exp(-(4 - 2)) + np.exp((-1 - 2) - (4 - 2)))
    )
    np.testing.assert_array_equal(crowd.evidence, usual.evidence)
