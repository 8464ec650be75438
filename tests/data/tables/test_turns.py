"""Boxes and points of pictures that were turned, in the picture as shown."""

import numpy as np
import pytest
from castlist.data.tables.turns import boxes_as_shown, boxes_upright, points_as_shown, size_upright

SIZE = (50, 30)


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_a_box_of_the_turned_picture_is_on_the_same_pixels_of_the_shown_one(turn):
    shown = np.zeros((SIZE[1], SIZE[0]), int)
    shown[4:9, 20:32] = 1
    rows, columns = np.nonzero(np.rot90(shown, turn))
    box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    np.testing.assert_array_equal(boxes_as_shown([box], turn, SIZE), [[20, 4, 32, 9]])
    np.testing.assert_array_equal(boxes_upright([[20, 4, 32, 9]], turn, SIZE), [box])


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_points_keep_their_order_and_move_with_the_picture(turn):
    shown = np.zeros((SIZE[1], SIZE[0]), int)
    shown[4, 20], shown[25, 3] = 1, 2
    turned = np.rot90(shown, turn)
    points = [np.argwhere(turned == number)[0][::-1] + 0.5 for number in (1, 2)]
    expected = [[20.5, 4.5], [3.5, 25.5]]
    np.testing.assert_allclose(points_as_shown(points, turn, SIZE), expected)


def test_no_box_stays_none():
    assert np.isnan(boxes_as_shown(np.full((2, 4), np.nan), 1, SIZE)).all()


def test_sides_change_places_with_a_quarter_turn():
    assert [size_upright(SIZE, turn) for turn in range(4)] == [SIZE, SIZE[::-1], SIZE, SIZE[::-1]]
