"""Events of photos: what is shown together, and within which clothes are compared."""

import numpy as np
import pytest
from castlist.data.tables.events import EVENT_GAP_S, folder_of, photo_events


def events(folder, time_s):
    found = photo_events(np.array(folder, np.int64), np.array(time_s, np.float64))
    return [event.tolist() for event in found]


def test_a_gap_of_more_than_two_hours_begins_a_new_event():
    assert EVENT_GAP_S == 2 * 60 * 60
    assert events([0] * 3, [0, EVENT_GAP_S, 2 * EVENT_GAP_S + 1]) == [[0, 1], [2]]


def test_rows_of_one_time_stay_in_the_order_given():
    assert events([0] * 4, [60, 0, 60, 0]) == [[1, 3, 0, 2]]


def test_undated_photos_come_last_folder_by_folder():
    nan = np.nan
    assert events([1, 0, 1, 2], [nan, nan, 5, nan]) == [[2], [1], [0], [3]]


def test_no_photos_are_no_events():
    assert events([], []) == []


@pytest.mark.parametrize(
    ("name", "folder"), [("a.jpg", ""), ("trip/a.jpg", "trip"), ("trip/day 1/a.jpg", "trip/day 1")]
)
def test_the_folder_of_a_photo_is_what_comes_before_its_last_part(name, folder):
    assert folder_of(name) == folder
