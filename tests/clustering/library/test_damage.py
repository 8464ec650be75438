"""A damaged library: one clear line, and nothing is lost."""

import json
import shutil

import numpy as np
import pytest
from castlist.clustering.library.library import Library
from castlist.data.errors import InputError
from library_tools import letters, library_of, save_film

pytestmark = pytest.mark.usefixtures("plain_pages")


@pytest.fixture
def tmp_path(same_place):
    return same_place


@pytest.fixture
def library(made_once, tmp_path):
    made_once(lambda: library_of(tmp_path, one=["AB", "A", "B"], two=["AC", "A", "C"]))
    return Library(tmp_path / "lib")


def _change(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_a_newer_library_is_refused(library):
    _change(library.folder / "library.json", lambda content: content.update(version=99))
    with pytest.raises(InputError, match="use a newer castlist"):
        Library(library.folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": "x"}', '{"version": 1}'])
def test_a_damaged_head_says_what_to_do(library, text, tmp_path):
    before = letters(library)
    (library.folder / "library.json").write_text(text)
    with pytest.raises(InputError, match=r"delete this file and add the same paths again"):
        Library(library.folder)
    (library.folder / "library.json").unlink()
    again = Library(library.folder)
    again.add([tmp_path / "results" / "one"])
    assert letters(again) == before


@pytest.mark.parametrize(
    "name", ["vectors.f16", "people.parquet", "moments.parquet", "films.parquet"]
)
@pytest.mark.parametrize("damage", ["gone", "cut", "zeros"])
def test_a_damaged_index_is_made_again(library, tmp_path, name, damage):
    before, shown = letters(library), str(library.show("1"))
    path = library.folder / "index" / name
    whole = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(whole[: len(whole) // 2] if damage == "cut" else b"\0" * len(whole))
    done = Library(library.folder).add([save_film(tmp_path / "results" / "three", ["B", "BC"])])
    assert done.failed == ()
    again = Library(library.folder)
    assert letters(again).items() >= before.items()
    assert str(again.show("1")).startswith(shown.split(":")[0])
    vectors = np.fromfile(library.folder / "index" / "vectors.f16", np.float16).reshape(-1, 64)
    assert (np.abs(vectors.astype(float)).sum(axis=1) > 0).all()


@pytest.mark.parametrize("name", ["sources", "people", "members", "questions"])
def test_a_damaged_table_is_made_again(library, name):
    before = letters(library)
    (library.folder / f"{name}.parquet").write_bytes(b"PAR1 damaged")
    again = Library(library.folder)
    assert len(again.people) == 3
    assert {letter: len(ids) for letter, ids in letters(again).items()} == dict.fromkeys("ABC", 1)
    assert {len(ids) for ids in before.values()} == {1}
    assert again.show("1").shots


@pytest.mark.parametrize("name", ["faces.parquet", "edits.jsonl"])
def test_a_damaged_result_is_reported_and_the_rest_goes_on(library, tmp_path, name):
    key = library.everybody.members[0].film
    (library.folder / "films" / key / name).write_bytes(b"damaged\n")
    assert library.name("1", "Anna").people
    done = library.add([save_film(tmp_path / "results" / "three", ["B", "BC"])])
    assert len(done.failed) == 1
    assert key in done.failed[0]
    assert len(library.status().damaged) == 1


def test_a_folder_of_other_files_is_no_library(tmp_path):
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="found other files"):
        Library(tmp_path / "holiday")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="found a file"):
        Library(tmp_path / "file")


def test_questions_to_no_library_say_how_to_make_one(tmp_path):
    with pytest.raises(InputError, match="there is no library; make one"):
        _ = Library(tmp_path / "none").people


def test_a_full_disk_loses_nothing(library, tmp_path, monkeypatch):
    from castlist.clustering.library_files import people

    before = library.everybody

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(people, "replacing_file", full)
    with pytest.raises(OSError, match="No space"):
        library.add([save_film(tmp_path / "results" / "three", ["B", "BC"])])
    monkeypatch.undo()
    assert Library(library.folder).everybody == before
    assert library.add([tmp_path / "results" / "three"]).num_known == 1
    assert letters(library).keys() == {*"ABC"}


@pytest.mark.parametrize("name", ["people", "moments", "films"])
def test_a_kill_between_the_tables_of_the_index_counts_nobody_twice(
    library, tmp_path, monkeypatch, name
):
    from castlist.clustering.library_files import index

    three = save_film(tmp_path / "results" / "three", ["B", "BC"])
    _killed_before(monkeypatch, index, f"{name}.parquet", lambda: library.add([three]))
    again = Library(library.folder)
    again.name("1", "Anna")  # an add would look at the vectors anew
    faces = {member.film: 0 for member in again.everybody.members}
    for member in again.everybody.members:
        faces[member.film] += member.faces
    assert sorted(faces.values()) == [15, 20, 20]
    assert sum(who.faces for who in again.people) == 55


@pytest.mark.parametrize("name", ["people", "members"])
def test_a_kill_between_the_tables_of_people_leaves_those_of_the_members(
    library, monkeypatch, name
):
    from castlist.clustering.library_files import people

    _killed_before(monkeypatch, people, f"{name}.parquet", lambda: library.same("2", "3"))
    again = Library(library.folder)
    assert {who.library_id for who in again.people} == {
        who.library_id for who in again.everybody.members
    }
    assert [again.show(who.id).people for who in again.people]
    assert len(again.people) == 2


def test_a_film_whose_result_was_being_replaced_comes_back(library):
    key = library.everybody.members[0].film
    whole, films = library.everybody, library.folder / "films"
    (films / key).rename(films / f".{key}.partial-x.old")
    again = Library(library.folder)
    assert again.show("1").shots
    assert again.everybody == whole
    assert (films / key).is_dir()


def test_a_film_whose_result_was_deleted_is_out_of_the_library(library):
    ids = letters(library)
    shutil.rmtree(library.folder / "films" / library.everybody.members[0].film)
    again = Library(library.folder)
    assert len({member.film for member in again.everybody.members}) == 1
    assert all(again.show(who.id).shots for who in again.people)
    assert again.status().num_films == 1
    assert all(numbers <= ids[letter] for letter, numbers in letters(again).items())


def _killed_before(monkeypatch, module, name, act):
    real = module.replacing_file

    def replacing_file(path):
        if path.name == name:
            raise KeyboardInterrupt
        return real(path)

    with monkeypatch.context() as patched:
        patched.setattr(module, "replacing_file", replacing_file)
        with pytest.raises(KeyboardInterrupt):
            act()
