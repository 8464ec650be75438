import dataclasses

import pytest
from castlist.clustering.config import make_config
from castlist.clustering.evaluation.evaluate import evaluate
from castlist.clustering.evaluation.gain import GainCounts
from castlist.clustering.evaluation.report import DetectionCounts, Report
from castlist.clustering.evaluation.scores import ClusterCounts
from castlist.clustering.evaluation.sweep import (
    COST,
    COSTS,
    SweepPoint,
    as_dict,
    pool,
    sweep,
    to_markdown,
)
from castlist.data.errors import InputError
from castlist.data.progress import silent


def _report(reassigned, right):
    gain = GainCounts(
        labels=20,
        found=20,
        unknown_before=10,
        reassigned=reassigned,
        reassigned_right=right,
        recovered=right,
    )
    people = ClusterCounts(faces=20, known=10, people=3, true_people=2, in_majority=10)
    return Report(DetectionCounts(), people, people, gain, GainCounts())


def _fewer_as_merges_cost_more(config):
    """Stands for a film: the less a wrong merge costs, the more is reassigned, and wrongly so."""
    reassigned = round(10 / config.people.wrong_merge_cost)
    return _report(reassigned, min(reassigned, 5))


def test_precision_rises_and_recovery_falls_as_a_wrong_merge_costs_more():
    points = sweep(make_config({}), _fewer_as_merges_cost_more, silent)[COST]
    assert [point.value for point in points] == list(COSTS)
    by_value = {point.value: point.report.gain for point in points}
    assert (by_value[1.0].reassignment_precision, by_value[1.0].recovery) == (0.5, 0.5)
    assert (by_value[5.0].reassignment_precision, by_value[5.0].recovery) == (1.0, 0.2)


def test_one_setting_moves_and_all_others_stay():
    config = make_config({"people.cloth_method": "agglomerative", "frames.fps": 2})
    seen = []

    def measure(swept):
        seen.append(swept)
        return _report(1, 1)

    sweep(config, measure, silent)
    assert [swept.people.wrong_merge_cost for swept in seen] == list(COSTS)
    for swept in seen:
        people = dataclasses.replace(swept.people, wrong_merge_cost=3.0)
        assert dataclasses.replace(swept, people=people) == config


def test_the_cost_of_the_evaluation_itself_is_marked():
    points = sweep(make_config({}), _fewer_as_merges_cost_more, silent)[COST]
    assert [point.value for point in points if point.as_set] == [3.0]


def test_a_cost_that_was_set_is_among_those_tried():
    config = make_config({COST: 4.0})
    points = sweep(config, _fewer_as_merges_cost_more, silent)[COST]
    assert [point.value for point in points] == sorted([*COSTS, 4.0])
    assert [point.value for point in points if point.as_set] == [4.0]


def test_progress_is_reported_from_nothing_to_all():
    steps = []
    sweep(make_config({}), _fewer_as_merges_cost_more, lambda *step: steps.append(step))
    assert steps == [("sweep", done, len(COSTS)) for done in range(len(COSTS) + 1)]


def test_films_are_pooled_value_by_value():
    one = {COST: [SweepPoint(3.0, _report(4, 4)), SweepPoint(8.0, _report(8, 4))]}
    other = {COST: [SweepPoint(3.0, _report(0, 0)), SweepPoint(8.0, _report(2, 2))]}
    [cheap, dear] = pool([one, other])[COST]
    assert (cheap.value, cheap.report.gain.reassignment_precision) == (3.0, 1.0)
    assert (dear.value, dear.report.gain.reassignment_precision) == (8.0, 0.6)
    assert dear.report.gain.recovery == pytest.approx(6 / 20)
    assert pool([]) == {}


def test_a_sweep_is_a_table_and_json():
    sweeps = {COST: [SweepPoint(3.0, _report(4, 4), as_set=True), SweepPoint(8.0, _report(0, 0))]}
    header, _, cheap, dear = to_markdown(sweeps).splitlines()
    assert header.startswith("| people.wrong_merge_cost | people by face | unknown |")
    assert cheap.startswith("| **3** | 3 | 0.500 | 1.000 | 0.500 | 4 | 1.000 | 0.400 |")
    assert dear.startswith("| 8 | 3 | 0.500 | 1.000 | 0.500 | 0 | n/a | 0.000 |")
    first, second = as_dict(sweeps)[COST]
    assert first["value"] == 3.0
    assert second["stage_2"]["reassignment_precision"] is None


def test_a_point_of_a_sweep_has_the_figures_of_an_evaluation(make_faces):
    from castlist.data.tables.labels import Labels

    faces = make_faces(2, person=[0, 0], person_before=[0, -1])
    blank = [float("nan")] * 2
    labels = Labels(
        source=faces.source, frame=faces.frame, box=faces.box, person=["ana"] * 2, outfit=[""] * 2,
        yaw_deg=blank, pitch_deg=blank, visibility=blank, where=["line 2", "line 3"],
    )  # fmt: skip
    report = evaluate(faces, labels)
    assert as_dict({COST: [SweepPoint(0.2, report)]})[COST] == [{"value": 0.2, **report.sections()}]


def test_sweeps_of_other_values_are_not_added_up():
    one, other = (
        {COST: [SweepPoint(value, _report(4, 4)) for value in values]}
        for values in ((3.0, 8.0), (3.0, 9.0))
    )
    with pytest.raises(InputError, match="sweep them one by one"):
        pool([one, other])
