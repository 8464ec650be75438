"""The films of a library: who is in each, and taking them out again."""

import pytest
from castlist.clustering.library.films import InLibraryFilm, LibraryFilm, film_lines, films_lines
from castlist.clustering.library.library import Library
from castlist.clustering.library_files.people import LibraryPerson
from castlist.clustering.library_files.sources import LibrarySource
from castlist.data.errors import InputError
from castlist.data.lock import locked
from library_tools import letters, library_of

pytestmark = pytest.mark.usefixtures("plain_pages")

ANNA = InLibraryFilm(LibraryPerson(0, "Anna", False, 2, 26, 4.9), 12, 72.0)


@pytest.fixture
def tmp_path(same_place):
    return same_place


@pytest.fixture
def library(made_once, tmp_path):
    films = {"one": ["AB", "A", "A"], "two": ["AC", "A", "C", "C", "C"]}
    made_once(lambda: library_of(tmp_path, **films))
    return Library(tmp_path / "lib")


def who(library, letter):
    (library_id,) = letters(library)[letter]
    return library_id + 1


def source(name, kind="photo", **known):
    return LibrarySource("key", name, kind, f"/album/{name}", f"sha256:{name}", **known)


def in_films(library):
    return {
        film.title: [one.person.library_id + 1 for one in film.people] for film in library.films
    }


def test_each_film_has_its_people_the_most_frequent_first(library):
    a, b, c = (who(library, letter) for letter in "ABC")
    assert in_films(library) == {"one.mp4": [a, b], "two.mp4": [c, a]}
    one, _ = library.films
    assert [round(there.screen_s) for there in one.people] == [3, 1]


def test_hidden_people_are_in_no_list_of_films(library):
    b = who(library, "B")
    library.hide(b)
    assert b not in in_films(library)["one.mp4"]


def test_photos_are_told_by_their_folder_and_number():
    photos = (source("a.jpg", taken_s=86400.0), source("b.jpg", taken_s=60.0, gone=True))
    album = LibraryFilm("key", "album", photos, (ANNA,))
    assert album.headline == "album, 2 photos, 1970-01-01 00:01"
    assert film_lines(album) == [album.headline, "  Anna 1 min 12 s"]


def test_a_result_of_several_films_says_that_it_has_others():
    films = (source("a.mp4", "film"), source("b.mp4", "film"))
    assert LibraryFilm("key", "a.mp4", films, ()).called == "a.mp4 and others"


def test_a_film_that_is_gone_and_shows_nobody_says_so():
    film = LibraryFilm("key", "a.mp4", (source("a.mp4", "film", gone=True),), ())
    assert films_lines([film]) == ["a.mp4, not there any more  nobody"]
    assert film_lines(film)[1:] == ["  nobody"]


def test_a_list_of_films_names_four_people_and_counts_the_rest():
    film = LibraryFilm("key", "a.mp4", (source("a.mp4", "film"),), (ANNA,) * 6)
    assert films_lines([film])[0].endswith(f"{', '.join(['Anna 1 min 12 s'] * 4)} and 2 more")


def test_films_are_called_by_the_end_of_their_path_or_their_key(library):
    one, two = library.films
    assert library.films_called("one.mp4") == [one]
    assert library.films_called([two.key, "one.mp4"]) == [one, two]


@pytest.mark.parametrize("text", ["zoe.mp4", "ne.mp4", ""])
def test_a_film_that_the_library_does_not_have_is_told_with_those_it_has(library, text):
    with pytest.raises(InputError, match=r"there are one\.mp4, two\.mp4"):
        library.films_called(text)


def test_a_film_that_is_removed_takes_along_who_is_in_no_other(library):
    a, c = who(library, "A"), who(library, "C")
    done = library.remove("one.mp4")
    assert [film.title for film in done.films] == ["one.mp4"]
    assert in_films(library) == {"two.mp4": [c, a]}
    assert {person.library_id + 1 for person in library.people} == {a, c}
    assert len(list((library.folder / "films").iterdir())) == 1


def test_a_film_that_is_removed_is_gone_for_whoever_opens_the_library_next(library):
    library.remove("one.mp4")
    again = Library(library.folder)
    assert again.everybody == library.everybody
    assert len(again.show(who(library, "A")).shots) == 2
    assert again.status().num_films == 1


def test_a_removed_film_comes_back_with_its_names(library, tmp_path):
    b = who(library, "B")
    library.name(b, "Bea")
    library.remove("one.mp4")
    assert "Bea" not in {person.name for person in library.people}
    library.add([tmp_path / "results" / "one"])
    assert "Bea" in {person.name for person in library.people}


def test_a_library_may_lose_all_its_films(library):
    library.remove(["one.mp4", "two.mp4"])
    assert (library.films, library.people) == ([], [])


def test_a_film_in_use_is_not_removed_nor_any_other(library):
    before = library.everybody
    _, two = library.films
    with (
        locked(library.folder / "films" / two.key, "castlist review"),
        pytest.raises(InputError, match="castlist review"),
    ):
        library.remove(["one.mp4", "two.mp4"])
    assert (len(library.films), library.everybody) == (2, before)
