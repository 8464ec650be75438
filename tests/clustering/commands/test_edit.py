"""castlist name and castlist edit: decisions, what they change, and what they leave alone."""

import fcntl
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from castlist.clustering.api.html import result_html
from castlist.clustering.report import write
from castlist.data.result import people_folder
from castlist.data.result.names import person_name
from castlist.data.result.result import StoredResult
from castlist.data.tables.codes import DecidedBy, Reason
from cli_tools import contents, leftovers
from decision_tools import FOUR, crops_of, edits_of, no_pages, people_by_letter, people_of, table_of


@pytest.fixture
def pages():
    """Ask for the report and the contact sheets, a third of the time of a command."""


@pytest.fixture(autouse=True)
def _no_pages(request, monkeypatch):
    if "pages" not in request.fixturenames:
        monkeypatch.setattr(write, "write_report", no_pages)


def letters(out):
    return people_by_letter(StoredResult.load(out))


def test_four_people_to_begin_with(out):
    assert letters(out) == FOUR
    assert [who["id"] for who in people_of(out)["people"]] == [
        f"person_00{number}" for number in (1, 2, 3, 4)
    ]
    assert [who["name"] for who in people_of(out)["people"]] == [None] * 4


# Names


def test_the_number_of_a_person_is_enough_and_a_name_comes_before_it(castlist, out):
    castlist("name", out, "4", "Uno")
    lines = (out / "edits.jsonl").read_text().replace("Uno", "1")
    (out / "edits.jsonl").write_text(lines)  # of an earlier version, which took digits
    castlist("edit", out, "hide", "3")
    castlist("name", out, "1", "Dora")
    cast = StoredResult.load(out).cast
    assert {person_name(number): name for number, name in cast.names.items()} == {
        "person_004": "Dora"
    }
    assert set(map(person_name, cast.hidden)) == {"person_003"}


def test_a_name_is_everywhere_and_moves_no_face(castlist, out, pages):
    before = table_of(out)
    run = castlist("name", out, "person_003", " Zoë  Über ")
    assert run.code == 0
    assert run.out.splitlines() == [
        "person_003 is called Zoë Über",
        "4 people kept their id, 0 new, 0 of 85 faces changed person",
    ]
    result = StoredResult.load(out)
    assert [result.name_of(number) for number in (-1, 0, 2)] == [
        "unknown", "person_001", "Zoë Über",
    ]  # fmt: skip
    renamed = [
        (*row[:3], "Zoë Über" if row[2] == "person_003" else row[3], *row[4:]) for row in before
    ]
    assert table_of(out) == renamed
    assert {who["id"]: who["name"] for who in people_of(out)["people"]}["person_003"] == "Zoë Über"
    table = pd.read_parquet(out / "faces.parquet")
    assert set(table.person_name[table.person_id == "person_003"]) == {"Zoë Über"}
    assert table.person_name[table.person_id == "person_001"].isna().all()
    csv = pd.read_csv(out / "faces.csv")
    assert set(csv.name[csv.id == "person_003"]) == {"Zoë Über"}
    assert all((out / crop).is_file() for crop in csv.crop)
    assert (out / "people" / "Zoë Über.jpg").is_file()
    assert not (out / "people" / "person_003").exists()
    assert not (out / "people" / "person_003.jpg").exists()
    assert "Zoë Über" in (out / "report.html").read_text()


def test_a_name_is_a_person_in_the_next_command_and_can_be_changed(castlist, out):
    castlist("name", out, "person_001", "Ana")
    assert castlist("name", out, "ana", "Anna").code == 0
    assert StoredResult.load(out).name_of(0) == "Anna"
    run = castlist("name", out, "Anna", "Anna")
    assert run.out.splitlines()[0] == "Nothing to change"
    assert len(edits_of(out)) == 2


def test_a_second_anna_is_offered_as_a_merge_and_never_made_silently(castlist, out):
    castlist("name", out, "person_001", "Anna")
    before = contents(out)
    run = castlist("name", out, "person_003", "ANNA")
    assert (run.code, "--merge" in run.error, "person_001" in run.error) == (1, True, True)
    assert contents(out) == before
    assert castlist("name", out, "person_003", "anna", "--merge").code == 0
    assert letters(out) == FOUR | {"C": {0}}
    assert StoredResult.load(out).name_of(0) == "Anna"


def test_a_name_that_is_the_number_of_somebody_else_says_what_to_write(castlist, out):
    run = castlist("name", out, "1", "2")
    assert run.code == 1
    assert run.error == (
        f"2: is the number of person_002; if both are one: castlist edit {out} merge"
        ' person_001 2; a name needs more than digits, such as "No. 2"'
    )
    assert castlist("name", out, "1", "002").error.startswith("002: is the number of person_002; ")
    for name in ("2Pac", "No. 2", "1", "1984"):  # 1 is its own number, and nobody has 1984
        assert castlist("name", out, "person_001", name).code == 0


def test_a_folder_that_is_called_like_a_number_is_no_name(castlist, out):
    (out / "people" / "person_003").rename(out / "people" / "2")
    crop = Path(crops_of(out, "A")[-1])
    (out / "people" / "4").mkdir()
    crop.rename(out / "people" / "4" / crop.name)
    run = castlist("edit", out, "hide", "person_004")
    assert run.code == 0
    assert "people/2: not read as a name: 2: is the number of person_002; " in run.out
    assert "people/4: not read: 4: is the number of person_004; " in run.out


def test_several_people_are_hidden_at_once_or_none(castlist, out):
    assert "Nobody" in castlist("edit", out, "hide", "1", "2", "Nobody").error
    assert not StoredResult.load(out).cast.hidden
    run = castlist("edit", out, "hide", "1", "2", "person_001")
    assert run.out.splitlines()[:2] == ["person_001 is hidden", "person_002 is hidden"]
    castlist("edit", out, "show", "1")
    assert set(map(person_name, StoredResult.load(out).cast.hidden)) == {"person_002"}


def test_who_has_the_name_is_said_though_nobody_shows_them(castlist, out, tmp_path):
    castlist("name", out, "person_001", "Anna")
    castlist("edit", out, "hide", "Anna")
    run = castlist("name", out, "person_003", "Anna")
    assert run.error.startswith("Anna: person_001 (hidden) has that name already; ")
    lines = (out / "edits.jsonl").read_text().replace("person_001", "person_009")
    (out / "edits.jsonl").write_text(lines)  # of a part of the film that is not here
    castlist("edit", out, "hide", "person_002")
    run = castlist("name", out, "person_003", "Anna")
    assert run.error.startswith("Anna: person_009 (who has no face here) has that name already; ")


@pytest.mark.parametrize("nothing", ["", "  "])
def test_a_name_is_taken_off_and_comes_back_with_undo(castlist, out, nothing):
    before = people_of(out)
    castlist("name", out, "person_001", "Ana")
    castlist("name", out, "Ana", "Anna")
    run = castlist("name", out, "Anna", nothing)
    assert (run.code, run.out.splitlines()[0]) == (0, "person_001 has no name any more")
    assert people_of(out) == before
    assert not (out / "people" / "Anna").exists()
    assert castlist("name", out, "1", nothing).out == "Nothing to change\n"
    assert "person_001 has no name any more" in castlist("edit", out, "log").out
    castlist("edit", out, "undo")
    assert StoredResult.load(out).name_of(0) == "Anna"


def test_names_of_many_come_from_a_table_all_or_none(castlist, out, tmp_path):
    names = tmp_path / "names.csv"
    names.write_text("person,name\nperson_001,Anna\nperson_002,\nperson_003,Bo\n")
    assert castlist("name", out, "--from", names).code == 0
    assert [StoredResult.load(out).name_of(number) for number in range(4)] == [
        "Anna", "person_002", "Bo", "person_004",
    ]  # fmt: skip
    before = contents(out)
    for rows, message in [
        ("person,name\nperson_002,Cy\nperson_009,Di\n", "line 3"),
        ("person,name\nperson_002,Cy\nperson_004,cy\n", "one name, one person"),
        ("who,name\nperson_002,Cy\n", "columns person and name"),
        ("person,name\n,Cy\n", "line 2"),
    ]:
        names.write_text(rows)
        run = castlist("name", out, "--from", names)
        assert (run.code, message in run.error) == (1, True), run.error
    assert contents(out) == before


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Person;Name\r\nperson_001;Zoë\r\n;\r\nperson_003; '=Bo \r\n", "cp1252"),
        ("person\tname\r\nperson_001\tZoë\r\nperson_003\t=Bo\r\n", "utf-16"),
        ("sep=;\nname;person\nZoë;person_001\n=Bo;person_003\n", "utf-8-sig"),
        (' PERSON ,note, name\nperson_001,,Zoë\n"person_003",x,=Bo\n', "utf-8"),
    ],
)
def test_a_table_of_names_may_come_from_any_spreadsheet(castlist, out, tmp_path, text, encoding):
    names = tmp_path / "names.csv"
    names.write_bytes(text.encode(encoding))
    assert castlist("name", out, "--from", names).code == 0
    assert [StoredResult.load(out).name_of(number) for number in (0, 2)] == ["Zoë", "=Bo"]


@pytest.mark.parametrize(
    "name",
    ["--- ", "a/b", "..\\b", "..", "a\nb", "\x1b[31mred", "x" * 101, "unknown", "New", "ignore",
     "person_004", "not_a_face", "\u202egnp.jpg", "..."],
)  # fmt: skip
def test_what_cannot_be_a_name_is_refused_in_a_line(castlist, out, name):
    before = contents(out)
    run = castlist("name", out, "person_001", name)
    assert run.code == 1
    assert run.error.isprintable()
    assert contents(out) == before


@pytest.mark.parametrize(
    "name", ["CON", "nul.txt", "Anna.", ".hidden", "a:b?", "李小龍", "محمد", "👩‍🚀 Jo", "é" * 100]
)
def test_names_of_any_script_are_folders_on_every_system(castlist, out, name):
    assert castlist("name", out, "person_001", name).code == 0
    result = StoredResult.load(out)
    assert result.name_of(0) == " ".join(name.split())
    folder = Path(result.crop_paths[0]).parts[1] if result.faces.person[0] == 0 else ""
    folder = folder or next(
        Path(path).parts[1]
        for path, person in zip(result.crop_paths, result.faces.person, strict=True)
        if person == 0
    )
    assert not set(folder) & set('<>:"/\\|?*')
    assert folder == folder.strip(". ")
    assert folder.split(".")[0].casefold() not in ("con", "nul")
    assert len(folder.encode()) <= 255
    assert castlist("edit", out, "log").code == 0  # and none of it reads as changed by hand
    assert len(edits_of(out)) == 1
    run = castlist("edit", out, "undo")
    assert run.out.startswith("Taken back")
    assert StoredResult.load(out).name_of(0) == "person_001"


# The complaints of users of other programs


def test_correcting_one_face_does_not_rename_its_group(castlist, out):
    castlist("name", out, "person_001", "Anna")
    castlist("name", out, "person_002", "Bo")
    before = letters(out)
    alone = crops_of(out, "A")[-1]
    assert castlist("edit", out, "move", alone, "--to", "person_003").code == 0
    assert letters(out) == before | {"A": {0, 2}}
    result = StoredResult.load(out)
    assert [result.name_of(result.cast.number_of(number)) for number in (0, 1)] == ["Anna", "Bo"]
    assert "5 of 85 faces changed person" in castlist("edit", out, "undo").out


def test_merging_two_merges_no_others(castlist, out):
    assert castlist("edit", out, "merge", "person_001", "person_003").code == 0
    assert letters(out) == FOUR | {"C": {0}}
    faces = StoredResult.load(out).faces
    assert len(faces) == 85
    assert (faces.person >= 0).all()


def test_a_face_can_be_taken_out_of_a_person(castlist, out):
    crop = crops_of(out, "C")[0]
    assert castlist("edit", out, "not", crop).code == 0
    assert letters(out)["C"] in ({2, 4}, {2, -1})
    assert {key: ids for key, ids in letters(out).items() if key != "C"} == {
        key: ids for key, ids in FOUR.items() if key != "C"
    }


def test_two_children_taken_for_one_are_parted_by_one_move(castlist, out):
    castlist("edit", out, "merge", "person_001", "person_003")
    run = castlist("edit", out, "move", *crops_of(out, "C"), "--to", "new")
    assert run.code == 0
    assert letters(out) == FOUR | {"C": {4}}


def test_no_face_is_lost_by_name_and_merge(castlist, out):
    castlist("name", out, "person_001", "Anna")
    castlist("name", out, "person_003", "Cy")
    castlist("edit", out, "merge", "Cy", "Anna")
    result = StoredResult.load(out)
    assert letters(out) == FOUR | {"A": {2}, "C": {2}}
    assert result.name_of(result.cast.number_of(2)) == "Cy"
    assert all(result.crops.path(row) for row in range(85))


def test_a_second_program_decides_by_what_is_there_now(castlist, out):
    castlist("edit", out, "merge", "person_001", "person_003")
    run = castlist("edit", out, "merge", "person_003", "person_004")
    assert (run.code, "nobody has that name" in run.error) == (1, True)


# Moves


def test_a_moved_face_is_pinned_and_takes_its_track_along(castlist, out):
    run = castlist("edit", out, "move", crops_of(out, "D")[0], "--to", "new")
    assert run.out.splitlines()[0] == "1 face of person_004 to person_005"
    result = StoredResult.load(out)
    given = result.cast.of_faces(result.faces) == 4
    assert given.sum() == 5
    assert set(result.faces.decided_by[given]) == {DecidedBy.USER}
    assert set(result.faces.strength[given]) == {1.0}
    assert set(result.faces.reason[given]) == {Reason.GIVEN}


def test_two_faces_of_a_track_can_be_two_people(castlist, out):
    crops = crops_of(out, "C")
    castlist("edit", out, "move", crops[0], "--to", "new")
    castlist("edit", out, "move", crops[4], "--to", "person_003")
    result = StoredResult.load(out)
    ids = result.cast.of_faces(result.faces)
    rows = [row for row in range(85) if str(result.crops.path(row)).split("/")[-1]
            in {crop.split("/")[-1] for crop in crops[:5]}]  # fmt: skip
    assert ids[rows].tolist() == [4, 4, 4, 2, 2]


def test_a_face_can_be_made_unknown(castlist, out):
    castlist("edit", out, "move", crops_of(out, "C")[0], "--to", "unknown")
    assert letters(out)["C"] == {2, -1}
    assert people_of(out)["unknown"]["faces"] == 5


def test_two_faces_of_a_picture_are_never_given_to_one_person(castlist, out):
    before = contents(out)
    first, other = crops_of(out, "A")[0], crops_of(out, "B")[0]
    for to in ("new", "person_003"):
        run = castlist("edit", out, "move", first, other, "--to", to)
        assert (run.code, "frame 0" in run.error) == (1, True)
    run = castlist("edit", out, "merge", "person_001", "person_002")
    assert (run.code, "shows both" in run.error) == (1, True)
    assert contents(out) == before


def test_another_face_of_the_picture_gives_way_to_the_given_one(castlist, out):
    """A and B were found the wrong way round in one shot: one move puts the given one right."""
    crop = Path(crops_of(out, "A")[0]).name
    assert castlist("edit", out, "move", crop, "--to", "person_002").code == 0
    result = StoredResult.load(out)
    ids, picture = result.cast.of_faces(result.faces), result.faces.picture
    assert ids[result.crop_names.index(crop)] == 1
    pairs = list(zip(picture[ids >= 0].tolist(), ids[ids >= 0].tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    other = Path(crops_of(out, "B")[0]).name  # of the same picture
    run = castlist("edit", out, "move", other, "--to", "person_002")
    assert (run.code, "that you gave to person_002" in run.error) == (1, True)


def test_what_is_no_face_leaves_counts_and_tracks_and_stays_in_the_table(castlist, out):
    crop = crops_of(out, "C")[2]
    castlist("edit", out, "not-a-face", crop)
    result = StoredResult.load(out)
    row = int(np.flatnonzero(~result.faces.is_face)[0])
    assert (len(result.faces), result.faces.track[row], result.faces.person[row]) == (85, -1, -1)
    assert result.unknown is None
    assert str(result.crops.path(row)).startswith(f"{out}/people/not_a_face/")
    assert sum(who["faces"] for who in people_of(out)["people"]) == 84
    assert letters(out) == FOUR | {"C": {2, -1}}


# Hide, forget, undo


def test_the_hidden_leave_page_and_counts_and_come_back(castlist, out, pages):
    before = contents(out)
    castlist("edit", out, "hide", "person_004")
    content = people_of(out)
    assert len(content["people"]) == 3
    assert content["hidden"] == [{"id": "person_004", "name": None, "faces": 15}]
    assert 'id="person_004"' not in (out / "report.html").read_text()
    assert len(pd.read_parquet(out / "faces.parquet")) == 85
    assert castlist("edit", out, "hide", "person_004").code == 1
    castlist("edit", out, "show", "person_004")
    after = contents(out)
    for name in ("people.json", "report.html", "faces.csv"):
        assert after[name] == before[name]


def test_the_forgotten_leave_vectors_crops_and_names(castlist, out, pages):
    castlist("name", out, "person_004", "Dora")
    (out / "people" / "Dora" / "note.txt").write_text("mine")
    names = {Path(crop).name for crop in crops_of(out, "D")}
    run = castlist("edit", out, "forget", "Dora")
    assert run.code == 0
    assert "note.txt is yours" in run.out
    assert "fits no face" not in run.out
    result = StoredResult.load(out)
    assert (len(result.faces), set(letters(out))) == (70, {"A", "B", "C"})
    (out / "people" / "Dora" / "note.txt").unlink()
    for path, data in contents(out).items():
        assert Path(path).name not in names
        assert b"Dora" not in data, path
        assert "Dora" not in path
    assert castlist("edit", out, "undo").code == 0  # of the name: nothing comes back
    assert len(StoredResult.load(out).faces) == 70


def test_crops_of_whoever_has_the_folder_of_the_forgotten_now_are_not_the_users(castlist, out):
    castlist("name", out, "person_003", "a:b")
    castlist("name", out, "person_004", "a?b")
    run = castlist("edit", out, "forget", "a:b")
    assert (run.code, (out / "people" / "a_b").is_dir()) == (0, True)
    assert "is yours" not in run.out


def test_to_forget_somebody_leaves_the_name_of_who_was_merged_with_them_by_mistake(castlist, out):
    castlist("name", out, "person_002", "Bo")
    castlist("edit", out, "merge", "person_003", "Bo")
    castlist("edit", out, "undo")
    assert castlist("edit", out, "forget", "person_003").code == 0
    assert StoredResult.load(out).cast.names == {1: "Bo"}
    assert edits_of(out)[0]["name"] == "Bo"


def test_undo_of_everything_gives_the_table_before(castlist, out, pages):
    before, files = table_of(out), contents(out)
    steps = [
        ("name", out, "person_001", "Anna"),
        ("edit", out, "merge", "person_003", "Anna"),
        ("edit", out, "move", crops_of(out, "D")[0], "--to", "new"),
        ("edit", out, "move", crops_of(out, "B")[-1], "--to", "unknown"),
        ("edit", out, "not", crops_of(out, "C")[0]),
        ("edit", out, "not-a-face", crops_of(out, "B")[3]),
        ("edit", out, "hide", "person_002"),
    ]
    states = [before]
    for step in steps:
        step = [*step[:3], *(word if not str(word).endswith(".jpg") else Path(word).name
                             for word in step[3:])]  # fmt: skip
        run = castlist(*step)
        assert run.code == 0, run.error
        states.append(table_of(out))
    for state in reversed(states[:-1]):
        assert castlist("edit", out, "undo").code == 0
        assert table_of(out) == state
    after = contents(out)
    assert {name: data for name, data in after.items() if name.startswith("people")} == {
        name: data for name, data in files.items() if name.startswith("people")
    }
    run = castlist("edit", out, "undo")
    assert (run.code, "no decision to take back" in run.error) == (1, True)


def test_redo_brings_back_what_was_taken_back_step_by_step(castlist, out):
    castlist("name", out, "person_001", "Anna")
    castlist("edit", out, "merge", "person_003", "Anna")
    castlist("edit", out, "hide", "person_002")
    done = table_of(out), StoredResult.load(out).cast.hidden
    for _ in range(3):
        castlist("edit", out, "undo")
    assert "person_001 is called Anna" in castlist("edit", out, "redo").out
    castlist("edit", out, "redo")
    assert "person_002 is hidden" in castlist("edit", out, "redo").out
    assert (table_of(out), StoredResult.load(out).cast.hidden) == done
    run = castlist("edit", out, "redo")
    assert (run.code, "nothing was taken back since" in run.error) == (1, True)
    castlist("edit", out, "undo")
    assert "person_002 is hidden" in castlist("edit", out, "redo").out


def test_another_decision_ends_what_can_be_brought_back(castlist, out):
    castlist("edit", out, "hide", "person_002")
    castlist("edit", out, "undo")
    castlist("name", out, "person_001", "Anna")
    assert castlist("edit", out, "redo").code == 1


def test_several_people_are_forgotten_at_once(castlist, out):
    castlist("name", out, "person_003", "Carl")
    run = castlist("edit", out, "forget", "Carl", "4", "person_004")
    assert (run.code, run.out.count("is forgotten")) == (0, 2)
    assert set(letters(out)) == {"A", "B"}


def test_the_log_lists_every_decision(castlist, out):
    assert castlist("edit", out, "log").out == "no decision yet\n"
    castlist("name", out, "person_001", "Anna")
    castlist("edit", out, "undo")
    lines = castlist("edit", out, "log").out.splitlines()
    assert "person_001 is called Anna  (taken back)" in lines[0]
    assert "line 1 is taken back" in lines[1]


def test_the_log_as_json_has_a_field_for_each_thing(castlist, out):
    castlist("edit", out, "hide", "person_002")
    castlist("edit", out, "undo")
    first, second = json.loads(castlist("edit", out, "log", "--json").out)["decisions"]
    assert first.pop("time").startswith("20")
    assert first == {
        "line": 1, "what": "hide", "text": "person_002 is hidden", "by": "", "state": "taken back"
    }  # fmt: skip
    assert (second["line"], second["what"], second["state"]) == (2, "undo", "")


# By hand


def test_a_renamed_folder_is_a_name(castlist, out):
    (out / "people" / "person_003").rename(out / "people" / "Cy")
    run = castlist("edit", out, "hide", "person_004")
    assert run.out.splitlines()[0] == "Read from people/: person_003 is called Cy"
    assert StoredResult.load(out).name_of(2) == "Cy"
    assert [edit["by_hand"] for edit in edits_of(out) if "by_hand" in edit] == [True]
    assert not (out / "people" / "person_003").exists()


def test_crops_moved_by_hand_are_moves(castlist, out):
    people = out / "people"
    alone = Path(crops_of(out, "A")[-1])
    alone.rename(people / "person_003" / alone.name)
    (people / "Eve").mkdir()
    for crop in crops_of(out, "B")[-2:]:
        Path(crop).rename(people / "Eve" / Path(crop).name)
    (people / "not_a_face").mkdir()
    nothing = Path(crops_of(out, "D")[-1])
    nothing.rename(people / "not_a_face" / nothing.name)
    run = castlist("name", out, "person_001", "Anna")
    assert run.code == 0
    assert run.out.count("Read from people/") == 4
    result = StoredResult.load(out)
    assert letters(out) == {"A": {0, 2}, "B": {1, 4}, "C": {2}, "D": {3, -1}}
    assert result.name_of(result.cast.number_of(4)) == "Eve"
    assert all(result.crops.path(row) == out / path for row, path in enumerate(result.crop_paths))
    assert castlist("edit", out, "hide", "Eve").out.count("Read from") == 0


def test_a_crop_that_cannot_be_where_it_was_moved_is_put_back_and_said(castlist, out):
    crops = [Path(crop) for crop in (crops_of(out, "A")[0], crops_of(out, "B")[0])]
    (out / "people" / "Eve").mkdir()
    for crop in crops:
        crop.rename(out / "people" / "Eve" / crop.name)
    run = castlist("edit", out, "hide", "person_004")
    assert run.code == 0
    assert "put back: " in run.out
    result = StoredResult.load(out)
    assert {path.name for path in (out / "people" / "Eve").iterdir()} >= {crops[0].name}
    assert all(result.crops.path(row) for row in range(85))


def test_crops_that_were_deleted_stop_nothing(castlist, out, tmp_path, pages):
    shutil.rmtree(out / "people" / "person_002")
    assert castlist("edit", out, "hide", "person_004").code == 0
    castlist("name", out, "person_002", "Bo")
    run = castlist("name", out, "person_001", "Anna", "--learn", tmp_path / "known")
    assert run.code == 0
    assert f"{tmp_path / 'known'} knows Anna\nBo: left out, since" in run.out
    result = StoredResult.load(out)
    assert letters(out) == FOUR
    assert not list((out / "people").glob("Bo/*"))
    assert "data:image" in result_html(result)


def test_outfits_and_notes_in_the_folder_of_a_person_stay(castlist, out):
    crop = Path(crops_of(out, "A")[0])
    red = out / "people" / "person_001" / "red" / crop.name
    red.parent.mkdir()
    crop.rename(red)
    (out / "people" / "person_001" / "why.txt").write_text("a note")
    run = castlist("edit", out, "hide", "person_004")
    assert "Read from" not in run.out
    assert red.is_file()
    assert (out / "people" / "person_001" / "why.txt").read_text() == "a note"


# Bad input and bad luck


def test_misuse_ends_with_2(castlist, out):
    before = contents(out)
    for arguments in [
        ("name", out),
        ("name", out, "person_001"),
        ("name", out, "person_001", "Anna", "--from", "names.csv"),
        ("edit", out),
        ("edit", out, "paint"),
        ("edit", out, "move", "a.jpg"),
    ]:
        assert castlist(*arguments).code == 2
    assert contents(out) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("hide", "person_009"),
        ("hide", "Nobody\x1b[0m"),
        ("merge", "person_001", "person_001"),
        ("merge", "person_001", "x" * 5000),
        ("not", "holiday.jpg"),
        ("not", "other_00h00m00.000s_f000000_0.jpg"),
        ("show", "person_001"),
        ("move", "film_00h00m00.000s_f000000_0.jpg", "--to", "person_077"),
    ],
)
def test_what_is_not_there_is_refused_in_a_short_line(castlist, out, arguments):
    before = contents(out)
    run = castlist("edit", out, *arguments)
    assert run.code == 1
    assert len(run.error) < 600
    assert run.error.isprintable()
    assert contents(out) == before


def test_no_result_is_refused(castlist, tmp_path):
    assert castlist("edit", tmp_path / "nowhere", "undo").code == 1
    assert castlist("name", tmp_path, "person_001", "Anna").code == 1
    assert list(tmp_path.iterdir()) == []


def test_a_path_is_no_name_although_the_working_folder_has_a_result(castlist, out, monkeypatch):
    monkeypatch.chdir(out)
    (out.parent / "empty").mkdir()
    run = castlist("name", out.parent / "empty", "person_001", "Anna")
    assert run.code == 1
    assert run.error.startswith(f"{out.parent / 'empty'}: expected a result")


@pytest.mark.parametrize(
    "line",
    ["{", "3", "{}", '{"what": "paint"}', '{"what": "undo", "line": 9}',
     '{"what": "hide", "person": "Anna"}', '{"what": "not", "person": "person_001", "faces": 3}',
     '{"what": "not", "person": "person_001", "faces": {"person_001": [{"faces": [[0]]}]}}'],
)  # fmt: skip
def test_a_damaged_line_is_named_by_its_number(castlist, out, line):
    castlist("name", out, "person_001", "Anna")
    with (out / "edits.jsonl").open("a") as file:
        file.write(line + "\n")
    before = contents(out)
    for arguments in (("edit", out, "log"), ("edit", out, "undo")):
        run = castlist(*arguments)
        assert run.code == 1
        assert f"{out / 'edits.jsonl'}, line 2: expected" in run.error
    assert contents(out) == before


def test_a_decision_that_fits_nothing_is_listed_and_kept(castlist, out):
    lines = [
        {"what": "not", "person": "person_001", "faces": {"person_001": [
            {"content": "other", "source": "other.mp4", "faces": [[1.0, 1, 1, 9, 9]]}]}},
        {"what": "name", "person": "person_044", "name": "Zed"},
    ]  # fmt: skip
    (out / "edits.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    run = castlist("edit", out, "hide", "person_004")
    assert run.out.count("fits no face here any more, and is kept") == 2
    assert [line["what"] for line in edits_of(out)] == ["not", "name", "hide"]
    assert castlist("edit", out, "log").out.count("fits no face here any more") == 2


def test_one_of_two_programs_at_once_is_refused_with_the_reason(castlist, out):
    before = contents(out)
    lock = out.parent / ".result.lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write("castlist find, process 7")
        file.flush()
        run = castlist("name", out, "person_001", "Anna")
        assert (run.code, "castlist find, process 7" in run.error) == (1, True)
        assert contents(out) == before
    assert castlist("name", out, "person_001", "Anna").code == 0  # left over, held by nobody
    assert not lock.exists()


@pytest.mark.parametrize("error", [OSError(28, os.strerror(28)), KeyboardInterrupt()])
def test_a_full_disk_or_ctrl_c_loses_nothing(castlist, out, monkeypatch, error):
    castlist("name", out, "person_001", "Anna")
    (out / "notes.txt").write_text("to do")
    before = contents(out)

    def fail(*_arguments, **_options):
        raise error

    monkeypatch.setattr(people_folder.shutil, "copy2", fail)
    assert castlist("edit", out, "merge", "person_001", "person_003").code == 1
    monkeypatch.undo()
    assert contents(out) == before
    assert leftovers(out.parent) == []
