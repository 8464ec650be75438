"""The pages of castlist review in a real browser."""

import shutil
import time

import numpy as np
import pytest
from castlist.clustering.people import deciding
from castlist.data.demo import __path__ as demo
from castlist.data.result.result import StoredResult
from castlist.data.tables.codes import DecidedBy
from decision_tools import FOUR, edits_of, no_pages, people_by_letter
from review_tools import (
    save_with_leftovers,
    served,
    session_of,
    split_people,
    write_unplayable,
)

pytestmark = pytest.mark.slow


@pytest.fixture(name="session")
def _session(out):
    with session_of(out) as session:
        yield session


@pytest.fixture(name="leftovers")
def _leftovers(out, request):
    """Let the result be one with unknown faces."""
    shutil.rmtree(out)
    save_with_leftovers(out)
    return request.getfixturevalue("session")


@pytest.fixture(scope="module", name="many")
def _many(tmp_path_factory):
    out = tmp_path_factory.mktemp("many") / "result"
    split_people(num_people=16, alike=0.28).save(out, write_pages=no_pages)
    return out


@pytest.fixture(name="split")
def _split(many, out, request):
    """Let the result be one of people in two parts each, so that there is much to ask."""
    shutil.rmtree(out)
    shutil.copytree(many, out)
    return request.getfixturevalue("session")


@pytest.fixture(name="address")
def _address(session, tmp_path):
    film = tmp_path / "film.mp4"
    shutil.copy(f"{next(iter(demo))}/scene.mp4", film)
    with served(session, film) as address:
        yield address


@pytest.fixture(name="open_page")
def _open_page(chromium, address):
    """Open a page; at the end no page may have complained."""
    contexts, complaints = [], []

    def open_page(path="/people", **options):
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda entry: complaints.append(entry.text) if entry.type == "error" else None,
        )
        context.request.get(address, max_redirects=0)  # the cookie, without a page
        page.goto(address.partition("/?")[0] + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    refused = (
        "the server responded with a status of 409",
        "the server responded with a status of 422",
    )
    assert [
        complaint for complaint in complaints if not any(text in complaint for text in refused)
    ] == []


def said(page, text):
    page.wait_for_function(
        "text => document.getElementById('status').textContent.includes(text)", arg=text
    )


def focused(page):
    return page.evaluate("document.activeElement.dataset.key ?? ''")


def people(session):
    return people_by_letter(session.settled().result)


def test_names_are_given_by_keyboard_alone_one_after_the_other(open_page, session):
    page = open_page()
    page.locator('[data-key="name person_001"]').focus()
    for name in ("Anna", "Berta", "Carl"):
        page.keyboard.type(name)
        page.keyboard.press("Enter")
    said(page, "person_003 is called Carl")
    assert focused(page) == "name person_004"
    assert session.settled().result.cast.names == {0: "Anna", 1: "Berta", 2: "Carl"}


def test_a_name_that_is_taken_takes_no_letter_of_the_next_one(open_page, session):
    page = open_page()
    page.locator('[data-key="name person_001"]').focus()
    for name in ("Anna", "anna", "Charlie Hull"):
        page.keyboard.type(name, delay=25)  # slower than the answer
        page.keyboard.press("Enter")
    said(page, "person_003 is called Charlie Hull")
    page.get_by_role("alert").wait_for()
    assert session.settled().result.cast.names == {0: "Anna", 2: "Charlie Hull"}
    assert not session.settled().result.cast.hidden


def test_enter_that_ends_a_word_of_an_input_method_does_not_end_the_name(open_page, session):
    page = open_page()
    page.locator('[data-key="name person_001"]').focus()
    page.context.new_cdp_session(page).send(
        "Input.imeSetComposition", {"text": "あん", "selectionStart": 2, "selectionEnd": 2}
    )
    page.evaluate(
        """() => document.activeElement.dispatchEvent(new KeyboardEvent(
            "keydown", { key: "Enter", bubbles: true, isComposing: true }))"""
    )
    assert focused(page) == "name person_001"
    assert session.now.result.cast.names == {}


def test_a_name_that_is_emptied_is_taken_off_by_enter_alone(open_page, session):
    page = open_page("/person/person_001")
    name = page.locator("input.name")
    name.fill("<Anna>")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.title === '<Anna> - castlist review'")
    name.fill("")
    name.blur()
    said(page, "<Anna> stays")
    assert name.input_value() == "<Anna>"
    assert session.settled().result.cast.names == {0: "<Anna>"}
    name.fill("")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.title === 'person_001 - castlist review'")
    assert session.settled().result.cast.names == {}
    page.click("#undo")
    page.wait_for_function("() => document.title === '<Anna> - castlist review'")


def test_a_card_is_clicked_named_and_hidden(open_page, session):
    page = open_page()
    page.locator('[data-person="person_003"] p').first.click()
    assert focused(page) == "name person_003"
    page.keyboard.press("Escape")
    assert focused(page) == "card person_003"
    page.keyboard.press("h")
    said(page, "is hidden")
    assert session.settled().result.cast.hidden == {2}
    page.wait_for_selector('[data-key="hidden person_003"]')
    assert focused(page) == "card person_004"  # so that H hides one after the other


def test_u_asks_a_skipped_question_again_and_leaves_the_last_decision(split, open_page):
    split.act(split.now.version, lambda now: deciding.name(now.result, 0, "Anna", merge=False))
    page = open_page("/same")
    asked = page.locator("[data-question]").get_attribute("data-question")
    page.keyboard.press("s")
    said(page, "Skipped")
    page.wait_for_function(
        "asked => document.querySelector('[data-question]').dataset.question !== asked", arg=asked
    )
    page.keyboard.press("u")
    said(page, "Taken back: skipped")
    page.wait_for_function(
        "asked => document.querySelector('[data-question]').dataset.question === asked", arg=asked
    )
    assert split.settled().result.cast.names == {0: "Anna"}
    page.keyboard.press("u")
    said(page, "is called Anna")
    page.wait_for_function("() => document.getElementById('undo').disabled")
    page.keyboard.press("u")
    said(page, "There is nothing to take back")
    assert split.settled().result.cast.names == {}


def test_a_long_path_of_the_result_leaves_room_for_the_pages(open_page):
    page = open_page(viewport={"width": 900, "height": 600})
    page.evaluate("document.querySelector('.brand .quiet').textContent = '/films/'.repeat(40)")
    tops = page.evaluate(
        "['.brand', 'nav', '#undo'].map(one => document.querySelector(one).offsetTop)"
    )
    assert max(tops) < 40


def test_a_wide_window_shows_a_long_path_whole_in_one_row(open_page):
    page = open_page(viewport={"width": 1600, "height": 800})
    path = "/media/archive/2024/interviews/MÜLLER Fahrt (final) & co.castlist"
    page.evaluate("path => document.querySelector('.brand bdi').textContent = path", path)
    wide, needed = page.evaluate(
        "(one => [one.clientWidth, one.scrollWidth])(document.querySelector('.brand .quiet'))"
    )
    assert wide >= needed
    tops = page.evaluate(
        "['.brand', 'nav', '#undo'].map(one => document.querySelector(one).offsetTop)"
    )
    assert max(tops) - min(tops) < 20


def test_a_name_that_is_taken_offers_to_merge(open_page, session):
    page = open_page()
    page.locator('[data-key="name person_001"]').fill("Anna")
    page.keyboard.press("Enter")
    said(page, "Anna")
    page.locator('[data-key="name person_003"]').fill("anna")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert people(session) == FOUR
    page.get_by_role("button", name="Merge").press("Enter")
    said(page, "one person")
    assert people(session) == {**FOUR, "C": {0}}
    page.keyboard.press("u")
    said(page, "Taken back")
    assert people(session) == FOUR


def test_a_name_that_is_taken_is_asked_about_once_and_merged_by_a_click(open_page, session):
    session.act(session.now.version, lambda now: deciding.name(now.result, 0, "Anna", merge=False))
    page, answers = open_page(), []
    page.on("response", lambda response: answers.append(response.status))
    name = page.locator('[data-key="name person_003"]')
    name.fill("anna")
    name.press("Enter")
    page.get_by_role("alert").wait_for()
    name.focus()  # and left again, by the click
    page.get_by_role("button", name="Merge").click()
    said(page, "one person")
    assert answers.count(422) == 1
    assert people(session) == {**FOUR, "C": {0}}


def test_a_merge_that_a_picture_forbids_offers_to_take_one_face_out(open_page, session):
    page = open_page()
    for person_id, text in (("person_001", "Anna"), ("person_002", "anna")):
        page.locator(f'[data-key="name {person_id}"]').fill(text)
        page.keyboard.press("Enter")
    said(page, "Anna already")
    page.get_by_role("button", name="Merge").click()
    box = page.locator(".apart")
    box.wait_for()
    assert "shows both. So do" in box.text_content()
    assert "castlist edit" not in box.text_content()
    assert box.locator("a").all_text_contents() == ["all of Anna", "all of person_002"]
    box.get_by_role("button", name="Not person_002").click()
    said(page, "not person_002")
    assert [line["what"] for line in edits_of(session.folder)] == ["name", "not"]


def test_only_selected_shots_are_answered_in_a_strip_that_shows_several_people(split, open_page):
    page = open_page("/same")
    lower = page.locator('[data-strip="2"] .shot')
    num_shots, crop = lower.count(), lower.first.get_attribute("data-crop")
    assert num_shots > 1
    lower.first.focus()
    page.keyboard.press("Enter")
    assert "1 shot" in page.locator("#chosen").text_content()
    page.keyboard.press("y")
    page.wait_for_function("() => document.getElementById('undo').disabled === false")
    [line] = edits_of(split.folder)
    assert line["what"] == "move"
    now = split.settled()
    row = now.rows_of_crops[crop]
    moved = np.flatnonzero(now.result.faces.decided_by == DecidedBy.USER)
    assert row in moved
    assert set(now.result.faces.track[moved]) == {now.result.faces.track[row]}


def test_the_selected_shots_of_a_strip_are_taken_out_and_its_person_opens(split, open_page):
    page = open_page("/same")
    page.locator('[data-strip="1"] .shot').first.click()
    page.keyboard.press("n")
    assert "Select below" in page.locator("#status").text_content()
    version = page.locator("#page").get_attribute("data-version")
    page.keyboard.press("x")
    page.locator(f'#page:not([data-version="{version}"])').wait_for(state="attached")
    assert [line["what"] for line in edits_of(split.folder)] == ["not"]
    page.keyboard.press("1")
    page.wait_for_url("**/person/**")


def test_questions_are_answered_by_keyboard_to_the_last_and_one_is_taken_back(split, open_page):
    def place(crop):
        return int(split.now.result.faces.box[split.now.rows_of_crops[crop], 0])

    page, num_people = open_page("/same"), split.now.result.faces.num_people
    answers = []
    while not page.get_by_text("Nothing left that is worth asking").count():
        question = page.locator("[data-question]").get_attribute("data-question")
        first, second = question.split("|")
        answers.append("y" if place(first) == place(second) else "n")
        page.keyboard.press(answers[-1])
        page.wait_for_function(
            "key => document.querySelector('[data-question]')?.dataset.question !== key",
            arg=question,
        )
    faces = split.settled().result.faces
    assert answers.count("y") >= 10
    assert faces.num_people == num_people - answers.count("y")
    for person in range(faces.num_people):  # each shows one face only
        assert len(np.unique(faces.box[faces.person == person, 0])) == 1
    page.keyboard.press("u")
    said(page, "Taken back")
    assert len(edits_of(split.folder)) == len(answers) + 1


def test_a_key_pressed_twice_takes_a_shot_out_once(open_page, session):
    page = open_page("/person/person_001")
    page.locator(".shot").first.click()
    page.keyboard.press("x")
    page.keyboard.press("x")
    said(page, "people")
    page.keyboard.down("u")
    page.keyboard.down("u")  # held down
    said(page, "Taken back")
    assert [line["what"] for line in edits_of(session.folder)] == ["not", "undo"]


def test_the_same_key_twice_answers_one_question(split, open_page):
    page = open_page("/same")
    page.keyboard.press("n")
    page.keyboard.press("n")
    said(page, "not person")
    assert len(edits_of(split.folder)) == 1


def test_shots_are_selected_by_click_shift_and_keyboard(open_page):
    page = open_page("/person/person_001")
    shots = page.locator(".shot")
    shots.nth(0).click()
    shots.nth(2).click(modifiers=["Shift"])
    assert page.locator('.shot[aria-pressed="true"]').count() == 3
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.locator('.shot[aria-pressed="true"]').count() == 4
    assert "4 shots, 20 faces selected" in page.locator("#chosen").inner_text()


def test_x_takes_a_shot_out_and_the_place_on_the_page_stays(open_page, session):
    page = open_page("/person/person_001", viewport={"width": 390, "height": 500})
    shot = page.locator(".shot").nth(3)
    shot.scroll_into_view_if_needed()
    shot.click()
    before = page.evaluate("window.scrollY")
    crop = shot.get_attribute("data-crop")
    following = page.locator(".shot").nth(4).get_attribute("data-crop")
    page.keyboard.press("Shift+X")
    said(page, "not person_001")
    page.locator(f'[data-crop="{crop}"]').wait_for(state="detached")
    assert abs(page.evaluate("window.scrollY") - before) < 60
    assert focused(page) == following
    assert session.settled().result.cast.id_of(0) == "person_001"


def test_m_moves_a_shot_to_somebody_new(open_page, session):
    page = open_page("/person/person_001")
    page.locator(".shot").nth(0).click()
    page.keyboard.press("m")
    page.keyboard.type("Dora")
    assert "Somebody new, called Dora" in page.locator("#choose-note").inner_text()
    page.keyboard.press("Enter")
    said(page, "Dora")
    assert "Dora" in session.settled().result.cast.names.values()


def test_p_makes_the_portrait(open_page, session):
    page = open_page("/person/person_001")
    crop = page.locator(".shot").nth(2).get_attribute("data-crop")
    page.locator(".shot").nth(2).click()
    page.keyboard.press("p")
    said(page, "portrait")
    now = session.settled()
    assert now.crop_names[now.result.people[0].representative] == crop


def test_space_plays_the_moment(open_page):
    page = open_page("/person/person_001")
    page.locator(".shot").nth(0).focus()
    page.keyboard.press("Space")
    page.locator("#player[open]").wait_for()
    assert page.locator("#player video").evaluate("own => new URL(own.src).pathname") == "/film/0"
    page.keyboard.press("Escape")
    page.locator("#player[open]").wait_for(state="detached")


def test_a_film_that_the_browser_cannot_play_is_played_as_a_copy(open_page, tmp_path):
    write_unplayable(tmp_path / "film.mp4", num_seconds=10)
    page = open_page("/person/person_001")
    page.locator(".shot").nth(0).focus()
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('#player video').videoWidth === 960")


def test_one_key_gives_a_group_of_leftovers_away(leftovers, open_page):
    page = open_page("/leftovers")
    page.locator("[data-group]").focus()
    page.keyboard.press("n")
    said(page, "unknown faces to person_004")
    page.get_by_text("No unknown face is left").wait_for()
    assert people(leftovers)["D"] == {3}


def test_a_second_tab_is_told_and_shows_what_there_is(open_page, session):
    first, second = open_page(), open_page()
    first.locator('[data-key="name person_001"]').fill("Anna")
    first.keyboard.press("Enter")
    said(first, "Anna")
    second.locator('[data-key="card person_002"]').focus()
    second.keyboard.press("h")
    said(second, "earlier state")
    assert not session.settled().result.cast.hidden
    second.wait_for_function(  # it fetches what there is by now
        """() => document.querySelector('[data-key="name person_001"]').value === 'Anna'"""
    )
    second.keyboard.press("h")
    said(second, "is hidden")


def test_a_name_typed_on_an_earlier_state_stays_in_its_field(open_page, session):
    page = open_page()
    session.act(session.now.version, lambda now: deciding.name(now.result, 0, "Anna", merge=False))
    name = page.locator('[data-key="name person_002"]')
    name.fill("Berta")
    page.keyboard.press("Enter")
    said(page, "earlier state")
    page.locator('[data-key="name person_002"][aria-invalid="true"]').wait_for()
    assert name.input_value() == "Berta"
    name.press("Enter")
    said(page, "person_002 is called Berta")
    assert name.get_attribute("aria-invalid") == "false"


def test_a_name_is_kept_though_the_page_is_left_without_enter(open_page, session):
    page = open_page()
    page.locator('[data-key="name person_001"]').fill("Anna")
    page.close()
    for _ in range(200):
        if session.settled().result.cast.names:
            break
        time.sleep(0.05)
    assert session.settled().result.cast.names == {0: "Anna"}


def test_a_server_that_was_started_again_is_said(chromium, session):
    page = chromium.new_page()
    with served(session) as address:
        page.goto(address)
        page.context.clear_cookies()  # as if its token was another one
        page.locator('[data-key="card person_001"]').focus()
        page.keyboard.press("h")
        said(page, "open the address that castlist review printed")
        page.close()


def test_a_server_that_is_gone_is_said_and_what_was_confirmed_is_there(chromium, session, out):
    page = chromium.new_page()
    with served(session) as address:
        page.goto(address)
        page.locator('[data-key="name person_001"]').fill("Anna")
        page.keyboard.press("Enter")
        said(page, "Anna")
    page.locator('[data-key="name person_002"]').fill("Berta")
    page.keyboard.press("Enter")
    said(page, "does not answer")
    assert page.locator('[data-key="name person_002"]').input_value() == "Berta"
    page.close()
    assert [line["name"] for line in edits_of(out)] == ["Anna"]
    session.close()
    assert StoredResult.load(out).name_of(0) == "Anna"


@pytest.mark.parametrize("path", ["/people", "/same", "/leftovers", "/person/person_001"])
def test_every_page_fits_a_phone_and_names_all_it_has(open_page, path):
    page = open_page(path, viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("h1").count() == 1
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, a, input, [tabindex='0']")]
            .filter((own) => own.checkVisibility())
            .filter((own) => !(own.getAttribute("aria-label") || own.textContent.trim()
                || own.labels?.length))
            .map((own) => own.outerHTML)"""
    )
    assert unnamed == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(open_page, scheme):
    page = open_page("/people", color_scheme=scheme)
    contrast = page.evaluate(
        """() => {
            const style = getComputedStyle(document.documentElement);
            const light = (name) => {
                const hex = style.getPropertyValue(name).trim().slice(1);
                const part = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
                    .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
                return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
            };
            const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            const behind = ["--paper", "--card", "--wash"].map(light);
            return ["--ink", "--quiet", "--link", "--warn"]
                .flatMap((text) => behind.map((back) => ratio(light(text), back)));
        }"""
    )
    assert min(contrast) >= 4.5
