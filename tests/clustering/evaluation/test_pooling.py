import dataclasses
import json

import numpy as np
import pytest
from castlist.clustering.evaluation.bootstrap import Interval
from castlist.clustering.evaluation.evaluate import labelled_faces, measure
from castlist.clustering.evaluation.matching import match_labels
from castlist.clustering.evaluation.pooling import (
    pair_results,
    resampled_figures,
)
from castlist.clustering.evaluation.sweep import COST, SweepPoint
from castlist.data.errors import InputError
from castlist.data.tables.codes import Notice, NoticeCode
from castlist.data.tables.faces import Faces
from castlist.data.tables.labels import Labels
from result_tools import evaluated, result_of


def _film(source, people, before, after, strength=None):
    """One face a frame, all found; two faces a track."""
    num_faces = len(people)
    frame = np.arange(num_faces)
    box = np.tile([0.0, 0, 30, 40], (num_faces, 1))
    blank = np.full(num_faces, np.nan)
    labels = Labels(
        source=np.full(num_faces, source),
        frame=frame,
        box=box,
        person=np.array(people, np.str_),
        outfit=np.full(num_faces, ""),
        yaw_deg=blank,
        pitch_deg=blank,
        visibility=blank,
        where=np.array([f"{source}.csv line {line}" for line in frame + 2], np.str_),
    )
    faces = Faces.of_detections(
        source=labels.source,
        frame=frame,
        time_s=frame / 5,
        box=box,
        track=frame // 2,
        person_before=np.array(before),
        person=np.array(after),
        strength=np.ones(num_faces) if strength is None else np.array(strength),
    )
    return faces, labels


NOTICE = Notice(NoticeCode.CLOTH_ONLY_PEOPLE, {"num_people": 2})
SENTENCE = "2 people found by clothing alone, as low-confidence"

FIRST = _film("f", ["ana", "ana", "ben", "ben"], [0, -1, 1, -1], [0, 0, 1, 0])
SECOND = _film("g", ["ana", "eve"], [0, -1], [0, 1])


def _evaluate(**options):
    results = [result_of(FIRST[0], "first"), result_of(SECOND[0], "second")]
    return evaluated(results, [SECOND[1], FIRST[1]], **options)


def test_results_and_labels_are_paired_by_source_whatever_their_order():
    evaluation = _evaluate()
    assert list(evaluation.reports) == ["first", "second"]
    assert evaluation.reports["first"].detection.found == 4
    assert evaluation.reports["second"].detection.found == 2


def test_pooled_figures_come_from_added_counts():
    pooled = _evaluate().pooled
    # reassigned: two in the first film, one right; one in the second, right
    assert pooled.gain.reassignment_precision == pytest.approx(2 / 3)
    assert pooled.after.one_to_one == pytest.approx((3 + 2) / 6)
    assert pooled.detection.missed == 0


def test_a_file_of_labels_may_serve_two_results_and_two_files_one():
    both = Labels.concatenate([FIRST[1], SECOND[1]])
    results = [result_of(FIRST[0], "first"), result_of(SECOND[0], "second")]
    sizes = [len(labels) for _, labels in pair_results(results, [both])]
    assert sizes == [4, 2]
    whole = result_of(Faces.concatenate([FIRST[0], SECOND[0]]), "both")
    [(_, labels)] = pair_results([whole], [FIRST[1], SECOND[1]])
    assert len(labels) == 6


def test_films_of_one_name_are_paired_in_their_order():
    other = _film("f", ["eve", "eve"], [0, 0], [0, 0])
    results = [result_of(FIRST[0], "a"), result_of(other[0], "a")]
    evaluation = evaluated(results, [FIRST[1], other[1]])
    assert [report.detection.found for report in evaluation.reports.values()] == [4, 2]
    assert list(evaluation.reports) == ["a", "a (2)"]
    with pytest.raises(InputError, match="more than one has the source f: expected as many label"):
        pair_results(results, [FIRST[1]])


def test_a_result_may_put_folders_in_front_of_a_films_name():
    faces, labels = FIRST
    result = result_of(faces.replace(source=np.full(len(faces), "x/f")), "x")
    assert evaluated([result], [labels]).pooled.detection.found == 4


def test_labels_of_no_result_and_results_without_labels_are_refused():
    results = [result_of(FIRST[0], "first"), result_of(SECOND[0], "second")]
    stray = _film("h", ["ana"], [0], [0])[1]
    with pytest.raises(InputError, match=r"h\.csv line 2: no result is about h"):
        pair_results(results, [FIRST[1], SECOND[1], stray])
    with pytest.raises(InputError, match="second: expected labels of its sources"):
        pair_results(results, [FIRST[1]])
    with pytest.raises(InputError, match="got 0 and 1 of them"):
        pair_results([], [FIRST[1]])


def test_intervals_are_of_ratios_and_of_their_changes():
    intervals = _evaluate(num_resamples=50).intervals
    assert {"after.one_to_one", "change.one_to_one", "stage_2.recovery"} <= set(intervals)
    assert not {"after.people", "after.cluster_ratio", "after.bcubed_recall_sum"} & set(intervals)
    unknown = intervals["change.unknown_share"]
    assert unknown.low <= unknown.high <= 0
    assert _evaluate().intervals == {}


def test_a_range_that_ends_just_below_nothing_has_no_minus():
    evaluation = dataclasses.replace(
        _evaluate(), intervals={"change.unknown_share": Interval(-0.25, -1e-9)}
    )
    assert " | -0.250 to 0.000 |" in evaluation.to_markdown()


def test_a_change_is_paired():
    """Every face unknown before and known after: the change is certain though faces differ."""
    faces, labels = _film("f", ["ana"] * 8, [-1] * 8, [0] * 8)
    evaluation = evaluated([result_of(faces, "f")], [labels], num_resamples=20)
    change = evaluation.intervals["change.unknown_share"]
    assert (change.low, change.high) == (-1.0, -1.0)


def test_resampled_figures_of_the_rows_themselves_are_the_reports():
    faces, labels = FIRST
    table = labelled_faces(faces, labels, match_labels(faces, labels))
    figures = resampled_figures([table])
    report = measure(table)
    assert figures["after.one_to_one"] == report.after.one_to_one
    assert figures["change.known_share"] == pytest.approx(1.0 - 0.5)
    assert None not in figures.values()


def test_json_holds_every_figure_and_null_over_nothing():
    faces, labels = _film("f", ["ana", "ana"], [-1, -1], [-1, -1])
    evaluation = evaluated([result_of(faces, "f")], [labels])
    read = json.loads(evaluation.to_json())
    assert read["after"]["wcp_known"] is None
    assert read["stage_2"]["reassignment_precision"] is None
    assert read["after"]["one_to_one"] == 0.0
    assert read["detection"]["labels"] == 2
    assert read["bands"]["height_px"]["36 to 50"]["labels"] == 2
    assert read["results"]["f"]["after"] == read["after"]
    assert read["results"]["f"]["notices"] == []
    assert "NaN" not in evaluation.to_json()


def test_markdown_shows_before_and_after_side_by_side():
    text = _evaluate(num_resamples=20).to_markdown()
    assert "## All 2 results" in text
    assert "\n## first\n" in text
    assert (
        "| in the one person matched with theirs (one-to-one accuracy) | 0.500 | 0.833 | +0.333 |"
        in text
    )
    assert "| of these, right now (reassignment precision) | 0.667 |" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in tables)


def test_notices_stand_below_the_figures_of_their_result():
    results = [
        result_of(FIRST[0], "first", notices=(NOTICE,)),
        result_of(SECOND[0], "second"),
    ]
    evaluation = evaluated(results, [FIRST[1], SECOND[1]])
    text = evaluation.to_markdown()
    assert text.count("Note: ") == 1
    assert f"\nNote: {SENTENCE}\n\n## second\n" in text
    read = json.loads(evaluation.to_json())["results"]
    assert read["first"]["notices"] == [SENTENCE]
    assert read["second"]["notices"] == []
    alone = evaluated(results[:1], [FIRST[1]]).to_markdown()
    assert alone.endswith(f"\nNote: {SENTENCE}\n")


def test_markdown_says_na_over_nothing():
    faces, labels = _film("f", ["ana"], [-1], [-1])
    text = evaluated([result_of(faces, "f")], [labels]).to_markdown()
    assert "| pure: faces of their person's majority (WCP_known) | n/a | n/a | n/a |" in text
    assert "## " not in text  # one result needs no headings


def test_a_prediction_is_pooled_by_the_faces_changed():
    results = [
        result_of(FIRST[0], "first", predicted_precision=0.5),
        result_of(SECOND[0], "second", predicted_precision=0.8),
    ]
    prediction = evaluated(results, [FIRST[1], SECOND[1]]).pooled.prediction
    assert prediction.predicted_precision == pytest.approx((2 * 0.5 + 1 * 0.8) / 3)
    assert prediction.true_precision == pytest.approx(2 / 3)


def test_a_sweep_is_written_beside_the_figures():
    evaluation = _evaluate()
    point = SweepPoint(3.0, evaluation.pooled)
    swept = dataclasses.replace(evaluation, sweeps={COST: [point]})
    assert json.loads(swept.to_json())["sweep"][COST][0]["value"] == 3.0
    assert f"| {COST} | people by face |" in swept.to_markdown()
    assert "sweep" not in json.loads(evaluation.to_json())
