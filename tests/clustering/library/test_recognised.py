"""Who of a library is in what is not added to it."""

import pytest
from castlist.clustering.library.library import Library
from castlist.clustering.library.recognised import Recognised, Recognition
from castlist.clustering.library_files.people import LibraryPerson
from castlist.data.errors import InputError
from library_tools import letters, library_of, save_film

pytestmark = pytest.mark.usefixtures("plain_pages")

ANNA, BO = (LibraryPerson(k, name, False, 2, 26, 4.9) for k, name in ((0, "Anna"), (1, None)))


def recognised(*candidates, where="a.jpg"):
    return Recognised(where, "a.jpg", float("nan"), (1.0, 2.0, 3.0, 4.0), candidates, b"")


@pytest.fixture
def tmp_path(same_place):
    return same_place


@pytest.fixture
def library(made_once, tmp_path):
    films = {"one": ["AB", "A", "A"], "two": ["AC", "A", "C", "C", "C"]}
    made_once(lambda: library_of(tmp_path, **films))
    return Library(tmp_path / "lib")


def test_people_of_a_result_are_recognised_and_nothing_is_added(library, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in library.folder.rglob("*")}
    found = library.who(save_film(tmp_path / "new", ["C", "A", "C", "E", "E", "C"]))
    (a,), (c,) = (letters(library)[letter] for letter in "AC")
    who = {one.person and one.person.library_id for one in found}
    assert who == {a, c, None}
    assert [film.title for film in library.films] == ["one.mp4", "two.mp4"]
    assert {path: path.stat().st_mtime_ns for path in library.folder.rglob("*")} == before


def test_where_somebody_is_seen_is_said(library, tmp_path):
    found = library.who(save_film(tmp_path / "new", ["C", "C"]))
    assert [one.where for one in found] == ["new.mp4, 2.0 s from 0:00.0 on"]


def test_faces_by_other_networks_are_refused(library, tmp_path):
    other = save_film(tmp_path / "other", ["A", "A"], card="another network")
    with pytest.raises(InputError, match="by the networks of the library, any, got any, which"):
        library.who(other)


def test_a_library_without_anybody_is_told(tmp_path):
    empty = library_of(tmp_path, one=["A", "A"])
    empty.remove("one.mp4")
    with pytest.raises(InputError, match="there is nobody in this library yet"):
        empty.who(save_film(tmp_path / "new", ["A", "A"]))


def test_what_does_not_exist_is_refused_before_networks_are_loaded(library, tmp_path):
    with pytest.raises(InputError, match=r"nofile.jpg: expected a film, a photo or a folder"):
        library.who(tmp_path / "nofile.jpg")


def test_whoever_is_likelier_than_not_is_named_alone():
    found = recognised((ANNA, 0.7), (BO, 0.2))
    assert (found.person, str(found)) == (ANNA, "a.jpg: Anna (person_001) 70 %")


def test_whoever_may_be_somebody_is_perhaps_one_of_several():
    found = recognised((ANNA, 0.4), (BO, 0.2), (BO, 0.04))
    assert found.person is None
    assert str(found) == "a.jpg: perhaps Anna (person_001) 40 % or person_002 20 %"


def test_no_probability_is_said_to_be_a_certainty():
    assert str(recognised((BO, 0.9999))) == "a.jpg: person_002 99 %"


def test_those_whom_nobody_knows_are_counted_after_the_others():
    strangers = [recognised(where=f"{k}.jpg") for k in range(5)]
    lines = str(Recognition((*strangers, recognised((BO, 0.9))), ("w.jpg",))).splitlines()
    assert lines == [
        "a.jpg: person_002 90 %",
        *(f"{k}.jpg: nobody of the library" for k in range(3)),
        "2 more are nobody of the library",
        "w.jpg: no face that can be told from others",
    ]


def test_an_unknown_date_is_null_in_json():
    assert recognised((ANNA, 0.7)).to_dict() == {
        "where": "a.jpg", "source": "a.jpg", "box": [1.0, 2.0, 3.0, 4.0], "time_s": None,
        "candidates": [{"id": "person_001", "name": "Anna", "probability": 0.7}],
    }  # fmt: skip
