import numpy as np
import pytest
from castlist.clustering.evidence.vectors import (
    common_cosines,
    parts_of,
    quantiles,
    unit_rows,
    without_directions,
)


def test_rows_get_unit_length_and_rows_without_a_direction_none():
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0], [np.nan, np.nan]]))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0], [0, 0]])


def test_parts_are_scaled_by_themselves():
    parts = parts_of(np.array([[3.0, 4.0, 7.0]]), {"a": (0, 2), "b": (2, 3)})
    np.testing.assert_allclose(parts["a"], [[0.6, 0.8]])
    np.testing.assert_allclose(parts["b"], [[1.0]])


def test_exactly_the_directions_are_taken_off():
    left = without_directions(np.array([[0.6, 0.0, 0.8], [0.0, 1.0, 0.0]]), np.eye(3)[:1])
    np.testing.assert_allclose(left, [[0, 0, 1], [0, 1, 0]])  # and the rest gets unit length
    rows, units = np.linalg.qr(np.random.default_rng(0).normal(size=(8, 3)))[0].T, _units(5)
    left = without_directions(units, rows)
    np.testing.assert_allclose(left @ rows.T, 0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(left, axis=1), 1)
    spanned = np.concatenate([rows, left[:1]])  # what is left is what was there beside them
    np.testing.assert_allclose(np.linalg.lstsq(spanned.T, units[0], rcond=None)[1], 0, atol=1e-12)


def test_without_directions_nothing_changes():
    units = _units(5)
    assert without_directions(units, np.zeros((0, 8))) is units
    columns = {"a": (0, 4), "b": (4, 8)}
    one = parts_of(units, columns, {"a": np.eye(4)[:1]})
    np.testing.assert_array_equal(one["b"], parts_of(units, columns)["b"])
    assert (one["a"][:, 0] == 0).all()


def test_directions_of_other_vectors_are_refused():
    with pytest.raises(ValueError, match="expected 5 numbers each"):
        without_directions(_units(5), np.eye(5)[:2])


def _units(count, seed=0):
    return unit_rows(np.random.default_rng(seed).normal(size=(count, 8)) + 0.4)


def _naive(units, use, film, otherwise, at_most):
    common = []
    for row in range(len(units)):
        others = [k for k in range(len(units)) if use[k] and film[k] == film[row]]
        if len(others) <= 5:
            common.append(otherwise)
            continue
        cosines = [float(units[row] @ units[k]) for k in others if k != row]
        common.append(min(max(np.quantile(cosines, 0.3), -1.0), at_most))
    return common


def test_the_common_part_is_the_lower_third_of_cosines():
    units, film = _units(30), np.repeat([0, 1, 2], [14, 12, 4])
    use = np.random.default_rng(1).random(30) < 0.8
    found = common_cosines(units, use, film, 0.2, 0.5)
    np.testing.assert_allclose(found, _naive(units, use, film, 0.2, 0.5))


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
    np.testing.assert_array_equal(quantiles(rows, share), np.nanquantile(rows, share, axis=1))
