"""Both stages on tracks: what must hold whatever the vectors are."""

import dataclasses

import numpy as np
import pytest
from castlist.clustering.evidence.curves import ClothCurve, Curves, FaceCurve, VectorCurve
from castlist.clustering.evidence.drawn import DrawnFaces
from castlist.clustering.grouping import large
from castlist.clustering.grouping.constraints import Constraints
from castlist.clustering.stages.both import people_by_clothing, people_by_face
from castlist.clustering.stages.config import CLOTH_METHODS, PeopleConfig
from castlist.data.tables.codes import DecidedBy, NoticeCode, Reason
from castlist.data.tables.faces import STRONG_FROM

DIM = 32
FACE = FaceCurve({"a": VectorCurve(30.0, 0.8, 0.05, 0.2)}, half_looks=1.5)
CLOTH = ClothCurve({"c": VectorCurve(8.0, 0.6, 0.3, 0.5)}, lasting_s=400.0)
CURVES = Curves({"a": FACE}, {"c": CLOTH})
BOTH = ("hdbscan", "agglomerative")


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


def _hard(make_tracks, seed, people=5, each=8):
    """Tracks in pairs that a picture shows; poor, missing and look-alike faces and clothes."""
    rng = np.random.default_rng(seed)
    person = rng.permutation(np.repeat(np.arange(people), each))
    count = len(person)
    looks = np.where(rng.random(count) < 0.4, rng.uniform(0.03, 0.6, count), 3.0)
    share = (0.8 * looks / (looks + 1.5) + 0.02)[:, None]
    face = np.sqrt(share) * rng.normal(size=(people, DIM))[person]
    face += np.sqrt(1 - share) * rng.normal(size=(count, DIM)) + 0.2
    outfit = rng.integers(0, people, people)[person]
    cloth = rng.normal(size=(people, DIM))[outfit] + 0.8 * rng.normal(size=(count, DIM))
    face[rng.random(count) < 0.08] = np.nan
    cloth[rng.random(count) < 0.15] = np.nan
    return make_tracks(
        face,
        cloth,
        looks=np.where(np.isnan(face).any(axis=1), 0.0, looks),
        start_s=np.arange(count) // 2 * 3.0,
        shot=np.arange(count) // 2,
        num_faces=rng.integers(1, 10**6, count),  # no two people have as many
        num_looks=rng.integers(1, 20, count),
        pictures=[{row // 2} for row in range(count)],
    )


def _taken(tracks, rows):
    """Return some tracks, in another order."""
    columns = {
        name: [column[row] for row in rows] if name == "pictures" else column[rows]
        for name, column in vars(tracks).items()
        if name in tracks.__dataclass_fields__
    }
    return dataclasses.replace(tracks, **columns)


def _beside(tracks, other):
    """Return the tracks of two films in one table."""
    fields = tracks.__dataclass_fields__
    columns = {
        name: np.concatenate([getattr(tracks, name), getattr(other, name)])
        for name in fields
        if name != "pictures"
    }
    count = len(tracks)
    later = [{picture + 10**6 for picture in of_track} for of_track in other.pictures]
    columns["film"][count:] += 1
    columns["event"][count:] += 1
    return dataclasses.replace(tracks, **columns, pictures=[*tracks.pictures, *later])


def _by_face(tracks, **settings):
    return people_by_face(tracks, {"a": (0, DIM)}, CURVES, PeopleConfig(**settings))


def _people(tracks, method="hdbscan", cloth_method=None):
    config = PeopleConfig(method, cloth_method or method)
    by_face = people_by_face(tracks, {"a": (0, DIM)}, CURVES, config)
    return people_by_clothing(tracks, by_face, {"c": (0, DIM)}, CURVES, config)[0]


def _same(person):
    """Say which tracks have the same person; the unknown have none, not even themselves."""
    return (person[:, None] == person[None]) & (person >= 0)


def _assert_as(found, expected):
    """Check what was decided, whatever numbers people have."""
    np.testing.assert_array_equal(_same(found.person), _same(expected.person))
    np.testing.assert_allclose(found.strength, expected.strength, atol=1e-9)


# People


@pytest.mark.parametrize("method", BOTH)
def test_clothes_give_poor_faces_back_to_their_person(make_tracks, method):
    tracks, person, poor = _cast(make_tracks)
    found = _people(tracks, method)
    before, clear = _same(found.person_before), np.ix_(~poor, ~poor)
    np.testing.assert_array_equal(before[clear], _same(person)[clear])
    assert (before != _same(person)).any()
    np.testing.assert_array_equal(_same(found.person), _same(person))


@pytest.mark.parametrize("method", BOTH)
def test_one_person_alone_is_one_person(make_tracks, method):
    tracks, *_ = _cast(make_tracks, people=1, each=12, seed=7)
    assert set(_people(tracks, method).person.tolist()) == {0}


def test_a_clear_face_that_is_like_nobody_is_a_person_and_a_poor_one_is_unknown(make_tracks):
    tracks = make_tracks(np.eye(DIM)[:4], np.eye(DIM)[:4], looks=np.array([3, 3, 3, 0.1]))
    assert _people(tracks).person.tolist() == [0, 1, 2, -1]


def test_a_poor_face_that_is_seen_for_long_is_a_person_but_not_for_stage_1(make_tracks):
    num_looks = np.array([5, 5, 5, 20])
    looks = np.array([3, 3, 3, 0.02])
    tracks = make_tracks(np.eye(DIM)[:4], np.eye(DIM)[:4], looks=looks, num_looks=num_looks)
    found = _people(tracks)
    assert found.person_before.tolist() == [0, 1, 2, -1]
    assert found.person.tolist() == [0, 1, 2, 3]


def test_tracks_without_any_vector_are_unknown(make_tracks):
    nothing = np.full((3, DIM), np.nan)
    found = _people(make_tracks(nothing, nothing, looks=np.zeros(3)))
    assert found.person.tolist() == [-1, -1, -1]
    assert found.strength.tolist() == [0, 0, 0]


def test_without_a_face_vector_clothes_alone_make_somebody_seen_often(make_tracks):
    clothes = np.repeat(np.eye(DIM)[:2], 10, axis=0)
    tracks = make_tracks(np.full((20, DIM), np.nan), clothes, looks=np.zeros(20))
    found = _people(tracks)
    assert set(found.person_before.tolist()) == {-1}
    assert found.person.tolist() == [0] * 10 + [1] * 10
    assert set(found.reason.tolist()) == {Reason.CLOTH_ONLY_PERSON}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_tracks(make_tracks, count):
    tracks = make_tracks(np.eye(DIM)[:count], np.eye(DIM)[:count])
    assert _people(tracks).person.tolist() == list(range(count))


def test_an_unknown_method_is_refused():
    with pytest.raises(
        ValueError, match=r"people\.face_method .*: expected one of hdbscan.*'other'"
    ):
        PeopleConfig("other")


# What must not change the answer


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_tracks_does_not_matter(make_tracks, method, seed):
    tracks = _hard(make_tracks, seed)
    order = np.random.default_rng(seed).permutation(len(tracks))
    plain, mixed = _people(tracks, method), _people(_taken(tracks, order), method)
    for name in vars(plain):
        np.testing.assert_allclose(
            getattr(mixed, name), getattr(plain, name)[order], atol=1e-9, err_msg=name
        )


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize("seed", range(6))
def test_another_film_beside_changes_nothing(make_tracks, method, seed):
    tracks, other = _hard(make_tracks, seed), _hard(make_tracks, seed + 100)
    both = _people(_beside(tracks, other), method)
    here = slice(len(tracks))
    alone = _people(tracks, method)
    np.testing.assert_array_equal(_same(both.person[here]), _same(alone.person))
    np.testing.assert_array_equal(_same(both.person_before[here]), _same(alone.person_before))
    np.testing.assert_allclose(both.strength[here], alone.strength)


def test_people_are_found_across_films(make_tracks):
    tracks, *_ = _cast(make_tracks, seed=9)
    both = _people(_beside(tracks, tracks))
    np.testing.assert_array_equal(both.person[: len(tracks)], both.person[len(tracks) :])


def test_more_frames_a_second_or_every_row_twice_change_nothing(make_tracks):
    tracks = _hard(make_tracks, 1)
    twice = dataclasses.replace(tracks, num_faces=2 * tracks.num_faces)
    _assert_as(_people(twice), _people(tracks))


@pytest.mark.parametrize("method", BOTH)
def test_the_same_film_twice_has_the_same_people(make_tracks, method):
    tracks, *_ = _cast(make_tracks, seed=6)
    count = len(tracks)
    again = dataclasses.replace(
        tracks, start_s=tracks.start_s + 70, end_s=tracks.end_s + 70, shot=tracks.shot + count,
        pictures=[{picture + count for picture in of_track} for of_track in tracks.pictures],
    )  # fmt: skip
    twice = _beside(tracks, again)
    twice = dataclasses.replace(twice, film=0 * twice.film, event=0 * twice.event)
    plain, found = _people(tracks, method), _people(twice, method)
    np.testing.assert_array_equal(_same(found.person[:count]), _same(plain.person))
    np.testing.assert_array_equal(found.person[:count], found.person[count:])


# What no evidence outranks


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize("seed", range(6))
def test_nobody_is_twice_in_a_picture(make_tracks, method, seed):
    found = _people(_hard(make_tracks, seed), method)
    for person in (found.person, found.person_before):
        assert not ((person[::2] == person[1::2]) & (person[::2] >= 0)).any()


@pytest.mark.parametrize("seed", range(3))
def test_nobody_is_twice_in_a_picture_of_a_film_of_many_scenes(make_tracks, monkeypatch, seed):
    monkeypatch.setattr(large, "MOST_AT_ONCE", 9)
    found = _people(_hard(make_tracks, seed))
    assert not ((found.person[::2] == found.person[1::2]) & (found.person[::2] >= 0)).any()


@pytest.mark.parametrize("seed", range(6))
def test_the_strong_tracks_of_a_person_stay_together(make_tracks, seed):
    tracks = _hard(make_tracks, seed)
    by_face = _by_face(tracks)
    strong = by_face.strong & (by_face.person >= 0)
    found = _people(tracks)
    together = _same(by_face.person)[np.ix_(strong, strong)]
    assert together.any()
    assert _same(found.person)[np.ix_(strong, strong)][together].all()
    assert (found.strength[strong] >= STRONG_FROM).all()


def test_whom_stage_1_is_sure_of_stays_known_where_others_go(make_tracks):
    # Only the third track makes the person known, and its clothes are those of the fourth.
    face = np.eye(DIM)[[0, 0, 0, 1]]
    cloth = np.eye(DIM)[[0, 0, 1, 1]]
    tracks = make_tracks(face, cloth, looks=np.array([0.3, 0.3, 3.0, 3.0]))
    by_face = _by_face(tracks)
    groups = dataclasses.replace(
        by_face.groups,
        group=np.array([0, 0, 0, 1]),
        probability=np.array([0.99, 0.99, 0.5, 0.99]),
    )
    by_face = dataclasses.replace(
        by_face,
        groups=groups,
        person=np.array([0, 0, 0, 1]),
        constraints=dataclasses.replace(by_face.constraints, apart=[(0, 2)]),
    )
    config = PeopleConfig()
    found, _ = people_by_clothing(tracks, by_face, {"c": (0, DIM)}, CURVES, config)
    assert found.person[0] == found.person[1] >= 0
    assert found.person[2] != found.person[0]


# Notices


@pytest.mark.parametrize("cloth_method", CLOTH_METHODS)
@pytest.mark.parametrize("seed", range(3))
def test_columns_fit_together(make_tracks, cloth_method, seed):
    found = _people(_hard(make_tracks, seed), cloth_method=cloth_method)
    known = found.person >= 0
    assert (np.bincount(found.person[known]) > 0).all()
    np.testing.assert_array_equal(found.decided_by == DecidedBy.NONE, ~known)
    np.testing.assert_array_equal(found.strength > 0, known)
    assert found.strength.max() <= 1
    assert not (known & (found.second_person == found.person)).any()
    assert not ((found.reason == Reason.NONE) & (found.person != found.person_before)).any()
    by_cloth = np.isin(found.reason, (Reason.SAME_CLOTHES, Reason.CLOTH_ONLY_PERSON))
    np.testing.assert_array_equal(found.decided_by == DecidedBy.CLOTH, by_cloth)
    assert (found.cloth_evidence[by_cloth] > 0).all()


def test_without_clothing_stage_1_decides(make_tracks):
    tracks, *_ = _cast(make_tracks)
    found = _people(tracks, cloth_method="none")
    expected = _by_face(tracks)
    np.testing.assert_array_equal(_same(found.person), _same(expected.person))
    np.testing.assert_array_equal(found.person_before, found.person)
    assert set(found.reason.tolist()) == {Reason.NONE}
    assert np.isnan(found.cloth_evidence).all()


def test_where_no_clothes_are_in_sight_stage_1_decides(make_tracks):
    tracks, *_ = _cast(make_tracks)
    bare = dataclasses.replace(tracks, cloth_mean=np.full((len(tracks), DIM), np.nan))
    _assert_as(_people(bare), _people(tracks, cloth_method="none"))


def test_a_notice_says_how_much_clothes_say(make_tracks):
    tracks = _beside(_cast(make_tracks)[0], _cast(make_tracks, seed=2)[0])
    config, by_face = PeopleConfig(), _by_face(tracks)
    _, notices = people_by_clothing(tracks, by_face, {"c": (0, DIM)}, CURVES, config)
    assert [notice.code for notice in notices] == [NoticeCode.CLOTH_WEIGHT]
    assert notices[0].numbers["num_films"] == 2
    assert 0 <= notices[0].numbers["lowest"] <= notices[0].numbers["highest"] <= 1.5


def test_a_notice_counts_people_by_clothing_alone(make_tracks):
    clothes = np.repeat(np.eye(DIM)[:2], 10, axis=0)
    tracks = make_tracks(np.full((20, DIM), np.nan), clothes, looks=np.zeros(20))
    by_face = _by_face(tracks)
    _, notices = people_by_clothing(tracks, by_face, {"c": (0, DIM)}, CURVES, PeopleConfig())
    assert notices[1].code == NoticeCode.CLOTH_ONLY_PEOPLE
    assert notices[1].numbers == {"num_people": 2}


def test_without_clothing_there_is_nothing_to_remark(make_tracks):
    tracks, config = _cast(make_tracks)[0], PeopleConfig(cloth_method="none")
    by_face = _by_face(tracks)
    assert people_by_clothing(tracks, by_face, {"c": (0, DIM)}, CURVES, config)[1] == ()


@pytest.mark.parametrize("cloth_method", CLOTH_METHODS)
def test_drawn_figures_are_nobody_and_it_is_said(make_tracks, cloth_method):
    tracks, person, _ = _cast(make_tracks)
    figures = np.isin(person, (0, 2))
    mean = np.stack([tracks.face_mean[person == who].mean(axis=0) for who in range(5)])
    towards = np.linalg.pinv(mean / np.linalg.norm(mean, axis=1, keepdims=True))
    weights = 8 * towards @ np.where(np.isin(np.arange(5), (0, 2)), 1.0, -1.0)
    curves = dataclasses.replace(CURVES, drawn=DrawnFaces("a", weights, 0.0))
    config = PeopleConfig("agglomerative", cloth_method)
    by_face = people_by_face(tracks, {"a": (0, DIM)}, curves, config)
    people, notices = people_by_clothing(tracks, by_face, {"c": (0, DIM)}, curves, config)
    assert by_face.drawn[figures].mean() > 0.6
    assert not by_face.drawn[~figures].any()
    assert (people.person[by_face.drawn] == -1).all()
    assert (people.reason[by_face.drawn] == Reason.DRAWN).all()
    assert (people.person[~figures] >= 0).mean() > 0.9
    notice = next(one for one in notices if one.code == NoticeCode.DRAWN)
    assert notice.numbers["num_faces"] == tracks.num_faces[by_face.drawn].sum()


def test_a_figure_that_the_user_called_one_person_is_one(make_tracks):
    tracks, _, _ = _cast(make_tracks)
    curves = dataclasses.replace(CURVES, drawn=DrawnFaces("a", np.zeros(DIM), 50.0))
    constraints = Constraints(tracks.pictures, together=[(0, 1)])
    by_face = people_by_face(tracks, {"a": (0, DIM)}, curves, PeopleConfig(), constraints)
    assert np.flatnonzero(~by_face.drawn).tolist() == [0, 1]
    assert (by_face.person >= 0).tolist() == (~by_face.drawn).tolist()
