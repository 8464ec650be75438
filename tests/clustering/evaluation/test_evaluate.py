import doctest
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from castlist.clustering.evaluation.bands import count_bands
from castlist.clustering.evaluation.evaluate import evaluate, labelled_faces
from castlist.clustering.evaluation.gain import GainCounts, LabelledFaces, confuse, is_right, judge
from castlist.clustering.evaluation.matching import LookedAt, match_labels
from castlist.data.tables.codes import UNKNOWN
from castlist.data.tables.faces import Faces
from castlist.data.tables.labels import Labels


def _tables(rows, film="f"):
    """Make a result and labels that meet row by row.

    rows: (frame, height in px, true person or None for no label, before, after). None as
    ``before``: the label is missed.
    """
    detected = [row for row in rows if row[3] is not None]
    labelled = [row for row in rows if row[2] is not None]

    def box(row):
        left = 100 * rows.index(row)
        return left, 0, left + 20, row[1]

    faces = Faces.of_detections(
        source=np.full(len(detected), film),
        frame=np.array([row[0] for row in detected], np.int64),
        time_s=np.zeros(len(detected)),
        box=np.array([box(row) for row in detected], float).reshape(-1, 4),
        person_before=np.array([row[3] for row in detected], np.int64),
        person=np.array([row[4] for row in detected], np.int64),
    )
    blank = np.full(len(labelled), np.nan)
    labels = Labels(
        source=np.full(len(labelled), film),
        frame=np.array([row[0] for row in labelled], np.int64),
        box=np.array([box(row) for row in labelled], float).reshape(-1, 4),
        person=np.array([row[2] for row in labelled], np.str_),
        outfit=np.array(["red" if row[2] == "ana" else "" for row in labelled], np.str_),
        yaw_deg=blank,
        pitch_deg=blank,
        visibility=blank,
        where=np.array([f"line {line}" for line in range(len(labelled))], np.str_),
    )
    return faces, labels


# What a film may look like: (frame, height, true person, before, after)
ROWS = [
    (0, 60, "ana", 0, 0),
    (1, 60, "ana", 0, 0),
    (2, 30, "ana", -1, 0),  # recovered, small
    (3, 30, "ana", -1, 1),  # given to ben: wrong, small
    (4, 40, "ana", -1, -1),  # left unknown
    (0, 61, "ben", 1, 1),
    (1, 61, "ben", 1, 1),
    (2, 31, "ben", 1, 0),  # was right, harmed, small
    (3, 51, "ben", None, None),  # missed
    (3, 21, "ben", None, None),  # missed, small
    (4, 45, None, -1, 1),  # a false face that gets a person
    (4, 46, "not_a_face", 0, 0),
    (4, 47, "ignore", 2, 2),
    (9, 60, None, 3, 4),  # in a frame without labels
]


@pytest.fixture(name="report")
def _report():
    return evaluate(*_tables(ROWS))


def test_found_missed_and_false_faces(report):
    counts = report.detection
    assert (counts.labels, counts.found, counts.missed, counts.not_looked_at) == (10, 8, 2, 0)
    assert counts.found_share == pytest.approx(0.8)
    assert counts.false_faces == 2
    assert counts.false_faces_known_before == 1
    assert counts.false_faces_known_after == 2
    assert (counts.not_a_face_labels, counts.not_a_face_found) == (1, 1)
    assert (counts.not_a_face_known_before, counts.not_a_face_known_after) == (1, 1)


def test_people_of_the_whole_result_and_new_ones(report):
    assert report.detection.people_before == 4  # 0, 1, 2, 3
    assert report.detection.people_after == 4  # 0, 1, 2, 4
    assert report.detection.new_people == 1  # 4


def test_before_and_after_stand_side_by_side(report):
    assert report.before.faces == report.after.faces == 8
    assert report.before.unknown_share == pytest.approx(3 / 8)
    assert report.after.unknown_share == pytest.approx(1 / 8)
    assert report.before.wcp_known == 1.0
    assert report.after.wcp_known == pytest.approx((3 + 2) / 7)
    assert report.before.one_to_one == pytest.approx(5 / 8)
    assert report.after.one_to_one == pytest.approx(5 / 8)
    assert report.after.one_to_one_all_labels == pytest.approx(5 / 10)


def test_what_stage_2_changed(report):
    gain = report.gain
    assert (gain.reassigned, gain.reassigned_right) == (3, 1)
    assert gain.reassignment_precision == pytest.approx(1 / 3)
    assert gain.recovery == pytest.approx(1 / 3)  # of three unknown ones, one
    assert gain.harm == pytest.approx(1 / 8)


def test_small_faces_are_chosen_by_the_label_and_missed_ones_stand_beside(report):
    assert (report.small.labels, report.small.found) == (4, 3)
    assert report.small.right_share_before == pytest.approx(1 / 3)
    assert report.small.right_share_after == pytest.approx(1 / 3)
    assert report.small.right_share_all_labels == pytest.approx(1 / 4)


def test_bands_cover_every_label_once(report):
    for kind in ("height_px", "height_px_fine", "person"):
        assert sum(counts.labels for counts in report.bands[kind].values()) == 10
    assert list(report.bands["height_px"]) == ["<36", "36 to 50", ">=50"]
    assert [c.labels for c in report.bands["height_px"].values()] == [4, 1, 5]
    assert report.bands["person"]["ana"].unknown_after == 1
    assert report.bands["person"]["ben"].harmed == 1
    assert list(report.bands["outfit"]) == ["ana: red"]


def test_pose_bands_appear_only_where_the_pose_is_known(report):
    assert not {"abs_yaw_deg", "pitch_deg", "visibility", "cause"} & set(report.bands)


def test_causes_may_overlap_and_faces_without_one_are_named():
    faces, labels = _tables([(0, 20, "ana", 0, 0), (1, 60, "ana", 0, 0), (2, 60, "ana", 0, 0)])
    labels = Labels(
        **{
            **{name: getattr(labels, name) for name in labels.__dataclass_fields__},
            "yaw_deg": np.array([-70.0, 0, 0]),
            "pitch_deg": np.array([30.0, 0, 0]),
            "visibility": np.array([0.3, 0.3, 1.0]),
        }
    )
    causes = evaluate(faces, labels).bands["cause"]
    # the covered one is the second: a side view shows less skin without being covered
    assert [(name.split(":")[0], counts.labels) for name, counts in causes.items()] == [
        ("bad quality", 1),
        ("covered", 1),
        ("side view", 1),
        ("bowed", 1),
        ("laughing", 0),
        ("none of these", 1),
    ]
    text = evaluate(faces, labels).to_markdown()
    assert "| laughing: no label says | 0 | n/a | n/a |" in text
    bands = evaluate(faces, labels).bands["abs_yaw_deg"]
    assert bands[">=60"].labels == 1


def test_right_means_the_majority_of_its_person():
    true = np.array([0, 0, 1, 1, 1])
    assert is_right(true, np.array([0, 0, 0, -1, 1])).tolist() == [True, True, False, False, True]


def test_a_tie_has_one_majority():
    assert is_right(np.array([1, 0]), np.array([3, 3])).tolist() == [False, True]


def test_right_equals_a_loop():
    rng = np.random.default_rng(2)
    for _ in range(50):
        true, person = rng.integers(0, 4, 20), rng.integers(-1, 5, 20)
        expected = []
        for name, one in zip(true, person, strict=True):
            members = sorted(true[person == one].tolist())
            expected.append(one != -1 and max(members, key=members.count) == name)
        assert is_right(true, person).tolist() == expected


def test_nobody_known_is_nobody_right():
    assert is_right(np.array([0, 1]), np.array([-1, -1])).tolist() == [False, False]
    assert is_right(np.array([], np.int64), np.array([], np.int64)).tolist() == []


def _random_labelled(rng, num_rows=60):
    found = rng.random(num_rows) < 0.8
    people = np.where(found, rng.integers(-1, 5, (2, num_rows)), UNKNOWN)
    return LabelledFaces(
        name=rng.choice(["ana", "ben", "eve"], num_rows),
        found=found,
        before=people[0],
        after=np.where(rng.random(num_rows) < 0.5, people[0], people[1]),
        unit=rng.integers(0, 20, num_rows),
        strength=rng.random(num_rows),
        height_px=rng.integers(10, 100, num_rows).astype(float),
        outfit=rng.choice(["", "red"], num_rows),
        yaw_deg=rng.uniform(-90, 90, num_rows),
        pitch_deg=rng.uniform(-60, 60, num_rows),
        visibility=rng.random(num_rows),
    )


def _is_right_slowly(faces, person, row):
    members = sorted(
        name
        for name, found, one in zip(faces.name, faces.found, person, strict=True)
        if found and one == person[row]
    )
    return bool(
        faces.found[row]
        and person[row] != UNKNOWN
        and max(members, key=members.count) == faces.name[row]
    )


@pytest.mark.parametrize("seed", range(5))
def test_what_stage_2_did_equals_a_loop_over_faces(seed):
    faces = _random_labelled(np.random.default_rng(seed))
    counts = dict.fromkeys(GainCounts().counts(), 0)
    for row in range(len(faces)):
        before, after, found = faces.before[row], faces.after[row], faces.found[row]
        right_before = _is_right_slowly(faces, faces.before, row)
        right_after = _is_right_slowly(faces, faces.after, row)
        counts["labels"] += 1
        counts["found"] += found
        counts["unknown_before"] += found and before == UNKNOWN
        counts["unknown_after"] += found and after == UNKNOWN
        counts["right_before"] += right_before
        counts["right_after"] += right_after
        counts["reassigned"] += found and before != after
        counts["reassigned_right"] += found and before != after and right_after
        counts["recovered"] += found and before == UNKNOWN and right_after
        counts["harmed"] += right_before and not right_after
    assert judge(faces).count().counts() == counts
    assert min(counts.values()) > 0


@pytest.mark.parametrize("seed", range(3))
def test_bands_equal_loops_over_faces(seed):
    faces = _random_labelled(np.random.default_rng(seed))
    bands = count_bands(judge(faces))

    def labels_where(holds):
        return sum(bool(holds(row)) for row in range(len(faces)))

    for kind, value, edges in (
        ("height_px", faces.height_px, [36, 50]),
        ("height_px_fine", faces.height_px, [20, 30, 36, 50, 80]),
        ("abs_yaw_deg", abs(faces.yaw_deg), [15, 30, 45, 60]),
        ("pitch_deg", faces.pitch_deg, [-15, 15, 30, 45]),
        ("visibility", faces.visibility, [0.25, 0.5, 0.75, 0.95]),
    ):
        expected = [
            labels_where(lambda row, low=low, high=high, value=value: low <= value[row] < high)
            for low, high in pairwise([-np.inf, *edges, np.inf])
        ]
        assert [counts.labels for counts in bands[kind].values()] == expected
    for name, counts in bands["person"].items():
        assert counts.labels == labels_where(lambda row, name=name: faces.name[row] == name)
    for name, counts in bands["outfit"].items():
        who = name.removesuffix(": red")
        assert counts.labels == labels_where(
            lambda row, who=who: faces.name[row] == who and faces.outfit[row] == "red"
        )
    strengths = [counts.reassigned for counts in bands["strength_of_reassigned"].values()]
    assert sum(strengths) == judge(faces).count().reassigned


def test_reports_of_two_films_add():
    one, other = evaluate(*_tables(ROWS)), evaluate(*_tables(ROWS[:2], film="g"))
    both = one + other
    assert both.detection.labels == 12
    assert both.after.wcp_known == pytest.approx((5 + 2) / 9)
    assert both.gain.labels == 12
    assert both.bands["person"]["ana"].labels == 7


def test_a_prediction_stands_beside_the_truth():
    prediction = evaluate(*_tables(ROWS), predicted_precision=0.9).prediction
    assert prediction.predicted_precision == pytest.approx(0.9)
    assert prediction.true_precision == pytest.approx(1 / 3)
    assert evaluate(*_tables(ROWS)).prediction.predicted_precision is None


def test_a_result_without_faces_is_all_misses():
    _, labels = _tables(ROWS)
    report = evaluate(Faces.empty(), labels)
    assert report.detection.missed == 10
    assert report.after.one_to_one is None
    assert report.after.one_to_one_all_labels == 0.0
    assert report.gain.recovery is None


def test_labels_not_looked_at_are_in_no_figure():
    faces, labels = _tables(ROWS)
    film = LookedAt(np.arange(0, 4), np.arange(0, 4) / 5, np.array([], np.int64))  # frame 4 was not
    report = evaluate(faces, labels, frames={"f": film})
    assert report.detection.not_looked_at == 1
    assert (report.detection.found, report.detection.missed) == (7, 2)
    assert report.gain.labels == 9
    assert report.detection.not_a_face_labels == 0
    assert report.detection.false_faces == 0


def test_one_face_and_a_photo_without_a_box():
    faces, labels = _tables([(0, 30, "ana", -1, 0)], film="a.jpg")
    labels = Labels(
        **{
            **{name: getattr(labels, name) for name in labels.__dataclass_fields__},
            "box": np.full((1, 4), np.nan),
        }
    )
    report = evaluate(faces, labels)
    assert report.gain.recovered == 1
    assert report.small.found == 1  # its height is the detection's


def test_rows_stand_or_fall_with_their_track_or_else_with_their_person_in_the_shot():
    rows = [(frame, 60, "ana", 0, 0) for frame in range(6)] + [(9, 60, "ana", None, None)]
    faces, labels = _tables([*rows, (5, 62, "ben", 0, 0)])
    faces = faces.replace(track=[4, 4, -1, -1, -1, -1, -1], shot=[0, 0, 0, 0, 1, -1, 0])
    unit = labelled_faces(faces, labels, match_labels(faces, labels)).unit.tolist()
    assert unit[0] == unit[1]  # one track
    assert unit[2] == unit[3]  # no track, one shot
    # another shot; no shot; missed; another person in the first shot
    assert len(set(unit)) == 6


def test_confusion_has_a_place_for_every_label():
    faces, labels = _tables(ROWS)
    labelled = labelled_faces(faces, labels, match_labels(faces, labels))
    table = confuse(labelled, labelled.after)
    assert table.names == ["ana", "ben"]
    assert table.people == [0, 1]
    assert table.faces.tolist() == [[3, 1], [1, 2]]
    assert table.unknown.tolist() == [1, 0]
    assert table.missed.tolist() == [0, 2]


def test_the_examples_in_the_docs_are_what_the_code_does(tmp_path, monkeypatch):
    text = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    [labels] = [block for language, block in blocks if language == "csv"]
    (tmp_path / "labels.csv").write_text(labels, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    examples = "\n".join(block for language, block in blocks if language == "python")
    test = doctest.DocTestParser().get_doctest(examples, {}, "metrics.md", None, None)
    said = []
    results = doctest.DocTestRunner().run(test, out=said.append)
    assert results.failed == 0, "".join(said)
    assert results.attempted > 40
