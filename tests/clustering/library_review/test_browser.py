"""The pages of a library in a real browser."""

import dataclasses

import pytest
from castlist.clustering.library.recognised import Recognised, Recognition
from castlist.clustering.library_files.people import Asked
from library_review_tools import save_library, served, session_of
from library_tools import letters

pytestmark = pytest.mark.slow


@pytest.fixture(name="session")
def _session(tmp_path):
    session = session_of(save_library(tmp_path))
    yield session
    session.close()


@pytest.fixture(name="page")
def _page(chromium, session):
    """Open the first page; at the end no page may have complained."""
    complaints = []
    with served(session) as address:
        context = chromium.new_context()
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda own: complaints.append(own.text) if own.type == "error" else None)
        page.goto(address)
        yield page
        context.close()
    refused = "the server responded with a status of 422"
    assert [own for own in complaints if refused not in own] == []


def said(page, text):
    page.wait_for_function(
        "text => document.getElementById('status').textContent.includes(text)", arg=text
    )


def focused(page):
    return page.evaluate("document.activeElement.dataset.key ?? ''")


def goto(page, path):
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + path)


def person(session, letter):
    (own,) = letters(session.library)[letter]
    return f"person_{own + 1:03d}"


def test_names_are_given_by_keyboard_alone_one_after_the_other(page, session):
    page.locator("input.name").first.focus()
    for name in ("Anna", "Berta"):
        page.keyboard.type(name)
        page.keyboard.press("Enter")
    said(page, "is called Berta")
    assert {own.name for own in session.library.people} == {"Anna", "Berta", None}


def test_undo_takes_a_name_back(page, session):
    a = person(session, "A")
    page.locator(f'[data-key="name {a}"]').fill("Anna")
    page.keyboard.press("Enter")
    said(page, "is called Anna")
    page.locator("#undo").click()
    said(page, f"Taken back: {a} is called Anna")
    assert session.library[a].name is None


def test_a_picture_is_taken_out_with_x(page, session):
    b = person(session, "B")
    goto(page, f"/person/{b}")
    page.locator(".shot").first.click()
    page.keyboard.press("x")
    said(page, "two people")
    page.locator(".shot").nth(1).wait_for(state="detached")
    assert len(letters(session.library)["B"]) == 2


def test_questions_are_answered_by_a_key_until_nothing_is_left(page, session):
    one, other = (session.library[person(session, letter)] for letter in "BC")
    asked = dataclasses.replace(
        session.now.people, asked=(Asked(one.library_id, other.library_id, 0.4),)
    )
    asked.write(session.library._places)
    session.refresh()
    goto(page, "/same")
    assert "40 % sure that this is one person" in page.content()
    page.keyboard.press("y")
    said(page, "are the same")
    page.locator("text=Nothing left that is worth asking").wait_for()
    assert session.library[one.id].films == 3


def test_a_film_is_opened_and_a_name_given_there_comes_back(page, session):
    page.locator("nav").get_by_role("link", name="Films").click()
    page.locator(".film").first.wait_for()
    page.wait_for_load_state()
    page.keyboard.press("ArrowDown")
    assert focused(page).startswith("film ")
    page.keyboard.press("o")
    page.wait_for_url("**/open/**/people")
    page.locator("input.name").first.fill("Zoe")
    page.keyboard.press("Enter")
    said(page, "is called Zoe")
    page.get_by_role("link", name="Library").click()
    page.wait_for_url("**/people")
    page.locator('input.name[value="Zoe"]').wait_for()
    assert session.library["Zoe"].films == 2


def test_a_photo_is_chosen_and_its_answer_is_read(page, session, tmp_path):
    (tmp_path / "party.jpg").write_bytes(b"never read")
    someone = session.library[person(session, "A")]
    crop = next((session.library.folder / "films").rglob("*.jpg")).read_bytes()
    face = ("party.jpg", "party.jpg", 0.0, (10.0, 10.0, 60.0, 70.0))
    found = Recognised(*face, ((someone, 0.97),), crop), Recognised(*face, (), crop)
    session.library.who = lambda *_, **__: Recognition(found, ())
    page.locator("nav a", has_text="Who is this?").click()
    page.set_input_files("#photo", tmp_path / "party.jpg")
    page.wait_for_selector("#answers .card")
    first, second = (card.inner_text() for card in page.locator("#answers .card").all())
    assert f"{someone.called} 97 % sure" in " ".join(first.split())
    assert "Nobody of the library" in second
    page.locator("#answers a").click()
    assert page.url.endswith(f"/person/{someone.id}")


def test_what_is_no_photo_is_said(page, session, tmp_path):
    (tmp_path / "empty.jpg").touch()
    goto(page, "/who")
    page.set_input_files("#photo", tmp_path / "empty.jpg")
    said(page, "expected a photo, got an empty file")
