import dataclasses

import numpy as np
import pytest
from castlist.clustering.evidence.curves import FaceCurve, VectorCurve
from castlist.clustering.evidence.face import FaceEvidence
from castlist.clustering.evidence.likelihood import log_likelihood_ratio

COLUMNS = {"a": (0, 2), "b": (2, 6)}
CURVE = FaceCurve(
    {"a": VectorCurve(10.0, 0.8, 0.1, 0.3), "b": VectorCurve(5.0, 0.7, 0.2, 0.4)}, half_looks=1.5
)
ONE = FaceCurve({"a": VectorCurve(10.0, 0.8, 0.0, 0.3)}, half_looks=3.0)


def _all(evidence, count):
    rows = np.arange(count)
    return evidence.between(rows, rows)


def test_two_tracks_by_hand(make_tracks):
    # 3 looks of 3: half noise, sqrt(.5) each, so r = .8 * .5 = .4; cosine .6, nothing in common.
    tracks = make_tracks([[1.0, 0.0], [0.6, 0.8]])
    evidence = FaceEvidence(tracks, {"a": (0, 2)}, ONE)
    np.testing.assert_allclose(evidence.reliability, [0.5**0.5] * 2)
    expected = 10 * ((0.4 * 0.6 - 0.16) / 0.84 - np.log(0.84) / 2)
    assert evidence.between(np.array([0]), np.array([1]))[0, 0] == pytest.approx(expected)


def test_a_photo_tells_as_much_as_several_looks_of_a_film(make_tracks):
    tracks = make_tracks([[1.0, 0.0], [0.6, 0.8]])
    photos = dataclasses.replace(tracks, is_photo=np.ones(2, dtype=bool))
    more = dataclasses.replace(tracks, looks=2.5 * tracks.looks)
    of_photos, of_film = (FaceEvidence(tracks, {"a": (0, 2)}, ONE) for tracks in (photos, more))
    np.testing.assert_allclose(_all(of_photos, 2), _all(of_film, 2))
    # That somebody is seen at all is no surer in a photo.
    clearness = FaceEvidence(tracks, {"a": (0, 2)}, ONE).clearness
    np.testing.assert_allclose(of_photos.clearness, clearness)


def test_a_blur_that_is_seen_longer_is_likelier_somebody(make_tracks):
    looks, num_looks = np.array([0.15, 0.15, 0.15, 0.0]), np.array([1, 4, 12, 12])
    tracks = make_tracks(np.eye(2)[[0, 1, 0, 1]], looks=looks, num_looks=num_looks)
    evidence = FaceEvidence(tracks, {"a": (0, 2)}, ONE)
    np.testing.assert_allclose(evidence.clearness, [0.5, 0.5, 0.5, 0])
    np.testing.assert_allclose(evidence.presence, [0.5, 0.5, 0.75, 0])


def test_pairs_are_as_one_by_one(make_tracks):
    rng = np.random.default_rng(3)
    tracks = make_tracks(rng.normal(size=(4, 6)), looks=np.array([0.1, 1.0, 4.0, 0.5]))
    evidence = FaceEvidence(tracks, COLUMNS, CURVE)
    for i in range(4):
        for j in range(4):
            expected = 0.0
            for name, (first, last) in COLUMNS.items():
                a, b = tracks.face_mean[i, first:last], tracks.face_mean[j, first:last]
                curve = CURVE.networks[name]
                cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
                known = evidence.reliability[i] * evidence.reliability[j]
                expected += log_likelihood_ratio(
                    np.array((cosine - curve.strangers) / (1 - curve.strangers)),
                    np.array(curve.alike * known),
                    curve.dimensions,
                )
            expected = np.clip(expected, -12, 12)
            assert _all(evidence, 4)[i, j] == pytest.approx(float(expected))


def test_evidence_is_symmetric_and_moves_with_the_rows(make_tracks):
    vectors = np.random.default_rng(5).normal(size=(12, 6))
    evidence = _all(FaceEvidence(make_tracks(vectors), COLUMNS, CURVE), 12)
    np.testing.assert_allclose(evidence, evidence.T)
    order = np.random.default_rng(6).permutation(12)
    mixed = _all(FaceEvidence(make_tracks(vectors[order]), COLUMNS, CURVE), 12)
    np.testing.assert_allclose(mixed, evidence[np.ix_(order, order)])


def test_another_film_beside_changes_nothing(make_tracks):
    vectors = np.random.default_rng(7).normal(size=(20, 6))
    film = np.repeat([0, 1], 10)
    both = FaceEvidence(make_tracks(vectors, film=film), COLUMNS, CURVE)
    alone = FaceEvidence(make_tracks(vectors[:10]), COLUMNS, CURVE)
    np.testing.assert_allclose(_all(both, 20)[:10, :10], _all(alone, 10))


def test_tracks_without_a_face_say_nothing(make_tracks):
    tracks = make_tracks([[np.nan] * 6, [1.0] * 6, [1.0] * 6])
    evidence = FaceEvidence(tracks, COLUMNS, CURVE)
    assert evidence.reliability[0] == evidence.clearness[0] == 0
    assert _all(evidence, 3)[0].tolist() == [0, 0, 0]
    assert _all(evidence, 3)[1, 2] > 0


def test_directions_of_nuisance_do_not_count(make_tracks):
    vectors = np.random.default_rng(8).normal(size=(9, 6))
    plain = _all(FaceEvidence(make_tracks(vectors), COLUMNS, CURVE), 9)
    empty = dataclasses.replace(CURVE, nuisance={"b": np.zeros((0, 4))})
    np.testing.assert_array_equal(
        _all(FaceEvidence(make_tracks(vectors), COLUMNS, empty), 9), plain
    )
    vectors[:, 2] = 0.0
    without = _all(FaceEvidence(make_tracks(vectors), COLUMNS, CURVE), 9)
    units = vectors / np.linalg.norm(vectors[:, 2:], axis=1, keepdims=True)
    units[:, 2] = np.random.default_rng(9).normal(size=9)
    taken = dataclasses.replace(CURVE, nuisance={"b": np.eye(4)[:1]})
    np.testing.assert_allclose(_all(FaceEvidence(make_tracks(units), COLUMNS, taken), 9), without)


def test_no_tracks(make_tracks):
    evidence = FaceEvidence(make_tracks(np.zeros((0, 6))), COLUMNS, CURVE)
    assert _all(evidence, 0).shape == (0, 0)


def test_two_clear_faces_that_are_not_alike_are_two_people(make_tracks):
    tracks = make_tracks([[1.0, 0.0], [-1.0, 0.0], [-1.0, 0.1]], looks=np.array([9.0, 9.0, 0.6]))
    evidence = FaceEvidence(tracks, {"a": (0, 2)}, ONE)
    assert (_all(evidence, 3)[0, 1:] < -3).all()
    rows = np.arange(3)
    expected = [[False, True, False], [True, False, False], [False, False, False]]
    pairs = evidence.pairs(rows)
    assert pairs.apart.tolist() == expected  # the third is not clear
    assert pairs.clothes is None
    np.testing.assert_array_equal(pairs.evidence, _all(evidence, 3))


def test_groups_of_one_track_each_are_compared_as_their_tracks(make_tracks):
    vectors = np.random.default_rng(2).normal(size=(8, 6))
    evidence = FaceEvidence(make_tracks(vectors), COLUMNS, CURVE)
    np.testing.assert_allclose(evidence.of_groups(np.arange(8)), _all(evidence, 8))


def test_two_groups_by_hand(make_tracks):
    # Two tracks of 3 looks each, [1, .2] and [1, -.2]: together 6 looks in the direction [1, 0], so
    # 6 / (6 + 3) of it is known, where it was a half; the other is one track.
    tracks = make_tracks([[1.0, 0.2], [1.0, -0.2], [0.8, 0.6]])
    evidence = FaceEvidence(tracks, {"a": (0, 2)}, ONE)
    expected = 0.8 * np.sqrt(2 / 3 * 1 / 2)
    by_hand = log_likelihood_ratio(np.array(0.8), np.array(expected), 10.0)
    assert evidence.of_groups(np.array([0, 0, 1]))[0, 1] == pytest.approx(float(by_hand))


def test_the_more_tracks_agree_the_more_they_say(make_tracks):
    rng = np.random.default_rng(4)
    one, other = np.array([1.0, 0.0, 0, 0, 0, 0]), np.array([0.9, 0.4, 0, 0, 0, 0])
    vectors = np.concatenate([v + 0.1 * rng.normal(size=(6, 6)) for v in (one, other)])
    evidence = FaceEvidence(make_tracks(vectors, looks=np.full(12, 0.8)), COLUMNS, CURVE)
    group = np.repeat([0, 1], 6)
    pairs = _all(evidence, 12)[:6, 6:]
    assert evidence.of_groups(group)[0, 1] > pairs.mean() > 0


def test_groups_alike_on_the_whole_but_in_no_picture_are_not_one_person(make_tracks):
    # The means of both are [1, 0]; one by one their tracks are as far apart as strangers.
    vectors = np.array([[1.0, 2.0], [1.0, -2.0], [1.0, 2.1], [1.0, -2.1]])
    evidence = FaceEvidence(make_tracks(vectors, looks=np.full(4, 9.0)), {"a": (0, 2)}, ONE)
    group = np.array([0, 0, 1, 1])
    assert evidence.of_groups(group)[0, 1] == pytest.approx(_all(evidence, 4)[:2, 2:].mean())


def test_tracks_in_no_group_count_for_nothing(make_tracks):
    vectors = np.random.default_rng(5).normal(size=(5, 6))
    group = np.array([0, -1, 1, -1, 0])
    before = FaceEvidence(make_tracks(vectors), COLUMNS, CURVE).of_groups(group)
    vectors[group < 0] *= -1
    after = FaceEvidence(make_tracks(vectors), COLUMNS, CURVE).of_groups(group)
    np.testing.assert_array_equal(after, before)


def test_no_groups(make_tracks):
    evidence = FaceEvidence(make_tracks(np.zeros((2, 6))), COLUMNS, CURVE)
    assert evidence.of_groups(np.array([-1, -1])).shape == (0, 0)


def _two_alike(make_tracks, film=None):
    """Two people who are alike, each the same in every one of three shots."""
    rng = np.random.default_rng(5)
    one = rng.normal(size=64)
    other = 0.45 * one + 0.89 * rng.normal(size=64)
    face = np.repeat([one, other], 3, axis=0) + 0.05 * rng.normal(size=(6, 64))
    columns = {"shot": np.arange(6), "film": np.zeros(6, np.int64) if film is None else film}
    return make_tracks(face, looks=np.full(6, 9.0), **columns)


GROUP = np.repeat([0, 1], 3)
ALIKE = FaceCurve({"a": VectorCurve(20.0, 0.5, 0.0, 0.1)}, half_looks=1.0)


def test_where_people_look_the_same_in_every_shot_somebody_alike_is_another_person(make_tracks):
    evidence = FaceEvidence(_two_alike(make_tracks), {"a": (0, 64)}, ALIKE)
    usual = _all(evidence, 6)
    evidence.learn(GROUP)
    learnt = _all(evidence, 6)
    same = GROUP[:, None] == GROUP[None]
    assert (usual[~same] > 0).all()
    assert (learnt[~same] < usual[~same] - 3).all()
    assert (learnt[same] >= usual[same]).all()


def test_no_more_evidence_is_asked_of_a_track_that_is_hardly_known(make_tracks):
    tracks = dataclasses.replace(_two_alike(make_tracks), looks=np.array([9.0] * 5 + [1.0]))
    evidence = FaceEvidence(tracks, {"a": (0, 64)}, ALIKE)
    usual = _all(evidence, 6)
    evidence.learn(GROUP)
    np.testing.assert_array_equal(_all(evidence, 6)[5], usual[5])


def test_where_people_are_less_alike_that_speaks_less_against_one_person(make_tracks):
    face = np.random.default_rng(0).normal(size=(6, 64)) + 0.3
    looks = np.array([9.0] * 5 + [0.5])
    tracks = make_tracks(face, looks=looks, shot=np.arange(6))
    evidence = FaceEvidence(tracks, {"a": (0, 64)}, ALIKE)
    usual = _all(evidence, 6)
    evidence.learn(np.zeros(6, np.int64))
    against = usual < 0
    assert against[5].any()  # of the track that is hardly known, too
    assert (_all(evidence, 6)[against] > usual[against]).all()


def test_learning_from_nobody_changes_nothing(make_tracks):
    evidence = FaceEvidence(_two_alike(make_tracks), {"a": (0, 64)}, ALIKE)
    usual = _all(evidence, 6)
    evidence.learn(np.arange(6))
    np.testing.assert_array_equal(_all(evidence, 6), usual)


def test_across_films_what_one_of_them_teaches_does_not_count(make_tracks):
    film = np.array([0, 0, 0, 1, 1, 1])
    evidence = FaceEvidence(_two_alike(make_tracks, film), {"a": (0, 64)}, ALIKE)
    usual, usual_groups = _all(evidence, 6), evidence.of_groups(GROUP)
    evidence.learn(GROUP)
    in_one = film[:, None] == film[None]
    np.testing.assert_array_equal(_all(evidence, 6)[~in_one], usual[~in_one])
    assert evidence.of_groups(GROUP)[0, 1] == usual_groups[0, 1]


def test_groups_of_a_film_are_compared_as_it_teaches(make_tracks):
    evidence = FaceEvidence(_two_alike(make_tracks), {"a": (0, 64)}, ALIKE)
    usual = evidence.of_groups(GROUP)[0, 1]
    evidence.learn(GROUP)
    assert evidence.of_groups(GROUP)[0, 1] < usual - 3


def test_a_group_of_two_films_is_compared_as_everywhere(make_tracks):
    film = np.array([0, 0, 0, 0, 0, 1])
    evidence = FaceEvidence(_two_alike(make_tracks, film), {"a": (0, 64)}, ALIKE)
    usual = evidence.of_groups(GROUP)[0, 1]
    evidence.learn(GROUP)
    assert evidence.of_groups(GROUP)[0, 1] == usual


def test_stacked_pairs_are_as_one_by_one(make_tracks):
    rng = np.random.default_rng(5)
    tracks = make_tracks(rng.normal(size=(9, 6)), looks=rng.uniform(0.1, 4, 9))
    evidence = FaceEvidence(tracks, COLUMNS, CURVE)
    evidence.learn(np.arange(9) // 3)
    rows, others = rng.integers(0, 9, (4, 3)), rng.integers(0, 9, (4, 2))
    found = evidence.between(rows, others)
    assert found.shape == (4, 3, 2)
    for pair in range(4):
        np.testing.assert_array_equal(found[pair], evidence.between(rows[pair], others[pair]))
