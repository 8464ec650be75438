import tracemalloc

import numpy as np
import pytest
from castlist.clustering.evidence.vectors import (
    UnitRows,
    parts_of,
    unit_rows,
    units_of_parts,
    without_directions,
)


def test_rows_get_unit_length_and_rows_without_a_direction_none():
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0], [np.nan, np.nan]]))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0], [0, 0]])


def test_unit_rows_made_when_asked_for_are_the_same():
    rows = np.random.default_rng(0).normal(size=(5000, 8))  # more than one block
    rows[3], rows[4], rows[7, 2] = 0, np.nan, np.nan
    units, lazy = unit_rows(rows), UnitRows.of(rows)
    assert len(lazy) == len(units)
    for some in (np.arange(3), np.array([4, 3, 7]), np.array([[4999, 4], [3, 9]])):
        np.testing.assert_array_equal(lazy[some], units[some])


def test_unit_rows_made_when_asked_for_take_no_memory():
    rows = np.ones((20_000, 64))
    tracemalloc.start()
    units = units_of_parts(rows, {"a": (0, 32), "b": (32, 64)})
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(units["b"]) == len(rows)
    assert kept < rows.nbytes / 10


def test_unit_rows_need_little_memory_beside_themselves():
    rows = np.ones((40_000, 64))
    tracemalloc.start()
    unit_rows(rows)
    largest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert largest < 1.5 * rows.nbytes


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
