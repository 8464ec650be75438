import numpy as np
import pytest
from castlist.clustering.evidence.protocols import Pairs
from castlist.clustering.grouping import large
from castlist.clustering.grouping.average import mean_evidence
from castlist.clustering.grouping.constraints import Constraints
from castlist.clustering.grouping.large import (
    group_tracks,
    likely_groups,
    representatives,
    scenes_of,
)


class Matrix:
    """Evidence that is there already."""

    def __init__(self, evidence, apart=()):
        self._evidence = evidence
        self._apart = np.zeros(evidence.shape, dtype=bool)
        for first, second in apart:
            self._apart[first, second] = self._apart[second, first] = True

    def between(self, rows, others):
        return self._evidence[np.ix_(rows, others)]

    def pairs(self, rows):
        return Pairs(self.between(rows, rows), None, self._apart[np.ix_(rows, rows)])

    def of_groups(self, group, needless=None):
        rows = np.flatnonzero(group >= 0)
        numbers = group[rows]
        return mean_evidence(self.between(rows, rows), numbers, int(numbers.max(initial=-1)) + 1)[0]


def _people(person, seed=0):
    noise = np.random.default_rng(seed).normal(size=(len(person), len(person)))
    return np.where(person[:, None] == person[None], 6.0, -6.0) + noise + noise.T


def _group(tracks, evidence, **options):
    limits = options.pop("constraints", Constraints(tracks.pictures))
    matrix = Matrix(evidence, options.pop("apart", ()))
    return group_tracks(matrix, limits, tracks, 1.0, **options).group


def test_people_are_found(make_tracks):
    person = np.array([0, 1, 0, 2, 1])
    assert _group(make_tracks(np.zeros((5, 2))), _people(person)).tolist() == person.tolist()


def test_scenes_are_cut_and_people_found_across_them(make_tracks, monkeypatch):
    monkeypatch.setattr(large, "MOST_AT_ONCE", 7)
    person = np.random.default_rng(0).integers(0, 4, 40)
    tracks = make_tracks(np.zeros((40, 2)))
    assert [len(scene) for scene in scenes_of(tracks)[0]] == [7] * 5 + [5]
    found = _group(tracks, 2 * _people(person))
    assert ((found[:, None] == found[None]) == (person[:, None] == person[None])).all()


def test_who_is_likely_one_is_said_scene_by_scene(make_tracks, monkeypatch):
    monkeypatch.setattr(large, "MOST_AT_ONCE", 4)
    person = np.array([0, 1, 0, 1, 0, 1, 0, 1])
    tracks = make_tracks(np.zeros((8, 2)))
    matrix = Matrix(np.where(person[:, None] == person[None], 0.5, -0.5))  # of no pair sure
    found = likely_groups(matrix, Constraints(tracks.pictures), tracks)
    assert np.unique(found, return_inverse=True)[1].tolist() == [0, 1, 0, 1, 2, 3, 2, 3]


def test_whom_the_user_called_one_person_is_likely_one(make_tracks):
    tracks = make_tracks(np.zeros((2, 2)))
    limits = Constraints(tracks.pictures, together=[(0, 1)])
    found = likely_groups(Matrix(np.full((2, 2), -9.0)), limits, tracks)
    assert found[0] == found[1]


def test_groups_to_begin_with_stay_together(make_tracks):
    evidence = np.full((3, 3), -9.0)
    found = _group(make_tracks(np.zeros((3, 2))), evidence, start=np.array([4, 7, 4]))
    assert found.tolist() == [0, 1, 0]


@pytest.mark.parametrize("seed", range(5))
def test_what_is_given_beside_a_film_changes_nothing_in_it(make_tracks, seed):
    rng = np.random.default_rng(seed)
    evidence = rng.normal(size=(30, 30)) * 3
    evidence += evidence.T
    film = np.repeat([0, 1, 2], 10)
    both = _group(make_tracks(np.zeros((30, 2)), film=film), evidence)
    alone = _group(make_tracks(np.zeros((10, 2))), evidence[:10, :10])
    inside = both[:10]
    assert ((inside[:, None] == inside[None]) == (alone[:, None] == alone[None])).all()


def test_people_are_found_across_films(make_tracks):
    person, film = np.array([0, 1, 0, 1, 2]), np.array([0, 0, 1, 1, 1])
    found = _group(make_tracks(np.zeros((5, 2)), film=film), 2 * _people(person))
    assert found.tolist() == person.tolist()


def test_people_of_two_films_need_more_evidence_than_people_of_one(make_tracks):
    evidence = np.full((2, 2), 4.0)
    assert _group(make_tracks(np.zeros((2, 2))), evidence).tolist() == [0, 0]
    apart = make_tracks(np.zeros((2, 2)), film=np.array([0, 1]))
    assert _group(apart, evidence).tolist() == [0, 1]


@pytest.mark.parametrize("most", [5, 1500])
def test_nobody_is_twice_in_a_picture(make_tracks, monkeypatch, most):
    monkeypatch.setattr(large, "MOST_AT_ONCE", most)
    rng = np.random.default_rng(1)
    pictures = [set(rng.integers(0, 30, 3).tolist()) for _ in range(24)]
    tracks = make_tracks(np.zeros((24, 2)), pictures=pictures)
    found = _group(tracks, np.full((24, 24), 9.0))
    for i in range(24):
        for j in range(i):
            assert found[i] != found[j] or pictures[i].isdisjoint(pictures[j])


def test_the_clearest_members_stand_for_a_group():
    group = np.repeat([0, 1], [10, 2])
    clearness = np.r_[np.arange(10) / 10, 0.0, 0.0]
    assert representatives(group, clearness).tolist() == [*range(2, 10), 10, 11]


def test_an_unknown_method_is_refused(make_tracks):
    with pytest.raises(ValueError, match=r"method: expected one of hdbscan, .*, got 'other'"):
        _group(make_tracks(np.zeros((1, 2))), np.zeros((1, 1)), method="other")


@pytest.mark.parametrize("seed", range(5))
def test_groups_to_begin_with_are_joined_as_all_their_members_together(make_tracks, seed):
    rng = np.random.default_rng(seed)
    person = rng.integers(0, 3, 20)
    evidence = _people(person, seed) + 2 * rng.normal(size=(20, 20))
    evidence += evidence.T
    start = 3 * person + rng.integers(0, 3, 20)
    found = _group(make_tracks(np.zeros((20, 2))), evidence, start=start)
    for one in set(found.tolist()):
        for other in set(found.tolist()) - {one}:
            assert evidence[np.ix_(found == one, found == other)].mean() <= 1
    assert all(len(set(found[start == own].tolist())) == 1 for own in set(start.tolist()))


def test_no_tracks(make_tracks):
    assert len(_group(make_tracks(np.zeros((0, 2))), np.zeros((0, 0)))) == 0


def test_two_people_for_sure_are_never_joined_by_what_others_say(make_tracks):
    evidence = np.full((3, 3), 9.0)
    assert _group(make_tracks(np.zeros((3, 2))), evidence).tolist() == [0, 0, 0]
    found = _group(make_tracks(np.zeros((3, 2))), evidence, apart=[(0, 2)])
    assert found[0] != found[2]


def test_whom_the_user_calls_one_person_is_one_though_faces_say_two(make_tracks):
    tracks = make_tracks(np.zeros((2, 2)))
    limits = Constraints(tracks.pictures, together=[(0, 1)])
    found = _group(tracks, np.full((2, 2), -9.0), constraints=limits, apart=[(0, 1)])
    assert found.tolist() == [0, 0]


def test_people_of_many_films_are_joined(make_tracks):
    person = np.tile([0, 1], 5)
    tracks = make_tracks(np.zeros((10, 2)), film=np.repeat(np.arange(5), 2))
    assert _group(tracks, _people(person)).tolist() == person.tolist()


def _pairs_alike(num_people, alike, evidence=1.5):
    """Give people of one track each, of whom the first few resemble the next one a little."""
    matrix = np.full((num_people, num_people), -4.0)
    for first in range(0, 2 * alike, 2):
        matrix[first, first + 1] = matrix[first + 1, first] = evidence
    return matrix


def test_in_a_crowd_a_slight_likeness_joins_nobody(make_tracks):
    tracks = make_tracks(np.zeros((40, 2)))
    assert _group(tracks, _pairs_alike(40, 4)).tolist() == list(range(40))


def test_among_few_people_it_does(make_tracks):
    found = _group(make_tracks(np.zeros((4, 2))), _pairs_alike(4, 2))
    assert found.tolist() == [0, 0, 1, 1]


def test_how_much_more_evidence_a_crowd_needs_is_measured_in_each_scene(make_tracks, monkeypatch):
    monkeypatch.setattr(large, "MOST_AT_ONCE", 40)
    evidence = np.full((44, 44), -4.0)
    evidence[40:, 40:] = 6.0
    tracks = make_tracks(np.zeros((44, 2)))
    grouped = group_tracks(Matrix(evidence), Constraints(tracks.pictures), tracks, 1.0)
    assert (grouped.crowd[:40] > 1).all()
    assert (grouped.crowd[40:] == 0).all()


class AlikeAsWholes(Matrix):
    def of_groups(self, group, needless=None):
        count = int(group.max(initial=-1)) + 1
        return np.full((count, count), 8.0)


def test_people_of_a_scene_are_joined_where_they_are_alike_as_wholes(make_tracks):
    evidence = np.where(np.arange(4)[:, None] // 2 == np.arange(4)[None] // 2, 5.0, 0.5)
    tracks = make_tracks(np.zeros((4, 2)))
    limits = Constraints(tracks.pictures)
    assert group_tracks(Matrix(evidence), limits, tracks, 1.0).group.tolist() == [0, 0, 1, 1]
    found = group_tracks(AlikeAsWholes(evidence), limits, tracks, 1.0).group
    assert found.tolist() == [0, 0, 0, 0]


class AlikeOnceLarger(Matrix):
    """Wholes that are alike from four tracks of both together."""

    def of_groups(self, group, needless=None):
        sizes = np.bincount(group[group >= 0])
        return np.where(sizes[:, None] + sizes[None] >= 4, 8.0, -8.0)


def test_wholes_that_have_grown_are_compared_again(make_tracks):
    scene = np.array([0, 0, 1, 1, 2])
    evidence = np.where(scene[:, None] == scene[None], 5.0, 0.5)
    tracks = make_tracks(np.zeros((5, 2)))
    found = group_tracks(AlikeOnceLarger(evidence), Constraints(tracks.pictures), tracks, 1.0).group
    assert found.tolist() == [0] * 5


def test_wholes_with_two_people_for_sure_stay_apart(make_tracks):
    evidence = np.where(np.arange(4)[:, None] // 2 == np.arange(4)[None] // 2, 5.0, 0.5)
    tracks = make_tracks(np.zeros((4, 2)))
    matrix = AlikeAsWholes(evidence, apart=[(0, 3)])
    found = group_tracks(matrix, Constraints(tracks.pictures), tracks, 1.0).group
    assert found.tolist() == [0, 0, 1, 1]
