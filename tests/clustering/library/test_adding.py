"""Only what is new is looked at, and nothing that was looked at is lost."""

import dataclasses
import os
import shutil

import pytest
from castlist.clustering.api import finding
from castlist.clustering.library import adding
from castlist.clustering.library.library import Library
from castlist.clustering.library_files.head import Head, Networks
from castlist.clustering.library_files.places import Places
from castlist.data.errors import InputError, StoppedError
from castlist.data.lock import locked
from castlist.data.result.result import StoredResult
from cli_tools import (
    ColourEmbedder,
    date_photo,
    picture,
    shots,
    title_film,
    write_film,
    write_photo,
)
from library_tools import letters, library_of, save_film

pytestmark = pytest.mark.usefixtures("plain_pages")


@pytest.fixture
def films(tmp_path):
    """Two films that share nobody by content: red and green, green and blue."""
    folder = tmp_path / "films"
    write_film(folder / "one.mp4", shots(["red", "green"], ["red"], ["green"]))
    write_film(folder / "two.mp4", shots(["green", "blue"], ["blue"]))
    return folder


@pytest.fixture
def looked(monkeypatch):
    """The names of what was looked at, in turn."""
    names = []
    real = finding.Search.run_into

    def run_into(self, *arguments, **more):
        names.append([source.path.name for source in self.sources])
        return real(self, *arguments, **more)

    monkeypatch.setattr(finding.Search, "run_into", run_into)
    return names


@pytest.fixture
def cache(tmp_path):
    return {"cache": tmp_path / "cache"}


def test_films_are_looked_at_once_wherever_they_lie(squares, films, looked, cache, tmp_path):
    library = Library(tmp_path / "lib")
    assert len(library.add(films, **cache).looked_at) == 2
    assert looked == [["one.mp4"], ["two.mp4"]]
    people = library.everybody
    (films / "one.mp4").rename(films / "moved.mp4")
    shutil.copy(films / "two.mp4", films / "copy.mp4")
    done = library.add(films, **cache)
    assert done.looked_at == ()
    assert [path.name for path in done.moved] == ["moved.mp4"]
    assert [path.name for path in done.copies] == ["copy.mp4"]
    assert len(looked) == 2
    assert library.everybody == people
    assert "moved.mp4" in str(library.show("1")) + str(library.show("2"))


def test_another_film_under_the_same_name_is_new_and_the_old_one_is_gone(
    squares, films, looked, cache, tmp_path
):
    library = Library(tmp_path / "lib")
    library.add(films, **cache)
    write_film(films / "one.mp4", shots(["yellow"], ["yellow", "red"]))
    done = library.add(films, **cache)
    assert looked[2:] == [["one.mp4"]]
    assert len(done.looked_at) == 1
    assert library.status().num_films == 3
    assert library.status().gone == (str(films / "one.mp4"),)
    assert done.churn.num_kept == done.num_people - done.churn.num_new


def test_a_file_of_a_camera_whose_clock_is_centuries_ahead_is_known_again(
    squares, films, looked, cache, tmp_path
):
    far = 14_000_000_000  # the year 2413: in nanoseconds it is no whole number of 64 bits
    os.utime(films / "one.mp4", (far, far))
    for _ in range(2):
        Library(tmp_path / "lib").add(films, **cache)
    assert looked == [["one.mp4"], ["two.mp4"]]


def test_a_film_that_is_gone_keeps_its_people(squares, films, cache, tmp_path):
    library = Library(tmp_path / "lib")
    library.add(films, **cache)
    before = library.everybody
    (films / "two.mp4").unlink()
    assert library.add(films, **cache).gone == (films / "two.mp4",)
    assert library.add(films, **cache).gone == ()  # it was said
    assert library.everybody == before
    (who,) = [one for one in library.people if one.films == 1][:1] or library.people[:1]
    assert library.show(who.id).shots
    assert library.status().gone == (str(films / "two.mp4"),)


def test_a_film_that_cannot_be_used_stops_nothing(castlist, squares, films, tmp_path):
    (films / "broken.mp4").write_bytes(b"\0" * 2000)
    lib = tmp_path / "lib"
    run = castlist("library", lib, "add", films)
    assert run.code == 3
    assert run.out.count("Left out: ") == 1
    assert "broken.mp4" in run.out
    assert Library(lib).status().num_films == 2
    again = castlist("library", lib, "add", films)
    assert (again.code, "0 films and folders looked at, 2 films and photos known" in again.out) == (
        3,
        True,
    )


def test_what_was_stopped_carries_on(squares, films, looked, cache, tmp_path, monkeypatch):
    library = Library(tmp_path / "lib")
    real = adding.Adding._take_in

    def stop(self, *arguments):
        real(self, *arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(adding.Adding, "_take_in", stop)
    with pytest.raises(StoppedError) as stopped:
        library.add(films, **cache)
    assert stopped.value.kept == ("1 film or folder",)
    assert looked == [["one.mp4"]]
    monkeypatch.setattr(adding.Adding, "_take_in", real)
    library.add(films, **cache)
    assert looked == [["one.mp4"], ["two.mp4"]]
    assert library.status().num_films == 2


def test_a_kill_between_a_result_and_its_note_loses_nothing(
    squares, films, looked, cache, tmp_path, monkeypatch
):
    library = Library(tmp_path / "lib")
    library.add(films, **cache)
    people = library.everybody
    (tmp_path / "lib" / "sources.parquet").unlink()
    shutil.rmtree(tmp_path / "lib" / "index")
    library.add(films, **cache)
    assert len(looked) == 2
    assert library.everybody == people


def test_photos_of_a_folder_are_one_and_new_ones_are_looked_at_with_them(
    squares, looked, cache, tmp_path
):
    folder = tmp_path / "photos"
    write_photo(folder / "a.png", picture("red", "green"))
    write_photo(folder / "b.png", picture("red"))
    library = Library(tmp_path / "lib")
    library.add(folder, **cache)
    assert looked == [["a.png", "b.png"]]
    before = {one.id: one.faces for one in library.people}
    write_photo(folder / "c.png", picture("red", grey=100))
    done = library.add(folder, **cache)
    assert looked[1:] == [["a.png", "b.png", "c.png"]]
    assert library.status().num_photos == 3
    assert {one.id for one in library.people} >= {*before}
    assert done.num_known == 2
    assert library.show("1").photos
    assert "\n  photos/a.png\n" in str(library.show("1"))


def test_a_photo_whose_date_was_put_right_is_the_same(squares, looked, cache, tmp_path):
    folder = tmp_path / "photos"
    for name, cast in (("a", ["red", "green"]), ("b", ["red"])):
        write_photo(folder / f"{name}.jpg", picture(*cast))
    library = Library(tmp_path / "lib")
    library.add(folder, **cache)
    library.name("1", "Rot")
    people = library.everybody
    shutil.copy(folder / "a.jpg", tmp_path / "a.jpg")
    for name in ("a", "b"):
        date_photo(folder / f"{name}.jpg", "2019:07:14 12:00:00")
    for given in (folder, [folder, tmp_path / "a.jpg"]):
        done = library.add(given, **cache)
        assert (done.looked_at, done.moved) == ((), ())
        assert library.everybody == people
        assert library.status().gone == ()
    assert done.copies == (tmp_path / "a.jpg",)
    assert len(library.show("Rot", from_="2019-07-14", to="2019-07-14").photos) == 2
    assert len(library.show("Rot").copy_to(tmp_path / "album").photos) == 2
    assert len(looked) == 1


def test_a_film_into_which_a_title_was_written_is_the_same(
    castlist, squares, films, looked, cache, tmp_path
):
    one = films / "one.mp4"
    result = one.with_suffix(".castlist")
    castlist("cluster", one, "--out", result)
    library = Library(tmp_path / "lib")
    library.add(films, **cache)
    shutil.copy(one, films / "copy.mp4")
    title_film(one, "Wedding")
    done = library.add(films / "two.mp4", **cache)  # nobody asked for the other
    assert library.status().gone == ()
    library.name("1", "Rot")
    castlist("name", result, "person_001", "Ruby")  # beside the film
    num, people = len(looked), library.everybody
    title_film(one, "Our wedding")
    done = library.add(films, **cache)
    assert (done.looked_at, done.moved) == ((), ())
    assert done.copies == (films / "copy.mp4",)
    assert len(looked) == num
    assert len(library.everybody.people) == len(people.people)
    assert {"Ruby"} <= {person.name for person in library.everybody.people}
    done = library.add(films, again=True, **cache)
    assert len(library.status().gone) == 0
    assert len(library.everybody.people) == len(people.people)


def test_photos_of_one_picture_are_looked_at_once(squares, looked, cache, tmp_path):
    folder = tmp_path / "photos"
    write_photo(folder / "a.jpg", picture("red"))
    shutil.copy(folder / "a.jpg", folder / "b.jpg")
    date_photo(folder / "b.jpg", "2019:07:14 12:00:00")
    done = Library(tmp_path / "lib").add(folder, **cache)
    assert looked == [["a.jpg"]]
    assert done.copies == (folder / "b.jpg",)


def test_a_folder_of_photos_is_called_one_where_it_is_looked_at_and_of_people(
    squares, films, cache, tmp_path
):
    folders = [
        write_photo(tmp_path / "photos" / name / "a.png", picture("red", grey=grey)).parent
        for name, grey in (("one", 90), ("two", 100))
    ]
    steps, library = [], Library(tmp_path / "lib")
    library.add([tmp_path / "photos", films], progress=lambda *step: steps.append(step[0]), **cache)
    named = [step for step in dict.fromkeys(steps) if step.startswith("looking at photos")]
    assert named == [f"looking at photos in {folder}" for folder in folders]
    assert {(one.films, one.folders) for one in library.people} == {(3, 2), (2, 0), (1, 0)}
    assert Library(tmp_path / "lib").people == library.people
    assert ([*library], len(library)) == (library.people, 3)


def test_new_photos_stand_by_themselves_where_old_ones_are_gone(squares, looked, cache, tmp_path):
    folder = tmp_path / "photos"
    write_photo(folder / "a.png", picture("red", "green"))
    write_photo(folder / "b.png", picture("red"))
    library = Library(tmp_path / "lib")
    library.add(folder, **cache)
    (folder / "a.png").unlink()
    write_photo(folder / "c.png", picture("blue", grey=100))
    library.add(folder, **cache)
    assert looked[1:] == [["c.png"]]
    assert library.status().num_photos == 3


def test_the_result_beside_a_film_comes_along_with_its_names(castlist, squares, films, tmp_path):
    castlist("find", films / "one.mp4")
    castlist("name", films / "one.castlist", "person_001", "Rita")
    lib = tmp_path / "lib"
    assert castlist("library", lib, "add", films).code == 0
    assert "Rita" in castlist("library", lib, "people").out


def test_nothing_is_said_of_results_of_the_films_and_of_the_library_among_them(
    castlist, squares, films
):
    castlist("find", films / "one.mp4")
    for _ in range(2):
        assert "Note: " not in castlist("library", films / "lib", "add", films).out


def test_films_in_processes_give_the_same(tmp_path, squares):
    """With --jobs a film is looked at by a command of its own; a bad one is reported in a line."""
    (tmp_path / "films").mkdir()
    for name in ("one", "two"):
        (tmp_path / "films" / f"{name}.mp4").write_bytes(name.encode() * 999)
    with pytest.raises(InputError):
        Library(tmp_path / "lib").add(tmp_path / "films" / "none.mp4", jobs=2)
    done = Library(tmp_path / "lib").add(
        [tmp_path / "films", save_film(tmp_path / "three", ["A", "A"])], jobs=2
    )
    assert len(done.failed) == 2
    assert all("mp4" in line for line in done.failed)
    assert len(done.looked_at) == 1


def test_settings_hold_for_all_films(squares, films, cache, tmp_path):
    library = Library(tmp_path / "lib")
    library.add(films / "one.mp4", fps=2, **cache)
    with pytest.raises(InputError, match=r"frames\.fps \(--fps\): this library was made"):
        library.add(films / "two.mp4", fps=4, **cache)
    with pytest.raises(InputError, match=r"frames\.fps \(--fps\): this library was made"):
        library.add(films / "one.mp4", fps=4, again=True, **cache)
    library.add(films / "two.mp4", **cache)


def test_two_writers_and_readers(squares, films, cache, tmp_path):
    library = Library(tmp_path / "lib")
    library.add(films / "one.mp4", **cache)
    library.add(films / "one.mp4", again=True, **cache)
    with locked(library.folder, "castlist library add"):
        for change in (
            lambda: library.add(films, **cache),
            lambda: library.name("1", "Anna"),
        ):
            with pytest.raises(InputError, match="another castlist is changing it"):
                change()
        assert library.people  # reading goes on
    library.name("1", "Anna")


def test_while_films_are_looked_at_people_are_named_and_nothing_else_is_added(
    squares, films, cache, tmp_path, monkeypatch
):
    library, other = Library(tmp_path / "lib"), Library(tmp_path / "lib")
    library.add(films / "one.mp4", **cache)
    real = adding.Adding._take_in

    def decided_meanwhile(self, *own):
        other.name("1", "Anna")
        with pytest.raises(InputError, match="castlist library add"):
            other.add(films, **cache)
        real(self, *own)
        other.name("2", "Bert")  # the new film is in the library, and its people are found

    (films / "one.mp4").rename(films / "moved.mp4")
    monkeypatch.setattr(adding.Adding, "_take_in", decided_meanwhile)
    done = library.add(films, **cache)
    assert [path.name for path in done.moved] == ["moved.mp4"]
    assert done.looked_at == (str(films / "two.mp4"),)
    assert library.status().gone == ()
    assert (done.churn.num_kept, done.churn.num_new) == (2, 1)
    assert {library["1"].name, library["2"].name} == {"Anna", "Bert"}
    assert library["Bert"].films + library["Anna"].films == 3
    assert library.everybody == Library(tmp_path / "lib").everybody


def test_vectors_of_two_networks_are_never_compared(tmp_path):
    library = library_of(tmp_path, one=["A", "AB"])
    other = save_film(tmp_path / "two", ["A", "A"], card="another network")
    done = library.add([other])
    assert "which cannot be compared" in done.failed[0]
    assert library.status().num_films == 1
    assert len(letters(library)) == 2


def test_people_of_films_that_cannot_be_compared_stay_who_they_are(tmp_path):
    """Their films are gone, and the networks are others by now."""
    library = library_of(tmp_path, one=["A", "AB", "A"], two=["A", "A", "B"], three=["A", "A"])
    library.name("1", "Anna")
    before = {own.film_person: own.library_id for own in library.everybody.members}
    new = save_film(tmp_path / "four", ["A", "C", "C"], card="another network")
    networks = Networks.of(StoredResult.load(new).models)
    head = dataclasses.replace(Head.read(Places(library.folder)), networks=networks)
    head.write(Places(library.folder))
    shutil.rmtree(library.folder / "index")
    done = library.add(new)
    assert (done.churn.num_kept, done.churn.num_new) == (2, 2)
    after = {own.film_person: own.library_id for own in library.everybody.members}
    assert {key: after[key] for key in before} == before
    assert library["Anna"].films == 3
    library.apart("Anna", "Anna@two.mp4")
    assert (library["Anna"].films, len(library.people)) == (2, 5)
    library.undo()
    assert library["Anna"].films == 3


def test_other_networks_are_said_and_looked_at_again_when_asked(
    squares, films, cache, tmp_path, monkeypatch
):
    library = Library(tmp_path / "lib")
    library.add(films / "one.mp4", **cache)
    before = {one.id for one in library.people}
    monkeypatch.setattr(ColourEmbedder, "card", "newer colours")
    (films / "gone.mp4").write_bytes((films / "two.mp4").read_bytes())
    with pytest.raises(InputError, match="--again"):
        library.add(films, **cache)
    done = library.add(films, again=True, **cache)
    assert len(done.looked_at) == 2
    assert library.status().other_networks == ()
    assert before <= {one.id for one in library.people}


def test_a_photo_that_cannot_be_used_is_reported_each_time_and_looked_at_once(
    castlist, squares, looked, tmp_path
):
    folder = tmp_path / "photos"
    write_photo(folder / "a.png", picture("red"))
    (folder / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    for _ in range(2):
        run = castlist("library", tmp_path / "lib", "add", folder)
        assert "b.png" in run.out
    assert len(looked) == 1
    write_photo(folder / "c.png", picture("green"))
    for _ in range(2):
        assert castlist("library", tmp_path / "lib", "add", folder).code == 3
    assert len(looked) == 2
