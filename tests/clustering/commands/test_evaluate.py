"""castlist evaluate."""

import json
import shutil

import pytest
from castlist.clustering.analysis import analyse
from castlist.clustering.evaluation.sweep import COST
from cli_tools import FACE_PX, contents, picture, write_photo


def test_evaluate_prints_figures(castlist, labelled):
    out, labels = labelled
    run = castlist("evaluate", out, labels)
    assert run.code == 0
    assert run.out.splitlines() == [
        "100 % of faces right (100 % by face alone), none harmed",
        "10 labelled faces: 10 found, 0 missed, 0 not looked at",
        "3 people found, 2 labelled",
    ]
    full = castlist("evaluate", out, "--labels", labels, "--full").out
    assert full.startswith(run.out.splitlines()[0])
    assert "10 labelled faces: 10 found (1.000), 0 missed" in full
    assert "| in the one person matched with theirs (one-to-one accuracy) | 1.000 | 1.000 |" in full
    assert castlist("evaluate", out, labels, "-q").out == f"{run.out.splitlines()[0]}\n"
    figures = json.loads(castlist("evaluate", out, "--labels", labels, "--json").out)
    assert figures["after"]["one_to_one"] == 1.0


def test_evaluate_requires_figures(castlist, labelled):
    out, labels = labelled
    evaluate = ["evaluate", out, "--labels", labels]
    assert castlist(*evaluate, "--require", "wcp_known>=1", "--require", "after.known>=1").code == 0
    run = castlist(*evaluate, "--require", "wcp_known>1", "--require", "recovery>=0.5")
    assert run.code == 1
    assert (
        run.error == "required wcp_known>1, got 1; required recovery>=0.5, got n/a (over no faces)"
    )
    assert "10 labelled faces" in run.out


def test_evaluate_names_a_figure_that_does_not_exist(castlist, labelled):
    out, labels = labelled
    run = castlist("evaluate", out, "--labels", labels, "--require", "beauty>=1")
    assert run.code == 2
    assert "wcp_known" in run.error


def test_evaluate_refuses_what_does_not_belong_together(castlist, labelled, tmp_path):
    out, labels = labelled
    other = tmp_path / "other.csv"
    other.write_text("source,frame,x,y,w,h,person\nother.mp4,0,1,1,9,9,ana\n")
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    shutil.copy(out / "run.json", damaged)
    beyond, outside = tmp_path / "beyond.csv", tmp_path / "outside.csv"
    beyond.write_text("source,frame,x,y,w,h,person\nfilm.mp4,40,1,1,9,9,ana\n")
    outside.write_text("source,frame,x,y,w,h,person\nfilm.mp4,0,1,97,9,9,ana\n")
    for result, csv_file, expected in (
        (out, other, "other.mp4"),
        (out, beyond, "beyond.csv line 2: expected a frame below 40"),
        (out, outside, "outside.csv line 2: expected a box in the 192x96 picture"),
        (out, tmp_path / "none.csv", "none.csv"),
        (tmp_path / "nowhere", labels, "nowhere"),
        (damaged, labels, "no faces.parquet"),
    ):
        run = castlist("evaluate", result, "--labels", csv_file)
        assert run.code == 1
        assert expected in run.error


def test_evaluate_clusters_a_film_and_writes_no_result(castlist, labelled, film, tmp_path):
    _, labels = labelled
    before = contents(tmp_path / "in")
    folders = {path for path in tmp_path.rglob("*") if path.is_dir() and "cache" not in path.parts}
    run = castlist("evaluate", film, "--labels", labels)
    assert run.code == 0
    # The grid of five frames a second meets every other frame: the labelled ones.
    assert "10 labelled faces: 10 found, 0 missed, 0 not looked at" in run.out
    assert contents(tmp_path / "in") == before
    assert folders == {
        path for path in tmp_path.rglob("*") if path.is_dir() and "cache" not in path.parts
    }


def test_evaluate_always_looks_at_the_labelled_frames_of_a_film(castlist, squares, film, tmp_path):
    labels = tmp_path / "labels.csv"
    rows = [f"film.mp4,{frame},12,16,{FACE_PX},{FACE_PX},rita" for frame in (1, 3, 5)]
    labels.write_text("\n".join(["source,frame,x,y,w,h,person", *rows]))
    run = castlist("evaluate", film, "--labels", labels, "--fps", "1")
    assert "3 labelled faces: 3 found, 0 missed, 0 not looked at" in run.out


def test_evaluate_takes_the_settings_of_cluster_for_a_film(castlist, labelled, film):
    _, labels = labelled
    words = ["evaluate", film, "--labels", labels, "--json"]
    far = "people.online_threshold=1.9"
    usual = json.loads(castlist(*words).out)
    other = json.loads(castlist(*words, "--face-method", "online", "--set", far).out)
    assert usual["after"]["one_to_one"] == 1.0
    assert other["after"]["one_to_one"] < 1.0


def test_evaluate_takes_films_and_results_together(castlist, labelled, squares, film, tmp_path):
    out, labels = labelled
    other = tmp_path / "more" / "other.mp4"
    other.parent.mkdir()
    shutil.copy(film, other)
    of_other = tmp_path / "other.csv"
    of_other.write_text(labels.read_text().replace("film.mp4", "other.mp4"))
    run = castlist("evaluate", out, other, "--labels", of_other, labels)
    assert "20 labelled faces: 20 found" in run.out
    assert f"  {other}: 100 % of faces right (100 % by face alone), none harmed" in run.out
    full = castlist("evaluate", out, other, of_other, labels, "--full").out
    assert "## All 2 results\n\n20 labelled faces: 20 found" in full
    assert f"\n## {other}\n" in full


def test_evaluate_sweeps_the_thresholds_of_a_film(castlist, labelled, film):
    _, labels = labelled
    run = castlist("evaluate", film, "--labels", labels, "--sweep", "--json")
    assert run.code == 0
    sweeps = json.loads(run.out)["sweep"]
    assert list(sweeps) == [COST]
    as_set = next(point for point in sweeps[COST] if point["value"] == 3.0)
    assert as_set["after"]["one_to_one"] == 1.0


def test_evaluate_draws_plots(castlist, labelled, film, tmp_path):
    out, labels = labelled
    run = castlist("evaluate", out, "--labels", labels, "--plots", tmp_path / "plots")
    assert run.code == 0
    names = {path.name for path in (tmp_path / "plots").iterdir()}
    assert names == {"unknown.png", "confusion.png"}
    castlist("evaluate", film, "--labels", labels, "--sweep", "--plots", tmp_path / "more")
    assert "sweep.png" in {path.name for path in (tmp_path / "more").iterdir()}


def test_evaluate_adds_to_the_report_of_a_result_and_to_nothing_else(castlist, labelled, film):
    out, labels = labelled
    before = contents(out)
    assert castlist("evaluate", out, "--labels", labels, "--report").code == 0
    after = contents(out)
    assert {name for name in after if after[name] != before.get(name)} == {"report.html"}
    assert b"10 labelled faces: 10 found" in after["report.html"]
    run = castlist("evaluate", film, "--labels", labels, "--report")
    assert run.code == 2
    assert str(film) in run.error


def test_evaluate_sweeps_the_thresholds_of_a_result(castlist, labelled):
    out, labels = labelled
    run = castlist("evaluate", out, "--labels", labels, "--sweep", "--report", "--json")
    assert run.code == 0
    figures = json.loads(run.out)
    as_set = next(point for point in figures["sweep"][COST] if point["value"] == 3.0)
    for section in ("before", "after", "stage_2"):
        assert as_set[section] == {name: figures[section][name] for name in as_set[section]}
    assert (
        "Purity against completeness as a wrong merge costs more"
        in (out / "report.html").read_text()
    )


def test_a_result_with_settings_of_another_version_is_not_swept(castlist, labelled):
    out, labels = labelled
    run_json = json.loads((out / "run.json").read_text())
    run_json["configuration"]["people"]["charm"] = 1
    (out / "run.json").write_text(json.dumps(run_json))
    run = castlist("evaluate", out, "--labels", labels, "--sweep")
    assert run.code == 1
    assert run.error.endswith(
        "anew, but of its settings people.charm: no such setting; cluster it again"
    )


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        (["--set", "people.wrong_merge_cost=1"], "a result"),
        (["--fps", "2"], "a result"),
    ],
)
def test_evaluate_changes_nothing_about_a_result(castlist, labelled, extra, expected):
    out, labels = labelled
    run = castlist("evaluate", out, "--labels", labels, *extra)
    assert run.code == 2
    assert expected in run.error
    assert str(out) in run.error


def test_evaluate_refuses_labels_of_another_film_before_looking(
    castlist, squares, film, tmp_path, monkeypatch
):
    monkeypatch.setattr(analyse, "analyse", None)
    for row, expected in (
        ("other.mp4,0,1,1,9,9,ana", "line 2: expected one of the sources film.mp4, got other.mp4"),
        ("film.mp4,40,1,1,9,9,ana", "line 2: expected a frame below 40"),
    ):
        labels = tmp_path / "labels.csv"
        labels.write_text(f"source,frame,x,y,w,h,person\n{row}\n")
        run = castlist("evaluate", film, "--labels", labels)
        assert run.code == 1
        assert expected in run.error


def test_evaluate_clusters_a_folder_of_photos(castlist, squares, tmp_path):
    for number, name in enumerate(["red", "blue", "red", "blue"]):
        write_photo(tmp_path / "photos" / f"{number}.png", picture(name))
    labels = tmp_path / "labels.csv"
    labels.write_text("file,person\n0.png,rita\n1.png,bo\n2.png,rita\n3.png,bo\n")
    run = castlist("evaluate", tmp_path / "photos", "--labels", labels)
    assert "4 labelled faces: 4 found, 0 missed, 0 not looked at" in run.out


def test_evaluate_takes_photos_with_labels_of_the_largest_face(castlist, squares, tmp_path):
    for number, name in enumerate(["red", "blue", "red", "blue"]):
        write_photo(tmp_path / "photos" / f"{number}.png", picture(name))
    castlist("cluster", tmp_path / "photos", "--out", tmp_path / "out")
    labels = tmp_path / "labels.csv"
    labels.write_text("file,person\n0.png,rita\n1.png,bo\n2.png,rita\n3.png,bo\n")
    run = castlist("evaluate", tmp_path / "out", "--labels", labels)
    assert run.code == 0
    assert "4 labelled faces: 4 found, 0 missed, 0 not looked at" in run.out
