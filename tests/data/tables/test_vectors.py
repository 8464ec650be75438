"""Which vectors are out of scale."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from castlist.data.tables.vectors import Vectors, is_whole, out_of_scale

NAN = np.nan


@pytest.mark.parametrize("factor", [1e3, 1e6, 1e30, 1e-3, 1e-6, 0.0])
def test_a_row_far_longer_or_shorter_than_most_is_out_of_scale(factor):
    vectors = np.random.default_rng(0).normal(size=(9, 16))
    vectors[4] *= factor
    assert np.flatnonzero(out_of_scale(vectors)).tolist() == [4]


def test_lengths_that_say_how_clear_a_face_is_are_in_scale():
    assert not out_of_scale(np.linspace(5, 110, 20)[:, None] * np.ones((20, 8))).any()


def test_the_scale_itself_does_not_matter():
    vectors = np.random.default_rng(0).normal(size=(9, 4))
    for scale in (1e-200, 1e200):
        assert not out_of_scale(scale * vectors).any()


def test_the_longer_of_two_vectors_is_out_of_scale():
    assert out_of_scale(np.array([[1e4, 0.0], [0.0, 1.0]])).tolist() == [True, False]


def test_rows_without_a_vector_are_not_out_of_scale():
    assert out_of_scale(np.array([[NAN, 1], [1, 0], [NAN, NAN]])).tolist() == [False] * 3
    assert out_of_scale(np.empty((3, 0))).tolist() == [False] * 3
    assert out_of_scale(np.empty((0, 3))).tolist() == []


ROWS = np.array([[1, 2, 3], [NAN, NAN, NAN], [4, NAN, 6], [7, 8, 9]], dtype=np.float32)


def test_vectors_read_like_the_array_they_were_made_of():
    vectors = Vectors.of(ROWS)
    assert (vectors.shape, vectors.dtype, len(vectors)) == (ROWS.shape, np.float32, 4)
    np.testing.assert_array_equal(np.asarray(vectors), ROWS)


@pytest.mark.parametrize(
    "key",
    [2, 1, -1, slice(1, 3), slice(None), np.array([3, 1, 1]), ROWS[:, 0] > 3, np.array([], int)],
    ids=str,
)
def test_rows_of_vectors_are_those_of_the_array(key):
    vectors = Vectors.of(ROWS)
    np.testing.assert_array_equal(vectors[key], ROWS[key])
    np.testing.assert_array_equal(vectors[key, 1:], ROWS[key][..., 1:])


@pytest.mark.parametrize(
    "key",
    [
        (1, 2),
        (slice(None), 0),
        ([0, 1], [0, 2]),
        (ROWS[:, 0] > 3, 1),
        (None, 0),
        (..., 0),
        (slice(None), slice(None), None),
        (True, slice(0, 2)),
        (slice(None), [2, 0]),
        (np.array([[0, 1], [2, 3]]), slice(1, None)),
        (),
    ],
    ids=str,
)
def test_any_part_of_vectors_is_that_of_the_array(key):
    part = Vectors.of(ROWS)[key]
    np.testing.assert_array_equal(part, ROWS[key])
    assert np.shape(part) == ROWS[key].shape


@pytest.mark.parametrize(
    "use",
    [
        lambda rows: rows.mean(axis=0),
        lambda rows: np.nanmean(rows, axis=0),
        lambda rows: rows[::3] @ rows.T,
        lambda rows: 2 * rows - rows,
        lambda rows: rows == rows,
        lambda rows: np.add(rows, 1, where=np.isfinite(rows), out=np.zeros((4, 3), np.float32)),
        lambda rows: rows.astype(np.float64),
        lambda rows: (rows.ndim, rows.size),
        lambda rows: pd.DataFrame(rows),
        lambda rows: pickle.loads(pickle.dumps(rows)),
        lambda rows: copy.deepcopy(rows),
        lambda rows: [*rows],
    ],
)
def test_vectors_are_used_like_the_array(use):
    np.testing.assert_array_equal(np.asarray(use(Vectors.of(ROWS))), np.asarray(use(ROWS)))


def test_what_no_array_has_vectors_have_not():
    vectors = Vectors.of(ROWS)
    assert repr(vectors) == "<Vectors 4 x 3, 3 rows have one>"
    with pytest.raises(AttributeError, match="nothing"):
        _ = vectors.nothing


def test_only_rows_with_a_number_are_kept():
    assert len(Vectors.of(ROWS).kept) == 3


@pytest.mark.parametrize("key", [slice(1, 3), np.array([3, 1, 1]), ROWS[:, 0] > 3, np.arange(4)])
def test_taken_rows_keep_no_others(key):
    taken = Vectors.of(ROWS).take(key)
    np.testing.assert_array_equal(np.asarray(taken), ROWS[key])
    assert len(taken.kept) == len(np.unique(taken.place[taken.place >= 0]))


def test_vectors_are_joined_in_their_order():
    joined = Vectors.concatenate([Vectors.of(ROWS), Vectors.of(ROWS[:0]), Vectors.of(ROWS[::-1])])
    np.testing.assert_array_equal(np.asarray(joined), np.concatenate([ROWS, ROWS[::-1]]))


def test_vectors_of_other_lengths_are_not_joined():
    with pytest.raises(ValueError, match="dimension"):
        Vectors.concatenate([Vectors.of(ROWS), Vectors.of(ROWS[:, 1:])])


def test_rows_can_lose_their_vector():
    vectors = Vectors.of(ROWS)
    without = vectors.without(np.array([True, False, False, False]))
    assert np.isnan(without[0]).all()
    np.testing.assert_array_equal(without[1:], ROWS[1:])
    np.testing.assert_array_equal(vectors[0], ROWS[0])  # the vectors themselves never change


@pytest.mark.parametrize("rows", [ROWS, ROWS[:0], ROWS[:, :0], np.full((2, 3), NAN)])
def test_a_row_is_whole_without_nan(rows):
    expected = [bool(len(row)) and bool(np.isfinite(row).all()) for row in rows]
    assert is_whole(rows).tolist() == is_whole(Vectors.of(rows)).tolist() == expected


def test_vectors_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        Vectors.of(ROWS).kept[0] = 0
