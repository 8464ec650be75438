"""Who may ask the server of castlist review, and what it never gives away."""

import pytest
from decision_tools import edits_of
from review_tools import ORIGIN, PORT, TOKEN, Browser, session_of, write_unplayable

pytestmark = pytest.mark.usefixtures("plain_pages")

PAGES = (
    "/people",
    "/same",
    "/leftovers",
    "/person/person_001",
    "/state",
    "/static/page.js",
)
RIGHT = {"origin": ORIGIN, "x-castlist-token": TOKEN}


@pytest.fixture(scope="module", name="film")
def _film(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    path.write_bytes(bytes(range(256)) * 40)
    return path


@pytest.fixture(name="browser")
def _browser(out, film):
    with session_of(out) as session:
        yield Browser(session, film)


@pytest.fixture(name="stranger")
def _stranger(browser):
    """Another program on this machine: it was not given the token."""
    browser.client.cookies.clear()
    return browser


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_for_who_has_the_cookie(browser, path):
    assert browser.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_without_a_token_nothing_is_given_away(stranger, path):
    answer = stranger.get(path)
    assert answer.status_code == 403
    assert "person" not in answer.text


@pytest.mark.parametrize("token", ["wrong", TOKEN[:-1], TOKEN + "x", "é"])
def test_with_a_wrong_token_neither(stranger, token):
    assert stranger.client.get("/", params={"token": token}).status_code == 403
    assert not stranger.client.cookies


def test_the_first_address_gives_a_cookie_that_no_script_and_no_other_page_can_use(stranger):
    answer = stranger.client.get(f"/?token={TOKEN}")
    cookie = answer.headers["set-cookie"].lower()
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8765", f"127.0.0.1:{PORT + 1}", "", "127.0.0.1"]
)
def test_a_page_under_another_name_of_this_machine_gets_nothing(browser, host):
    assert browser.get("/people", host=host).status_code == 403


def test_localhost_is_this_machine_too(browser):
    answer = browser.get("/people", host=f"localhost:{PORT}")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": ORIGIN},
        {"x-castlist-token": TOKEN},
        {**RIGHT, "origin": "http://evil.example"},
        {**RIGHT, "origin": f"http://127.0.0.1:{PORT + 1}"},
        {**RIGHT, "origin": "null"},
        {**RIGHT, "x-castlist-token": "wrong"},
    ],
)
def test_a_change_needs_the_token_and_the_same_origin(browser, out, headers):
    version = browser.version()
    fields = {"version": version, "person": "person_001", "name": "Anna"}
    answer = browser.client.post("/do/name", json=fields, headers=headers)
    assert answer.status_code == 403
    assert not (out / "edits.jsonl").exists()


def test_a_change_cannot_be_asked_for_by_a_link(browser, out):
    assert browser.get("/do/undo").status_code == 405
    assert browser.get("/do/hide?person=person_001").status_code == 405
    assert not (out / "edits.jsonl").exists()


@pytest.mark.parametrize(
    "path",
    [
        "/crop/../run.json",
        "/crop/..%2Frun.json",
        "/crop/..%2f..%2f..%2fetc%2fpasswd",
        "/crop/%2Fetc%2Fpasswd",
        "/head/..%2Frun.json",
        "/static/..%2Fbase.html",
        "/static/base.html",
        "/static/../app.py",
        "/film/-1",
        "/film/99",
        "/film/..%2Frun.json",
        "/run.json",
        "/person/..%2Frun.json",
    ],
)
def test_no_path_leaves_the_result(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "sources" not in answer.text


def test_a_film_is_served_in_ranges(browser, film):
    content = film.read_bytes()
    whole = browser.get("/film/0")
    assert (whole.status_code, whole.content) == (200, content)
    part = browser.get("/film/0", range="bytes=100-199")
    assert (part.status_code, part.content) == (206, content[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(content)}"
    assert browser.get("/film/0", range=f"bytes={len(content)}-").status_code == 416


def test_a_moment_is_made_once_and_served_in_ranges(out, tmp_path):
    film = write_unplayable(tmp_path / "film.avi", num_seconds=3)
    with session_of(out) as session:
        browser = Browser(session, film)
        whole = browser.get("/moment/0?from=1&to=2")
        assert whole.headers["content-type"] == "video/mp4"
        film.write_bytes(b"")  # what was made is there
        part = browser.get("/moment/0?from=1&to=2", range="bytes=10-19")
        assert part.content == whole.content[10:20]
        answer = browser.get("/moment/0?from=0&to=1")
        assert answer.status_code == 404
        assert "film.avi" in answer.text


@pytest.mark.parametrize(
    "query", ["", "?from=1", "?from=-1&to=2", "?from=nan&to=1", "?from=x&to=1"]
)
def test_a_moment_needs_its_times(browser, query):
    answer = browser.get(f"/moment/0{query}")
    assert answer.status_code == 404
    assert "expected seconds" in answer.text


def test_a_film_that_moved_is_said_to_be_missing(out):
    with session_of(out) as session:
        answer = Browser(session).get("/film/0")
    assert answer.status_code == 404
    assert "film.mp4" in answer.text


@pytest.mark.parametrize("path", [*PAGES, "/nothing"])
def test_no_answer_may_be_framed_or_run_other_scripts(browser, path):
    headers = browser.get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "script-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"\xff", b"[" * 100_000])
def test_a_broken_request_is_refused_in_a_line(browser, out, body):
    answer = browser.client.post("/do/name", content=body, headers=RIGHT)
    assert answer.status_code in (409, 422)
    assert answer.json()["error"]
    assert not (out / "edits.jsonl").exists()


def test_a_huge_request_is_refused(browser):
    answer = browser.client.post("/do/name", content=b" " * 2_000_000, headers=RIGHT)
    assert answer.status_code == 422
    assert "at most" in answer.json()["error"]


def test_names_are_shown_as_text_never_as_markup(browser, out):
    text = "<img src=x onerror=alert(1)>"
    assert browser.do("name", person="person_001", name=text).status_code == 200
    assert edits_of(out)[0]["name"] == text
    html = browser.html("/people") + browser.html("/person/person_001")
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html


def test_who_is_not_there_any_more_is_said_on_a_page_with_a_way_on(browser):
    answer = browser.get("/person/<b>nobody")
    assert answer.status_code == 404
    assert "&lt;b&gt;nobody" in answer.text
    assert '<a href="/people">' in answer.text
