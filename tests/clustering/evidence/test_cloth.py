import numpy as np
import pytest
from castlist.clustering.evidence.cloth import (
    WINDOW_S,
    ClothEvidence,
    film_weight,
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


def test_sure_pairs_are_sure_by_faces_or_by_a_picture():
    face = np.array([[0.0, 5.0, -5.0], [5.0, 0.0, 5.0], [-5.0, 5.0, 0.0]])
    forbidden = np.zeros((3, 3), dtype=bool)
    forbidden[1, 2] = True
    same, other = sure_pairs(face, forbidden)
    assert (same[0, 1], same[1, 2], other[1, 2], other[0, 2]) == (True, False, True, True)
