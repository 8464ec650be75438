import numpy as np
import pytest
from castlist.data.result.facts import SourceFacts
from castlist.data.result.intervals import BRIDGE_S, intervals
from castlist.data.tables.faces import Faces

FILM = SourceFacts("a.mp4", duration_s=10.0, fps=25, looked_at_fps=5, cuts_s=(2.0,))


def table(times, shot=-1, track=-1):
    count = len(times)
    return Faces.of_detections(
        source=["a.mp4"] * count,
        frame=np.arange(count),
        time_s=times,
        box=np.tile([0, 0, 1, 1], (count, 1)),
        shot=np.broadcast_to(shot, count),
        track=np.broadcast_to(track, count),
    )


def spans(faces, film=FILM, kinds=None):
    kinds = None if kinds is None else np.asarray(kinds)
    found = intervals(faces, np.arange(len(faces)), film, kinds)
    return [(round(part.start_s, 6), round(part.end_s, 6), part.kind) for part in found]


def test_worked_by_hand():
    faces = table([0.0, 0.2, 0.4, 1.8, 2.0, 2.2], shot=[0, 0, 0, 0, 1, 1])
    # 0.4 to 1.8 is too long a pause even in one shot; a cut alone parts nothing
    assert spans(faces) == [(0.0, 0.6, 0), (1.8, 2.4, 0)]


def test_an_interval_ends_at_the_next_cut_and_at_the_end_of_what_was_looked_at():
    assert spans(table([1.6, 1.8, 1.95])) == [(1.6, 2.0, 0)]
    assert spans(table([9.9])) == [(9.9, 10.0, 0)]
    film = SourceFacts("a.mp4", duration_s=10.0, looked_at_fps=5, end_s=5.0)
    assert spans(table([4.8, 4.9]), film) == [(4.8, 5.0, 0)]


def test_a_face_on_the_first_frame_after_a_cut_does_not_end_there():
    assert spans(table([2.0 - 1e-7])) == [(2.0, 2.2, 0)]


def test_a_blink_is_bridged_inside_a_shot_but_not_across_shots():
    pause = [3.0, 3.0 + 0.9 * BRIDGE_S]
    assert len(spans(table(pause, shot=1))) == 1
    assert len(spans(table(pause, shot=[1, 2]))) == 2
    assert len(spans(table(pause, shot=-1))) == 2


def test_a_track_is_one_interval_however_long_its_gap():
    assert spans(table([3.0, 7.0], track=4)) == [(3.0, 7.2, 0)]
    assert len(spans(table([3.0, 7.0], track=[4, 5]))) == 2


def test_another_kind_begins_a_new_interval_without_a_gap():
    faces = table([3.0, 3.2, 3.4, 3.6], track=1)
    assert spans(faces, kinds=[0, 0, 2, 2]) == [(3.0, 3.4, 0), (3.4, 3.8, 2)]


def test_one_of_two_kinds_in_a_frame_is_kept():
    assert spans(table([3.0, 3.0, 3.2]), kinds=[0, 2, 2]) == [(3.0, 3.4, 2)]


def test_no_rows_and_no_times_give_nothing():
    assert spans(table([])) == []
    assert spans(table([np.nan, np.nan])) == []


def test_a_film_of_unknown_length_ends_a_period_after_the_last_face():
    assert spans(table([1.0]), SourceFacts("a.mp4", looked_at_fps=4)) == [(1.0, 1.25, 0)]


def test_the_period_is_that_of_the_slower_of_film_and_looking():
    assert SourceFacts("a", fps=2, looked_at_fps=5).period_s == 0.5
    assert SourceFacts("a", duration_s=30, num_frames=10).period_s == 3.0
    assert SourceFacts("a").period_s > 0


def naive(times, shot, track, film):
    """Walk through the faces one by one."""
    parts = []
    for number, time_s in enumerate(times):
        if parts:
            before = number - 1
            gap_s = time_s - times[before]
            if (
                gap_s <= 1.5 * film.period_s
                or (track[number] == track[before] and track[number] >= 0)
                or (shot[number] == shot[before] and shot[number] >= 0 and gap_s <= BRIDGE_S)
            ):
                parts[-1][1] = time_s
                continue
        parts.append([time_s, time_s])
    ends = []
    for start_s, last_s in parts:
        limits = [last_s + film.period_s, film.duration_s]
        limits += [cut for cut in film.cuts_s if cut > last_s + 1e-3][:1]
        ends.append((start_s, max(min(limits), last_s)))
    return ends


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_a_naive_walk(seed):
    rng = np.random.default_rng(seed)
    times = np.sort(rng.choice(np.arange(0, 60, 0.2) + 0.013, 120, replace=False))
    film = SourceFacts("a.mp4", duration_s=60, looked_at_fps=5, cuts_s=tuple(range(3, 60, 3)))
    shot = np.searchsorted(film.cuts_s, times)
    track = rng.integers(-1, 6, 120)
    faces = table(times, shot, track)
    shuffled = rng.permutation(120)
    found = intervals(faces, shuffled, film)
    expected = naive(times.tolist(), shot, track, film)
    assert len(expected) > 3
    np.testing.assert_allclose([(part.start_s, part.end_s) for part in found], expected)
