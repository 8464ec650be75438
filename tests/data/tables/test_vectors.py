"""Which vectors are out of scale."""

import numpy as np
import pytest
from castlist.data.tables.vectors import out_of_scale

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


def test_of_two_the_longer_is_out_of_scale():
    assert out_of_scale(np.array([[1e4, 0.0], [0.0, 1.0]])).tolist() == [True, False]


def test_rows_without_a_vector_are_not_out_of_scale():
    assert out_of_scale(np.array([[NAN, 1], [1, 0], [NAN, NAN]])).tolist() == [False] * 3
    assert out_of_scale(np.empty((3, 0))).tolist() == [False] * 3
    assert out_of_scale(np.empty((0, 3))).tolist() == []
