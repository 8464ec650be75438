"""castlist known, and find --known: names that go from film to film."""

import json
from pathlib import Path

import pytest
from castlist.clustering.api.find import find
from castlist.clustering.api.result import load
from castlist.data.result.result import StoredResult
from cli_tools import contents, picture, shots, write_film, write_photo

pytestmark = pytest.mark.usefixtures("plain_pages")


@pytest.fixture(name="known")
def _known(tmp_path):
    """Rita is red, by three photos in a folder, and Bea is blue, by one beside it."""
    folder = tmp_path / "known"
    for number in range(3):
        write_photo(folder / "Rita" / f"{number}.png", picture("red", grey=100 + number))
    write_photo(folder / "Bea.png", picture("blue"))
    return folder


def names_of(folder):
    return {person.given_name for person in StoredResult.load(folder).people}


def test_people_of_a_film_get_the_names_of_known_people(castlist, squares, film, known):
    run = castlist(film, "--known", known)
    assert run.code == 0
    assert "person_001 is called Rita (by known people, " in run.out
    assert names_of(film.parent / "film.castlist") == {"Rita", "Bea", None}


def test_names_stay_in_a_run_without_known_people(castlist, squares, film, known):
    castlist(film, "--known", known)
    castlist(film, "--fps", 2)
    assert names_of(film.parent / "film.castlist") == {"Rita", "Bea", None}


def test_the_log_says_that_known_people_decided(castlist, squares, film, known):
    castlist(film, "--known", known)
    lines = castlist("edit", film.parent / "film.castlist", "log").out.splitlines()
    assert len(lines) == 2
    assert all("(by known people, " in line for line in lines)


def test_a_name_that_was_taken_back_is_not_given_again(castlist, squares, film, known):
    out = film.parent / "film.castlist"
    castlist(film, "--known", known)
    castlist("edit", out, "undo")
    castlist("edit", out, "undo")
    castlist(film, "--known", known)
    assert names_of(out) == {None}


def test_a_name_by_known_people_is_confirmed_by_giving_it(castlist, squares, film, known):
    out = film.parent / "film.castlist"
    castlist(film, "--known", known)
    assert "person_001 is called Rita" in castlist("name", out, "Rita", "Rita").out
    lines = castlist("edit", out, "log").out.splitlines()
    assert len(lines) == 3
    assert "by known people" not in lines[-1]
    assert "Nothing to change" in castlist("name", out, "Rita", "Rita").out


def test_photos_that_cannot_be_used_are_reported(castlist, squares, film, known):
    write_photo(known / "Gus.png", picture("green", "yellow"))
    write_photo(known / "Nobody.png", picture())
    (known / "Broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (known / "unknown").mkdir()
    write_photo(known / "unknown" / "a.png", picture("green"))
    run = castlist("known", known)
    assert run.code == 0
    notes = [line for line in run.out.splitlines() if line.startswith("Note: ")]
    assert len(notes) == 4
    assert any("Broken.png: cannot be read as a photo" in line for line in notes)
    assert any("Gus.png: more than one face" in line for line in notes)
    assert any("Nobody.png: no face found" in line for line in notes)
    assert any("unknown/a.png: " in line for line in notes)
    assert "Gus.png" in castlist(film, "--known", known).out


def test_known_people_are_listed(castlist, squares, known):
    assert castlist("known", known).out.splitlines() == [
        f"2 people are known by {known}",
        "  Bea   1 face",
        "  Rita  3 faces",
    ]
    listed = json.loads(castlist("known", known, "--json").out)
    assert listed == {
        "people": [{"name": "Bea", "faces": 1}, {"name": "Rita", "faces": 3}],
        "problems": [],
        "added": [],
    }


def test_a_folder_whose_name_has_several_lines_is_reported_in_one(castlist, squares, known):
    write_photo(known / "A\nNote: B" / "a.png", picture("red"))
    notes = castlist("known", known).out.splitlines()
    assert [line[:14] for line in notes if "one line" in line] == ["Note: A Note: "]


def test_names_learnt_in_one_film_are_there_in_the_next(castlist, squares, film, tmp_path):
    known, out = tmp_path / "known", film.parent / "film.castlist"
    castlist(film)
    castlist("name", out, "person_001", "Rita")
    run = castlist("known", known, "--add", out)
    assert run.out.splitlines()[0] == f"1 person is known by {known}"
    assert {path.suffix for path in (known / "Rita").iterdir()} == {".jpg", ".parquet"}
    other = write_film(tmp_path / "b" / "other.mp4", shots(["blue"], ["red"], ["blue"]))
    castlist(other, "--known", known)
    assert names_of(other.parent / "other.castlist") == {"Rita", None}


def test_naming_puts_the_named_into_a_folder_of_known_people_when_asked(
    castlist, squares, film, tmp_path
):
    known, out = tmp_path / "known", film.parent / "film.castlist"
    castlist(film)
    run = castlist("name", out, "person_001", "Rita", "--learn", known)
    assert run.out.splitlines()[-1] == f"{known} knows Rita"
    assert {path.suffix for path in (known / "Rita").iterdir()} == {".jpg", ".parquet"}
    castlist("name", out, "person_002", "Bea")  # not asked
    assert [path.name for path in known.iterdir()] == ["Rita"]
    other = write_film(tmp_path / "b" / "other.mp4", shots(["blue"], ["red"], ["blue"]))
    castlist(other, "--known", known)
    assert names_of(other.parent / "other.castlist") == {"Rita", None}


def test_another_name_takes_the_portraits_along(castlist, squares, film, tmp_path):
    known, out = tmp_path / "known", film.parent / "film.castlist"
    castlist(film)
    castlist("name", out, "person_001", "Rita", "--learn", known)
    portraits = {path.name for path in (known / "Rita").iterdir()}
    run = castlist("name", out, "person_001", "Ross", "--learn", known)
    moved = f"{len(portraits) - 1} portraits moved from Rita to Ross"
    assert run.out.splitlines()[-2:] == [f"{known} knows Ross", moved]
    assert [path.name for path in known.iterdir()] == ["Ross"]
    assert {path.name for path in (known / "Ross").iterdir()} == portraits
    other = write_film(tmp_path / "b" / "other.mp4", shots(["blue"], ["red"], ["blue"]))
    castlist(other, "--known", known)
    assert names_of(other.parent / "other.castlist") == {"Ross", None}


def test_what_is_not_of_this_film_stays_under_the_earlier_name(castlist, squares, film, known):
    out = film.parent / "film.castlist"
    other = write_film(film.with_name("other.mp4"), shots(["red"], ["blue"]))
    for path in (other, film):
        castlist(path)
        castlist("name", path.with_suffix(".castlist"), "person_001", "Rita", "--learn", known)
    before = contents(known / "Rita")
    run = castlist("name", out, "person_001", "Ross", "--learn", known)
    after, moved = contents(known / "Rita"), contents(known / "Ross")
    assert {name for name in before if name not in after} == {*moved} - {"known.parquet"}
    assert {"0.png", "1.png", "2.png", "known.parquet"} <= {*after}
    assert any(name.startswith("other") for name in after)
    assert f"; {known / 'Rita'} keeps {len(after) - 1} other files" in run.out
    assert StoredResult.load(out).crops


def test_the_forgotten_leave_the_folder_of_known_people_too(castlist, squares, film, known):
    out = film.parent / "film.castlist"
    castlist(film)
    castlist("name", out, "person_001", "Rita", "--learn", known)
    castlist("name", out, "person_002", "Gus", "--learn", known)
    run = castlist("edit", out, "forget", "Rita", "--known", known)
    assert run.code == 0
    assert f"{known}: castlist's portraits and vectors of Rita are deleted" in run.out
    photos = sorted((known / "Rita").iterdir())  # photos that the user put there
    assert [path.name for path in photos] == ["0.png", "1.png", "2.png"]
    assert all(f"Note: {path} is yours and stays" in run.out for path in photos)
    assert (known / "Gus" / "known.parquet").is_file()
    castlist("edit", out, "forget", "Gus", "--known", known)
    assert not (known / "Gus").exists()
    run = castlist("edit", out, "forget", "person_003", "--known", known / "nowhere")
    assert (run.code, "expected a folder of known people" in run.error) == (1, True)
    run = castlist("edit", out, "forget", "person_003", "--known", known)
    assert f"Note: person_003 has no name, so {known} stays as it is" in run.out


def test_several_forgotten_people_all_leave_the_folder_of_known_people(
    castlist, squares, film, tmp_path
):
    out, learnt = film.parent / "film.castlist", tmp_path / "learnt"
    castlist(film)
    castlist("name", out, "person_001", "Ida")
    castlist("name", out, "person_002", "Gus", "--learn", learnt)
    assert castlist("edit", out, "forget", "Ida", "Gus", "--known", learnt).code == 0
    assert not (learnt / "Ida").exists()
    assert not (learnt / "Gus").exists()


@pytest.mark.parametrize("words", [("name", "person_001", "Ross"), ("edit", "forget", "Rita")])
def test_what_was_decided_is_printed_though_known_people_cannot_be_changed(
    castlist, squares, film, tmp_path, monkeypatch, words
):
    known, out = tmp_path / "known", film.parent / "film.castlist"
    castlist(film)
    castlist("name", out, "person_001", "Rita", "--learn", known)

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    command, *rest = words
    option = "--learn" if command == "name" else "--known"
    run = castlist(command, out, *rest, option, known)
    assert (run.code, "Permission denied" in run.error) == (1, True)
    assert run.out.splitlines()[0] in (
        "person_001 is called Ross",
        "person_001 is forgotten, 10 faces",
    )


def test_a_portrait_that_was_deleted_counts_no_more(castlist, squares, film, tmp_path):
    known, out = tmp_path / "known", film.parent / "film.castlist"
    castlist(film)
    castlist("name", out, "person_001", "Rita")
    castlist("known", known, "--add", out)
    portraits = sorted((known / "Rita").glob("*.jpg"))
    before = json.loads(castlist("known", known, "--json").out)["people"][0]["faces"]
    portraits[0].unlink()
    after = json.loads(castlist("known", known, "--json").out)["people"][0]["faces"]
    assert (before, after) == (len(portraits), len(portraits) - 1)


def test_what_a_user_put_into_the_folder_stays_when_more_is_added(castlist, squares, film, known):
    before = contents(known)
    castlist(film)
    castlist("name", film.parent / "film.castlist", "person_001", "Rita")
    castlist("known", known, "--add", film.parent / "film.castlist")
    after = contents(known)
    assert {path: after[path] for path in before} == before
    assert len(after) > len(before)


def test_a_result_will_do_as_known_people(castlist, squares, film, tmp_path):
    castlist(film)
    castlist("name", film.parent / "film.castlist", "person_001", "Rita")
    other = write_film(tmp_path / "b" / "other.mp4", shots(["blue"], ["red"], ["blue"]))
    castlist(other, "--known", film.parent / "film.castlist")
    assert names_of(other.parent / "other.castlist") == {"Rita", None}


def test_who_is_in_one_photo_is_answered_and_nothing_written(castlist, squares, known, tmp_path):
    photo = write_photo(tmp_path / "new" / "photo.png", picture("red", grey=140))
    run = castlist("find", photo, "--known", known, "--json")
    assert [person["name"] for person in json.loads(run.out)["people"]] == ["Rita"]
    assert [path.name for path in photo.parent.iterdir()] == ["photo.png"]


def test_the_answer_says_how_sure_each_name_is_and_where_its_face_is(
    castlist, squares, known, tmp_path
):
    photo = write_photo(tmp_path / "new" / "photo.png", picture("red", "green"))
    content = json.loads(castlist("find", photo, "--known", known, "--json").out)
    rita, other = sorted(content["people"], key=lambda who: who["name"] != "Rita")
    assert (rita["name"], 0.95 <= rita["known"] <= 1) == ("Rita", True)
    assert rita["photos"][0]["boxes"] == [[12, 16, 36, 40]]
    assert (other["name"], other["known"]) == (other["id"], None)
    assert other["photos"][0]["boxes"] == [[56, 16, 80, 40]]


def test_a_saved_result_says_how_sure_each_name_is(castlist, squares, film, known):
    content = json.loads(castlist(film, "--known", known, "--json").out)
    sure = {who["name"]: who["known"] for who in content["people"]}
    assert sure.keys() == {"Rita", "Bea", "person_002"}
    assert (min(sure["Rita"], sure["Bea"]) >= 0.95, sure["person_002"]) == (True, None)
    out = film.parent / "film.castlist"
    castlist("name", out, "Rita", "Ross")
    assert [who["known"] for who in load(out).to_dict()["people"] if who["name"] == "Ross"] == [
        None
    ]


def test_names_by_known_people_last_in_a_result_that_python_saved(castlist, squares, film, known):
    result, out = find(film, known=known, progress=False), film.parent / "mine"
    result.save(out)
    castlist("edit", out, "hide", "Bea")
    assert names_of(out) == {"Rita", "Bea", None}
    assert len(castlist("edit", out, "log").out.splitlines()) == 3


def test_decisions_beside_the_film_come_along_into_another_folder(castlist, squares, film, known):
    out = film.parent / "film.castlist"
    castlist(film)
    castlist("name", out, "person_002", "Gus")
    result = find(film, known=known, fps=2, progress=False)
    assert {person.given_name for person in result} >= {"Rita", "Gus"}
    result.save(film.parent / "mine")
    result.save()
    for folder in (film.parent / "mine", out):
        castlist("edit", folder, "hide", "Gus")
        assert names_of(folder) == {person.given_name for person in result}


def test_python_takes_known_people_too(castlist, squares, film, known):
    result = find(film, known=known, cache=film.parent / "cache", progress=False)
    assert {person.given_name for person in result} == {"Rita", "Bea", None}


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda folder: None, "expected a folder of known people, found none"),
        (lambda folder: folder.mkdir(), "expected "),
        (
            lambda folder: write_photo(folder / "Nobody.png", picture()),
            "expected photos of known people, a folder or a photo for each, found none that can be"
            " used (Nobody.png: no face found)",
        ),
    ],
    ids=["missing", "empty", "no face"],
)
def test_a_folder_without_known_people_is_one_clear_line(
    castlist, squares, film, tmp_path, make, error
):
    make(tmp_path / "known")
    run = castlist(film, "--known", tmp_path / "known")
    assert run.code == 1
    assert run.error.startswith(f"{tmp_path / 'known'}: {error}")


def test_a_result_without_names_adds_nobody(castlist, squares, film, tmp_path):
    castlist(film)
    run = castlist("known", tmp_path / "known", "--add", film.parent / "film.castlist")
    assert run.code == 1
    assert "expected people with names, found none; castlist name gives them" in run.error
    assert not (tmp_path / "known").exists()


@pytest.mark.parametrize("name", ["Con", "a:b", "Zoe."])
def test_a_name_that_no_folder_can_have_stays_as_it_is(castlist, squares, film, tmp_path, name):
    known, out = tmp_path / "known", film.parent / "film.castlist"
    castlist(film)
    castlist("name", out, "person_001", name, "--learn", known)
    before = contents(known)
    castlist("known", known, "--add", out)
    assert contents(known).keys() == before.keys()
    assert castlist("known", known).out.splitlines()[1].split("  ")[1] == name
    other = write_film(tmp_path / "b" / "other.mp4", shots(["blue"], ["red"], ["blue"]))
    castlist(other, "--known", known)
    assert names_of(other.parent / "other.castlist") == {name, None}
    castlist("edit", out, "forget", name, "--known", known)
    assert [*known.iterdir()] == []


def test_two_names_next_to_one_folder_have_two(castlist, squares, film, tmp_path):
    known, out = tmp_path / "known", film.parent / "film.castlist"
    castlist(film)
    castlist("name", out, "person_001", "a:b", "--learn", known)
    castlist("name", out, "person_002", "a?b", "--learn", known)
    listed = json.loads(castlist("known", known, "--json").out)["people"]
    assert [who["name"] for who in listed] == ["a:b", "a?b"]


def test_a_folder_that_the_user_gave_another_name_is_that_persons(
    castlist, squares, film, tmp_path
):
    known, out = tmp_path / "known", film.parent / "film.castlist"
    castlist(film)
    castlist("name", out, "person_001", "Con", "--learn", known)
    (known / "_Con").rename(known / "Connor")
    assert castlist("known", known).out.splitlines()[1].split() == ["Connor", "2", "faces"]


def test_spellings_of_one_name_are_one_person(castlist, squares, film, tmp_path):
    known = tmp_path / "known"
    write_photo(known / "rita" / "a.png", picture("red", grey=100))
    write_photo(known / "Rita.png", picture("red", grey=101))
    write_photo(known / "Ｒｉｔａ" / "c.png", picture("red", grey=102))
    run = castlist("known", known)
    assert run.out.splitlines() == [f"1 person is known by {known}", "  Rita  3 faces"]
    castlist(film, "--known", known)
    assert names_of(film.parent / "film.castlist") == {"Rita", None}


def test_a_person_with_nothing_to_be_known_by_is_reported(castlist, squares, known):
    (known / "Empty").mkdir()
    (known / "Text").mkdir()
    (known / "Text" / "notes.txt").write_text("hello")
    write_film(known / "Film" / "a.mp4", shots(["green"]))
    (known / "Link").symlink_to(known / "Rita", target_is_directory=True)
    (known / ".hidden").mkdir()
    notes = [line for line in castlist("known", known).out.splitlines() if "Note: " in line]
    assert notes == [
        "Note: Film/a.mp4: is a film, and left out",
        "Note: Empty: has no photo in it",
        "Note: Link: it is a link to a folder; give that folder too",
        "Note: Text: has no photo in it",
    ]


@pytest.mark.parametrize("content", [b"", None], ids=["empty", "damaged"])
def test_damaged_vectors_of_one_person_leave_all_others(castlist, squares, film, tmp_path, content):
    known, out = tmp_path / "known", film.parent / "film.castlist"
    castlist(film)
    castlist("name", out, "person_001", "Rita")
    castlist("name", out, "person_002", "Gus", "--learn", known)
    table = known / "Gus" / "known.parquet"
    table.write_bytes(content if content is not None else (out / "faces.parquet").read_bytes()[9:])
    run = castlist("known", known)
    assert run.code == 0
    assert "  Rita  2 faces" in run.out.splitlines()
    assert "Note: Gus/known.parquet: cannot be read" in run.out
    assert castlist("known", known, "--add", out).code == 0
    assert "Note" not in castlist("known", known).out
    table.write_bytes(b"damaged")
    run = castlist("name", out, "person_002", "Gustav", "--learn", known)
    assert (run.code, (known / "Gus").exists(), (known / "Gustav").exists()) == (0, False, True)


def test_one_photo_that_is_damaged_leaves_those_with_vectors(castlist, squares, film, tmp_path):
    known, out = tmp_path / "known", film.parent / "film.castlist"
    castlist(film)
    castlist("name", out, "person_001", "Rita", "--learn", known)
    (known / "Rita" / "a.jpg").write_text("no photo")
    run = castlist("known", known)
    assert run.code == 0
    assert run.out.splitlines()[1] == "  Rita  2 faces"
    assert run.out.splitlines()[2].startswith("Note: Rita/a.jpg: cannot be read as a photo")


def test_nothing_is_looked_at_before_somebody_is_known(castlist, squares, film, tmp_path):
    (tmp_path / "empty").mkdir()
    for folder in ("nowhere", "empty"):
        run = castlist(film, "--known", tmp_path / folder)
        assert (run.code, run.progress) == (1, [])
        assert "known people" in run.error
        assert "film" not in run.error.removeprefix(str(tmp_path))


def test_the_face_in_the_middle_of_a_portrait_counts(castlist, squares, film, tmp_path):
    known = tmp_path / "known"
    pixels = picture("red", "blue", "green")  # their middles are 24, 68 and 112 of 192 pixels
    write_photo(known / "Bea" / "film_00h00m01.000s_f000010_1.jpg", pixels[:, :136])
    write_photo(known / "Gus" / "group.png", pixels)
    run = castlist("known", known)
    assert run.out.splitlines()[:2] == [f"1 person is known by {known}", "  Bea  1 face"]
    castlist(film, "--known", known)
    assert names_of(film.parent / "film.castlist") == {"Bea", None}
