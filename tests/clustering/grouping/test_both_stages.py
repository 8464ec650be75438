"""Both stages on tracks: what must hold whatever the vectors are."""

import numpy as np
import pytest
from castlist.clustering.evidence.cloth import ClothEvidence
from castlist.clustering.evidence.curves import ClothCurve, FaceCurve, VectorCurve
from castlist.clustering.evidence.face import FaceEvidence
from castlist.clustering.grouping.by_clothing import JointEvidence, find_by_clothing, weigh_clothes
from castlist.clustering.grouping.by_face import METHODS, find_by_face
from castlist.clustering.grouping.constraints import Constraints
from castlist.clustering.grouping.people import known_groups

DIM = 32
FACE = FaceCurve({"a": VectorCurve(30.0, 0.8, 0.05, 0.2)}, half_looks=1.5)
CLOTH = ClothCurve({"c": VectorCurve(8.0, 0.6, 0.3, 0.5)}, lasting_s=400.0)


def _cast(make_tracks, people=5, each=6, seed=0, **columns):
    """Tracks of people who wear one thing each; every third track has a poor face."""
    rng = np.random.default_rng(seed)
    person = rng.permutation(np.repeat(np.arange(people), each))
    poor = np.arange(len(person)) % 3 == 2
    share = np.where(poor, 0.25, 0.8)[:, None]
    noise = rng.normal(size=(len(person), DIM))
    face = np.sqrt(share) * rng.normal(size=(people, DIM))[person] + np.sqrt(1 - share) * noise
    cloth = rng.normal(size=(people, DIM))[person] + 0.6 * rng.normal(size=(len(person), DIM))
    looks = np.where(poor, 0.2, 3.0)
    usual = {"looks": looks, "start_s": np.arange(len(person)) * 2.0}
    return make_tracks(face, cloth, **{**usual, **columns}), person, poor


def _stages(tracks, method="hdbscan", limits=None):
    face = FaceEvidence(tracks, {"a": (0, DIM)}, FACE)
    cloth = ClothEvidence(tracks, {"c": (0, DIM)}, CLOTH)
    limits = limits or Constraints(tracks.pictures)
    first = find_by_face(tracks, face, limits, 1.0, method)
    weigh_clothes(tracks, face, cloth, limits)
    joint = JointEvidence(face, cloth)
    strong = first.probability >= 0.95
    return first, find_by_clothing(tracks, first, strong, joint, limits, 1.0)


def _same(groups):
    return groups[:, None] == groups[None]


@pytest.mark.parametrize("method", METHODS)
def test_clothes_give_poor_faces_back_to_their_person(make_tracks, method):
    tracks, person, poor = _cast(make_tracks)
    first, second = _stages(tracks, method)
    assert (_same(first.group)[np.ix_(~poor, ~poor)] == _same(person)[np.ix_(~poor, ~poor)]).all()
    assert (_same(second.group) == _same(person)).mean() > (
        _same(first.group) == _same(person)
    ).mean()
    assert (_same(second.group) == _same(person)).all()


def test_the_order_of_tracks_does_not_matter(make_tracks):
    tracks, _, _ = _cast(make_tracks, seed=1)
    order = np.random.default_rng(2).permutation(len(tracks))
    mixed = make_tracks(
        tracks.face_mean[order],
        tracks.cloth_mean[order],
        **{name: getattr(tracks, name)[order] for name in ("looks", "start_s", "shot")},
    )
    for plain, other in zip(_stages(tracks), _stages(mixed), strict=True):
        assert (_same(other.group) == _same(plain.group)[np.ix_(order, order)]).all()
        np.testing.assert_allclose(other.probability, plain.probability[order])


def test_another_film_beside_changes_nothing(make_tracks):
    tracks, _, _ = _cast(make_tracks, seed=3)
    other, _, _ = _cast(make_tracks, seed=4)
    count = len(tracks)
    both = make_tracks(
        np.concatenate([tracks.face_mean, other.face_mean]),
        np.concatenate([tracks.cloth_mean, other.cloth_mean]),
        film=np.repeat([0, 1], [count, len(other)]),
        looks=np.concatenate([tracks.looks, other.looks]),
        start_s=np.concatenate([tracks.start_s, other.start_s]),
    )
    for plain, beside in zip(_stages(tracks), _stages(both), strict=True):
        assert (_same(beside.group[:count]) == _same(plain.group)).all()
        np.testing.assert_allclose(beside.probability[:count], plain.probability)
        assert (
            (known_groups(both, beside)[:count] >= 0) == (known_groups(tracks, plain) >= 0)
        ).all()


def test_nobody_is_twice_in_a_picture(make_tracks):
    pictures = [{row // 2} for row in range(30)]
    tracks, _, _ = _cast(make_tracks, seed=5, pictures=pictures)
    for found in _stages(tracks):
        assert not (found.group[::2] == found.group[1::2]).any()


def test_the_same_film_twice_has_the_same_people(make_tracks):
    tracks, _, _ = _cast(make_tracks, seed=6)
    count = len(tracks)
    twice = make_tracks(
        np.tile(tracks.face_mean, (2, 1)),
        np.tile(tracks.cloth_mean, (2, 1)),
        looks=np.tile(tracks.looks, 2),
        start_s=np.r_[tracks.start_s, tracks.start_s + 70],
    )
    plain, found = _stages(tracks)[1], _stages(twice)[1]
    assert (_same(found.group[:count]) == _same(plain.group)).all()
    assert (found.group[:count] == found.group[count:]).all()


def test_one_person_alone_is_one_person(make_tracks):
    tracks, _, _ = _cast(make_tracks, people=1, each=12, seed=7)
    assert set(_stages(tracks)[1].group.tolist()) == {0}


def test_a_clear_face_that_is_like_nobody_is_a_person_and_a_poor_one_is_unknown(make_tracks):
    tracks = make_tracks(np.eye(DIM)[:4], np.eye(DIM)[:4], looks=np.array([3, 3, 3, 0.1]))
    person = known_groups(tracks, _stages(tracks)[1])
    assert (person >= 0).tolist() == [True, True, True, False]
    assert len(set(person[:3].tolist())) == 3


def test_what_the_user_called_two_people_stays_apart(make_tracks):
    tracks, person, _ = _cast(make_tracks, seed=8)
    one, other = np.flatnonzero(person == person[0])[:2].tolist()
    limits = Constraints(tracks.pictures, apart=[(one, other)])
    for found in _stages(tracks, limits=limits):
        assert found.group[one] != found.group[other]


def test_tracks_without_any_vector_are_unknown(make_tracks):
    tracks = make_tracks(np.full((3, DIM), np.nan), np.full((3, DIM), np.nan), looks=np.zeros(3))
    for found in _stages(tracks):
        assert known_groups(tracks, found).tolist() == [-1, -1, -1]


@pytest.mark.parametrize("count", [0, 1])
def test_few_tracks(make_tracks, count):
    tracks = make_tracks(np.ones((count, DIM)), np.ones((count, DIM)))
    for found in _stages(tracks):
        assert found.group.tolist() == list(range(count))


def test_an_unknown_method_is_refused(make_tracks):
    tracks = make_tracks(np.ones((1, DIM)))
    face = FaceEvidence(tracks, {"a": (0, DIM)}, FACE)
    with pytest.raises(ValueError, match=r"method: expected one of hdbscan.*'other'"):
        find_by_face(tracks, face, Constraints(tracks.pictures), 1.0, "other")
