"""castlist library: what is said and written."""

import csv
import json
import subprocess
import sys

import pytest
from castlist.clustering.library.library import Library
from castlist.clustering.library.moments import seconds_of_day
from castlist.data.errors import MisuseError
from cli_tools import picture, shots, write_film
from library_tools import film_result, library_of
from PIL import ExifTags, Image

pytestmark = pytest.mark.usefixtures("plain_pages")


@pytest.fixture
def tmp_path(same_place):
    return same_place


@pytest.fixture
def lib(made_once, tmp_path):
    """A and B in one film, A and C in another, B by herself."""
    films = {"one": ["AB", "A", "B", "A"], "two": ["AC", "A", "C"], "three": ["B", "B", "B"]}
    made_once(lambda: library_of(tmp_path, **films))
    return tmp_path / "lib"


def output(castlist, *words):
    run = castlist("library", *words)
    assert run.code == 0, run.error
    return run.out


def test_films_are_added_and_asked(castlist, squares, tmp_path):
    lib, films = tmp_path / "lib", tmp_path / "films"
    write_film(films / "one.mp4", shots(["red", "green"], ["red"], ["green"]))
    write_film(films / "two.mp4", shots(["green", "blue"], ["blue"], ["green"]))
    said = output(castlist, lib, "add", films, "--cloth-method", "none")
    assert said.startswith("2 films and folders looked at, 0 films and photos known already\n")
    assert "0 people kept their id, " in said
    assert said.endswith(f"Next: castlist review {lib}\n")
    again = json.loads(output(castlist, lib, "add", films, "--json"))
    assert (again["looked_at"], again["known"], again["new"]) == ([], 2, 0)
    assert "one.mp4" in output(castlist, lib, "show", "1") + output(castlist, lib, "show", "2")
    album = tmp_path / "album"
    output(castlist, lib, "show", "1", "--copy-to", album)
    assert [*album.rglob("*.mp4")]


def test_a_photo_is_recognised_and_not_added(castlist, squares, tmp_path):
    lib = tmp_path / "lib"
    write_film(tmp_path / "one.mp4", shots(["red"], ["green"]))
    output(castlist, lib, "add", tmp_path / "one.mp4", "--cloth-method", "none")
    Image.fromarray(picture("red", "green")).save(tmp_path / "group.png")
    said = output(castlist, lib, "who", tmp_path / "group.png")
    assert "group.png, face 1 of 2 from the left: person_" in said
    assert "group.png, face 2 of 2 from the left: person_" in said
    found = json.loads(output(castlist, lib, "who", tmp_path / "group.png", "--json"))
    assert len({one["candidates"][0]["id"] for one in found["people"]}) == 2
    assert len(json.loads(output(castlist, lib, "films", "--json"))["films"]) == 1


def test_a_library_is_told_from_a_result_and_from_known_people(castlist, squares, lib, tmp_path):
    write_film(tmp_path / "new.mp4", shots(["red"]))
    for words in (
        ["show", lib], ["export", lib, "a.vtt"], ["edit", lib, "undo"], ["known", lib],
        ["find", tmp_path / "new.mp4", "--known", lib],
    ):  # fmt: skip
        run = castlist(*words)
        assert (run.code, run.out) == (1, ""), words
        assert f"{lib}: is a library of films; castlist library {lib} people lists" in run.error


def test_people_are_listed_named_and_shown(castlist, lib):
    lines = output(castlist, lib, "people").splitlines()
    assert len(lines) == 3
    assert " 2 films " in lines[0]
    assert output(castlist, lib, "name", "1", "Anna").splitlines() == [
        "person_001 is called Anna",
        "3 people kept their id, 0 new",
        "2 results have the names of the library now",
    ]
    content = json.loads(output(castlist, lib, "show", "anna", "--json"))
    (anna,) = content["people"]
    assert (anna["id"], anna["name"]) == ("person_001", "Anna")
    assert {"source", "path", "start_s", "end_s", "film", "gone"} <= set(anna["shots"][0])
    alone = json.loads(
        output(castlist, lib, "show", "Anna", "--without", "2", "--without", "3", "--json")
    )
    assert 0 < len(alone["people"][0]["shots"]) < len(anna["shots"])
    listed = json.loads(output(castlist, lib, "people", "--json"))["people"]
    assert listed[0]["name"] == "Anna" or listed[1]["name"] == "Anna"


def test_decisions_say_what_became_of_people(castlist, lib):
    films = {one.id: one.films for one in Library(lib).people}
    apart = next(who for who, count in films.items() if count == 1)
    other = next(who for who in films if who != apart)
    together = castlist("library", lib, "same", other, apart)
    if together.code:  # a picture shows both
        assert "are two people: a picture of" in together.error
        other = next(who for who in films if who not in (apart, other))
        together = castlist("library", lib, "same", other, apart)
    assert f"{apart} is now {other}" in together.out
    assert output(castlist, lib, "undo").startswith(f"Taken back: {other} and {apart} are the same")
    assert {one.id for one in Library(lib).people} == set(films)
    assert "is hidden" in output(castlist, lib, "hide", other)
    assert other not in output(castlist, lib, "people")
    assert other in output(castlist, lib, "people", "--hidden")
    assert "shown again" in output(castlist, lib, "unhide", other)
    assert "Nothing to change" in output(castlist, lib, "unhide", other)
    assert "is forgotten in all films" in output(castlist, lib, "forget", other)
    assert castlist("library", lib, "show", other).code == 1


def test_pairs_that_may_be_one_are_asked_with_both_answers(castlist, tmp_path):
    folders = []
    for name in ("one", "two"):
        folders.append(tmp_path / name)
        film_result(f"{name}.mp4", ["A"] * 2, noise=1.0).save(folders[-1])
    lib = tmp_path / "lib"
    Library(lib).add(folders)
    asked = json.loads(output(castlist, lib, "ask", "--json"))["asked"]
    said = output(castlist, lib, "ask")
    first, second = asked[0]["first"], asked[0]["second"]
    assert 0.02 < asked[0]["probability"] < 0.98
    assert f"same {first} {second}    or: apart" in said
    output(castlist, lib, "apart", first, second)
    later = json.loads(output(castlist, lib, "ask", "--json"))["asked"]
    assert {first, second} not in [{pair["first"], pair["second"]} for pair in later]
    while later:
        output(castlist, lib, "apart", later[0]["first"], later[0]["second"])
        later = json.loads(output(castlist, lib, "ask", "--json"))["asked"]
    assert output(castlist, lib, "ask").startswith("Nothing to ask")


def test_status_tells_how_it_is(castlist, lib):
    content = json.loads(output(castlist, lib, "status", "--json"))
    assert (content["num_films"], content["num_people"], content["damaged"]) == (3, 3, [])
    assert output(castlist, lib, "status").startswith(
        "3 films and 0 photos, by the face networks any"
    )


def test_people_over_films_are_exported(castlist, lib, tmp_path):
    output(castlist, lib, "name", "1", "Anna")
    path = tmp_path / "anna.csv"
    assert output(castlist, lib, "export", path, "--person", "Anna") == f"{path}\n"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["name"] for row in rows} == {"Anna"}
    assert len({row["source"] for row in rows}) == 2
    content = output(castlist, lib, "export", tmp_path / "all.json")
    assert json.loads((tmp_path / "all.json").read_text())["people"], content
    otio = tmp_path / "all.otio"
    output(castlist, lib, "export", otio)
    assert len(json.loads(otio.read_text())["tracks"]["children"]) == 3


def test_what_is_no_command_is_a_misuse(castlist, lib, tmp_path):
    assert castlist("library", lib).code == 2
    assert castlist("library", lib, "dance").code == 2
    assert castlist("library", lib, "show", "1", "--link").code == 2
    assert castlist("library", lib, "show", "1", "--from", "yesterday").code == 2
    assert castlist("library", lib, "add", tmp_path, "--jobs", "0").code == 2
    assert castlist("library", lib, "export", tmp_path / "a.xyz").code == 2
    assert castlist("library", lib, "show", "Zoe").code == 1
    assert castlist("library", tmp_path / "none", "people").code == 1


def test_photos_are_shown_by_the_day_they_were_taken(castlist, squares, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for year in (2018, 2019):
        exif = Image.Exif()
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{year}:07:14 12:00:00"
        Image.fromarray(picture("red", grey=year - 1900)).save(
            folder / f"{year}.jpg", exif=exif, quality=97
        )
    Image.fromarray(picture("red", grey=90)).save(folder / "undated.png")
    lib = tmp_path / "lib"
    output(castlist, lib, "add", folder)
    who = max(Library(lib).people, key=lambda one: one.faces).id

    def photos(*words):
        content = json.loads(output(castlist, lib, "show", who, *words, "--json"))
        return [photo["source"] for photo in content["people"][0]["photos"]], content[
            "left_out_without_a_date"
        ]

    assert photos() == (["2018.jpg", "2019.jpg", "undated.png"], 0)
    assert photos("--from", "2019") == (["2019.jpg"], 1)
    assert photos("--to", "2018-07-14") == (["2018.jpg"], 1)
    assert photos("--from", "2018-08", "--to", "2019-07-13") == ([], 1)


def test_days_begin_and_end_where_they_should():
    assert seconds_of_day("1970") == 0
    assert seconds_of_day("1970-01-01", is_end=True) == 86400
    assert seconds_of_day("1970-01", is_end=True) == 31 * 86400
    assert seconds_of_day("1970-12", is_end=True) == seconds_of_day("1971")
    assert seconds_of_day("1970", is_end=True) == seconds_of_day("1971")
    for wrong in ("19", "1970-13", "1970-02-30", "x", "1970-1-1-1"):
        with pytest.raises(MisuseError, match="expected a day"):
            seconds_of_day(wrong)


def test_an_export_replaces_no_file_of_the_library(castlist, lib):
    before = (lib / "library.json").read_bytes()
    run = castlist("library", lib, "export", lib / "library.json")
    assert run.code == 1
    assert "lies among the files of the library" in run.error
    assert (lib / "library.json").read_bytes() == before


def test_films_are_listed_with_their_people_and_taken_out(castlist, lib):
    first = output(castlist, lib, "films").splitlines()[0]
    assert first == "one.mp4    person_002 3.0 s, person_001 2.0 s"
    (film,) = json.loads(output(castlist, lib, "films", "one.mp4", "--json"))["films"]
    assert (film["title"], len(film["people"])) == ("one.mp4", 2)
    assert output(castlist, lib, "films", "three.mp4").startswith("three.mp4\n  person_")
    said = output(castlist, lib, "remove", "one.mp4", "three.mp4")
    assert said.startswith("Taken out: one.mp4, three.mp4. The files stay")
    assert [line.split()[0] for line in output(castlist, lib, "films").splitlines()] == ["two.mp4"]


def test_a_question_imports_nothing_that_takes_long(lib):
    code = (
        "import sys; from castlist.__main__ import main\n"
        "assert main(sys.argv[1:]) == 0\n"
        "assert not {'pandas', 'scipy', 'cv2', 'openvino'} & {*sys.modules}"
    )
    command = [sys.executable, "-c", code, "library", str(lib), "show", "1", "2"]
    assert subprocess.run(command, capture_output=True, text=True).stderr == ""


def test_a_film_that_a_library_lacks_is_told_in_one_line(castlist, lib):
    for action in ("films", "remove"):
        run = castlist("library", lib, action, "zoe.mp4")
        assert (run.code, run.out) == (1, "")
        assert "zoe.mp4: no film or folder of the library; there are one.mp4, " in run.error


def test_what_is_gone_is_told_by_the_next_add(castlist, squares, tmp_path):
    lib, films = tmp_path / "lib", tmp_path / "films"
    for name in ("one", "two"):
        write_film(films / f"{name}.mp4", shots([{"one": "red", "two": "green"}[name]]))
    output(castlist, lib, "add", films)
    (films / "two.mp4").unlink()
    said = output(castlist, lib, "add", films)
    assert f"1 file is gone since, and their people stay: {films / 'two.mp4'}\n" in said
    assert "gone" not in output(castlist, lib, "add", films)
