from itertools import permutations

import numpy as np
import pytest
from castlist.clustering.evaluation import matching
from castlist.clustering.evaluation.matching import (
    FaceLabel,
    LookedAt,
    iou,
    match_labels,
    nearest_looked_at,
    overlaps,
)
from castlist.data.errors import InputError
from castlist.data.tables.faces import Faces
from castlist.data.tables.labels import Labels

NO_BOX = (np.nan,) * 4


def _faces(rows):
    """rows: (source, frame, box)"""
    return Faces.of_detections(
        source=np.array([row[0] for row in rows], np.str_),
        frame=np.array([row[1] for row in rows], np.int64),
        time_s=np.zeros(len(rows)),
        box=np.array([row[2] for row in rows], float).reshape(-1, 4),
    )


def _labels(rows):
    """rows: (source, frame, box, person)"""
    blank = np.full(len(rows), np.nan)
    return Labels(
        source=np.array([row[0] for row in rows], np.str_),
        frame=np.array([row[1] for row in rows], np.int64),
        box=np.array([row[2] for row in rows], float).reshape(-1, 4),
        person=np.array([row[3] for row in rows], np.str_),
        outfit=np.full(len(rows), ""),
        yaw_deg=blank,
        pitch_deg=blank,
        visibility=blank,
        where=np.array([f"labels.csv line {line}" for line in range(2, len(rows) + 2)], np.str_),
    )


def _film(frames, fps=10.0, cuts=()):
    frames = np.array(frames, np.int64)
    return LookedAt(frames, frames / fps, np.array(cuts, np.int64))


def test_iou_by_hand():
    # 10 x 10 and 10 x 10, shifted by 5: 50 shared of 150
    boxes, others = np.array([[0.0, 0, 10, 10]]), np.array([[5.0, 0, 15, 10], [20, 20, 30, 30]])
    np.testing.assert_allclose(iou(boxes, others), [[1 / 3, 0]])
    np.testing.assert_allclose(overlaps(boxes, others), [[50, 0]])


def test_a_label_meets_the_detection_it_overlaps():
    faces = _faces([("f", 3, (100, 0, 110, 10)), ("f", 3, (1, 0, 11, 10))])
    matches = match_labels(faces, _labels([("f", 3, (0, 0, 10, 10), "ana")]))
    assert matches.face_of_label.tolist() == [1]
    assert matches.label_of_face.tolist() == [FaceLabel.FALSE, 0]
    assert matches.looked_at.tolist() == [True]


def test_too_little_overlap_is_a_miss_and_a_false_face(monkeypatch):
    faces = _faces([("f", 3, (5, 0, 15, 10))])  # a third, see above
    labels = _labels([("f", 3, (0, 0, 10, 10), "ana")])
    matches = match_labels(faces, labels)
    assert matches.face_of_label.tolist() == [-1]
    assert matches.label_of_face.tolist() == [FaceLabel.FALSE]
    monkeypatch.setattr(matching, "MIN_IOU", 0.3)
    assert match_labels(faces, labels).face_of_label.tolist() == [0]


def test_two_detections_of_one_face_are_one_found_and_one_false():
    faces = _faces([("f", 0, (0, 0, 10, 11)), ("f", 0, (0, 0, 10, 10))])
    matches = match_labels(faces, _labels([("f", 0, (0, 0, 10, 10), "ana")]))
    assert matches.label_of_face.tolist() == [FaceLabel.FALSE, 0]


def test_greed_would_lose_a_face_that_the_hungarian_method_finds():
    # The first detection overlaps both labels, the second only ana's.
    faces = _faces([("f", 0, (2, 0, 12, 10)), ("f", 0, (-4, 0, 6, 10))])
    labels = _labels([("f", 0, (0, 0, 10, 10), "ana"), ("f", 0, (5, 0, 15, 10), "ben")])
    assert match_labels(faces, labels).face_of_label.tolist() == [1, 0]


def test_matching_equals_the_best_of_all_ways():
    rng = np.random.default_rng(1)
    for _ in range(60):
        num_faces, num_labels = rng.integers(1, 5, 2)
        boxes = np.concatenate([corner := rng.uniform(0, 12, (num_faces, 2)), corner + 10], axis=1)
        truth = np.concatenate([corner := rng.uniform(0, 12, (num_labels, 2)), corner + 10], axis=1)
        faces = _faces([("f", 0, box) for box in boxes])
        labels = _labels([("f", 0, box, f"person {i}") for i, box in enumerate(truth)])
        boxes = faces.box.astype(float)
        overlap = iou(boxes, truth)
        overlap[overlap < 0.4] = 0
        slots = [*range(num_faces), *[None] * num_labels]
        best = max(
            sum(overlap[face, label] for label, face in enumerate(chosen) if face is not None)
            for chosen in set(permutations(slots, int(num_labels)))
        )
        found = match_labels(faces, labels).face_of_label
        total = sum(overlap[face, label] for label, face in enumerate(found) if face >= 0)
        assert total == pytest.approx(best, abs=1e-9)
        assert all(overlap[face, label] >= 0.4 for label, face in enumerate(found) if face >= 0)


def test_frames_and_sources_are_kept_apart():
    faces = _faces([("f", 0, (0, 0, 10, 10)), ("f", 1, (0, 0, 10, 10)), ("g", 0, (0, 0, 10, 10))])
    matches = match_labels(faces, _labels([("g", 0, (0, 0, 10, 10), "ana")]))
    assert matches.label_of_face.tolist() == [FaceLabel.NOT_LABELLED, FaceLabel.NOT_LABELLED, 0]


def test_a_detection_on_no_face_is_marked_and_is_not_found():
    faces = _faces([("f", 0, (0, 0, 10, 10)), ("f", 0, (0, 1, 10, 11))])
    labels = _labels([("f", 0, (0, 0, 10, 10), "not_a_face")])
    matches = match_labels(faces, labels)
    assert matches.label_of_face.tolist() == [FaceLabel.NOT_A_FACE, FaceLabel.NOT_A_FACE]
    assert matches.face_of_label.tolist() == [-1]


def test_a_face_in_front_of_no_face_is_that_face():
    faces = _faces([("f", 0, (0, 0, 10, 10))])
    labels = _labels([("f", 0, (0, 0, 10, 10), "not_a_face"), ("f", 0, (0, 0, 10, 12), "ana")])
    assert match_labels(faces, labels).label_of_face.tolist() == [1]


def test_a_small_detection_inside_an_ignored_crowd_counts_for_nothing():
    faces = _faces([("f", 0, (50, 50, 60, 60)), ("f", 0, (96, 50, 106, 60))])
    labels = _labels([("f", 0, (0, 0, 100, 100), "ignore")])
    # the second lies with 4 of its 10 columns inside
    assert match_labels(faces, labels).label_of_face.tolist() == [
        FaceLabel.IGNORED,
        FaceLabel.FALSE,
    ]


def test_a_photo_without_a_box_means_the_largest_face():
    faces = _faces([("a.jpg", 0, (0, 0, 10, 10)), ("a.jpg", 0, (50, 0, 80, 30))])
    matches = match_labels(faces, _labels([("a.jpg", 0, NO_BOX, "ana")]))
    assert matches.face_of_label.tolist() == [1]
    assert matches.label_of_face.tolist() == [FaceLabel.NOT_LABELLED, 0]


def test_a_photo_in_which_nothing_was_found_is_a_miss():
    faces = _faces([("a.jpg", 0, (0, 0, 10, 10))])
    labels = _labels([("a.jpg", 0, NO_BOX, "ana"), ("b.jpg", 0, NO_BOX, "ben")])
    matches = match_labels(faces, labels)
    assert matches.face_of_label.tolist() == [0, -1]
    assert matches.looked_at.tolist() == [True, True]


def test_labels_of_another_film_are_refused_with_the_line():
    faces = _faces([("f", 0, (0, 0, 10, 10))])
    with pytest.raises(InputError, match=r"line 2: expected one of the sources f, got g"):
        match_labels(faces, _labels([("g", 0, (0, 0, 10, 10), "ana")]))
    labels = _labels([("f", 0, (0, 0, 10, 10), "ana"), ("g", 0, (0, 0, 10, 10), "ana")])
    with pytest.raises(InputError, match=r"line 3: expected one of the sources f, got g"):
        match_labels(faces, labels, looked_at={"f": _film([0])})


def test_no_faces_and_no_labels():
    labels = _labels([("f", 0, (0, 0, 10, 10), "ana")])
    assert match_labels(Faces.empty(), labels).face_of_label.tolist() == [-1]
    matches = match_labels(_faces([("f", 0, (0, 0, 10, 10))]), _labels([]))
    assert matches.label_of_face.tolist() == [FaceLabel.NOT_LABELLED]
    assert len(match_labels(Faces.empty(), _labels([])).looked_at) == 0


def test_a_label_is_compared_with_the_nearest_frame_within_a_tenth_of_a_second():
    film = _film([0, 10, 20], fps=50)  # 0.2 s between looked-at frames
    # frame 4 is 0.08 s from 0; 5 is 0.1 s from both 0 and 10: the earlier; 21 is beyond the last
    assert nearest_looked_at(np.array([4]), film).tolist() == [0]
    assert nearest_looked_at(np.array([5]), film).tolist() == [0]
    assert nearest_looked_at(np.array([8]), film).tolist() == [10]
    assert nearest_looked_at(np.array([21]), film).tolist() == [20]
    assert nearest_looked_at(np.array([26]), film).tolist() == [-1]
    sparse = _film([0, 20], fps=50)
    assert nearest_looked_at(np.array([6, 10]), sparse).tolist() == [-1, -1]


def test_a_label_is_not_compared_across_a_cut():
    film = _film([0, 5, 10], fps=50, cuts=(4,))
    # frame 3 is in the first shot: 5 is nearer but shows another picture
    assert nearest_looked_at(np.array([3]), film).tolist() == [0]
    late_cut = _film([0, 10], fps=50, cuts=(7,))
    assert nearest_looked_at(np.array([6]), late_cut).tolist() == [-1]


def test_each_looked_at_frame_is_compared_with_one_labelled_frame():
    film = _film([0, 10, 20], fps=50)
    assert nearest_looked_at(np.array([7, 9, 11]), film).tolist() == [-1, 10, -1]


def test_times_may_be_uneven():
    film = LookedAt(np.array([0, 4, 8]), np.array([0.0, 0.04, 1.0]), np.array([], np.int64))
    # frame 5 is at 0.28 s, 0.24 s after frame 4; frame 3 at 0.03 s
    assert nearest_looked_at(np.array([3, 5]), film).tolist() == [4, -1]


def test_one_frame_or_none_looked_at():
    assert nearest_looked_at(np.array([0, 1]), _film([1])).tolist() == [-1, 1]
    assert nearest_looked_at(np.array([0, 1]), _film([])).tolist() == [-1, -1]
    assert nearest_looked_at(np.array([], np.int64), _film([1, 2])).tolist() == []


def test_labels_not_looked_at_are_no_misses_and_faces_there_are_not_false():
    faces = _faces([("f", 10, (0, 0, 10, 10)), ("f", 20, (0, 0, 10, 10))])
    labels = _labels([("f", 11, (0, 0, 10, 10), "ana"), ("f", 15, (0, 0, 10, 10), "ana")])
    matches = match_labels(faces, labels, looked_at={"f": _film([10, 20], fps=25)})
    assert matches.face_of_label.tolist() == [0, -1]
    assert matches.looked_at.tolist() == [True, False]
    assert matches.label_of_face.tolist() == [0, FaceLabel.NOT_LABELLED]


def test_all_labels_of_a_frame_are_compared_with_the_same_frame():
    faces = _faces([("f", 10, (0, 0, 10, 10)), ("f", 10, (50, 0, 60, 10))])
    labels = _labels([("f", 9, (50, 0, 60, 10), "ben"), ("f", 9, (0, 0, 10, 10), "ana")])
    matches = match_labels(faces, labels, looked_at={"f": _film([10], fps=25)})
    assert matches.looked_at.tolist() == [False, False]  # one frame alone has no rate
    matches = match_labels(faces, labels, looked_at={"f": _film([5, 10], fps=25)})
    assert matches.face_of_label.tolist() == [1, 0]
