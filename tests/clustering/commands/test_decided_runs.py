"""castlist find over a result that somebody has edited: nothing they decided is lost."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from castlist.clustering.analysis import cache as caches
from castlist.clustering.people.ids import churn_since
from castlist.data.result.result import StoredResult
from cli_tools import (
    colours_of,
    contents,
    date_photo,
    picture,
    shots,
    table_of,
    title_film,
    write_film,
    write_photo,
)

pytestmark = pytest.mark.usefixtures("plain_pages")

RED, GREEN, BLUE, YELLOW = range(4)


@pytest.fixture(name="film")
def _film(tmp_path, made_once):
    """Five shots of a second: of red and green, blue, yellow, red, blue and yellow."""
    path = tmp_path / "in" / "film.mp4"
    pictures = shots(["red", "green"], ["blue"], ["yellow"], ["red"], ["blue", "yellow"])
    made_once(lambda: write_film(path, pictures))
    return path


@pytest.fixture(name="out")
def _out(castlist, squares, film, made_once, tmp_path):
    out = tmp_path / "result"

    def make():
        assert castlist("cluster", film, "--out", out).code == 0

    made_once(make)
    return out


def ids_of(out):
    """Return {colour: ids} of a result."""
    result = StoredResult.load(out)
    ids = result.cast.of_faces(result.faces)
    colours = np.array(colours_of(result.faces))
    return {own: set(ids[colours == own].tolist()) for own in sorted(set(colours.tolist()))}


def crop_of(out, colour, place=0):
    result = StoredResult.load(out)
    row = np.flatnonzero(np.array(colours_of(result.faces)) == colour)[place]
    return result.crops.path(int(row))


@pytest.mark.parametrize("settings", [["--fps", 10], ["--fps", 3], ["--wrong-merge-cost", 8]])
def test_names_and_ids_outlast_a_new_run(castlist, out, film, tmp_path, settings):
    before = ids_of(out)
    blue = f"person_{min(before[BLUE]) + 1:03d}"
    castlist("name", out, blue, "Bleu")
    castlist("edit", out, "move", crop_of(out, RED, -1), "--to", "new")
    decided = ids_of(out)
    assert decided[RED] == before[RED] | {4}
    moved = film.rename(tmp_path / "elsewhere.mp4")  # its name is another one, too
    run = castlist("cluster", moved, "--out", out, "--overwrite", *settings)
    assert run.code == 0
    assert "5 people kept their id, 0 new, 0 of" in run.out
    assert ids_of(out) == decided
    assert "Bleu" in run.out
    assert "fits no face" not in run.out
    assert (out / "people" / "Bleu").is_dir()


def test_people_of_a_longer_cut_are_new(castlist, squares, film, tmp_path):
    out = tmp_path / "result"
    assert castlist("cluster", film, "--end", 0.9, "--out", out).code == 0
    run = castlist("cluster", film, "--out", out, "--overwrite")
    assert "2 people kept their id, 2 new, 0 of" in run.out


def test_an_unknown_face_of_a_known_track_is_no_change(out):
    result = StoredResult.load(out)
    person, row = result.faces.person.copy(), int(np.flatnonzero(result.faces.is_known)[1])
    person[row] = -1  # as of two faces of a person in one picture
    same = dataclasses.replace(result, faces=result.faces.replace(person=person))
    assert churn_since(same, same).num_changed == 0


def test_names_outlast_a_date_or_a_name_that_a_program_writes_into_photos(
    castlist, squares, tmp_path
):
    photos, out = tmp_path / "photos", tmp_path / "result"
    for name, cast in (("a", ["red", "green"]), ("b", ["red"]), ("c", ["green"])):
        write_photo(photos / f"{name}.jpg", picture(*cast))
    castlist("cluster", photos, "--out", out)
    red, green = ({f"person_{own + 1:03d}" for own in ids_of(out)[place]} for place in (RED, GREEN))
    castlist("name", out, *red, "Rot")
    castlist("edit", out, "forget", *green)
    for path in photos.iterdir():
        date_photo(path, "2019:07:14 12:00:00")
    run = castlist("cluster", photos, "--out", out, "--overwrite")
    assert "fits no face" not in run.out
    assert ids_of(out).keys() == {RED}
    assert castlist("show", out, "Rot").out.startswith("Rot: 2 photos")
    castlist("export", out, photos, "--as", "xmp-in-photos")  # writes into them, too
    run = castlist("cluster", photos, "--out", out, "--overwrite")
    assert castlist("show", out, "Rot", "--copy-to", tmp_path / "album").code == 0
    assert ids_of(out).keys() == {RED}


def test_names_outlast_a_title_that_a_program_writes_into_a_film(castlist, out, film, tmp_path):
    red, green = ({f"person_{own + 1:03d}" for own in ids_of(out)[place]} for place in (RED, GREEN))
    castlist("name", out, *red, "Rot")
    castlist("edit", out, "forget", *green)
    title_film(film, "Wedding")
    assert castlist("clips", out, "Rot", "--out", tmp_path / "clips").code == 0
    run = castlist("find", film, "-o", out)
    assert (run.code, "fits no face" in run.out) == (0, False)
    assert GREEN not in ids_of(out)
    assert castlist("show", out, "Rot").out.startswith("Rot: ")
    moved = tmp_path / "elsewhere" / film.name
    moved.parent.mkdir()
    shutil.copy(film, moved)
    title_film(moved, "Our wedding")
    assert castlist("find", moved, "-o", out).code == 0  # the result of the same film


def test_what_was_done_by_hand_is_read_before_a_new_run(castlist, out, film):
    before, people = ids_of(out), out / "people"
    green = f"person_{min(before[GREEN]) + 1:03d}"
    (people / green).rename(people / "Greta")
    (people / "Greta" / "note.txt").write_text("mine")
    crop = crop_of(out, BLUE, 0)
    (people / "Stranger").mkdir()
    crop.rename(people / "Stranger" / crop.name)
    run = castlist("cluster", film, "--out", out, "--overwrite", "--fps", 4)
    assert run.out.count("Read from people/: ") == 3
    assert f"Read from people/: {green} is called Greta" in run.out
    result = StoredResult.load(out)
    assert {"Greta", "Stranger"} <= {result.name_of(number) for number in range(5)}
    assert (people / "Greta" / "note.txt").read_text() == "mine"
    assert len(list((people / "Stranger").glob("*.jpg"))) > 1  # the rest of the track
    assert not (people / green).exists()
    again = castlist("cluster", film, "--out", out, "--overwrite", "--fps", 4)
    assert "Read from" not in again.out


def test_the_forgotten_are_in_no_cache_and_no_new_run(castlist, out, film, tmp_path):
    yellow = f"person_{min(ids_of(out)[YELLOW]) + 1:03d}"
    castlist("cluster", film, "--out", tmp_path / "other", "--fps", 10)  # another entry
    assert castlist("edit", out, "forget", yellow).code == 0
    entries = caches.entries(tmp_path / "cache")
    assert len(entries) == 2
    for entry in entries:
        faces, crops, _ = caches.load(entry)
        assert YELLOW not in colours_of(faces)
        assert len(crops) == len(faces) > 0
    for settings in ([], ["--fps", 10], ["--fps", 3]):
        assert castlist("cluster", film, "--out", out, "--overwrite", *settings).code == 0
        assert YELLOW not in colours_of(table_of(out))
        for entry in caches.entries(tmp_path / "cache"):
            assert YELLOW not in colours_of(caches.load(entry)[0])


def test_decisions_of_a_damaged_result_hold_all_the_same(castlist, out, film):
    castlist("name", out, f"person_{min(ids_of(out)[BLUE]) + 1:03d}", "Bleu")
    before = ids_of(out)
    (out / "faces.parquet").write_bytes(b"no")
    assert castlist("cluster", film, "--out", out, "--overwrite").code == 0
    result = StoredResult.load(out)
    assert result.name_of(result.cast.number_of(min(before[BLUE]))) == "Bleu"
    assert ids_of(out)[BLUE] == before[BLUE]


def test_a_damaged_line_stops_a_run_before_its_work(castlist, out, film):
    (out / "edits.jsonl").write_text("?\n")
    before = contents(out)
    run = castlist("cluster", film, "--out", out, "--overwrite")
    assert (run.code, "edits.jsonl, line 1: expected a decision" in run.error) == (1, True)
    assert contents(out) == before


def test_labels_of_named_people_have_their_names(castlist, out, tmp_path):
    castlist("name", out, "person_001", "Anna")
    run = castlist("label", out, "--out", tmp_path / "labels.csv")
    assert run.code == 0
    assert "castlist's own answers" in run.out
    assert "Anna" in set(pd.read_csv(tmp_path / "labels.csv").person)


def test_a_named_person_may_keep_a_sheet_of_the_same_name(castlist, out):
    castlist("name", out, "person_001", "Anna")
    sheets = {path.stem for path in Path(out / "people").glob("*.jpg")}
    assert "Anna" in sheets
    assert "person_001" not in sheets


@pytest.mark.parametrize("is_written_into", [False, True])
def test_who_is_forgotten_is_forgotten_in_copies_too(castlist, squares, tmp_path, is_written_into):
    photos, out = tmp_path / "photos", tmp_path / "result"
    for name, cast in (("b", ["red", "green"]), ("c", ["red", "blue"])):
        write_photo(photos / f"{name}.jpg", picture(*cast))
    castlist("find", photos, "-o", out)
    (green,) = ids_of(out)[GREEN]
    castlist("edit", out, "forget", f"person_{green + 1:03d}")
    shutil.copy(photos / "b.jpg", photos / "a.jpg")
    if is_written_into:
        date_photo(photos / "a.jpg", "2019:07:14 12:00:00")
    assert castlist("find", photos, "-o", out).code == 0
    assert ids_of(out).keys() == {RED, BLUE}
