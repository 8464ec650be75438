import pytest
from castlist.clustering.config import make_config
from castlist.clustering.evaluation.evaluate import evaluate
from castlist.clustering.evaluation.gain import GainCounts
from castlist.clustering.evaluation.report import DetectionCounts, Report
from castlist.clustering.evaluation.scores import ClusterCounts
from castlist.clustering.evaluation.sweep import (
    FACTORS,
    MARGIN,
    MARGINS,
    THRESHOLD,
    SweepPoint,
    as_dict,
    pool,
    sweep,
    sweep_values,
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


def _more_with_lower_margins(config):
    """Stands for a film: the lower the margin, the more is reassigned, and the more is wrong."""
    margin = 0.5 if config.cloth.margin is None else config.cloth.margin
    reassigned = round(10 * (1 - margin))
    return _report(reassigned, min(reassigned, 5))


def test_precision_falls_and_recovery_rises_as_the_margin_falls():
    points = sweep(make_config({}), _more_with_lower_margins, silent)[MARGIN]
    assert [point.value for point in points] == [None, *MARGINS]
    by_value = {point.value: point.report.gain for point in points}
    assert (by_value[0.0].reassignment_precision, by_value[0.0].recovery) == (0.5, 0.5)
    assert (by_value[0.8].reassignment_precision, by_value[0.8].recovery) == (1.0, 0.2)
    assert by_value[None] == by_value[0.5]


def test_one_setting_is_moved_at_a_time_and_the_others_stay():
    seen = []

    def measure(config):
        seen.append((config.cloth.margin, config.face.threshold, config.cloth.precision))
        return _report(1, 1)

    config = make_config({"cloth.precision": 0.9, "cloth.margin": 0.3, "face.threshold": 1.0})
    sweep(config, measure, silent)
    assert seen[: len(MARGINS) + 1] == [(margin, 1.0, 0.9) for margin in (None, *MARGINS)]
    assert seen[len(MARGINS) + 1 :] == [(0.3, pytest.approx(own), 0.9) for own in FACTORS]


@pytest.mark.parametrize(
    ("settings", "own"),
    [
        ({}, 1.05),
        ({"face.method": "online"}, 0.36),
        ({"face.method": "online-guarded"}, 0.36),
        ({"face.method": "online", "face.threshold": 0.44}, 0.44),
    ],
)
def test_thresholds_lie_around_the_methods_own(settings, own):
    values = sweep_values(make_config(settings))[THRESHOLD]
    assert own in values
    assert min(values) == pytest.approx(0.7 * own)
    assert max(values) == pytest.approx(1.3 * own)


def test_a_margin_that_was_set_is_among_those_tried():
    assert sweep_values(make_config({"cloth.margin": 0.33}))[MARGIN][6:9] == [0.25, 0.3, 0.33]
    points = sweep(make_config({"cloth.margin": 0.33}), _more_with_lower_margins, silent)[MARGIN]
    assert [point.value for point in points if point.as_set] == [0.33]
    points = sweep(make_config({}), _more_with_lower_margins, silent)
    assert [point.value for point in points[MARGIN] if point.as_set] == [None]
    assert [point.value for point in points[THRESHOLD] if point.as_set] == [1.05]


def test_a_threshold_that_the_film_sets_itself_comes_first():
    config = make_config({"face.distance": "calibrated"})
    points = sweep(config, _more_with_lower_margins, silent)[THRESHOLD]
    assert [point.value for point in points if point.as_set] == [None]
    assert points[0].value is None
    assert len(points) == len(FACTORS) + 1
    fixed = make_config({"face.distance": "calibrated", "face.threshold": 1.0})
    assert None not in sweep_values(fixed)[THRESHOLD]


def test_without_clothing_no_margin_moves():
    assert list(sweep_values(make_config({"cloth.method": "none"}))) == [THRESHOLD]


def test_films_are_pooled_value_by_value():
    one = {MARGIN: [SweepPoint(None, _report(4, 4)), SweepPoint(0.1, _report(8, 4))]}
    other = {MARGIN: [SweepPoint(None, _report(0, 0)), SweepPoint(0.1, _report(2, 2))]}
    [own, low] = pool([one, other])[MARGIN]
    assert (own.value, own.report.gain.reassignment_precision) == (None, 1.0)
    assert (low.value, low.report.gain.reassignment_precision) == (0.1, 0.6)
    assert low.report.gain.recovery == pytest.approx(6 / 20)
    assert pool([]) == {}


def test_a_sweep_is_a_table_and_json():
    sweeps = {MARGIN: [SweepPoint(None, _report(4, 4)), SweepPoint(0.1, _report(0, 0))]}
    header, _, own, low = to_markdown(sweeps).splitlines()
    assert header.startswith("| cloth.margin | people by face | unknown |")
    assert own.startswith("| the film's own | 3 | 0.500 | 1.000 | 0.500 | 4 | 1.000 | 0.400 |")
    assert low.startswith("| 0.1 | 3 | 0.500 | 1.000 | 0.500 | 0 | n/a | 0.000 |")
    first, second = as_dict(sweeps)[MARGIN]
    assert first["value"] is None
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
    assert as_dict({MARGIN: [SweepPoint(0.2, report)]})[MARGIN] == [
        {"value": 0.2, **report.sections()}
    ]


def test_sweeps_of_other_values_are_not_added_up():
    own, other = (
        {MARGIN: [SweepPoint(value, _report(4, 4)) for value in values]}
        for values in ((None, 0.1), (None, 0.2))
    )
    with pytest.raises(InputError, match="sweep them one by one"):
        pool([own, other])
