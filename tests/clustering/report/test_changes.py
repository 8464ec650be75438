import numpy as np
from castlist.clustering.report.changes import find_changes, find_refusals, tally
from castlist.data.tables.codes import DecidedBy, Reason
from castlist.data.tables.faces import Faces

FACE, CLOTH, NONE = DecidedBy.FACE, DecidedBy.CLOTH, DecidedBy.NONE


def table(before, now, **columns):
    count = len(before)
    return Faces.of_detections(
        source=["a.mp4"] * count,
        frame=np.arange(count),
        time_s=np.arange(count) / 5,
        box=np.tile([0, 0, 1, 1], (count, 1)),
        person_before=before,
        person=now,
        **columns,
    )


def test_counts_worked_by_hand():
    faces = table(
        before=[0, 0, -1, -1, 1, 1, 1, 0],
        now=[0, 0, 0, -1, 1, 0, -1, 0],
        decided_by=[FACE, FACE, CLOTH, NONE, FACE, CLOTH, NONE, CLOTH],
        strength=[0.95, 0.94, 0.7, 0, 0.98, 0.6, 0, 0.6],
        reason=[0, 0, Reason.SAME_CLOTHES, 0, 0, Reason.SAME_CLOTHES, 0, Reason.CLOTHES_AGREE],
    )
    counts = tally(faces)
    assert (counts.faces, counts.unknown_before, counts.unknown_after) == (8, 2, 2)
    assert (counts.people_before, counts.people_after) == (2, 2)
    assert (counts.strong, counts.low_confidence, counts.by_cloth) == (2, 1, 3)
    assert (counts.returned, counts.moved, counts.dropped, counts.confirmed) == (1, 1, 1, 1)


def test_people_numbered_as_before_are_no_change():
    faces = table(before=[0, 0, 1, 1], now=[0, 0, 1, 1], decided_by=[FACE, FACE, CLOTH, CLOTH])
    assert find_changes(faces, np.arange(4)) == []
    assert (tally(faces).moved, tally(faces).returned, tally(faces).dropped) == (0, 0, 0)


def test_a_person_whose_faces_all_went_elsewhere_is_gone():
    faces = table(before=[0, 1, 1], now=[0, 0, 0], decided_by=[FACE, CLOTH, CLOTH], track=[0, 1, 1])
    (change,) = find_changes(faces, np.arange(3))
    assert (change.before, change.after) == (None, 0)
    assert (tally(faces).people_before, tally(faces).people_after) == (2, 1)
    assert tally(faces).moved == 2


def test_changes_are_grouped_by_track():
    faces = table(
        before=[-1] * 5,
        now=[0, 0, 0, 1, 1],
        decided_by=[CLOTH] * 5,
        track=[7, 7, 7, -1, -1],
        strength=[0.5, 0.6, 0.7, 0.8, 0.9],
        second_person=[2, 2, 1, -1, -1],
    )
    changes = find_changes(faces, np.arange(5)[::-1])
    assert [change.rows.tolist() for change in changes] == [[4], [3], [2, 1, 0]]
    track = changes[-1]
    assert (track.before, track.after, track.second_person) == (-1, 0, 2)
    assert round(track.strength, 3) == 0.6


def refused(*rows):
    """Make a table of unknown faces: (reason, about whom, evidence)."""
    reason, about, evidence = zip(*rows, strict=True)
    unknown = [-1] * len(rows)
    return table(
        before=unknown,
        now=unknown,
        decided_by=[NONE] * len(rows),
        reason=reason,
        about=about,
        cloth_evidence=evidence,
    )


def test_reasons_that_differ_in_numbers_only_count_as_one():
    faces = refused(
        (Reason.NOT_CLEAR, 0, 0.12),
        (Reason.NO_CLOTHES, -1, np.nan),
        (Reason.NOT_CLEAR, 0, 0.05),
        (Reason.NONE, -1, np.nan),
    )
    refusals = find_refusals(faces, np.array([3, 2, 1, 0]))
    assert [refusal.rows.tolist() for refusal in refusals] == [[2, 0], [3], [1]]
    assert [refusal.reason for refusal in refusals] == [
        *(Reason.NOT_CLEAR, Reason.NONE, Reason.NO_CLOTHES)
    ]
    assert [refusal.varies for refusal in refusals] == [True, False, False]


def test_reasons_that_are_about_one_person_and_measured_alike_do_not_vary():
    alike = (Reason.SAME_PICTURE, 0, 0.5)
    assert [own.varies for own in find_refusals(refused(alike, alike), np.arange(2))] == [False]
    other = (Reason.SAME_PICTURE, 1, 0.5)
    assert [own.varies for own in find_refusals(refused(alike, other), np.arange(2))] == [True]


def test_what_is_about_nobody_never_varies():
    nobody = (Reason.CLOTHES_DO_NOT_TELL, 0, 0.1), (Reason.CLOTHES_DO_NOT_TELL, 1, 0.2)
    assert [own.varies for own in find_refusals(refused(*nobody), np.arange(2))] == [False]


def test_an_empty_table_has_nothing_to_tell():
    faces = Faces.empty()
    assert tally(faces).faces == 0
    assert find_changes(faces, np.empty(0, np.int64)) == []
    assert find_refusals(faces, np.empty(0, np.int64)) == []
