import numpy as np
from castlist.clustering.stages.windows import film_windows, photo_windows
from castlist.data.tables.events import EVENT_GAP_S
from hypothesis import given
from hypothesis import strategies as st

TRACKS = st.lists(
    st.tuples(st.integers(0, 2), st.floats(0, 500), st.floats(0, 100)), min_size=1, max_size=20
)
PHOTOS = st.lists(
    st.tuples(st.integers(0, 2), st.one_of(st.floats(0, 1e6), st.just(np.nan), st.just(np.inf))),
    max_size=20,
)


def _film(places):
    """(film, start in s, length in s) of each row, as film_windows wants them."""
    film, start_s, length_s = np.array(places, dtype=float).reshape(-1, 3).T
    return film.astype(np.int64), start_s, start_s + length_s


def _rows(windows):
    return [(own.context.tolist(), own.decided.tolist()) for own in windows]


def _decided(windows):
    return sorted(row for own in windows for row in own.decided.tolist())


def test_a_film_is_cut_into_windows_that_overlap_by_half():
    # windows of 100 s round 0, 50, 100 ...; rows are moments at 0, 30, 60, 95, 110
    places = [(0, time_s, 0) for time_s in (0, 30, 60, 95, 110)]
    windows = film_windows(*_film(places), 100.0)
    assert _rows(windows) == [
        ([0, 1], [0]),  # -50 to 50
        ([0, 1, 2, 3], [1, 2]),  # 0 to 100
        ([2, 3, 4], [3, 4]),  # 50 to 150
    ]


def test_a_long_track_is_in_every_window_it_reaches_into():
    windows = film_windows(*_film([(0, 0, 400), (0, 10, 0)]), 100.0)
    assert _rows(windows) == [([0, 1], [1]), ([0], [0])]


def test_films_share_no_window():
    windows = film_windows(*_film([(0, 5, 0), (1, 5, 0)]), 100.0)
    assert _rows(windows) == [([0], [0]), ([1], [1])]


@given(TRACKS, st.floats(1, 300))
def test_every_row_of_a_film_is_decided_once_where_it_may_be_compared(places, window_s):
    windows = film_windows(*_film(places), window_s)
    assert _decided(windows) == list(range(len(places)))
    assert all(set(own.decided) <= set(own.context) for own in windows)


@given(TRACKS, st.floats(1, 300))
def test_a_row_is_compared_with_all_within_a_quarter_of_the_window(places, window_s):
    film, start_s, end_s = _film(places)
    middle = (start_s + end_s) / 2
    for own in film_windows(film, start_s, end_s, window_s):
        for row in own.decided:
            near = (film == film[row]) & (np.abs(middle - middle[row]) < 0.249 * window_s)
            assert set(np.flatnonzero(near)) <= set(own.context)


def test_photos_are_one_event_until_a_gap_of_more_than_two_hours():
    time_s = np.array([0.0, EVENT_GAP_S, 2 * EVENT_GAP_S, 3 * EVENT_GAP_S + 1])
    assert _rows(photo_windows(np.zeros(4, np.int64), time_s)) == [
        ([0, 1, 2], [0, 1, 2]),
        ([3], [3]),
    ]


def test_photos_are_put_into_order_first():
    time_s = np.array([9.0, 0, 9, 1]) * EVENT_GAP_S
    events = photo_windows(np.zeros(4, np.int64), time_s)
    assert [own.decided.tolist() for own in events] == [[1, 3], [0, 2]]


def test_times_count_across_folders():
    assert _decided(photo_windows(np.array([0, 1]), np.array([0.0, 60]))[:1]) == [0, 1]


def test_photos_without_a_time_are_one_event_per_folder():
    time_s = np.array([np.nan, np.nan, 5.0, np.nan])
    events = photo_windows(np.array([1, 0, 1, 1]), time_s)
    assert [own.decided.tolist() for own in events] == [[2], [1], [0, 3]]


@given(PHOTOS)
def test_every_photo_is_decided_once_among_all_of_its_event(photos):
    folder, time_s = np.array(photos, dtype=float).reshape(-1, 2).T
    events = photo_windows(folder.astype(np.int64), time_s)
    assert _decided(events) == list(range(len(photos)))
    assert all(own.context.tolist() == own.decided.tolist() for own in events)


def test_nothing_needs_no_window():
    none = np.empty(0, np.int64)
    assert film_windows(none, np.empty(0), np.empty(0), 100.0) == []
    assert photo_windows(none, np.empty(0)) == []
