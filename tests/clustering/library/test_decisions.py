"""What the user decides holds over films, and outlasts new ones."""

import numpy as np
import pytest
from castlist.clustering.editing import change
from castlist.clustering.library.adding import Adding
from castlist.clustering.library.library import Library
from castlist.clustering.library.wording import decided_text
from castlist.clustering.people.deciding import name as named
from castlist.data.errors import InputError
from castlist.data.result.result import StoredResult
from cli_tools import picture, write_photo
from library_tools import letters, library_of, save_film

pytestmark = pytest.mark.usefixtures("plain_pages")


@pytest.fixture
def tmp_path(same_place):
    return same_place


@pytest.fixture
def library(made_once, tmp_path):
    """A and B in one film, A and C in another, and B by herself."""
    films = {
        "one": ["AB", "A", "B", "A", "B"],
        "two": ["AC", "A", "C", "A", "C"],
        "three": ["B", "B", "B"],
    }
    made_once(lambda: library_of(tmp_path, **films))
    return Library(tmp_path / "lib")


def person(library, letter):
    (number,) = letters(library)[letter]
    return f"person_{number + 1:03d}"


def add(library, tmp_path, name, shots):
    return library.add([save_film(tmp_path / "results" / name, shots)])


def test_the_same_and_back(library):
    a, b, c = (person(library, letter) for letter in "ABC")
    before = library.everybody
    done = library.same(b, c)
    assert library[b].films == 3
    assert done.churn.merged == ((int(c[-3:]) - 1, int(b[-3:]) - 1),)
    assert person(library, "A") == a
    library.undo()
    assert {who.id for who in library.people} == {a, b, c}
    assert {m.film_person: m.library_id for m in library.everybody.members} == {
        m.film_person: m.library_id for m in before.members
    }


def test_two_who_are_no_longer_apart_are_still_two_with_their_ids_and_names(library):
    a, b, c = (person(library, letter) for letter in "ABC")
    library.name(c, "Carl")
    library.apart(b, c)
    library.undo()
    library.hide(a)  # looks at what the decisions say again
    assert {who.id: who.name for who in library.everybody.people} == {a: None, b: None, c: "Carl"}


def test_what_was_taken_back_once_does_not_outweigh_later_decisions(library):
    a, b = person(library, "A"), person(library, "B")
    library.apart(a, f"{a}@one.mp4")
    library.undo()
    library.apart(a, f"{a}@two.mp4")
    others = {who.id for who in library.people} - {a, b}
    library.hide(b)
    assert library[a].films == 1
    assert {who.id for who in library.people} == {a} | others


def test_a_decision_whose_program_was_killed_is_followed_when_the_library_is_opened(
    library, monkeypatch
):
    from castlist.clustering.library import changing

    b, c = person(library, "B"), person(library, "C")
    with monkeypatch.context() as patched:
        patched.setattr(changing, "find_people", _killed)
        with pytest.raises(KeyboardInterrupt):
            library.same(b, c)
    assert Library(library.folder)[b].films == 3


def _killed(*_arguments):
    raise KeyboardInterrupt


def test_what_was_taken_back_is_brought_back_until_something_is_decided(library):
    b, c = (person(library, letter) for letter in "BC")
    library.name(b, "Bo")
    library.same("Bo", c)
    library.undo()
    library.undo()
    library.redo()
    assert library["Bo"].id == b
    library.redo()
    assert {who.id for who in library.people} & {b, c} == {b}
    library.undo()
    assert {who.id for who in library.people} >= {b, c}
    library.hide(c)
    with pytest.raises(InputError, match="redo: nothing was taken back since the last decision"):
        library.redo()


def test_a_name_goes_back_to_whom_it_was_given_when_the_same_is_undone(library):
    a, b, c = (person(library, letter) for letter in "ABC")
    library.name(c, "Carl")
    library.same(b, c)
    assert library["Carl"].id == b
    library.undo()
    assert {who.id: who.name for who in library.people} == {a: None, b: None, c: "Carl"}


def test_a_name_goes_back_one_step_where_the_same_was_said_twice(library, tmp_path):
    add(library, tmp_path, "four", ["D", "D"])
    b, c, d = (person(library, letter) for letter in "BCD")
    library.name(c, "Carl")
    library.same(d, c)
    library.same(b, d)
    library.undo()
    assert (library["Carl"].id, library[b].name) == (d, None)


def test_several_are_hidden_at_once_or_nobody(library):
    a, b, c = (person(library, letter) for letter in "ABC")
    done = library.hide([a, b, a])
    assert decided_text(done)[:2] == [f"{a} is hidden", f"{b} is hidden"]
    assert [who.id for who in library.people] == [c]
    with pytest.raises(InputError, match="nobody of the library"):
        library.hide([c, "99"])
    assert [who.id for who in library.people] == [c]
    library.hide([b, c, a], hidden=False)
    assert {who.id for who in library.people} == {a, b, c}


def test_who_is_joined_with_somebody_hidden_stays_shown(library):
    a, b, c = (person(library, letter) for letter in "ABC")
    library.hide(c)
    library.same(b, c)
    library.name(a, "Anna")  # looks at what the decisions say again
    assert not library[b].hidden


def test_adding_what_is_known_changes_nobody_whom_a_decision_left(tmp_path):
    """Who is parted is compared with few; looking at everybody again would join the two."""
    library = library_of(tmp_path, **{name: ["A", "A", "A"] for name in ("one", "two", "three")})
    (rest,) = library.people
    library.apart(rest.id, f"{rest.id}@three.mp4")
    there = library.everybody.films
    add(library, tmp_path, "four", ["A", "A", "A"])
    (new,) = (own for own in library.everybody.members if own.film not in there)
    library.apart(new.library_id + 1, f"{new.library_id + 1}@four.mp4")
    before = library.everybody
    assert len(before.people) == 3
    done = library.add([tmp_path / "results" / "one"])
    assert library.everybody == before
    assert (done.churn.num_kept, done.churn.num_new) == (3, 0)


def test_a_decision_after_an_add_that_was_killed_compares_the_new_with_everybody(
    library, tmp_path, monkeypatch
):
    before = letters(library)

    def killed(*_given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Adding, "_find_people", killed)
        with pytest.raises(KeyboardInterrupt):
            add(library, tmp_path, "four", ["A", "A", "B", "B"])
    library.hide(person(Library(tmp_path / "lib"), "C"))
    assert letters(library) == before
    assert library[person(library, "A")].films == 3


def test_the_same_is_said_of_all_of_two_people_also_where_one_film_has_both(tmp_path):
    library = library_of(tmp_path, one=["A", "B"], two=["A", "A", "A"], three=["B", "B", "B"])
    a, b = person(library, "A"), person(library, "B")
    library.same(a, b)
    assert [(who.id, who.films) for who in library.people] == [(a, 3)]


def test_the_name_of_somebody_of_one_film_goes_along_with_them(library):
    b, c = person(library, "B"), person(library, "C")
    library.name(c, "Carl")
    library.same(b, f"{c}@two.mp4")
    assert library["Carl"].id == b
    library.undo()
    assert library["Carl"].id == c


def test_the_same_holds_when_films_come(library, tmp_path):
    b, c = person(library, "B"), person(library, "C")
    library.same(b, c)
    add(library, tmp_path, "four", ["C", "C", "D", "C"])
    assert library[b].films == 4


def test_whom_one_is_in_a_film_is_the_same_as_another_and_the_rest_is_not(library):
    b, c = person(library, "B"), person(library, "C")
    library.same(c, f"{b}@one.mp4")
    assert (library[b].films, library[c].films) == (1, 2)
    library.undo()
    assert (library[b].films, library[c].films) == (2, 1)


def test_whom_somebody_became_is_parted_from_them_by_the_id_of_then(library, tmp_path):
    b, c = person(library, "B"), person(library, "C")
    library.same(b, c)
    library.hide(person(library, "A"))  # what is found anew keeps it
    library = Library(tmp_path / "lib")
    done = library.apart(b, c)
    assert done.churn.split == ((int(b[-3:]) - 1, (min(letters(library)["C"]),)),)
    assert len({person(library, letter) for letter in "ABC"}) == 3
    add(library, tmp_path, "four", ["BC", "B", "C"])
    assert person(library, "B") == b
    with pytest.raises(InputError, match=c):
        library.apart(b, c)  # whoever has been parted is somebody with an id


def test_two_of_one_picture_are_never_the_same(library):
    a, b = person(library, "A"), person(library, "B")
    with pytest.raises(InputError, match=r"a picture of one\.mp4 shows both"):
        library.same(a, b)
    assert not (library.folder / "decisions.jsonl").exists()


def test_whom_one_is_in_a_film_is_somebody_else(library, tmp_path):
    b = person(library, "B")
    library.apart(b, f"{b}@three.mp4")
    found = letters(library)["B"]
    assert len(found) == 2
    add(library, tmp_path, "four", ["D", "D"])
    assert letters(library)["B"] == found
    library.undo()
    assert person(library, "B") == b


def test_a_name_is_one_person_and_can_merge(library):
    a, b, c = (person(library, letter) for letter in "ABC")
    library.name(b, "Anna")
    with pytest.raises(InputError, match=f"{b} has that name already"):
        library.name(c, "anna")
    library.name(c, "Anna", merge=True)
    assert library["Anna"].id == b
    assert library["Anna"].films == 3
    assert [who.called for who in library.people if who.name] == ["Anna"]
    assert library[a].name is None


def test_a_name_that_is_the_number_of_somebody_else_is_refused(library):
    with pytest.raises(InputError, match=r"2: is the number of person_002; .* same person_001 2; "):
        library.name("1", "2", merge=True)
    library.name("1", "2Pac")


def test_people_of_two_names_are_never_joined_by_new_films(library, tmp_path):
    b = person(library, "B")
    library.apart(b, f"{b}@three.mp4")
    one, other = sorted(letters(library)["B"])
    for number, name in zip((one, other), ("Anna", "Berta"), strict=True):
        library.name(f"person_{number + 1:03d}", name)
    add(library, tmp_path, "four", ["B", "B", "B", "B"])
    assert {library["Anna"].library_id, library["Berta"].library_id} == {one, other}
    assert library["Anna"].films + library["Berta"].films == 3


def test_names_given_in_films_come_along(tmp_path):
    folders = [save_film(tmp_path / name, ["A", "AB", "B"]) for name in ("one", "two")]
    for folder in folders:
        change(folder, lambda now, _: named(now, 0, "Anna", False), lambda *_: None)
    library = Library(tmp_path / "lib")
    library.add(folders)
    assert library["Anna"].films == 2


def test_two_names_given_in_films_are_two_people(tmp_path):
    folders = [save_film(tmp_path / name, ["A", "A", "A"]) for name in ("one", "two")]
    for folder, text in zip(folders, ("Anna", "Berta"), strict=True):
        change(folder, lambda now, _, text=text: named(now, 0, text, False), lambda *_: None)
    library = Library(tmp_path / "lib")
    library.add(folders)
    assert (library["Anna"].films, library["Berta"].films) == (1, 1)


def test_hidden_people_are_in_no_list(library):
    a = person(library, "A")
    library.hide(a)
    assert a not in {who.id for who in library.people}
    assert library[a].hidden
    library.hide(a, hidden=False)
    assert a in {who.id for who in library.people}


def test_forgotten_people_are_nowhere(library, tmp_path):
    b = person(library, "B")
    library.name(b, "Berta")
    rows = [m for m in library.everybody.members if f"person_{m.library_id + 1:03d}" == b]
    library.forget("Berta", tmp_path / "cache")
    assert b not in {who.id for who in library.everybody.people}
    assert "Berta" not in (library.folder / "decisions.jsonl").read_text()
    for member in rows:
        result = StoredResult.load(library.folder / "films" / member.film)
        assert member.person not in result.cast.ids.tolist()
    texts = [path.read_bytes() for path in library.folder.rglob("*.jsonl")]
    assert not any(b"Berta" in text for text in texts)
    with pytest.raises(InputError, match="cannot be undone"):
        library.undo()


def test_a_name_that_somebody_had_from_another_is_forgotten_with_them(library, tmp_path):
    b, c = person(library, "B"), person(library, "C")
    library.name(c, "Carl")
    library.same(b, c)  # who had no name, and is Carl from now on
    library.forget(b, tmp_path / "cache")
    assert "Carl" not in (library.folder / "decisions.jsonl").read_text()


def test_a_name_stays_with_whom_it_was_given_when_the_other_is_forgotten(library, tmp_path):
    b, c = person(library, "B"), person(library, "C")
    library.name(c, "Carl")
    library.same(b, c)
    library.undo()
    library.forget(b, tmp_path / "cache")
    assert library["Carl"].id == c
    assert "Carl" in (library.folder / "decisions.jsonl").read_text()


def test_vectors_of_the_forgotten_are_overwritten(library, tmp_path):
    path = library.folder / "index" / "vectors.f16"
    b = person(library, "B")
    before = {row.tobytes() for row in np.fromfile(path, np.float16).reshape(-1, 64)}
    keep = {
        row.tobytes() for letter in "AC" for row in _vectors_of(library, person(library, letter))
    }
    library.forget(b, tmp_path / "cache")
    after = {row.tobytes() for row in np.fromfile(path, np.float16).reshape(-1, 64)}
    gone = before - keep
    assert gone
    assert not gone & after


def _vectors_of(library, who):
    from castlist.clustering.identity.film_people import FilmPeople
    from castlist.clustering.library_files.index import Index

    index = Index.read(library.folder / "index")
    film_people = FilmPeople.of(index.people, index.vectors, 1)
    members = {
        m.film_person for m in library.everybody.members if f"person_{m.library_id + 1:03d}" == who
    }
    for row in range(len(film_people)):
        if (film_people.film_keys[film_people.film[row]], int(film_people.person[row])) in members:
            first = int(film_people.row[row])
            count = int(film_people.of_rows[row + 1] - film_people.of_rows[row])
            yield from np.array(index.vectors[first : first + count])


def test_a_damaged_decision_is_named_by_its_line(library):
    library.name(person(library, "A"), "Anna")
    path = library.folder / "decisions.jsonl"
    path.write_text(path.read_text() + '{"what": "nothing"}\n')
    with pytest.raises(InputError, match="line 2"):
        library.hide("Anna")


def test_a_line_that_was_never_ended_is_none(library):
    library.name(person(library, "A"), "Anna")
    path = library.folder / "decisions.jsonl"
    path.write_text(path.read_text() + '{"what": "hi')
    library.hide("Anna")
    assert library["Anna"].hidden
    assert len(path.read_text().splitlines()) == 2


def test_nothing_to_undo(library):
    with pytest.raises(InputError, match="no decision"):
        library.undo()


def test_people_who_are_lost_are_found_again_with_their_names(library):
    library.name(person(library, "A"), "Anna")
    anna = library["Anna"]
    library.same(person(library, "B"), person(library, "C"))
    both = library.everybody.members
    for name in ("people", "members", "questions"):
        (library.folder / f"{name}.parquet").write_bytes(b"damaged")
    again = Library(library.folder)
    assert again["Anna"] == anna
    sets = [
        {
            frozenset(m.film_person for m in members if m.library_id == k)
            for k in {m.library_id for m in members}
        }
        for members in (both, again.everybody.members)
    ]
    assert sets[0] == sets[1]


def test_the_user_has_to_say_which_of_two_films_of_that_name_is_meant(tmp_path):
    paths = ["/disc1/title.vob", "/disc2/title.vob", "/disc2/other.vob"]
    folders = [
        save_film(tmp_path / "results" / name, ["A", "A"], path=path)
        for name, path in zip("xyz", paths, strict=True)
    ]
    library = Library(tmp_path / "lib")
    library.add(folders)
    with pytest.raises(InputError, match=r"2 of that name; say which: disc1/title\.vob, disc2/"):
        library.apart("1", "1@title.vob")
    with pytest.raises(InputError, match=r"not in disc1/other\.vob; there are disc1/title\.vob, "):
        library.apart("1", "1@disc1/other.vob")
    library.apart("1", "1@/disc2/title.vob")
    assert [who.films for who in library.people] == [2, 1]


def test_a_folder_of_photos_is_meant_by_its_name(tmp_path, squares):
    for folder, grey in (("summer", 90), ("winter", 100)):
        for name, more in (("a.png", 0), ("b.png", 5)):
            write_photo(tmp_path / "photos" / folder / name, picture("red", grey=grey + more))
    library = Library(tmp_path / "lib")
    library.add(tmp_path / "photos", cache=tmp_path / "cache")
    with pytest.raises(InputError, match=r"there are .*photos/summer, .*photos/winter"):
        library.apart("1", "1@autumn")
    key = {name: key for key, name in library.catalogue.titles().items()}
    assert key.keys() == {"summer", "winter"}  # what pages call them
    library.apart("1", f"1@{key['winter']}")
    library.undo()
    library.apart("1", "1@summer")
    assert [who.films for who in library.people] == [1, 1]
