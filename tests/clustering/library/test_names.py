"""One person has one name: in the library, and in the results of its films."""

import shutil

import pytest
from castlist.clustering.editing import change
from castlist.clustering.library.library import Library
from castlist.clustering.people import deciding, undoing
from castlist.data.errors import InputError
from castlist.data.hashes.content import hash_source
from castlist.data.lock import locked
from castlist.data.result.result import StoredResult
from library_tools import direction, letters, save_film

pytestmark = pytest.mark.usefixtures("plain_pages")


@pytest.fixture
def tmp_path(same_place):
    return same_place


@pytest.fixture(name="folders")
def _folders(made_once, tmp_path):
    """A and B in one film, A and C in another."""
    films = {"one": ["AB", "A", "B", "A", "B"], "two": ["AC", "A", "C", "A", "C"]}
    made_once(lambda: [save_film(tmp_path / name, shots) for name, shots in films.items()])
    return {name: tmp_path / name for name in films}


@pytest.fixture(name="library")
def _library(folders, made_once, tmp_path):
    made_once(lambda: Library(tmp_path / "lib").add(folders.values()))
    return Library(tmp_path / "lib")


def person(library, letter):
    (number,) = letters(library)[letter]
    return f"person_{number + 1:03d}"


def in_film(folder, letter):
    """Return the lasting id of somebody in a result."""
    result = StoredResult.load(folder)
    means = {
        person.number: result.faces.face_vector[person.rows].mean(axis=0) @ direction(letter)
        for person in result.people
    }
    return int(result.cast.ids[max(means, key=means.get)])


def name_in(folder, letter, text):
    person_id = in_film(folder, letter)
    change(folder, lambda now, _: deciding.name(now, person_id, text, False), lambda *_: None)


def called(folder, letter):
    return StoredResult.load(folder).cast.names.get(in_film(folder, letter))


def copies(library):
    return sorted((library.folder / "films").iterdir())


def test_a_name_of_the_library_is_in_the_results_of_all_films(library, folders):
    done = library.name(person(library, "A"), "Anna")
    assert done.exchanged.num_written == 2
    assert [called(folder, "A") for folder in (*folders.values(), *copies(library))] == ["Anna"] * 4
    assert called(folders["one"], "B") is None


def test_a_name_given_in_a_film_is_in_the_library_and_in_the_other_film(library, folders):
    name_in(folders["two"], "A", "Anna")
    assert Library(library.folder)["Anna"].films == 2
    assert called(folders["one"], "A") == "Anna"


def test_a_name_that_is_taken_back_leaves_the_films_own(library, folders):
    name_in(folders["one"], "A", "Berta")
    library = Library(library.folder)
    library.name("Berta", "Anna")
    assert {called(folder, "A") for folder in folders.values()} == {"Anna"}
    library.undo()
    assert {called(folder, "A") for folder in folders.values()} == {"Berta"}


def test_a_name_is_taken_off_in_all_films_and_comes_back_by_undo(library, folders):
    library.name(person(library, "A"), "Anna")
    library.name("Anna", " ")
    assert library[person(library, "A")].name is None
    assert [called(folder, "A") for folder in (*folders.values(), *copies(library))] == [None] * 4
    assert Library(library.folder).people == library.people
    library.undo()
    assert library["Anna"].id == person(library, "A")
    assert called(folders["two"], "A") == "Anna"


def test_after_a_name_was_taken_off_a_film_may_give_another(library, folders):
    library.name(person(library, "A"), "Anna")
    library.name("Anna", "")
    name_in(folders["two"], "A", "Zoe")
    library = Library(library.folder)
    library.take_in()
    assert library["Zoe"].id == person(library, "A")
    assert called(folders["one"], "A") == "Zoe"


def test_a_name_that_a_film_gave_is_taken_off_there(library, folders):
    name_in(folders["two"], "A", "Anna")
    library = Library(library.folder)
    library.take_in()
    with pytest.raises(InputError, match=r"has the name Anna from two\.mp4; take it off there"):
        library.name("Anna", "")
    assert library["Anna"].name == "Anna"


def test_undo_in_a_film_takes_no_name_of_the_library_back(library, folders):
    person_id = in_film(folders["one"], "B")
    change(folders["one"], lambda now, _: [deciding.hidden(now, person_id, True)], lambda *_: None)
    library.name(person(library, "A"), "Anna")
    change(folders["one"], lambda _, lines: [undoing.undo(lines)], lambda *_: None)
    assert called(folders["one"], "A") == "Anna"
    assert not StoredResult.load(folders["one"]).cast.hidden


def test_a_film_that_names_somebody_as_another_means_that_one(library, folders):
    a, c = person(library, "A"), person(library, "C")
    library.name(a, "Anna")
    library.name(c, "Carl")
    name_in(folders["one"], "A", "Carl")
    again = Library(library.folder)
    assert (again["Anna"].films, again["Carl"].films) == (1, 2)
    assert (again["Anna"].id, again["Carl"].id) == (a, c)


def test_a_new_name_in_a_film_for_somebody_with_a_name_is_asked(library, folders):
    library.name(person(library, "A"), "Anna")
    name_in(folders["one"], "A", "Zoe")
    (conflict,) = Library(library.folder).status().conflicts
    assert (conflict.film_name, conflict.called, conflict.name) == ("one.mp4", "Anna", "Zoe")
    assert called(folders["one"], "A") == "Zoe"
    assert called(folders["two"], "A") == "Anna"


def test_a_new_name_in_a_film_becomes_that_of_all(library, folders):
    library.name(person(library, "A"), "Anna")
    name_in(folders["one"], "A", "Zoe")
    done = library.name("Anna", "Zoe")
    assert done.exchanged.conflicts == ()
    assert [called(folder, "A") for folder in folders.values()] == ["Zoe", "Zoe"]


def test_a_new_name_in_a_film_is_that_of_somebody_else(library, folders):
    library.name(person(library, "A"), "Anna")
    name_in(folders["one"], "A", "Zoe")
    done = library.apart("Anna", "Anna@one.mp4")
    assert done.exchanged.conflicts == ()
    assert (library["Anna"].films, library["Zoe"].films) == (1, 1)
    assert [called(folder, "A") for folder in folders.values()] == ["Zoe", "Anna"]


def test_who_is_hidden_in_the_library_is_hidden_in_its_films_and_back(library, folders):
    a = person(library, "A")
    library.hide(a)
    person_id = in_film(folders["one"], "A")
    assert StoredResult.load(folders["one"]).cast.hidden == {person_id}
    library.hide(a, hidden=False)
    assert not StoredResult.load(folders["one"]).cast.hidden
    assert not library[a].hidden


def test_who_is_forgotten_is_forgotten_in_the_users_own_results(library, folders, tmp_path):
    person_id = in_film(folders["one"], "A")
    library.forget(person(library, "A"), tmp_path / "cache")
    assert person_id not in StoredResult.load(folders["one"]).cast.ids
    assert "A" not in letters(Library(library.folder))


def test_a_result_in_use_gets_the_name_the_next_time(library, folders):
    with locked(folders["one"], "castlist review"):
        done = library.name(person(library, "A"), "Anna")
    assert [str(folders["one"]) in line for line in done.exchanged.problems] == [True]
    assert called(folders["one"], "A") is None
    library.add([folders["one"]])
    assert called(folders["one"], "A") == "Anna"


def test_a_result_that_is_made_beside_a_film_later_gets_the_names(tmp_path):
    film = tmp_path / "one.mp4"
    film.write_bytes(b"a film")
    content, shots = hash_source(film), ["AB", "A", "B"]
    first = save_film(tmp_path / "first", shots, content=content, path=str(film))
    library = Library(tmp_path / "lib")
    library.add([first])
    library.name(person(library, "A"), "Anna")
    shutil.rmtree(first)
    later = save_film(tmp_path / "one.castlist", shots, content=content, path=str(film))
    Library(library.folder).people  # noqa: B018
    assert called(later, "A") == "Anna"


def test_two_in_one_film_who_are_the_same_have_the_name_once(library, folders):
    library.same(person(library, "B"), person(library, "C"))
    library.name(person(library, "B"), "Berta")
    assert called(folders["one"], "B") == "Berta"
    assert called(folders["two"], "C") == "Berta"


def test_what_else_was_decided_in_a_film_comes_along(library, folders):
    one = folders["one"]
    person_id = in_film(one, "A")
    rows = StoredResult.load(one).people[0].rows[:1]
    change(one, lambda now, _: [deciding.no_face(now, now.people[0].rows[:1])], lambda *_: None)
    assert Library(library.folder).people
    copy = next(
        path for path in copies(library) if StoredResult.load(path).sources[0].name == "one.mp4"
    )
    assert not StoredResult.load(copy).faces.is_face[rows].any()
    assert person_id in StoredResult.load(copy).cast.ids


def test_who_is_hidden_in_one_film_alone_stays_so(library, folders):
    person_id = in_film(folders["one"], "A")
    change(folders["one"], lambda now, _: [deciding.hidden(now, person_id, True)], lambda *_: None)
    library = Library(library.folder)
    assert not library[person(library, "A")].hidden
    done = library.name(person(library, "B"), "Berta")
    assert done.exchanged.num_written == 1
    assert StoredResult.load(folders["one"]).cast.hidden == {person_id}


def test_two_of_one_film_who_are_the_same_never_both_have_the_name(tmp_path):
    folder = save_film(tmp_path / "one", ["A", "A", "C", "C", "C"])
    library = Library(tmp_path / "lib")
    library.add(folder)
    library.same(person(library, "A"), person(library, "C"))
    library.name(library.people[0].id, "Anna")
    assert [*StoredResult.load(folder).cast.names.values()] == ["Anna"]
    assert called(folder, "C") == "Anna"
    assert library.hide("Anna").exchanged.num_written == 1
