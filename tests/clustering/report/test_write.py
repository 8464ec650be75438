import csv
import dataclasses
import io
import json
import re
from fractions import Fraction
from html.parser import HTMLParser

import numpy as np
import pytest
from castlist.clustering.report import plan as plan_module
from castlist.clustering.report import sheets
from castlist.clustering.report.plan import make_plan
from castlist.clustering.report.sheets import COLUMNS, contact_sheet
from castlist.clustering.report.write import summary, write_report
from castlist.data.result.cast import Cast
from castlist.data.result.facts import RunFacts, SourceFacts
from castlist.data.result.names import (
    parse_crop_name,
    parse_person_name,
    person_name,
    rows_by_crop_key,
)
from castlist.data.result.result import StoredResult
from castlist.data.tables.codes import DecidedBy, Notice, NoticeCode
from castlist.data.tables.faces import Faces
from castlist.data.tables.nearly_same import NearlySame
from PIL import Image
from report_tools import film_facts, film_table, photo_table
from result_tools import PlainCrops

VOID = {"meta", "img", "br", "input", "link", "hr"}
ODD = '<img src=x onerror=alert(1)> "film" & l\'été.mp4'


class Page(HTMLParser):
    """Collects what a browser would see; unbalanced tags are an error."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.words = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def report(faces, run, out):
    crops = PlainCrops(len(faces))
    StoredResult(faces, run, crops).save(out, write_pages=write_report)
    return (out / "report.html").read_text(encoding="utf-8"), crops


@pytest.fixture
def run():
    return RunFacts(
        sources=(film_facts("scene.mp4", 20),),
        seconds={"look": 3.5},
        configuration={"people": {"wrong_merge_cost": 4.0}},
        versions={"castlist": "9.9.9"},
        notices=(Notice(NoticeCode.CLOTH_ONLY_PEOPLE, {"num_people": 2}),),
        input_hash="abc123",
    )


@pytest.fixture
def faces():
    return film_table("scene.mp4", num_people=4, num_shots=20)


def test_every_face_has_its_crop_in_its_persons_folder(faces, run, tmp_path):
    report(faces, run, tmp_path)
    rows = rows_by_crop_key(faces)
    files = sorted((tmp_path / "people").glob("*/*.jpg"))
    assert len(files) == len(faces)
    crops = PlainCrops()
    for file in files:
        row = rows[parse_crop_name(file.name)]
        assert parse_person_name(file.parent.name) == faces.person[row]
        assert file.read_bytes() == crops[row]


def test_the_folder_holds_what_was_promised_and_nothing_else(faces, run, tmp_path):
    report(faces, run, tmp_path)
    names = [*(f"person_00{number}" for number in (1, 2, 3, 4)), "unknown"]
    assert {path.name for path in tmp_path.iterdir()} == {
        *("faces.parquet", "faces.csv", "people.json", "people", "run.json", "report.html")
    }
    assert {path.name for path in (tmp_path / "people").iterdir()} == {
        *names,
        *(f"{name}.jpg" for name in names),
    }


def test_crops_are_read_in_the_order_of_rows_and_again_only_those_shown(faces, run, tmp_path):
    _, crops = report(faces, run, tmp_path)
    shown = sorted(make_plan(faces, run).rows)
    assert crops.reads == [*range(len(faces)), *shown]


def test_the_tables_point_at_files_that_are_there(faces, run, tmp_path):
    report(faces, run, tmp_path)
    with (tmp_path / "faces.csv").open(encoding="utf-8", newline="") as file:
        assert all((tmp_path / row["crop"]).is_file() for row in csv.DictReader(file))
    people = json.loads((tmp_path / "people.json").read_text(encoding="utf-8"))["people"]
    assert all((tmp_path / person["representative_face"]["crop"]).is_file() for person in people)


def test_progress_goes_to_the_end_of_every_step(faces, run, tmp_path):
    last = {}
    result = StoredResult(faces, run, PlainCrops(len(faces)))

    def note(step, done, total):
        last[step] = (done, total)

    def pages(result, out):
        write_report(result, out, note)

    result.save(tmp_path, write_pages=pages, progress=note)
    assert last == {"crops": (len(faces),) * 2, "contact sheets": (5, 5), "page": (1, 1)}


def test_the_page_needs_nothing_but_itself(faces, run, tmp_path):
    text, _ = report(faces, run, tmp_path)
    page = Page(text)
    assert not re.search(r"https?:|@import|url\((?!#)", text)
    assert page.all("link") == []
    assert all(image["src"].startswith("data:image/jpeg;base64,") for image in page.all("img"))
    assert all(image["href"].startswith("data:image/jpeg;base64,") for image in page.all("image"))
    assert all("src" not in script for script in page.all("script"))
    (policy,) = (meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    assert "default-src 'none'" in policy


def test_links_inside_the_page_lead_somewhere_and_every_picture_has_words(faces, run, tmp_path):
    page = Page(report(faces, run, tmp_path)[0])
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = [a["href"] for a in page.all("a") + page.all("use")]
    assert targets
    assert all(target.startswith("#") and target[1:] in ids for target in targets)
    assert all(image["alt"] for image in page.all("img"))
    patterns = set(re.findall(r"url\(#([\w-]+)\)", (tmp_path / "report.html").read_text()))
    assert patterns
    assert patterns <= set(ids)


def test_the_page_says_what_happened(faces, run, tmp_path):
    words = Page(report(faces, run, tmp_path)[0]).text
    plan = make_plan(faces, run)
    assert "4 people in scene.mp4" in words
    assert f"{plan.tally.returned} unknown faces got a person back" in words
    assert "2 people found by clothing alone, as low-confidence" in words
    measured = "the clothes make it 20 times likelier, the face cannot be compared"
    changed, _ = plan.changes[0]
    assert f"same clothes as person_{changed.after + 1:03}: {measured}" in words
    [(refused, _)] = plan.refusals
    about = person_name(faces.about[refused.rows[0]])
    assert f"for example: nearest is {about}, but not clearly: {measured}" in words
    assert "people.wrong_merge_cost 4.0" in words
    assert "abc123" in words
    assert "Made by castlist 9.9.9" in words


def test_names_of_files_are_text_and_never_markup(tmp_path):
    run = RunFacts(
        sources=(film_facts(ODD, 6, loss="<script>1</script>"), film_facts("b.mp4", 6)),
        configuration={"<i>": "</details>"},
    )
    faces = Faces.concatenate(
        [film_table(ODD, 3, 6), film_table("b.mp4", 3, 6, seed=1, first_track=100)]
    )
    page = Page(report(faces, run, tmp_path)[0])
    assert [script.get("type") for script in page.all("script")] == ["application/json", None]
    assert not any("onerror" in attrs for _, attrs in page.tags)
    assert ODD in page.text
    assert any(ODD in image["title"] for image in page.all("img"))
    assert len(list((tmp_path / "people").glob("*/*.jpg"))) == len(faces)


def test_films_have_a_timeline_each_and_photos_one_together(tmp_path):
    photos = ["holiday/1.jpg", "holiday/2.jpg", "3.jpg"]
    run = RunFacts(
        sources=(
            *(film_facts("a.mp4", 6), film_facts("b.mp4", 6), film_facts("nobody.mp4", 6)),
            *(SourceFacts(name, "photo") for name in photos),
        )
    )
    faces = Faces.concatenate(
        [film_table("a.mp4", 3, 6), film_table("b.mp4", 3, 6, first_track=99), photo_table(photos)]
    )
    page = Page(report(faces, run, tmp_path)[0])
    regions = [div["aria-label"] for div in page.all("div") if div.get("role") == "region"]
    assert regions == ["Timeline of a.mp4", "Timeline of b.mp4", "Timeline of Photos"]
    assert "3 people in 3 films and 3 photos" in page.text
    assert "Photos by event" in page.text


def test_no_face_at_all(tmp_path):
    run = RunFacts(sources=(film_facts("empty.mp4", 3),))
    text, crops = report(Faces.empty(), run, tmp_path)
    assert "No face was found in empty.mp4" in Page(text).text
    assert crops.reads == []
    written = {path.name for path in tmp_path.iterdir()}  # no empty table, sheet or folder
    assert written == {"faces.parquet", "people.json", "run.json", "report.html"}
    assert len(StoredResult.load(tmp_path).faces) == 0
    nobody = StoredResult(Faces.empty(), run, crops)
    assert summary(nobody) == "No face was found in empty.mp4"


def test_people_who_may_be_one_are_asked_about_with_the_command_that_joins_them(faces, tmp_path):
    pairs = (NearlySame(0, 2, -2.9, 2.1, 0.14), NearlySame(1, 3, 0.0, None, 0.55))
    run = RunFacts(sources=(film_facts("scene.mp4", 20),), nearly_same=pairs)
    words = Page(report(apart(apart(faces, 0, 2), 1, 3), run, tmp_path)[0]).text
    lead = " ".join(words.split())
    assert "Perhaps 3: 2 = 4?" in lead
    assert "of them have a person. Are these the same? 1 = 3?" in lead
    assert "castlist edit RESULT merge person_001 person_003" in words
    assert "By face one person is 18 times less likely than two." in words
    assert "By clothes it is 8 times likelier than two. Together: 14 % that they are" in words
    assert "By face one person is as likely as two. Their clothes cannot be compared." in words


def apart(faces, one, other):
    """Return the faces without the pictures that show both of two people."""
    shared = np.intersect1d(*(faces.picture[faces.person == own] for own in (one, other)))
    return faces[~np.isin(faces.picture, shared)]


def test_nobody_is_asked_about_a_hidden_person(faces, tmp_path):
    pairs = (NearlySame(0, 2, 0.5, 2.1, 0.4),)
    run = RunFacts(sources=(film_facts("scene.mp4", 20),), nearly_same=pairs)
    faces = apart(faces, 0, 2)
    cast = dataclasses.replace(Cast.of_ranks(faces), hidden=frozenset({2}))
    result = StoredResult(faces, run, PlainCrops(len(faces)), given_cast=cast)
    result.save(tmp_path, write_pages=write_report)
    assert "Are these the same?" not in (tmp_path / "report.html").read_text()
    assert summary(result).splitlines()[0] == "3 people in scene.mp4"


def test_one_unknown_face(tmp_path):
    run = RunFacts(sources=(film_facts("a.mp4", 3),))
    face = Faces.of_detections(source=["a.mp4"], frame=[0], time_s=[0.0], box=[[1, 2, 30, 40]])
    page = Page(report(face, run, tmp_path)[0])
    assert "Nobody known in a.mp4" in page.text
    assert len(page.all("img")) == 1
    assert (tmp_path / "people/unknown/a_00h00m00.000s_f000000_0.jpg").is_file()


def test_a_long_film_with_many_people_shows_a_bounded_choice():
    def pictures(num_people, num_shots):
        faces = film_table("a.mp4", num_people, num_shots)
        plan = make_plan(faces, RunFacts(sources=(film_facts("a.mp4", num_shots),)))
        on_page = (
            sum(len(plan.tiles[person.number]) for person in plan.cards)
            + len(plan.portraits)
            + len(plan.unknown_tiles)
            + sum(len(rows) for _, rows in plan.changes + plan.refusals)
        )
        return len(faces), on_page

    small, large = pictures(100, 600), pictures(400, 2400)
    assert large[0] > 40_000
    assert large[1] <= 60 * 12 + 240 + 24 + 80 * 3 + 8 * 4
    assert small[1] > 700  # so the bound was at work, not a lack of faces


def test_the_page_of_five_thousand_faces_is_small(tmp_path):
    faces = film_table("a.mp4", 20, 250)
    assert len(faces) == 5000
    run = RunFacts(sources=(film_facts("a.mp4", 250, rate=Fraction(25)),))
    text, _ = report(faces, run, tmp_path)
    assert len(text) < 1_500_000


def test_people_beyond_the_cards_get_a_portrait_then_a_number(tmp_path, monkeypatch):
    monkeypatch.setattr(plan_module, "MAX_CARDS", 2)
    monkeypatch.setattr(plan_module, "MAX_PORTRAITS", 3)
    run = RunFacts(sources=(film_facts("a.mp4", 30),))
    page = Page(report(film_table("a.mp4", 9, 30), run, tmp_path)[0])
    assert len(page.all("article")) == 2
    assert len(page.all("symbol")) == 5
    assert "And 7 more people" in page.text
    assert "4 more are in people.json" in page.text
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    assert {a["href"][1:] for a in page.all("a")} <= ids


def test_the_sheet_shows_the_tiles_in_order(faces, run):
    plan = make_plan(faces, run)
    rows = plan.tiles[0].tolist()
    crops = PlainCrops()
    when = {row: f"00:00:00:{row:02}" for row in rows}
    kept = {row: crops[row] for row in rows}
    data = contact_sheet(faces, plan.people[0], rows, kept, when.__getitem__)
    assert len(rows) == len(np.unique(faces.shot[plan.people[0].rows]))
    with Image.open(io.BytesIO(data)) as sheet:
        assert sheet.format == "JPEG"
        assert sheet.height == 52 + 276 * -(-len(rows) // COLUMNS)
        for number, row in enumerate(rows):
            left, top = 10 + number % 6 * 186, 52 + number // 6 * 276
            seen = sheet.getpixel((left + 88, top + 110))
            expected = (row * 37 % 256, row * 91 % 256, 128)
            assert np.abs(np.subtract(seen, expected)).max() < 20


def test_people_of_one_or_two_pictures_take_half_the_width(run, tmp_path):
    text, _ = report(film_table("scene.mp4", num_people=9, num_shots=14), run, tmp_path)
    cards = re.findall(r'<article class="(card(?: few)?)"(.*?)</article>', text, re.DOTALL)
    assert cards
    assert [name for name, _ in cards] == [
        "card few" if content.count("<figure>") <= 2 else "card" for _, content in cards
    ]
    assert {name for name, _ in cards} == {"card", "card few"}


def test_timecode_and_what_decided_have_room_below_a_tile(faces, run):
    person = make_plan(faces, run).people[0]
    row = int(person.rows[0])
    decided_by = np.full(len(faces), DecidedBy.CLOTH)
    sure = faces.replace(decided_by=decided_by, strength=np.full(len(faces), 0.888))
    data = contact_sheet(sure, person, [row], {row: PlainCrops()[row]}, lambda _: "20:48:48:28")
    with Image.open(io.BytesIO(data)) as sheet:
        words = np.asarray(sheet.convert("L").crop((10, 282, 186, 300)))
    has_ink = (words < 200).any(axis=0)
    gaps = "".join("x" if ink else " " for ink in has_ink).strip().split("x")
    assert has_ink[:8].any()
    assert max(map(len, gaps)) >= 6


def test_the_sheet_has_the_times_of_the_page(faces, run, tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(sheets, "_caption", lambda _draw, _at, texts: written.append(texts[0]))
    for rate, form in ((Fraction(5), r"00:00:\d\d:0\d"), (None, r"0:\d\d\.\d")):
        film = film_facts("scene.mp4", 20, rate=rate)
        text, _ = report(faces, dataclasses.replace(run, sources=(film,)), tmp_path / str(rate))
        on_page = re.findall(r'<figcaption>.*?class="tc"[^>]*>([^<]+)<', text)
        assert on_page
        assert {*on_page} <= {*written}
        assert all(re.fullmatch(form, own) for own in written)
        written.clear()


def test_the_tiles_of_a_sheet_are_one_a_shot_and_show_all_evidence(faces, run):
    plan = make_plan(faces, run)
    for person in plan.people:
        rows = plan.tiles[person.number]
        num_shots = len(np.unique(faces.shot[person.rows]))
        assert len(np.unique(faces.shot[rows])) == len(rows) == min(num_shots, 12)
        assert set(faces.decided_by[rows]) == set(faces.decided_by[person.rows])


def test_the_summary_is_short_and_says_where_the_report_is(faces, run, tmp_path):
    lines = summary(StoredResult(faces, run, PlainCrops()), tmp_path).splitlines()
    plan = make_plan(faces, run)
    assert lines[0] == "4 people in scene.mp4"
    assert lines[1].startswith(f"{len(faces)} faces, unknown {plan.tally.unknown_before} (")
    assert f"-> {plan.tally.unknown_after} (" in lines[1]
    assert [line.split()[0] for line in lines[2:6]] == [person.name for person in plan.people]
    assert lines[-2] == "Note: 2 people found by clothing alone, as low-confidence"
    assert lines[-1] == f"Report: {tmp_path / 'report.html'}"
    assert len(lines) == 8
    many = film_table("scene.mp4", 30, 100)
    long = RunFacts(sources=(film_facts("scene.mp4", 100),))
    assert "  and 18 more" in summary(StoredResult(many, long, PlainCrops()))


@pytest.mark.parametrize(
    ("probability", "headline", "asked"),
    [
        (0.5, "4 people in scene.mp4, perhaps 3: Anna = 4?", []),
        (0.49, "4 people in scene.mp4", ["Are these the same? Anna = 4?"]),
        (0.09, "4 people in scene.mp4", []),
    ],
)
def test_the_summary_counts_whom_it_takes_for_one_and_asks_about_others(
    faces, run, probability, headline, asked
):
    run = dataclasses.replace(run, nearly_same=(NearlySame(1, 3, 0.5, 2.1, probability),))
    faces = apart(faces, 1, 3)
    cast = dataclasses.replace(Cast.of_ranks(faces), names={1: "Anna"})
    lines = summary(StoredResult(faces, run, PlainCrops(), given_cast=cast)).splitlines()
    assert lines[0] == headline
    assert [line for line in lines if "same?" in line] == asked


def test_the_summary_names_what_could_not_be_read(faces):
    run = RunFacts(sources=(film_facts("scene.mp4", 20, loss="ends early"),))
    lines = summary(StoredResult(faces, run, PlainCrops())).splitlines()
    assert "! scene.mp4: ends early" in lines
