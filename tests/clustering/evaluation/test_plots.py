"""Plots of an evaluation, and an evaluation inside a report."""

import dataclasses
import re

import numpy as np
import pytest
from castlist.clustering.evaluation.bootstrap import Interval
from castlist.clustering.evaluation.gain import GainCounts, LabelledFaces
from castlist.clustering.evaluation.plots.confusion import draw_confusion
from castlist.clustering.evaluation.plots.draw import (
    PredictedPrecision,
    Share,
    draw,
    draw_predictions,
    draw_sweeps,
    draw_unknown,
    picture_of,
    predictions,
    short,
    unknown_shares,
    write_plots,
)
from castlist.clustering.evaluation.plots.page import add_to_page
from castlist.clustering.evaluation.report import DetectionCounts, Report
from castlist.clustering.evaluation.scores import ClusterCounts
from castlist.clustering.evaluation.sweep import COST, SweepPoint
from castlist.clustering.report.page import render_page
from castlist.clustering.report.plan import make_plan
from castlist.data.errors import InputError
from castlist.data.result.cast import Cast
from castlist.data.tables.faces import Faces
from castlist.data.tables.labels import Labels
from PIL import Image
from result_tools import evaluated, result_of


def labelled(names, before, after, found=None):
    num = len(names)
    nan = np.full(num, np.nan)
    return LabelledFaces(
        name=np.array(names, np.str_),
        found=np.ones(num, bool) if found is None else np.array(found),
        before=np.array(before, np.int64),
        after=np.array(after, np.int64),
        unit=np.arange(num),
        strength=nan,
        height_px=nan,
        outfit=np.full(num, ""),
        yaw_deg=nan,
        pitch_deg=nan,
        visibility=nan,
    )


@pytest.fixture(name="film")
def _film(make_faces):
    """Two people, one face unknown before and given to the wrong one."""
    faces = make_faces(4, person_before=[0, 0, 1, -1], person=[0, 0, 1, 1])
    nan = np.full(4, np.nan)
    labels = Labels(
        source=faces.source, frame=faces.frame, box=faces.box, outfit=[""] * 4, yaw_deg=nan,
        person=["ana", "ana", "<b>&ben", "ana"], pitch_deg=nan, visibility=nan, where=["row"] * 4,
    )  # fmt: skip
    return faces, labels


@pytest.fixture(name="evaluation")
def _evaluation(film):
    """Of that film, in which stage 2 predicted a precision of 0.9."""
    faces, labels = film
    return evaluated([result_of(faces, "x/video.mp4", predicted_precision=0.9)], [labels])


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_the_share_of_unknown_faces_is_drawn_from_before_to_after(evaluation):
    shares = unknown_shares(evaluation)
    assert shares == [Share("x", 0.25, 0.0)]
    [axes] = draw_unknown([*shares, Share("x", 0.5, 0.125)]).axes
    _, before, after = axes.collections
    np.testing.assert_allclose(before.get_offsets(), [(25, 1), (50, 0)])
    np.testing.assert_allclose(after.get_offsets(), [(0, 1), (12.5, 0)])
    assert texts(axes) == ["25.0 → 0.0 %", "50.0 → 12.5 %"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["x", "x"]


def test_people_who_fit_stand_on_the_diagonal_and_the_others_after_them():
    table = labelled(
        ["ana"] * 4 + ["ben"] * 3 + ["eve"],
        [7, 7, 3, -1, 5, 5, 5, -1],
        [7, 7, 7, 3, 5, 5, 7, -1],
        [True] * 7 + [False],
    )
    before, after = draw_confusion("film", table).axes
    assert [t.get_text() for t in before.get_xticklabels()] == [
        "008", "006", "004", "unknown", "missed"
    ]  # fmt: skip
    assert [t.get_text() for t in before.get_yticklabels()] == ["ana", "ben", "eve"]
    cells = {
        (round(t.get_position()[1]), round(t.get_position()[0])): t.get_text() for t in before.texts
    }
    assert cells == {(0, 0): "2", (0, 2): "1", (0, 3): "1", (1, 1): "3", (2, 4): "1"}
    assert sorted(texts(after)) == ["1", "1", "1", "2", "3"]


def test_people_found_have_their_lasting_id_or_name():
    table = labelled(["ana", "ben"], [0, 1], [0, 1])
    cast = Cast(np.array([0, 4]), next_id=5, names={0: "Ana"})
    before, after = draw_confusion("film", table, cast).axes
    for axes in (before, after):
        assert [t.get_text() for t in axes.get_xticklabels()][:2] == ["Ana", "005"]


def test_beyond_24_people_the_others_share_one_column():
    names = [f"name {number:02}" for number in range(40)]
    [before, _] = draw_confusion("film", labelled(names, range(40), range(40))).axes
    columns = [label.get_text() for label in before.get_xticklabels()]
    assert columns[-3:] == ["16 more", "unknown", "missed"]
    assert len(columns) == 24 + 3
    assert len(before.get_yticklabels()) == 24


def test_a_predicted_precision_stands_beside_the_truth(evaluation):
    [kept] = predictions(evaluation)
    assert (kept.name, kept.predicted, kept.true, kept.changes) == ("x", 0.9, 0.0, 1)
    figure = draw_predictions([kept, PredictedPrecision("y", 0.95, 0.97, Interval(0.9, 1.0), 20)])
    points = [own.get_offsets()[0].tolist() for own in figure.axes[0].collections]
    assert points == [[0.95, 0.97], [0.9, 0.0]]  # the most changes first


def test_where_no_precision_was_predicted_none_is_drawn(film):
    faces, labels = film
    assert set(draw(evaluated([result_of(faces, "x")], [labels]))) == {
        "unknown",
        "confusion",
    }


def test_a_film_in_which_no_face_was_found_is_drawn_too(film):
    faces, labels = film
    [source] = result_of(faces).run.sources
    nothing = result_of(
        Faces.empty(),
        "x",
        predicted_precision=0.9,
        sources=(dataclasses.replace(source, content="sha256:1"),),
    )
    figures = draw(evaluated([nothing], [labels.of_files({source.name: "sha256:1"})]))
    assert texts(figures["unknown"].axes[0]) == []
    assert texts(figures["confusion"].axes[0]) == ["1", "3"]  # missed
    assert picture_of(figures["unknown"], "svg").startswith(b"<?xml")


def _point(value, right, known, as_set=False):
    """Of a hundred faces: so many right, and so many known, of which 80 are their majority's."""
    after = ClusterCounts(
        faces=100, known=known, in_majority=min(80, known), one_to_one_right=right
    )
    report = Report(DetectionCounts(), ClusterCounts(), after, GainCounts(), GainCounts())
    return SweepPoint(value, report, as_set)


def test_a_sweep_draws_purity_against_completeness_and_marks_what_is_set():
    points = [_point(1.0, 90, 100), _point(3.0, 75, 80, True), _point(50.0, 40, 40)]
    [axes] = draw_sweeps({COST: points}).axes
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [(90, 80), (75, 100), (40, 100)])
    [star] = axes.collections
    np.testing.assert_allclose(star.get_offsets(), [(75, 100)])
    assert texts(axes) == ["3", "1", "50"]
    assert axes.get_title(loc="left") == "as people.wrong_merge_cost moves"
    assert [own.get_text() for own in axes.get_legend().get_texts()] == ["as set"]


def test_labels_of_a_sweep_that_would_cover_each_other_are_left_out():
    points = [_point(1.0, 90, 100), _point(2.0, 75, 80), _point(3.0, 75, 80, True)]
    [axes] = draw_sweeps({COST: points}).axes
    assert texts(axes) == ["3", "1"]  # of two at one place, what is set


def test_points_of_a_sweep_without_figures_are_left_out():
    [axes] = draw_sweeps({COST: [_point(1.0, 90, 100), _point(50.0, 0, 0)]}).axes
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [(90, 80)])
    [nothing] = draw_sweeps({COST: [_point(50.0, 0, 0, True)]}).axes
    assert texts(nothing) == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("friends/video.mp4", "friends"), ("a/holiday.mp4", "holiday"), ("result", "result"),
        ("out/party", "party"), ("ana/result", "ana"), ("photos", "photos"),
    ],
)  # fmt: skip
def test_a_film_is_called_by_what_tells_it_from_others(path, name):
    assert short(path) == name


def test_plots_are_written_as_pictures_and_replaced(evaluation, tmp_path):
    names = ["$1, $2", "写真", "a" * 80, "\\alpha"]
    figures = {
        **draw(evaluation),
        "confusion": draw_confusion("$x$", labelled(names, [0] * 4, [1] * 4)),
    }
    for _ in range(2):
        paths = write_plots(figures, tmp_path / "plots")
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == [
        "confusion.png", "predicted.png", "unknown.png"
    ]  # fmt: skip
    for path in paths:
        with Image.open(path) as picture:
            assert min(picture.size) > 200


def test_a_picture_is_the_same_each_time(evaluation):
    assert picture_of(draw(evaluation)["unknown"], "svg") == picture_of(
        draw(evaluation)["unknown"], "svg"
    )


@pytest.fixture(name="page")
def _page(tmp_path):
    path = tmp_path / "report.html"
    nobody = result_of(Faces.empty())
    path.write_text(render_page(nobody, make_plan(nobody.faces, nobody.run), {}, tmp_path))
    return path


def test_a_report_takes_an_evaluation_in_and_still_needs_no_other_file(evaluation, page):
    add_to_page(page, evaluation, draw(evaluation))
    text = page.read_text(encoding="utf-8")
    assert text.count('<section id="evaluation">') == text.count('href="#evaluation"') == 1
    assert "4 labelled faces: 4 found (1.000)" in text
    title = "in the one person matched with theirs (one-to-one accuracy)"
    assert f'<th scope="row">{title}</th><td class="n">0.750</td>' in text
    assert "&lt;b&gt;&amp;ben" in text
    assert len(re.findall(r'<img src="data:image/svg\+xml;base64,[^"]+" alt="[^"]+">', text)) == 3
    assert not re.findall(r'(?:src|href)="(?!data:|#)', text)


def test_a_later_evaluation_takes_the_place_of_an_earlier_one(evaluation, page):
    add_to_page(page, evaluation, draw(evaluation))
    first = page.read_text(encoding="utf-8")
    add_to_page(page, evaluation, draw(evaluation))
    assert page.read_text(encoding="utf-8") == first
    assert [path.name for path in page.parent.iterdir()] == ["report.html"]


def test_a_page_without_a_place_for_an_evaluation_is_left_alone(evaluation, page):
    page.write_text("<html></html>")
    with pytest.raises(InputError, match="make the result again"):
        add_to_page(page, evaluation, {})
    assert page.read_text() == "<html></html>"
    page.unlink()
    with pytest.raises(InputError, match="found no file"):
        add_to_page(page, evaluation, {})
