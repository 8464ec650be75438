"""The page in a real browser, opened from its folder as a user does."""

import dataclasses
import shutil
import urllib.parse
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from castlist.clustering.report.write import write_report
from castlist.data import demo
from castlist.data.result.facts import RunFacts, SourceFacts
from castlist.data.result.result import StoredResult
from castlist.data.shots.timecode import FrameClock
from castlist.data.tables.faces import Faces
from castlist.data.tables.nearly_same import NearlySame
from PIL import Image
from report_tools import film_facts, film_table, photo_table
from result_tools import PlainCrops

RATE = 12  # of the demo film
SCENE = Path(demo.__file__).with_name("scene.mp4")
ODD = "50 % of #1 + what? 'été'.mp4"
FOLDER = "it's a result"


@pytest.fixture(scope="module", name="place")
def _place(tmp_path_factory):
    """A folder with two films of one content, and their result in a folder with an odd name."""
    folder = tmp_path_factory.mktemp("browser")
    names = (ODD, "second.mp4")
    for name in names:
        shutil.copy(SCENE, folder / name)
    films = [
        film_facts(name, 6, rate=Fraction(RATE), fps=12.0, path=str(folder / name))
        for name in names
    ]
    faces = Faces.concatenate(
        [
            film_table(name, 3, 6, seed=seed, fps=RATE, first_track=100 * seed)
            for seed, name in enumerate(names)
        ]
    )
    pairs = (NearlySame(0, 1, -2.9, 2.1, 0.14),)
    save(folder / FOLDER, faces, RunFacts(sources=tuple(films), nearly_same=pairs))
    return folder


def save(folder, faces, run):
    StoredResult(faces, run, PlainCrops(len(faces))).save(folder, write_pages=write_report)
    return folder


@contextmanager
def opened(chromium, folder, errors=0, **options):
    """Open the page of a result; what it writes to the console fails the test."""
    context = chromium.new_context(
        permissions=["clipboard-read", "clipboard-write"],
        **{"viewport": {"width": 1100, "height": 900}, **options},
    )
    page, found = context.new_page(), []
    page.on("console", lambda message: found.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: found.append(str(error)))
    page.goto((folder / "report.html").as_uri())
    yield page
    context.close()
    assert len(found) <= errors, found


@pytest.fixture(name="page")
def _page(chromium, place):
    with opened(chromium, place / FOLDER) as page:
        yield page


@pytest.fixture(scope="module", name="calculator")
def _calculator(chromium, place):
    """A page for tests that only let its script calculate."""
    with opened(chromium, place / FOLDER) as page:
        yield page


def until(page, condition):
    """Wait until an expression holds; Playwright's own way is "eval", which the page forbids."""
    for _ in range(400):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {condition}")


def playing(page):
    """Wait until the film plays; return when."""
    until(
        page,
        "(() => { const own = document.querySelector('video');"
        " return own.readyState > 1 && !own.seeking && !own.paused; })()",
    )
    return page.evaluate("document.querySelector('video').currentTime")


def shots_of(page, person):
    return page.evaluate("person => known.people[person].shots", str(person))


def test_people_come_first_and_what_explains_is_folded(page):
    found = page.evaluate("[...document.querySelectorAll('main section')].map(own => own.id)")
    assert found == ["people", "when", "same", "unknown", "clothing", "sure", "run"]
    assert page.locator(".fold[open]").count() == 0
    page.locator("nav.jump a", has_text="How sure is this?").click()
    page.locator("#sure p").first.wait_for(state="visible")


def test_a_crop_plays_its_moment_in_a_film_with_an_odd_name(page):
    assert page.locator("#player").is_hidden()
    crop = page.locator("#person_002 button.shot[data-film='0']").first
    at_s = float(crop.get_attribute("data-at"))
    crop.click()
    assert at_s <= playing(page) < at_s + 5
    address = page.evaluate("document.querySelector('video').currentSrc")
    assert urllib.parse.unquote(address).endswith(f"/{ODD}")
    assert page.locator(".player-who").text_content() == "Person 2"
    assert page.locator(".playhead:visible").count() == 1


def test_a_bar_plays_the_moment_under_the_pointer(page):
    bar = page.locator(".tl-plot[data-film='0'] g[data-person='1'] .bar").last
    bar.scroll_into_view_if_needed()
    box, plot = bar.bounding_box(), page.locator(".tl-plot").first.bounding_box()
    left = box["x"] + 0.5 * box["width"]
    page.mouse.click(left, box["y"] + 5)
    seconds = 12 * (left - plot["x"]) / plot["width"]
    assert playing(page) == pytest.approx(seconds, abs=2.5)
    assert page.locator(".player-who").text_content() == "Person 2"


def test_keys_go_to_the_next_and_the_previous_shot_through_all_films(page):
    shots = shots_of(page, 0)
    assert {shot[0] for shot in shots} == {0, 1}
    page.keyboard.press("n")  # nobody is chosen: the most frequent person
    for number in range(1, len(shots)):
        before = page.locator(".player-place").text_content()
        assert before == f"shot {number} of {len(shots)}"
        page.keyboard.press("n")
    last = playing(page)
    assert shots[-1][1] <= last < shots[-1][1] + 1
    assert page.locator(".player-film").input_value() == "1"
    page.keyboard.press("p")
    assert page.locator(".player-place").text_content() == f"shot {len(shots) - 1} of {len(shots)}"
    page.keyboard.press("Escape")
    assert page.locator("#player").is_hidden()


def test_the_list_of_films_switches(page):
    page.locator("button.go").first.evaluate("own => own.click()")
    page.locator(".player-film").select_option("1")
    playing(page)
    assert page.evaluate("document.querySelector('video').currentSrc").endswith("/second.mp4")


def copied(page):
    """Return what the page says that it copied, which it says once that is done."""
    until(page, "document.querySelector('#toast').textContent.startsWith('Copied')")
    return page.locator("#toast").text_content()


def test_a_timecode_is_copied_with_a_click(page):
    time = page.locator("#person_001 figcaption .tc").first
    time.click()
    assert copied(page) == f"Copied {time.text_content()}"
    assert page.evaluate("navigator.clipboard.readText()") == time.text_content()
    at_s = float(time.get_attribute("data-at"))
    clock = FrameClock(Fraction(RATE))
    assert time.text_content() == clock.timecode(clock.frame_at(at_s))


def test_the_command_that_merges_names_the_folder_as_a_shell_reads_it(page, place):
    page.locator("#same .copy").click()
    copied(page)
    folder = str(place / FOLDER).replace("'", "'\\''")
    command = f"castlist edit '{folder}' merge person_001 person_002"
    assert page.evaluate("navigator.clipboard.readText()") == command
    assert (
        "By face one person is 18 times less likely than two"
        in page.locator("#same").text_content()
    )


def test_a_picture_is_enlarged_from_its_crop_and_plays_from_there(page):
    picture = page.locator("#person_001 .pic").first
    picture.hover()
    picture.locator(".larger").click()
    assert page.locator("#large").is_visible()
    until(page, "document.querySelector('#large img')?.naturalWidth > 0")
    address = page.locator("#large img").get_attribute("src")
    assert address.startswith("people/person_001/")
    page.locator(".large-play").click()
    assert page.locator("#large").is_hidden()
    playing(page)


def test_a_portrait_is_enlarged_and_escape_closes_it(page):
    page.locator("#person_001 .enlarge").click()
    until(page, "document.querySelector('#large img')?.naturalWidth > 0")
    page.keyboard.press("Escape")
    assert page.locator("#large").is_hidden()


def test_a_picture_whose_crop_was_moved_is_enlarged_all_the_same(chromium, tmp_path):
    faces = film_table("a.mp4", 2, 3)
    folder = save(tmp_path / "out", faces, RunFacts(sources=(film_facts("a.mp4", 3),)))
    shutil.rmtree(folder / "people")
    with opened(chromium, folder, errors=1) as page:  # the browser says that it found no file
        page.locator("#person_001 .enlarge").click()
        until(page, "document.querySelector('#large img')?.naturalWidth > 0")


def test_the_keyboard_alone_plays(page):
    page.locator("#person_001 button.shot").first.focus()
    page.keyboard.press("Enter")
    playing(page)


@pytest.mark.parametrize("content", [None, b"no film"], ids=["missing", "not a film"])
def test_a_film_that_does_not_play_is_said_so(chromium, tmp_path, content):
    film = tmp_path / "gone.mp4"
    if content:
        film.write_bytes(content)
    run = RunFacts(sources=(film_facts("gone.mp4", 3, path=str(film)),))
    folder = save(tmp_path / "out", film_table("gone.mp4", 2, 3), run)
    with opened(chromium, folder, errors=1) as page:  # of the browser itself: no such file
        page.locator("button.shot").first.click()
        line = page.locator(".player-lost")
        line.wait_for(state="visible")
        assert "gone.mp4 does not play here" in line.text_content()
        assert "../gone.mp4" in line.text_content()


def test_a_film_in_an_unknown_place_is_said_so(chromium, tmp_path):
    run = RunFacts(sources=(film_facts("a.mp4", 3),))
    with opened(chromium, save(tmp_path / "out", film_table("a.mp4", 2, 3), run)) as page:
        page.locator("button.shot").first.click()
        assert "a place that is not known" in page.locator(".player-lost").text_content()


def test_a_photo_has_its_file_name_and_opens(chromium, tmp_path):
    names = ["holiday 1/a #1.jpg", "b.jpg"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (40, 30)).save(tmp_path / name)
    photos = tuple(SourceFacts(name, "photo", str(tmp_path / name)) for name in names)
    folder = save(tmp_path / "out", photo_table(names), RunFacts(sources=photos))
    with opened(chromium, folder) as page:
        captions = page.locator(".card figcaption .src").all_text_contents()
        assert captions == ["a #1.jpg", "b.jpg"]
        assert "N and P" not in page.locator(".hint").text_content()
        with page.expect_popup() as popup:
            page.locator(".card a.shot").first.click()
        popup.value.wait_for_load_state()
        assert popup.value.url == (tmp_path / names[0]).as_uri()


def test_a_bar_of_photos_shows_the_photo_under_the_pointer(chromium, tmp_path):
    names = ["holiday/a #1.jpg", "holiday/b.jpg", "holiday/c.jpg", "holiday/d.heic"]
    (tmp_path / "holiday").mkdir()
    for number, name in enumerate(names[:3]):
        Image.new("RGB", (40 + number, 30)).save(tmp_path / name)
    (tmp_path / names[3]).write_bytes(b"what no browser shows")
    photos = tuple(SourceFacts(name, "photo", str(tmp_path / name)) for name in names)
    folder = save(tmp_path / "out", photo_table(names), RunFacts(sources=photos))
    with opened(chromium, folder) as page:
        plot = page.locator(".tl-plot[data-photos]")
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        for number in (2, 0):
            page.mouse.click(box["x"] + (number + 0.5) / 4 * box["width"], box["y"] + 41)
            picture = "document.querySelector('#large img')"
            until(page, f"{picture}?.naturalWidth === {40 + number}")
            assert page.locator(".large-text").text_content() == names[number]
            with page.expect_popup() as popup:
                page.locator(".large-open").click()
            popup.value.wait_for_load_state()
            assert popup.value.url == (tmp_path / names[number]).as_uri()
            page.keyboard.press("Escape")
        page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 60)
        until(page, "document.querySelector('.large-text').textContent.includes('not show here')")
        page.keyboard.press("Escape")
        page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 41)
        assert page.locator(".tl-plot .cursor span").text_content() == names[1]
        assert page.locator(".hint").text_content() == (
            "A click on the bars of photos shows the photo."
        )
        page.locator(".lists summary").first.click()
        assert page.locator(".lists a").all_text_contents() == [*names[::2], *names[1::2]]


def test_the_page_is_dark_where_the_system_is(chromium, place):
    def paper(scheme):
        with opened(chromium, place / FOLDER, color_scheme=scheme) as page:
            return page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert paper("dark") == "rgb(21, 20, 18)"
    assert paper("light") == "rgb(250, 248, 245)"


def test_nothing_is_cut_off_on_a_phone(chromium, place):
    with opened(chromium, place / FOLDER, viewport={"width": 400, "height": 800}) as page:
        for fold in page.locator("details").all():
            fold.evaluate("own => { own.open = true; }")
        page.locator("button.shot").first.click()
        playing(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        box = page.locator("#player").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 400


RATES = [
    *((Fraction(rate), None) for rate in (12, 24, 25, 50, 120)),
    *((Fraction(rate, 1001), start) for rate in (30000, 60000) for start in (None, "01:00:00;02")),
    (Fraction(24000, 1001), "10:00:00:00"),
    (Fraction(30000, 1001), "23:59:59:29"),
]


@pytest.mark.parametrize(("rate", "start"), RATES, ids=str)
def test_the_script_writes_timecode_as_python_does(calculator, rate, start):
    film = SourceFacts("a.mp4", rate=rate, start_timecode=start)
    clock = FrameClock.of_film(film)
    own = {"rate": float(rate), "nominal": clock.nominal, "drop": clock.is_drop}
    own["start"] = clock.start
    chance = np.random.default_rng(0)
    frames = [*range(3), *chance.integers(0, 200_000, 200).tolist(), 1798, 1799, 1800, 17982]
    written = calculator.evaluate(
        "([film, seconds]) => seconds.map(own => timeOf(film, own))",
        [own, [float(clock.time_s(frame)) for frame in frames]],
    )
    assert written == [clock.timecode(frame) for frame in frames]


def test_a_film_without_timecode_has_times_as_a_clock(chromium, tmp_path):
    run = RunFacts(sources=(dataclasses.replace(film_facts("a.mp4", 3), rate=None),))
    with opened(chromium, save(tmp_path / "out", film_table("a.mp4", 2, 3), run)) as page:
        assert page.evaluate("[timeOf({}, 59.96), timeOf({}, 3723.46)]") == ["1:00.0", "1:02:03.5"]
        assert page.locator(".card .tc").first.text_content().count(":") == 1
