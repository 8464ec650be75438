"""People of several films: found again, named, shown."""

import json

import pytest
from castlist.clustering.library.library import Library
from castlist.data.errors import InputError, MisuseError
from cli_tools import picture, write_photo
from library_tools import letters, library_of, save_film
from PIL import ExifTags, Image

pytestmark = pytest.mark.usefixtures("plain_pages")


@pytest.fixture
def tmp_path(same_place):
    return same_place


@pytest.fixture
def library(made_once, tmp_path):
    films = {"one": ["AB", "A", "B", "AB", "A"], "two": ["AC", "A", "C", "AC", "C"]}
    made_once(lambda: library_of(tmp_path, **films, three=["B"] * 4))
    return Library(tmp_path / "lib")


def test_people_are_the_same_over_films(library):
    found = letters(library)
    assert {len(ids) for ids in found.values()} == {1}
    assert len({min(ids) for ids in found.values()}) == 3
    by_films = {letter: library[f"{min(ids) + 1}"].films for letter, ids in found.items()}
    assert by_films == {"A": 2, "B": 2, "C": 1}
    assert all(member.probability > 0.9 for member in library.everybody.members)


def test_a_name_holds_in_all_films_and_shows_every_moment(library):
    own = min(letters(library)["A"]) + 1
    library.name(own, "Anna")
    shown = library.show("Anna")
    assert {shot.source for shot in shown.shots} == {"one.mp4", "two.mp4"}
    assert len(shown.shots) == 7
    assert library["anna"].id == f"person_{own:03d}"
    carl = library.show("Anna", with_=min(letters(library)["C"]) + 1)
    assert {shot.source for shot in carl.shots} == {"two.mp4"}
    assert len(carl.shots) == 2
    alone = library.show(
        "Anna", without=[min(letters(library)["C"]) + 1, min(letters(library)["B"]) + 1]
    )
    assert len(alone.shots) == 3
    json.loads(shown.to_json())
    assert "one.mp4" in str(shown)


def test_adding_the_same_again_changes_nothing(library, tmp_path):
    before = library.everybody
    done = library.add([tmp_path / "results" / "one"])
    assert (done.looked_at, done.num_known) == ((), 1)
    assert library.everybody == before
    assert (done.churn.num_kept, done.churn.num_new) == (3, 0)


def test_ids_last_when_films_come(library, tmp_path):
    before = letters(library)
    done = library.add([save_film(tmp_path / "results" / "four", ["CD", "D", "C", "CD"])])
    after = letters(library)
    assert {letter: after[letter] for letter in before} == before
    assert (done.churn.num_kept, done.churn.num_new) == (3, 1)


def test_nobody_is_called_so(library):
    with pytest.raises(InputError, match="Zoe"):
        library.show("Zoe")


def test_days_before_1970_are_days(tmp_path, squares):
    folder = tmp_path / "album"
    for name, year in (("a.jpg", 1965), ("b.jpg", 1975)):
        exif = Image.Exif()
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{year}:07:14 12:00:00"
        photo = write_photo(folder / name, picture("red", grey=year - 1900))
        Image.open(photo).save(photo, exif=exif)
    library = Library(tmp_path / "lib2")
    library.add(folder, cache=tmp_path / "cache")
    assert library.show("1", to="1969").photos == ["a.jpg"]
    assert library.show("1", from_="1970").photos == ["b.jpg"]


def test_an_end_before_the_beginning_is_reported(library):
    with pytest.raises(MisuseError, match=r"--to 2018: expected a day after --from 2019"):
        library.show("1", from_="2019", to="2018")
    library.show("1", from_="2019", to="2019")
