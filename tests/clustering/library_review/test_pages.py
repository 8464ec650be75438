"""The pages of a library: what they show, and what a request can do."""

import re
import shutil

import pytest
from castlist.clustering.library.library import Library
from castlist.clustering.library_review.session import LibrarySession
from castlist.data.result.result import StoredResult
from cli_tools import picture, shots, write_film, write_photo
from library_review_tools import LibraryBrowser, save_library, session_of
from library_tools import letters
from review_tools import crops_on

pytestmark = pytest.mark.usefixtures("plain_pages")


@pytest.fixture(scope="module", name="whole")
def _whole(tmp_path_factory):
    return save_library(tmp_path_factory.mktemp("films"))


@pytest.fixture(name="folder")
def _folder(whole, tmp_path):
    """Copy the library alone: its films' own results are not there."""
    folder = shutil.copytree(whole, tmp_path / "lib")
    (folder / "sources.parquet").unlink()
    return folder


@pytest.fixture(name="session")
def _session(folder):
    session = session_of(folder)
    yield session
    session.close()


@pytest.fixture(name="browser")
def _browser(session):
    return LibraryBrowser(session)


def person(session, letter):
    (number,) = letters(session.library)[letter]
    return f"person_{number + 1:03d}"


def who_is_whom(session):
    return {member.film_person: member.library_id for member in session.library.everybody.members}


def film_keys(browser):
    return re.findall(r'data-open="/open/([^/]+)/people"', browser.html("/films"))


def test_people_come_first_and_films_are_listed(browser):
    assert browser.client.get("/").headers["location"] == "/people"
    assert "3 people, 3 films" in browser.html("/people")
    films = browser.html("/films")
    assert all(name in films for name in ("one.mp4", "two.mp4", "three.mp4"))


def test_a_name_is_in_the_library_at_once_and_in_the_films_at_the_end(browser, session, folder):
    answer = browser.do("name", person=person(session, "A"), name="Anna")
    assert answer.json()["told"].endswith("is called Anna")
    assert Library(folder)["Anna"].films == 2
    results = [StoredResult.load(film) for film in (folder / "films").iterdir()]
    assert not any(result.cast.names for result in results)
    assert session.close().num_written == 2
    results = [StoredResult.load(film) for film in (folder / "films").iterdir()]
    assert sum("Anna" in result.cast.names.values() for result in results) == 2


def test_a_name_that_somebody_has_asks_whether_they_are_one(browser, session):
    b, c = person(session, "B"), person(session, "C")
    browser.do("name", person=b, name="Berta")
    answer = browser.do("name", person=c, name="Berta")
    assert (answer.status_code, answer.json()["taken"]) == (422, True)
    assert browser.do("name", person=c, name="Berta", merge=True).status_code == 200
    assert session.library["Berta"].films == 3


def test_a_picture_of_one_film_is_taken_out_of_a_person(browser, session):
    b = person(session, "B")
    crops = crops_on(browser.html(f"/person/{b}"))
    assert len(crops) == 2
    assert browser.do("not", crops=crops[:1]).status_code == 200
    assert len(letters(session.library)["B"]) == 2
    browser.do("undo")
    assert person(session, "B") == b


def test_a_picture_is_moved_to_somebody_else_or_to_somebody_new(browser, session):
    b, c = person(session, "B"), person(session, "C")
    crop = crops_on(browser.html(f"/person/{c}"))[0]
    browser.do("move", crops=[crop], to=b)
    assert session.library[b].films == 3
    crop = next(found for found in crops_on(browser.html(f"/person/{b}")) if found == crop)
    browser.do("move", crops=[crop], to="new", name="Carl")
    assert (session.library[b].films, session.library["Carl"].films) == (2, 1)


def test_an_action_on_several_pictures_is_undone_as_one(browser, session):
    b = person(session, "B")
    before = who_is_whom(session)
    crops = crops_on(browser.html(f"/person/{b}"))
    browser.do("move", crops=crops, to=person(session, "C"))
    assert b not in {who.id for who in session.library.people}
    browser.do("undo")
    assert who_is_whom(session) == before


def test_a_page_of_an_earlier_state_changes_nothing(browser, session, folder):
    version = session.now.version
    Library(folder).hide(person(session, "C"))
    answer = browser.do("name", version=version, person=person(session, "A"), name="Anna")
    assert (answer.status_code, answer.json()["stale"]) == (409, True)
    assert session.library[person(session, "A")].name is None


def test_a_film_opens_with_its_own_pages_and_the_names_of_the_library(browser, session):
    browser.do("name", person=person(session, "A"), name="Anna")
    key = next(opened for opened in film_keys(browser) if "Anna" in _who(browser, opened))
    html = browser.html(f"/open/{key}/people")
    assert 'value="Anna"' in html
    assert f'href="/open/{key}/leftovers"' in html
    crops = re.findall(rf'/open/{key}/head/([^"]+)"', html)
    assert browser.client.get(f"/open/{key}/head/{crops[0]}").status_code == 200


def test_what_is_decided_in_a_film_is_in_the_library_when_one_comes_back(browser, session):
    (key,) = [opened for opened in film_keys(browser) if "three.mp4" in _line(browser, opened)]
    answer = browser.do("name", base=f"/open/{key}", person="person_001", name="Berta")
    assert answer.status_code == 200
    assert 'value="Berta"' in browser.html("/people")
    assert session.library["Berta"].films == 2


def test_pictures_are_sent_and_others_are_not(browser, session):
    crop = crops_on(browser.html(f"/person/{person(session, 'A')}"))[0]
    film, name = crop.split("/")
    for kind in ("crop", "head"):
        answer = browser.client.get(f"/{kind}/{film}/{name}")
        assert answer.headers["content-type"] == "image/jpeg"
        assert browser.client.get(f"/{kind}/{film}/..%2Frun.json").status_code == 404
        assert browser.client.get(f"/{kind}/nothing/{name}").status_code == 404


def test_what_is_not_there_is_reported_with_a_way_on(browser):
    answer = browser.client.get("/open/nothing/people")
    assert answer.status_code == 404
    assert "nothing: no such film in this library" in answer.text
    assert '<a href="/people">' in answer.text
    film = f"/open/{film_keys(browser)[0]}"
    answer = browser.client.get(f"{film}/person/nobody")
    assert answer.status_code == 404
    assert f'<a href="{film}/people">' in answer.text


@pytest.mark.parametrize("path", ["/people", "/films", "/open/x/people", "/crop/a/b"])
def test_nobody_without_the_token_sees_anything(browser, path):
    browser.client.cookies.clear()
    assert browser.client.get(path).status_code == 403


@pytest.mark.parametrize("base", ["", "/open/{key}"])
def test_no_other_page_can_change_anything(browser, session, base):
    base = base.format(key=film_keys(browser)[0])
    fields = {"version": session.now.version, "person": "person_001", "name": "Anna"}
    answer = browser.client.post(
        f"{base}/do/name", json=fields, headers={"origin": "http://evil.example"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("burn", {}),
        ("name", {"person": "person_001"}),
        ("name", {"person": "person_999", "name": "Anna"}),
        ("not", {"crops": ["nothing/x.jpg"]}),
        ("not", {"crops": []}),
        ("move", {"crops": "x", "to": "new"}),
        ("answer", {"question": "x", "answer": "yes"}),
        ("answer", {"question": "person_001|person_002", "answer": "perhaps"}),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(browser, what, fields):
    answer = browser.do(what, **fields)
    assert answer.status_code == 422
    assert "\n" not in answer.json()["error"]


def test_undo_after_an_action_that_changed_nothing_takes_back_the_one_before(browser, session):
    a = person(session, "A")
    browser.do("name", person=a, name="Anna")
    assert browser.do("name", person=a, name="Anna").json()["told"] == "Nothing to change"
    assert browser.do("undo").json()["told"] == f"Taken back: {a} is called Anna"
    assert session.library[a].name is None


def test_a_name_is_taken_off(browser, session):
    a = person(session, "A")
    browser.do("name", person=a, name="Anna")
    answer = browser.do("name", person=a, name="")
    assert answer.json()["told"] == f"{a} has no name any more"
    assert session.library[a].name is None


def test_a_page_shows_the_first_of_many_films(browser, monkeypatch):
    assert browser.client.get("/films?shown=x").status_code == 404
    assert len(film_keys(browser)) == 3
    html = browser.html("/films?shown=2")
    assert html.count("data-open=") == 2
    assert "/films?shown=202" in html


def _line(browser, key):
    return re.search(rf'data-open="/open/{key}/people".*?</li>', browser.html("/films"), re.S)[0]


def _who(browser, key):
    return _line(browser, key)


@pytest.mark.parametrize("path", ["/people", "/same", "/films"])
def test_every_link_of_a_page_leads_somewhere(browser, path):
    links = set(re.findall(r'href="(/[^"]*)"', browser.html(path)))
    assert {"/people", "/same", "/films"} <= links
    for link in links:
        answer = browser.client.get(link, follow_redirects=True)
        assert answer.status_code == 200, link


def test_undo_takes_a_skipped_question_back_and_leaves_the_decision_before(browser, session):
    who = person(session, "A")
    browser.do("name", person=who, name="Anna")
    browser.do("skip", question=f"{person(session, 'B')}|{person(session, 'C')}")
    assert len(session.skips.pairs) == 1
    assert browser.do("undo").json()["told"] == "Taken back: skipped"
    assert session.skips.pairs == []
    assert session.library.everybody.find("Anna").name == "Anna"
    assert "Anna" in browser.do("undo").json()["told"]


@pytest.fixture
def lib_of_squares(squares, tmp_path):
    """A library that was looked at by the networks of tests."""
    film = write_film(tmp_path / "one.mp4", shots(["red"], ["green"]))
    library = Library(tmp_path / "lib", writes_names=False)
    library.add(film, cloth_method="none", cache=tmp_path / "cache")
    return LibraryBrowser(LibrarySession(library))


def test_a_photo_that_is_sent_is_recognised_and_not_added(lib_of_squares, tmp_path):
    photo = write_photo(tmp_path / "group.png", picture("red", "green")).read_bytes()
    before = {*tmp_path.rglob("*")}
    for name, called in (("group.png", "group.png"), ("../a/<b>.png", "_a__b_.png")):
        answer = lib_of_squares.send("/who", photo, name=name)
        assert answer.status_code == 200, answer.text
        for face in (1, 2):
            assert f"{called}, face {face} of 2 from the left" in answer.text
        assert {"/person/person_001", "/person/person_002"} <= {
            *re.findall(r'href="([^"]+)"', answer.text)
        }
    assert {*tmp_path.rglob("*")} == before


def test_what_is_no_photo_is_refused_in_a_line(lib_of_squares):
    for sent in (b"", b"no photo"):
        answer = lib_of_squares.send("/who", sent, name="a.jpg")
        assert answer.status_code == 422
        assert "/tmp" not in (error := answer.json()["error"])
        assert error.startswith(("expected a photo, got an empty file", "a.jpg: "))


def test_a_photo_is_taken_from_the_page_of_castlist_alone(browser):
    assert browser.client.post("/who?name=a.jpg", content=b"x").status_code == 403
