"""castlist labels make and check, and castlist label."""

import json

import pytest
from castlist.clustering.evaluation.gain import GainCounts
from castlist.clustering.evaluation.text import headline
from castlist.data.progress import ProgressLines
from cli_tools import facts_of, shots, write_film

pytestmark = pytest.mark.usefixtures("plain_pages")


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


def test_what_cannot_be_read_as_labels_is_reported_in_one_line(castlist, squares, film, tmp_path):
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
    calls = []
    monkeypatch.setattr(
        ProgressLines, "__call__", lambda _self, *arguments: calls.append(arguments)
    )
    castlist("cluster", film, "--out", tmp_path / "out", "--start", 1, "--end", 2)
    looking = [entry[1:] for entry in calls if entry[0] == "looking at film.mp4"]
    assert [round(done, 3) for done, total in looking if total == 1.0][:3] == [0, 0, 0.2]


def test_labels_go_into_the_result_and_are_found_there(castlist, squares, film, monkeypatch):
    castlist(film)
    out = film.parent / "film.castlist"
    (out / "people" / "person_001").rename(out / "people" / "rita")
    run = castlist("labels", "make", out)
    assert run.out == f"{out / 'labels.csv'}: 30 faces of 3 people, 0 left out, 0 no face\n"
    assert castlist("evaluate", out).out.startswith("100 % of faces right")
    monkeypatch.chdir(film.parent)  # the only result of the folder is meant
    assert castlist("evaluate").out.startswith("100 % of faces right")
    assert castlist("evaluate", "labels", "make").code == 1  # they are there already
    assert castlist("evaluate", "labels", "make", "--overwrite").code == 0
    assert castlist(film).code == 0  # a new run leaves them
    assert (out / "labels.csv").is_file()


def test_labels_know_their_film_by_its_content(castlist, squares, film, tmp_path):
    castlist(film)
    labels = tmp_path / "labels.csv"
    castlist("labels", "make", film.parent / "film.castlist", "-o", labels)
    assert labels.read_text().splitlines()[1].rpartition(",")[2].startswith("sha256:")
    renamed = film.rename(film.parent / "final-cut.mp4")
    castlist(renamed)
    out = film.parent / "final-cut.castlist"
    assert castlist("evaluate", out, labels).out.startswith("100 % of faces right")
    assert castlist("evaluate", renamed, labels).out.startswith("100 % of faces right")
    write_film(film, shots(["red"], ["blue"]))  # another of that name
    castlist(film, "-o", tmp_path / "other")
    run = castlist("evaluate", tmp_path / "other", labels)
    assert run.code == 1
    assert "labels of another film.mp4, by its content" in run.error


def test_labels_may_state_times_and_be_written_as_excel_does(castlist, squares, tmp_path):
    film = write_film(tmp_path / "in" / "film.mp4", shots(["red"], ["blue"], ["red"]))
    castlist(film)
    out, labels = film.parent / "film.castlist", tmp_path / "labels.csv"
    rows = ["film.mp4;0:00,5;rita", "film.mp4;0:01;bo", "film.mp4;2.4;rita", "film.mp4;3,9;bo"]
    labels.write_text("\n".join(["Film;Time;Who", *rows]))
    run = castlist("evaluate", out, labels)
    assert run.out.splitlines()[:2] == [
        "100 % of faces right (100 % by face alone), none harmed",
        "4 labelled faces: 3 found, 0 missed, 1 not looked at",
    ]
    assert castlist("evaluate", film, labels).out == run.out
    labels.write_text("film,time,who\nfilm.mp4,0:59,rita\n")
    assert "line 2: expected a time within the 3 seconds" in castlist("evaluate", out, labels).error
    labels.write_text("film,time,who\nfilm.mp4,noon,rita\n")
    run = castlist("evaluate", out, labels)
    assert "line 2: expected a time such as 1:30" in run.error
    labels.write_text("film,time,who\nfilm.mp4,0:01,rita\nfilm.mp4,0:01,bo\n")
    run = castlist("evaluate", out, labels)
    assert "without one the largest face is meant" in run.error


def test_labels_are_checked_before_anything_is_counted(castlist, squares, film, tmp_path):
    castlist(film, "--to", "0:02")
    out, labels = film.parent / "film.castlist", tmp_path / "labels.csv"
    rows = [
        "film.mp4,0,12,16,24,24,anna",
        "film.mp4,2,12,16,24,24,Ana",
        "film.mp4,12,150,60,24,24,guest 1",
        "film.mp4,35,12,16,24,24,guest 2",
    ]
    labels.write_text("\n".join(["source,frame,x,y,w,h,person", *rows]))
    run = castlist("labels", "check", out, labels)
    assert run.out.splitlines()[0] == (
        "4 labelled faces of 4 people: 2 found, 1 missed, 1 not looked at"
    )
    assert "Note: are Ana and anna one person? Names are compared exactly" in run.out
    assert "guest 1 and guest 2" not in run.out
    content = json.loads(castlist("labels", "check", out, labels, "--json").out)
    assert (content["found"], content["not_looked_at"]) == (2, 1)
    run = castlist("labels", "check", out)
    assert (run.code, "expected labels too" in run.error) == (2, True)


def test_labels_of_another_film_of_that_name_are_refused(castlist, squares, film, tmp_path):
    castlist(film)
    out, labels = film.parent / "film.castlist", tmp_path / "labels.csv"
    place = {True: "12,16", False: "150,60"}
    rows = [f"film.mp4,{frame},{place[frame == 0]},24,24,rita" for frame in range(0, 40, 4)]
    text = "\n".join(["source,frame,x,y,w,h,person", *rows])
    labels.write_text(text)
    run = castlist("evaluate", out, labels)
    assert (run.code, run.out) == (1, "")
    assert "1 of 10 labelled faces of film.mp4 found; expected labels of this film" in run.error
    assert castlist("evaluate", film, labels).code == 1
    assert "Note: 1 of 10 labelled faces" in castlist("labels", "check", out, labels).out
    content = facts_of(out)["sources"][0]["content"]  # then they are its own, however few
    labels.write_text(text.replace("person", "person,content").replace("rita", f"rita,{content}"))
    run = castlist("evaluate", out, labels)
    assert run.code == 0
    assert "Note: 1 of 10 labelled faces of film.mp4 found: the figures are of these" in run.out


def test_labels_of_which_nothing_is_found_are_refused(castlist, squares, film, tmp_path):
    castlist(film)
    labels = tmp_path / "labels.csv"
    labels.write_text("source,frame,x,y,w,h,person\nfilm.mp4,0,150,60,24,24,rita\n")
    run = castlist("evaluate", film.parent / "film.castlist", labels)
    assert (run.code, "1 labelled face, none found, so" in run.error) == (1, True)


def test_rows_that_are_there_twice_change_no_figure(castlist, labelled, tmp_path):
    out, labels = labelled
    once = json.loads(castlist("evaluate", out, labels, "--json").out)
    run = castlist("evaluate", out, labels, labels)
    assert "Note: 10 rows of labels repeat another" in run.out
    twice = json.loads(castlist("evaluate", out, labels, labels, "--json").out)
    assert twice["detection"] == once["detection"]
    assert "10 rows of labels repeat another" in str(twice["results"])


def test_names_that_differ_in_capitals_only_are_reported(castlist, labelled):
    out, labels = labelled
    labels.write_text(labels.read_text().replace("rita", "Rita", 1))
    assert "Note: Rita and rita count as 2 people" in castlist("evaluate", out, labels).out


def test_faces_that_clothing_harmed_are_counted_in_the_headline():
    gain = GainCounts(labels=9, found=8, right_before=5, right_after=6, harmed=1, unknown_before=3)
    assert headline(gain) == (
        "75 % of faces right (62 % by face alone), 1 face harmed (right by face alone, not with"
        " clothing)"
    )
    assert headline(GainCounts(labels=9)) == "No labelled face was found"
