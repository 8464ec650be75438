import numpy as np
import pytest
from castlist.clustering.evidence.cloth import (
    WINDOW_S,
    ClothEvidence,
    changed_share,
    film_weight,
    if_changed,
    sure_pairs,
)
from castlist.clustering.evidence.curves import ClothCurve, VectorCurve

COLUMNS = {"a": (0, 2)}
CURVE = ClothCurve({"a": VectorCurve(4.0, 0.6, 0.0, 0.5)}, lasting_s=100.0)
VECTORS = [[1.0, 0.0], [0.8, 0.6]]


def _between(tracks):
    rows = np.arange(len(tracks))
    return ClothEvidence(tracks, COLUMNS, CURVE).between(rows, rows)


def test_two_tracks_by_hand(make_tracks):
    # 50 s of 100 s: r = .6 * exp(-.5) = .36392.
    tracks = make_tracks(cloth=VECTORS, start_s=np.array([0.0, 50.0]))
    r = 0.6 * np.exp(-0.5)
    expected = 4 * ((r * 0.8 - r**2) / (1 - r**2) - np.log(1 - r**2) / 2)
    assert _between(tracks)[0, 1] == pytest.approx(expected)


def test_clothes_say_less_the_longer_ago(make_tracks):
    near, later = (
        abs(_between(make_tracks(cloth=VECTORS, start_s=np.array([0.0, gap])))[0, 1])
        for gap in (1.0, 100.0)
    )
    assert near > later > 0


@pytest.mark.parametrize(
    "columns",
    [
        {"start_s": np.array([0.0, WINDOW_S])},
        {"film": np.array([0, 1])},
        {"event": np.array([0, 1])},
        {"cloth": [[1.0, 0.0], [np.nan, np.nan]]},
    ],
)
def test_what_cannot_be_compared_says_nothing(make_tracks, columns):
    assert _between(make_tracks(**{"cloth": VECTORS, **columns}))[0, 1] == 0


def test_photos_of_one_event_are_compared_however_far_apart(make_tracks):
    photo = np.ones(2, dtype=bool)
    for start_s in ([0.0, 5000.0], [np.nan, np.nan]):
        tracks = make_tracks(cloth=VECTORS, is_photo=photo, start_s=np.array(start_s))
        assert _between(tracks)[0, 1] > 0


def test_between_photos_without_a_date_other_clothes_hardly_speak_against_one_person(make_tracks):
    vectors = [*VECTORS, [0.0, 1.0]]

    def between(start_s):
        photos = np.full(len(vectors), True)
        tracks = make_tracks(cloth=vectors, is_photo=photos, start_s=np.array(start_s))
        rows = np.arange(len(vectors))
        return ClothEvidence(tracks, COLUMNS, CURVE).between(rows, rows)

    dated = between(np.arange(len(vectors), dtype=np.float64))
    undated = between(np.full(len(vectors), np.nan))
    assert (dated < -1).any()
    np.testing.assert_allclose(undated, if_changed(dated, np.full(dated.shape, 0.9)))


def test_a_film_may_weigh_its_clothes(make_tracks):
    tracks = make_tracks(cloth=VECTORS)
    evidence = ClothEvidence(tracks, COLUMNS, CURVE)
    plain = evidence.between(np.array([0]), np.array([1]))
    evidence.weight[0] = 0.5
    np.testing.assert_allclose(evidence.between(np.array([0]), np.array([1])), plain / 2)


def test_no_tracks(make_tracks):
    assert _between(make_tracks(cloth=np.zeros((0, 2)))).shape == (0, 0)


def test_without_sure_pairs_the_weight_is_the_usual_one():
    none = np.zeros(3, dtype=bool)
    assert film_weight(np.array([1.0, 2.0, -1.0]), none, none) == 1.0


def test_clothes_that_tell_people_apart_weigh_more_than_those_that_do_not():
    evidence = np.array([3.0] * 30 + [-3.0] * 30)
    same = np.arange(60) < 30
    assert film_weight(evidence, same, ~same) > 1
    assert film_weight(evidence, ~same, same) == 0  # the wrong way round: people change clothes
    alike = np.full(60, 3.0)  # everyone wears the same
    assert film_weight(alike, same, ~same) < 0.5


def test_evidence_of_changed_clothes_by_hand():
    # log(.2 + .8 e^2) and log(.2 + .8 e^-2); what cannot be compared stays.
    found = if_changed(np.array([2.0, -2.0, 0.0]), np.array([0.2, 0.2, 0.2]))
    np.testing.assert_allclose(found, [1.8101, -1.1768, 0.0], atol=1e-4)


def test_where_nobody_changes_evidence_stays():
    evidence = np.array([3.0, -4.0, 0.0])
    np.testing.assert_allclose(if_changed(evidence, np.zeros(3)), evidence)


def test_where_everybody_changes_clothes_say_nothing():
    np.testing.assert_allclose(if_changed(np.array([3.0, -4.0]), np.ones(2)), 0.0)


def test_how_often_clothes_change_is_learnt_from_pairs_of_one_person():
    assert changed_share(np.zeros(0)) == 0
    assert changed_share(np.full(100, 4.0)) == 0
    half = np.array([4.0] * 200 + [-4.0] * 200)
    assert changed_share(half) == pytest.approx(0.5, abs=0.1)
    assert changed_share(np.array([4.0, -4.0])) < changed_share(half)


def _learnt(tracks, same_pairs, other_pairs):
    evidence = ClothEvidence(tracks, COLUMNS, CURVE)
    same, other = np.zeros((2, len(tracks), len(tracks)), dtype=bool)
    for known, pairs in ((same, same_pairs), (other, other_pairs)):
        for one, two in pairs:
            known[one, two] = known[two, one] = True
    evidence.learn(np.arange(len(tracks)), same, other)
    return evidence


def test_a_film_whose_people_change_lets_other_clothes_speak_less_against_one_person(make_tracks):
    cloth = [[1.0, 0.0], [0.0, 1.0]] * 8  # one person: as often in one dress as in the other
    tracks = make_tracks(cloth=cloth, shot=np.arange(16))
    everybody = [(one, two) for one in range(16) for two in range(one)]
    learnt = _learnt(tracks, everybody, [])
    usual = learnt.as_usual(np.array([0]), np.array([1, 2]))[0]
    other_dress, same_dress = learnt.between(np.array([0]), np.array([1, 2]))[0]
    assert learnt.changed[0] > 0.2
    assert usual[0] < 1.5 * other_dress < 0
    assert same_dress > 0


def test_nobody_changes_within_a_shot(make_tracks):
    tracks = make_tracks(cloth=[[1.0, 0.0], [0.0, 1.0]] * 8, shot=np.zeros(16, int))
    learnt = _learnt(tracks, [(one, two) for one in range(16) for two in range(one)], [])
    assert learnt.changed[0] == 0


@pytest.mark.parametrize(("face_px", "times"), [([20, 41], 0.5), ([41, 20], 0.5), ([20, 40], 1.0)])
def test_other_clothes_seen_from_near_and_from_far_speak_half_as_much_against_one_person(
    make_tracks, face_px, times
):
    cloth = [[1.0, 0.0], [0.0, 1.0]]
    plain = _between(make_tracks(cloth=cloth))[0, 1]
    found = _between(make_tracks(cloth=cloth, face_px=np.array(face_px, float)))[0, 1]
    assert plain < 0
    assert found == pytest.approx(times * plain)


@pytest.mark.parametrize(
    "columns", [{"cloth": [[1.0, 0.0]] * 2}, {"cloth": [[1, 0], [0, 1]], "shot": np.zeros(2, int)}]
)
def test_like_clothes_and_clothes_of_one_shot_count_in_full_from_near_and_from_far(
    make_tracks, columns
):
    plain = _between(make_tracks(**columns))
    assert (_between(make_tracks(**columns, face_px=np.array([20.0, 90.0]))) == plain).all()
    assert plain[0, 1] != 0


def test_sure_pairs_are_sure_by_faces_or_by_a_picture():
    face = np.array([[0.0, 5.0, -5.0], [5.0, 0.0, 5.0], [-5.0, 5.0, 0.0]])
    forbidden = np.zeros((3, 3), dtype=bool)
    forbidden[1, 2] = True
    same, other = sure_pairs(face, forbidden)
    assert (same[0, 1], same[1, 2], other[1, 2], other[0, 2]) == (True, False, True, True)


def test_stacked_pairs_are_as_one_by_one(make_tracks):
    rng = np.random.default_rng(5)
    tracks = make_tracks(
        cloth=rng.normal(size=(9, 2)), start_s=rng.uniform(0, 200, 9), shot=np.arange(9) // 2
    )
    evidence = ClothEvidence(tracks, COLUMNS, CURVE)
    evidence.changed[0] = 0.3
    rows, others = rng.integers(0, 9, (4, 3)), rng.integers(0, 9, (4, 2))
    found = evidence.between(rows, others)
    for pair in range(4):
        np.testing.assert_array_equal(found[pair], evidence.between(rows[pair], others[pair]))
