"""castlist find: where results go, what is done already, and inputs as people give them."""

import json
import os
import re
import shutil
import sys
import webbrowser
from fractions import Fraction
from pathlib import Path

import av
import pytest
from cli_tools import RESULT, contents, facts_of, picture, shots, table_of, write_film, write_photo
from PIL import Image

pytestmark = pytest.mark.usefixtures("plain_pages")

DONE = "Already done: nothing has changed since"


def test_a_film_alone_is_enough(castlist, squares, film):
    run = castlist(film)
    out = film.parent / "film.castlist"
    assert run.code == 0
    assert {path.name for path in out.iterdir()} == RESULT
    assert run.out.splitlines()[0] == "3 people in film.mp4"
    assert run.out.splitlines()[-2:] == [
        f"Report: {out / 'report.html'}",
        f'Next: castlist name {out} person_001 "Anna"',
    ]


def test_the_path_of_the_report_is_whole(castlist, squares, film, monkeypatch):
    monkeypatch.chdir(film.parent)
    run = castlist("film.mp4", "--end", 1)
    assert f"Report: {film.parent / 'film.castlist' / 'report.html'}" in run.out.splitlines()
    run = castlist("film.mp4", "--end", 1, "-o", "../other")
    assert f"Report: {film.parent.parent / 'other' / 'report.html'}" in run.out.splitlines()


def test_options_may_come_before_the_film(castlist, squares, film):
    assert castlist("--fps", 2, film).code == 0
    assert facts_of(film.parent / "film.castlist")["configuration"]["frames"]["fps"] == 2


def test_a_folder_has_its_result_beside_it(castlist, squares, tmp_path):
    photos = write_photo(tmp_path / "holiday" / "a.jpg", picture("red")).parent
    assert castlist(f"{photos}/").code == 0
    assert set(table_of(tmp_path / "holiday.castlist").source) == {"a.jpg"}


def test_several_films_have_one_result_beside_the_first(castlist, squares, film, tmp_path):
    other = write_film(tmp_path / "b" / "other.mp4", shots(["red"], ["blue"]))
    run = castlist(film, other)
    assert run.out.splitlines()[0] == "3 people in 2 films"
    assert set(table_of(film.parent / "film.castlist").source) == {"film.mp4", "other.mp4"}


def test_films_that_differ_by_their_ending_have_a_result_each(castlist, squares, film):
    other = write_film(film.with_suffix(".mov"), shots(["blue"]))
    for _ in range(2):
        assert castlist(film).code == castlist(other).code == 0
    assert set(table_of(film.parent / "film.castlist").source) == {"film.mp4"}
    assert set(table_of(film.parent / "film.mov.castlist").source) == {"film.mov"}


def test_a_result_goes_into_the_working_folder_where_none_can_be_beside_the_film(
    castlist, squares, film, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with film.open("rb") as file:
        assert castlist(f"/proc/self/fd/{file.fileno()}").code == 0
        assert (tmp_path / f"{file.fileno()}.castlist" / "report.html").is_file()


def test_the_same_again_is_done_already(castlist, squares, film, monkeypatch):
    castlist(film)
    out = film.parent / "film.castlist"
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    run = castlist(film)
    assert run.code == 0
    assert run.out.startswith(DONE)
    assert f"Report: {out / 'report.html'}" in run.out.splitlines()
    assert not [line for line in run.progress if "looking" in line]
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
    moved = film.rename(film.parent / "moved.mp4")
    moved.rename(film)
    os.utime(film, (1, 1))  # its content counts
    assert castlist(film).out.startswith(DONE)


@pytest.mark.parametrize("what", ["settings", "film", "decision", "folders", "anew"])
def test_what_has_changed_is_done_anew_without_being_asked(castlist, squares, film, tmp_path, what):
    castlist(film)
    out, words = film.parent / "film.castlist", [film]
    if what == "settings":
        words += ["--end", 1]
    elif what == "film":
        write_film(film, shots(["red"], ["yellow"]))
    elif what == "decision":
        line = {"what": "name", "person": "person_002", "name": "Bo"}
        (out / "edits.jsonl").write_text(json.dumps(line) + "\n")
    elif what == "folders":
        (out / "people" / "person_002").rename(out / "people" / "Bo")
    else:
        words += ["--overwrite"]
    run = castlist(*words)
    assert run.code == 0
    assert DONE not in run.out
    assert castlist(*[word for word in words if word != "--overwrite"]).out.startswith(DONE)
    if what in ("decision", "folders"):
        assert "Bo" in run.out


@pytest.mark.parametrize("is_newer", [False, True])
def test_a_network_that_was_written_since_is_used(castlist, squares, film, tmp_path, is_newer):
    network = tmp_path / "mine.onnx"
    network.write_bytes(b"of a training run")
    words = [film, "--cloth-model", network]
    castlist(*words)
    run_file = film.parent / "film.castlist" / "run.json"
    since = run_file.stat().st_mtime + (10 if is_newer else -10)
    os.utime(network, (since, since))
    assert castlist(*words).out.startswith(DONE) != is_newer


def test_photos_are_looked_at_once_the_library_that_they_need_is_there(castlist, squares, tmp_path):
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    write_photo(tmp_path / "in" / "a.jpg", picture("red"))
    Image.fromarray(picture("green")).save(tmp_path / "in" / "b.heic", quality=95)
    words, lib = [tmp_path / "in", "-o", tmp_path / "out"], tmp_path / "lib"
    with pytest.MonkeyPatch.context() as without:
        without.setitem(sys.modules, "pillow_heif", None)
        run = castlist(*words)
        assert (run.code, DONE in run.out) == (3, False)
        assert "b.heic: cannot be read as a photo and is left out (it is HEIC; run: pip" in run.out
        assert castlist(*words).out.startswith(DONE)
        assert "it is HEIC" in castlist("library", lib, "add", tmp_path / "in").out
    run = castlist(*words)
    assert (run.code, DONE in run.out) == (0, False)
    assert set(table_of(tmp_path / "out").source) == {"a.jpg", "b.heic"}
    assert castlist("library", lib, "add", tmp_path / "in").code == 0
    assert "2 photos" in castlist("library", lib, "status").out


def test_a_folder_with_more_photos_than_before_is_done_anew(castlist, squares, tmp_path):
    photos = write_photo(tmp_path / "in" / "a.jpg", picture("red")).parent
    castlist(photos, "-o", tmp_path / "out")
    write_photo(photos / "b.jpg", picture("red", "blue"))
    assert castlist(photos, "-o", tmp_path / "out").code == 0
    assert set(table_of(tmp_path / "out").source) == {"a.jpg", "b.jpg"}


def test_a_result_in_the_folder_of_photos_is_no_input(castlist, squares, tmp_path):
    first = write_photo(tmp_path / "in" / "a.jpg", picture("red"))
    write_photo(tmp_path / "in" / "b.jpg", picture("red", "blue"))
    assert castlist(first).code == 0  # a.castlist lies among the photos
    run = castlist(first.parent)
    assert run.code == 0
    assert "it is a result of castlist" in run.out
    assert set(table_of(tmp_path / "in.castlist").source) == {"a.jpg", "b.jpg"}


def test_the_result_of_other_films_and_other_files_stay(castlist, squares, film, tmp_path):
    photo = write_photo(tmp_path / "photos" / "a.jpg", picture("red"))
    out = tmp_path / "out"
    castlist(photo, "-o", out)
    before = contents(out)
    run = castlist(film, "-o", out)
    assert run.code == 1
    assert "holds the result of a.jpg" in run.error
    assert contents(out) == before
    assert castlist(film, "-o", out, "--overwrite").code == 0
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    run = castlist(film, "-o", tmp_path / "notes")
    assert (run.code, "they stay as they are" in run.error) == (1, True)


def test_a_film_that_moved_with_its_result_is_done_already(castlist, squares, film, tmp_path):
    castlist(film)
    moved = shutil.move(film.parent, tmp_path / "elsewhere")
    assert castlist(Path(moved) / "film.mp4").out.startswith(DONE)


def test_inputs_that_were_left_out_are_reported_each_time(castlist, squares, tmp_path):
    photos = write_photo(tmp_path / "in" / "a.jpg", picture("red")).parent
    (photos / "b.jpg").write_bytes(b"no photo")
    assert [castlist(photos).code for _ in range(2)] == [3, 3]
    assert castlist(photos).out.startswith(DONE)


def test_the_report_is_opened_when_asked(castlist, squares, film, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    castlist(film, "--open")
    assert opened == [(film.parent / "film.castlist" / "report.html").as_uri()]
    monkeypatch.setattr(webbrowser, "open", lambda _address: False)
    run = castlist(film, "--open")
    assert run.code == 0
    assert "no browser could be opened" in run.progress[-1]


def test_data_go_to_stdout_and_the_rest_to_stderr(castlist, squares, film):
    run = castlist(film, "--json")
    content = json.loads(run.out)
    assert content["report"] == str(film.parent / "film.castlist" / "report.html")
    assert [person["id"] for person in content["people"]] == [f"person_00{n}" for n in (1, 2, 3)]
    assert content["people"][0]["shots"][0]["tc_out"] == "00:00:01:00"
    assert content["sources"][0]["content"].startswith("sha256:")
    assert run.progress[0] == "castlist: looking at film.mp4"


def test_quietly_only_the_report_is_named(castlist, squares, film):
    run = castlist("-q", film)
    assert (run.out, run.progress) == (f"{film.parent / 'film.castlist' / 'report.html'}\n", [])


def test_verbosely_the_time_of_each_step_is_printed(castlist, squares, film):
    run = castlist(film, "-v")
    assert any(re.fullmatch(r"castlist: looking: \d+\.\d s", line) for line in run.progress)


def test_verbosely_an_error_says_where_it_came_from(capfd, tmp_path):
    from castlist.__main__ import main

    assert main([str(tmp_path / "none.mp4"), "--verbose"]) == 1
    assert "Traceback" in capfd.readouterr().err


@pytest.mark.parametrize(
    "words", [["--from", "0:01", "--to", "0:02.2"], ["--start=1", "--end=2.2"]]
)
def test_times_are_written_as_people_do(castlist, squares, film, words):
    assert castlist(film, *words).code == 0
    facts = facts_of(film.parent / "film.castlist")["sources"][0]
    assert (facts["start_s"], facts["end_s"]) == (1.0, 2.2)


def test_timecode_has_the_rate_and_the_start_of_the_film(castlist, squares, tmp_path):
    film = tmp_path / "a.mov"
    with av.open(str(film), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(25))
        stream.height, stream.width, stream.pix_fmt = 96, 192, "yuv420p"
        container.metadata["timecode"] = "01:00:00:00"
        for pixels in shots(["red"], ["blue"], ["red"], num_frames=25):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    assert castlist(film, "--from", "01:00:01:00", "--to", "01:00:02:05").code == 0
    facts = facts_of(tmp_path / "a.castlist")["sources"][0]
    assert (facts["start_timecode"], facts["start_s"], facts["end_s"]) == ("01:00:00:00", 1.0, 2.2)
    for words, said in (
        (["--from", "00:00:01:00"], "a.mov begins at 01:00:00:00, which is later"),
        (["--to", "01:00:01:25"], "at 25 frames"),
    ):
        run = castlist(film, *words)
        assert (run.code, said in run.error) == (2, True)


def test_timecode_is_that_of_one_film(castlist, squares, film, tmp_path):
    other = write_film(tmp_path / "b" / "other.mp4", shots(["red"]))
    run = castlist(film, other, "--from", "00:00:01:00")
    assert run.code == 2
    assert "timecode needs one film, got 2 films" in run.error
    run = castlist("evaluate", film, tmp_path / "labels.csv", "--from", "00:00:01:00")
    assert (run.code, "timecode needs the rate of one film" in run.error) == (2, True)


def test_an_address_names_the_step_before(castlist, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for words in (["https://example.org/v?id=3"], ["find", "https://example.org/film.mp4"]):
        run = castlist(*words)
        assert run.code == 1
        assert "download it first, as in yt-dlp" in run.error
        assert words[-1] in run.error


def test_a_pattern_in_quotes_gets_a_hint(castlist, film, tmp_path, monkeypatch):
    monkeypatch.chdir(film.parent)
    for pattern in ("*.mp4", str(film.parent / "f?lm.*")):
        run = castlist(pattern)
        assert run.code == 1
        assert "the pattern fits 1, such as" in run.error
        assert "leave the quotes out" in run.error
    run = castlist("*.mov")
    assert "there is nothing" in run.error


def test_a_result_in_place_of_a_film_is_named(castlist, squares, film):
    castlist(film)
    run = castlist(film.parent / "film.castlist")
    assert run.code == 1
    assert "got a result of castlist; castlist show" in run.error


def test_a_film_that_begins_like_an_option_is_a_film(castlist, squares, film, monkeypatch):
    monkeypatch.chdir(film.parent)
    film.rename("-film.mp4")
    run = castlist("-film.mp4")
    assert run.out.splitlines()[-1] == 'Next: castlist name ./-film.castlist person_001 "Anna"'
    assert castlist("name", "./-film.castlist", "person_001", "Anna").code == 0


def test_crops_of_a_result_are_no_photos(castlist, squares, film, tmp_path, monkeypatch):
    castlist(film)
    people = film.parent / "film.castlist" / "people"
    monkeypatch.chdir(people)
    crop = next(people.rglob("*_f*.jpg"))
    for given in (people, crop.parent, crop, "."):
        run = castlist("find", given, "-o", tmp_path / "out")
        assert run.code == 1
        assert "expected films or photos, got crops of the result " in run.error
    assert castlist("library", tmp_path / "lib", "add", people).code == 1
    photo = shutil.copy(crop, tmp_path / "photo.jpg")
    assert castlist("find", photo, "-o", tmp_path / "out").code == 0


def test_how_long_several_films_take_is_known_beforehand(squares, film, tmp_path):
    from castlist.clustering.api.finding import Search

    photos = write_photo(tmp_path / "photos" / "a.jpg", picture("red")).parent
    work = Search.of([film, photos], {"frames.end_s": "0:03", "frames.start_s": 1}).work()
    assert work == {"looking at film.mp4": 2.0, "looking at photos": 0.2}


def test_where_two_may_be_one_person_review_comes_next(castlist, squares, tmp_path):
    film = write_film(tmp_path / "film.mp4", shots(["red"], ["blue"]))
    out = tmp_path / "film.castlist"
    assert castlist(film).out.splitlines()[-1] == f'Next: castlist name {out} person_001 "Anna"'
    pair = {"first": 0, "second": 1, "face_evidence": 0.0, "cloth_evidence": None}
    facts = facts_of(out) | {"nearly_same": [pair | {"probability": 0.3}]}
    (out / "run.json").write_text(json.dumps(facts))
    assert castlist(film).out.splitlines()[-2:] == [
        f"Next: castlist review {out}",
        f'Next: castlist name {out} person_001 "Anna"',
    ]


def test_the_name_in_what_comes_next_is_nobodys(castlist, squares, tmp_path):
    film = write_film(tmp_path / "film.mp4", shots(["red"], ["blue"]))
    out = tmp_path / "film.castlist"
    castlist(film)
    assert castlist("name", out, "person_001", "anna").code == 0
    assert castlist(film).out.splitlines()[-1] == f'Next: castlist name {out} person_002 "Ben"'
