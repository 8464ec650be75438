import numpy as np
from castlist.clustering.report.changes import (
    find_changes,
    find_refusals,
    is_changed,
    person_before_as_now,
    tally,
)
from castlist.data.tables.codes import DecidedBy
from castlist.data.tables.faces import Faces

FACE, CLOTH, NONE = DecidedBy.FACE, DecidedBy.CLOTH, DecidedBy.NONE


def table(before, now, evidence, **columns):
    count = len(before)
    return Faces.of_detections(
        source=["a.mp4"] * count,
        frame=np.arange(count),
        time_s=np.arange(count) / 5,
        box=np.tile([0, 0, 1, 1], (count, 1)),
        person_before=before,
        person=now,
        decided_by=evidence,
        **columns,
    )


def test_counts_worked_by_hand():
    faces = table(
        before=[0, 0, -1, -1, 1, 1, 1, 0],
        now=[0, 0, 0, -1, 1, 0, -1, 0],
        decided_by=[FACE, FACE, CLOTH, NONE, FACE, CLOTH, NONE, CLOTH],
        strength=[0.9, 0.4, 0.7, 0, 0.8, 0.6, 0, 0.6],
    )
    counts = tally(faces)
    assert (counts.faces, counts.unknown_before, counts.unknown_after) == (8, 2, 2)
    assert (counts.people_before, counts.people_after) == (2, 2)
    assert (counts.strong, counts.low_confidence, counts.by_cloth) == (2, 1, 3)
    assert (counts.returned, counts.moved, counts.dropped, counts.confirmed) == (1, 1, 1, 1)
    assert is_changed(faces).tolist() == [False, False, True, False, False, True, True, False]


def test_people_numbered_anew_after_stage_2_are_no_change():
    faces = table(
        before=[0, 0, 1, 1, -1], now=[1, 1, 0, 0, 0], decided_by=[FACE, FACE, FACE, FACE, CLOTH]
    )
    assert person_before_as_now(faces).tolist() == [1, 1, 0, 0, -1]
    assert is_changed(faces).tolist() == [False] * 4 + [True]


def test_a_person_that_only_clothing_confirmed_lives_on():
    faces = table(before=[0, 0, 1, 1], now=[0, 0, 1, 1], decided_by=[FACE, FACE, CLOTH, CLOTH])
    assert not is_changed(faces).any()


def test_a_person_whose_faces_all_went_elsewhere_is_gone():
    faces = table(before=[0, 1, 1], now=[0, 0, 0], decided_by=[FACE, CLOTH, CLOTH])
    (change,) = find_changes(faces[:2], np.arange(2))
    assert change.before is None
    assert change.after == 0
    assert tally(faces).moved == 2


def test_changes_are_grouped_by_track_with_the_most_frequent_reason():
    faces = table(
        before=[-1] * 5,
        now=[0, 0, 0, 1, 1],
        decided_by=[CLOTH] * 5,
        track=[7, 7, 7, -1, -1],
        strength=[0.5, 0.6, 0.7, 0.8, 0.9],
        reason=["same coat", "same hat", "same coat", "x", "y"],
        second_person=[2, 2, 1, -1, -1],
    )
    changes = find_changes(faces, np.arange(5)[::-1])
    assert [change.rows.tolist() for change in changes] == [[4], [3], [2, 1, 0]]
    track = changes[-1]
    assert (track.before, track.after, track.second_person, track.reason) == (-1, 0, 2, "same coat")
    assert round(track.strength, 3) == 0.6


def test_reasons_that_differ_in_numbers_only_count_as_one():
    faces = table(
        before=[-1] * 4,
        now=[-1] * 4,
        decided_by=[NONE] * 4,
        reason=["margin 0.12 under 0.2", "no clothes", "margin 0.05 under 0.2", ""],
    )
    refusals = find_refusals(faces, np.arange(4))
    assert [refusal.rows.tolist() for refusal in refusals] == [[0, 2], [1], [3]]
    assert refusals[0].num_wordings == 2
    assert refusals[0].example == "margin 0.12 under 0.2"
    assert refusals[2].example == "no reason was noted"


def test_an_empty_table_has_nothing_to_tell():
    faces = Faces.empty()
    assert tally(faces).faces == 0
    assert find_changes(faces, np.empty(0, np.int64)) == []
    assert find_refusals(faces, np.empty(0, np.int64)) == []
