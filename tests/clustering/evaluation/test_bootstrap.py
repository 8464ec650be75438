import numpy as np
import pytest
from castlist.clustering.evaluation import bootstrap as bootstrap_module
from castlist.clustering.evaluation.bootstrap import Interval, bootstrap
from castlist.clustering.evaluation.gain import LabelledFaces


def _labelled(right, unit):
    """Faces of one person, found; ``before`` is their row number, ``after`` says right (0)."""
    num_rows = len(right)
    blank = np.full(num_rows, np.nan)
    return LabelledFaces(
        name=np.full(num_rows, "ana"),
        found=np.ones(num_rows, bool),
        before=np.arange(num_rows),
        after=np.where(right, 0, -1),
        unit=np.asarray(unit),
        strength=blank,
        height_px=blank,
        outfit=np.full(num_rows, ""),
        yaw_deg=blank,
        pitch_deg=blank,
        visibility=blank,
    )


def _known(results):
    rows = [result.after != -1 for result in results]
    return {"known": float(np.concatenate(rows).mean())} if sum(map(len, rows)) else {}


def test_faces_of_one_track_are_drawn_together():
    labelled = _labelled(np.ones(6, bool), [7, 7, 7, 3, 3, 9])
    members = {7: {0, 1, 2}, 3: {3, 4}, 9: {5}}

    def units_are_whole(results):
        drawn = results[0].before
        times = {row: int((drawn == row).sum()) for row in range(6)}
        assert all(len({times[row] for row in rows}) == 1 for rows in members.values())
        return {"tracks": float(sum(times[min(rows)] for rows in members.values()))}

    interval = bootstrap([labelled], units_are_whole, 50)
    assert interval["tracks"] == Interval(3.0, 3.0)  # as many as there are


def test_one_track_leaves_no_doubt_and_no_certainty_either():
    labelled = _labelled([True, False, True, True], [1, 1, 1, 1])
    assert bootstrap([labelled], _known)["known"] == Interval(0.75, 0.75)


def test_tracks_are_less_certain_than_their_faces():
    """Ten tracks of twenty equal faces: nearly the interval of ten coins, not of two hundred."""
    right = np.repeat([True, False] * 5, 20)
    by_track = bootstrap([_labelled(right, np.repeat(np.arange(10), 20))], _known)["known"]
    by_face = bootstrap([_labelled(right, np.arange(200))], _known)["known"]
    # the binomial with n = 10, p = 1/2 has its 2.5 and 97.5 % points at 2 and 8
    assert by_track == Interval(0.2, 0.8)
    # sd = sqrt(0.25 / 200) = 0.035
    assert by_face.low == pytest.approx(0.5 - 1.96 * 0.0354, abs=0.01)
    assert by_face.high == pytest.approx(0.5 + 1.96 * 0.0354, abs=0.01)


def test_results_are_resampled_each_on_its_own():
    sure, unsure = _labelled([True] * 5, range(5)), _labelled([True, False] * 4, range(8))

    def lengths(results):
        assert results[0].after.tolist() == [0] * 5
        return {"rows": float(sum(len(result) for result in results))}

    intervals = bootstrap([sure, unsure], lengths, 20)
    assert intervals["rows"] == Interval(13.0, 13.0)


def test_the_same_seed_gives_the_same_interval_and_another_another(monkeypatch):
    labelled = _labelled(np.arange(30) % 3 == 0, np.arange(30))
    one, again = bootstrap([labelled], _known), bootstrap([labelled], _known)
    assert one == again
    monkeypatch.setattr(bootstrap_module, "_SEED", 1)
    assert bootstrap([labelled], _known, 30) != one


def test_a_figure_that_most_draws_do_not_define_has_no_interval():
    labelled = _labelled([True] + [False] * 3, range(4))
    rare = bootstrap([labelled], lambda r: {"rare": 1.0} if (r[0].after == 0).all() else {})
    assert rare == {}


def test_no_faces_have_no_interval():
    assert bootstrap([_labelled([], [])], _known) == {}
    assert bootstrap([], _known) == {}
