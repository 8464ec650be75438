"""castlist label."""

import json

from castlist.data.progress import ProgressLines


def test_labels_of_sorted_crops_make_a_result_right(castlist, squares, film, tmp_path):
    out, labels = tmp_path / "result", tmp_path / "labels.csv"
    castlist("cluster", film, "--out", out)
    (out / "people" / "person_001").rename(out / "people" / "rita")
    run = castlist("label", out, "--out", labels)
    assert run.out == f"{labels}: 30 faces of 3 people, 0 left out, 0 no face\n"
    figures = json.loads(castlist("evaluate", out, "--labels", labels, "--json").out)
    assert figures["after"]["one_to_one"] == figures["after"]["bcubed_f"] == 1.0
    again = json.loads(castlist("evaluate", film, "--labels", labels, "--json").out)
    assert again["after"] == figures["after"]


def test_labels_of_untouched_crops_are_called_so(castlist, squares, film, tmp_path, monkeypatch):
    castlist("cluster", film, "--out", tmp_path / "result")
    monkeypatch.chdir(tmp_path)
    run = castlist("label", "result")
    assert run.out.startswith("labels.csv: 30 faces of 3 people")
    assert "castlist's own answers" in run.out
    assert (tmp_path / "labels.csv").is_file()


def test_earlier_labels_are_replaced_only_when_asked(castlist, squares, film, tmp_path):
    out, labels = tmp_path / "result", tmp_path / "labels.csv"
    castlist("cluster", film, "--out", out)
    labels.write_text("precious")
    run = castlist("label", out, "--out", labels)
    assert run.code == 1
    assert "--overwrite" in run.error
    assert labels.read_text() == "precious"
    assert castlist("label", out, "--out", labels, "--overwrite").code == 0
    assert labels.read_text().startswith("source,frame,x,y,w,h,person,outfit")


def test_what_cannot_be_read_as_labels_is_told_in_one_line(castlist, squares, film, tmp_path):
    out = tmp_path / "result"
    castlist("cluster", film, "--out", out)
    (out / "people" / "person_001" / "me.jpg").write_bytes(b"")
    for folder, expected in ((out, "me.jpg"), (tmp_path / "in", "no faces.parquet")):
        run = castlist("label", folder, "--out", tmp_path / "labels.csv")
        assert run.code == 1
        assert expected in run.error
        assert not (tmp_path / "labels.csv").exists()


def test_progress_counts_from_the_start_that_was_asked_for(
    castlist, squares, film, tmp_path, monkeypatch
):
    told = []
    monkeypatch.setattr(ProgressLines, "__call__", lambda _self, *arguments: told.append(arguments))
    castlist("cluster", film, "--out", tmp_path / "out", "--start", 1, "--end", 2)
    looking = [entry[1:] for entry in told if entry[0] == "looking at film.mp4"]
    assert [round(done, 3) for done, total in looking if total == 1.0][:3] == [0, 0, 0.2]
