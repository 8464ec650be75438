"""A film shows how alike the tracks of one person are in it."""

import numpy as np
import pytest
from castlist.clustering.evidence.alike import alike_here, likely_people
from castlist.clustering.evidence.curves import VectorCurve
from castlist.clustering.evidence.vectors import unit_rows

CURVE = VectorCurve(dimensions=20.0, alike=0.6, strangers=0.0, most_common=0.3)


def _alike(units, group, shot, film=None, known=None, common=0.0, use=None):
    count = len(group)
    film = np.zeros(count, np.int64) if film is None else np.asarray(film)
    use = np.ones(count, dtype=bool) if use is None else np.asarray(use)
    people = likely_people(np.asarray(group), film, np.asarray(shot), use)
    known = np.ones(count) if known is None else np.asarray(known, dtype=float)
    return alike_here(np.asarray(units, float), np.full(count, common), known, CURVE, people)


def test_two_tracks_by_hand():
    # Cosine .8, of which .2 is common: excess .75; both known by .9, so .75 / .81. The usual .6
    # counts as three tracks, this person as one more.
    alike = _alike([[1, 0], [0.8, 0.6]], [0, 0], [0, 1], known=[0.9, 0.9], common=0.2)
    assert alike == {0: pytest.approx((3 * 0.6 + 0.75 / 0.81) / 4)}


def test_it_is_the_mean_over_pairs_of_each_person_by_how_many_tracks_there_are():
    rng = np.random.default_rng(0)
    group = np.array([0, 0, 0, 1, 1, 2])
    units = unit_rows(rng.normal(size=(3, 8))[group] + 0.4 * rng.normal(size=(6, 8)))
    total, weight = 3 * 0.6, 3
    for person in (0, 1):
        rows = np.flatnonzero(group == person)
        pairs = [units[i] @ units[j] for i in rows for j in rows if i < j]
        total, weight = total + (len(rows) - 1) * np.mean(pairs), weight + len(rows) - 1
    expected = pytest.approx(min(total / weight, 0.85))
    assert _alike(units, group, np.arange(6)) == {0: expected}


def test_tracks_of_one_shot_say_nothing():
    assert _alike(np.eye(3), [0, 0, 0], [4, 4, 4]) == {}


def test_photos_say_nothing():
    assert _alike(np.eye(3), [0, 0, 0], [-1, -1, -1]) == {}


def test_only_pairs_of_two_shots_count():
    units = [[1, 0], [0, 1], [1, 0]]  # the second is like nobody, and in the shot of the first
    both, without = _alike(units, [0, 0, 0], [0, 0, 1]), _alike(units, [0, 0, 0], [0, 1, 2])
    assert both[0] == pytest.approx((3 * 0.6 + 2 * 0.5) / 5)  # pairs of cosine 1 and 0
    assert without[0] == pytest.approx((3 * 0.6 + 2 / 3) / 5)  # 1, 0 and 0


def test_unclear_tracks_say_nothing():
    assert _alike(np.eye(2), [0, 0], [0, 1], use=[True, False]) == {}


def test_each_film_teaches_of_itself():
    units = [[1, 0], [1, 0], [1, 0], [0, 1]]
    alike = _alike(units, [0, 0, 0, 0], [0, 1, 2, 3], film=[0, 0, 1, 1])
    assert alike[0] == pytest.approx((3 * 0.6 + 1) / 4)
    assert alike[1] == pytest.approx(3 * 0.6 / 4)


def test_it_stays_in_the_range_of_people_who_turn_their_heads():
    same, other = np.tile([[1.0, 0.0]], (90, 1)), np.eye(90)
    assert _alike(same, np.zeros(90, int), np.arange(90)) == {0: 0.85}
    assert _alike(other, np.zeros(90, int), np.arange(90)) == {0: pytest.approx(0.05, abs=0.01)}
