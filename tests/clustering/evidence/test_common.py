import numpy as np
import pytest
from castlist.clustering.evidence.common import common_cosines, compared_with, quantiles
from castlist.clustering.evidence.vectors import unit_rows


def _units(count, seed=0):
    return unit_rows(np.random.default_rng(seed).normal(size=(count, 8)) + 0.4)


def _naive(units, use, film, otherwise, at_most, own_share=None):
    common = []
    for row in range(len(units)):
        others = [k for k in range(len(units)) if use[k] and film[k] == film[row]]
        if len(others) <= 5:
            common.append(otherwise)
            continue
        cosines = [float(units[row] @ units[k]) for k in others if k != row]
        own = 0 if own_share is None else own_share[row]
        low = 0.3 * min((1 - own) / 0.6, 1) ** 2
        common.append(min(max(np.quantile(cosines, low), -1.0), at_most))
    return common


def test_the_common_part_is_the_lower_third_of_cosines():
    units, film = _units(30), np.repeat([0, 1, 2], [14, 12, 4])
    use = np.random.default_rng(1).random(30) < 0.8
    found = common_cosines(units, use, film, 0.2, 0.5)
    np.testing.assert_allclose(found, _naive(units, use, film, 0.2, 0.5))


def test_of_whom_most_others_are_fewer_count():
    units, film = _units(30), np.zeros(30, np.int64)
    use, own_share = np.ones(30, dtype=bool), np.linspace(0, 1, 30)
    found = common_cosines(units, use, film, 0.2, 0.9, own_share)
    np.testing.assert_allclose(found, _naive(units, use, film, 0.2, 0.9, own_share))
    assert found[-1] == pytest.approx(np.min(units[-1] @ units.T))  # the least alike of all


def test_tracks_are_compared_with_those_of_their_film_and_few_of_many():
    film = np.repeat([0, 1, 2], [5, 900, 4200])
    use = np.ones(len(film), dtype=bool)
    found = list(compared_with(use, film))
    rows = np.concatenate([rows for rows, _ in found])
    np.testing.assert_array_equal(rows, np.flatnonzero(film > 0))  # five are too few
    for rows, others in found:
        assert len(others) == 400
        assert {*film[others]} == {*film[rows]}
        assert len(rows) <= 4000


def test_another_film_changes_nothing():
    units, film = _units(20), np.repeat([0, 1], 10)
    use = np.ones(20, dtype=bool)
    alone = common_cosines(units[:10], use[:10], film[:10], 0.0, 0.9)
    np.testing.assert_array_equal(common_cosines(units, use, film, 0.0, 0.9)[:10], alone)


def test_a_film_of_few_tracks_has_the_usual_common_part():
    found = common_cosines(_units(4), np.ones(4, dtype=bool), np.zeros(4, np.int64), 0.33, 0.5)
    assert found.tolist() == [0.33] * 4


def test_the_common_part_of_one_person_is_limited():
    same = np.tile(unit_rows(np.ones((1, 8))), (9, 1))
    assert (
        common_cosines(same, np.ones(9, dtype=bool), np.zeros(9, np.int64), 0.1, 0.25).max() == 0.25
    )


def test_no_tracks():
    none = np.zeros((0, 8))
    assert len(common_cosines(none, np.zeros(0, dtype=bool), np.zeros(0, np.int64), 0.0, 0.9)) == 0


@pytest.mark.parametrize("shape", [(300, 200), (5, 6), (7, 41), (1, 7)])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 1.0])
def test_a_quantile_of_rows_is_that_of_numpy(shape, share):
    rows = np.random.default_rng(0).normal(size=shape)
    rows[np.arange(min(shape)), np.arange(min(shape))] = np.nan
    found = quantiles(rows, np.full(len(rows), share))
    np.testing.assert_array_equal(found, np.nanquantile(rows, share, axis=1))
