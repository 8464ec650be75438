"""What is found: films, photos, both."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from castlist.clustering.stages.config import FACE_METHODS
from castlist.data.tables.codes import NoticeCode
from cli_tools import (
    RESULT,
    colours_of,
    contents,
    facts_of,
    picture,
    shots,
    table_of,
    violations,
    write_film,
    write_photo,
)


def test_a_film_becomes_a_result(castlist, squares, film, tmp_path):
    out = tmp_path / "deep" / "result"
    run = castlist("cluster", film, "--out", out)
    assert run.code == 0
    assert {path.name for path in out.iterdir()} == RESULT
    assert run.out.splitlines()[0] == "3 people in film.mp4"
    assert run.out.splitlines()[-1] == f"Report: {out / 'report.html'}"
    assert run.progress[0] == "castlist: looking at film.mp4"
    faces = table_of(out)
    assert np.bincount(faces.person).tolist() == [10, 10, 10]
    assert all(len(set(colours_of(faces[faces.person == number]))) == 1 for number in range(3))
    assert facts_of(out)["sources"][0]["cuts"] == [10, 20, 30]


def test_the_input_is_not_touched(castlist, squares, film, tmp_path):
    before = film.read_bytes(), film.stat().st_mtime_ns
    assert castlist("cluster", film, "--out", tmp_path / "out").code == 0
    assert (film.read_bytes(), film.stat().st_mtime_ns) == before
    assert contents(film.parent).keys() == {"film.mp4"}


def test_a_film_and_photos_together(castlist, squares, film, tmp_path):
    photos = tmp_path / "photos"
    write_photo(photos / "1.jpg", picture("blue", "red"))
    write_photo(photos / "2.png", picture("green"))
    run = castlist("cluster", film, photos, "--out", tmp_path / "out")
    assert run.out.splitlines()[0] == "3 people in film.mp4 and 2 photos"
    faces = table_of(tmp_path / "out")
    assert set(faces.source) == {"film.mp4", "1.jpg", "2.png"}
    photographed = faces.source != "film.mp4"
    for row in np.flatnonzero(photographed):
        same = faces.person == faces.person[row]
        assert (same & ~photographed).any()
        assert len(set(colours_of(faces[same]))) == 1


def test_two_films_of_one_name_stay_apart(castlist, squares, tmp_path):
    films = [
        write_film(tmp_path / "a" / "x.mp4", shots(["red"], ["blue"])),
        write_film(tmp_path / "b" / "x.mp4", shots(["blue"], ["red"])),
    ]
    run = castlist("cluster", *films, "--out", tmp_path / "out")
    assert run.out.splitlines()[0] == "2 people in 2 films"
    assert set(table_of(tmp_path / "out").source) == {"a/x.mp4", "b/x.mp4"}
    for number in (1, 2):
        crops_of_one = (tmp_path / "out" / "people" / f"person_{number:03}").glob("*.jpg")
        assert len(list(crops_of_one)) == 10


@pytest.mark.parametrize("name", [b"caf\xe9.mp4", b"two\nlines.mp4"])
def test_a_name_that_is_no_text_is_written_as_one(castlist, squares, film, tmp_path, name):
    odd = tmp_path / "odd" / name.decode("utf-8", "surrogateescape")
    odd.parent.mkdir()
    shutil.copy(film, odd)
    run = castlist("cluster", odd, "--out", tmp_path / "out")
    assert run.code == 0
    assert {"caf\\xe9.mp4", "two lines.mp4"} > set(table_of(tmp_path / "out").source)
    assert re.fullmatch(r"3 people in (caf\\xe9|two lines).mp4", run.out.splitlines()[0])


@pytest.mark.parametrize("method", FACE_METHODS)
def test_no_face_at_all_is_a_result_too(castlist, squares, tmp_path, method):
    film = write_film(tmp_path / "in" / "grey.mp4", [picture()] * 10)
    out = tmp_path / "out"
    run = castlist("cluster", film, "--out", out, "--face-method", method)
    assert run.code == 0
    assert run.out.splitlines()[0] == "No face was found in grey.mp4"
    assert {path.name for path in out.iterdir()} == RESULT - {"faces.csv", "people"}
    assert "No face was found" in (out / "report.html").read_text()
    assert len(pd.read_parquet(out / "faces.parquet")) == 0
    assert json.loads((out / "people.json").read_text())["people"] == []


@pytest.mark.parametrize("method", FACE_METHODS)
@pytest.mark.parametrize("cloth_method", ["hdbscan", "none"])
def test_twins_of_one_picture_are_one_person_to_the_online_rule_only(
    castlist, squares, tmp_path, method, cloth_method
):
    pictures = shots(["red", "red", "green"], ["green"])
    for pixels in pictures:
        pixels[:15, :44] = 0  # a dark hat tells twins from one face that a picture shows twice
    film = write_film(tmp_path / "in" / "twins.mp4", pictures)
    out = tmp_path / "out"
    settings = ["--face-method", method, "--cloth-method", cloth_method]
    run = castlist("cluster", film, "--out", out, *settings)
    assert run.code == 0
    pairs = violations(table_of(out))
    if method == "online":
        assert pairs == 5  # in each of the five frames of them that are looked at
        assert f"Note: {pairs} pairs of faces share a picture and a person" in run.out
        [notice] = [
            own for own in facts_of(out)["notices"] if own["code"] == NoticeCode.SHARED_PICTURES
        ]
        assert notice["numbers"] == {"num_pairs": pairs}
    else:
        assert pairs == 0
