"""Every action of the pages, and what users of other programs report of theirs."""

import dataclasses
import re
import shutil
from fractions import Fraction

import numpy as np
import pytest
from castlist.clustering.editing import change
from castlist.clustering.people import deciding
from castlist.clustering.review.snapshot import Snapshot
from castlist.clustering.review.views import people_view, seen_as, shot_view
from castlist.data.result.decisions import Decisions
from castlist.data.result.facts import SourceFacts
from castlist.data.result.result import StoredResult
from castlist.data.tables.codes import Reason
from decision_tools import FOUR, edits_of, no_pages, people_by_letter, who
from review_tools import (
    Browser,
    crops_on,
    groups_on,
    save_with_leftovers,
    session_of,
    split_people,
)

pytestmark = pytest.mark.usefixtures("plain_pages")


@pytest.fixture(name="session")
def _session(out):
    with session_of(out) as session:
        yield session


@pytest.fixture(name="browser")
def _browser(session):
    return Browser(session)


def people(session):
    return people_by_letter(session.settled().result)


def error_of(answer):
    assert answer.status_code == 422
    return answer.json()["error"]


def test_naming_a_person(browser, session):
    answer = browser.do("name", person="person_002", name="  Anna  Maria ").json()
    assert answer["settled"]
    assert session.now.result.cast.names == {1: "Anna Maria"}
    assert people(session) == FOUR


def test_names_go_into_a_folder_of_known_people_when_asked(session, tmp_path):
    browser = Browser(session, learn=tmp_path / "people")
    assert "for other films" not in browser.html("/people")
    browser.do("name", person="person_001", name="Anna")
    assert "Keep this name for other films" in browser.html("/people")
    answer = browser.do("learn").json()["told"]
    assert answer == f"{tmp_path / 'people'} knows Anna"
    assert (tmp_path / "people" / "Anna" / "known.parquet").is_file()
    assert "expected one of" in error_of(Browser(session).do("learn"))  # nobody asked for it


def test_a_name_by_known_people_says_so_until_the_user_confirms_it(out):
    def by_known(now, _decisions):
        return [dataclasses.replace(deciding.name(now, 0, "Anna", merge=False)[0], known=0.981)]

    change(out, by_known, no_pages)
    with session_of(out) as session:
        browser = Browser(session)
        for path in ("/people", "/person/person_001"):
            assert "by known people, 98 % sure" in browser.html(path)
        browser.do("name", person="person_001", name="Anna")
        assert "by known people" not in browser.html("/people")
        assert browser.do("name", person="person_001", name="Anna").json()["told"] == (
            "Nothing to change"
        )
        assert [line.get("known") for line in edits_of(out)] == [0.981, None]
        browser.do("undo")
        assert "by known people" in browser.html("/people")


def test_shots_have_the_timecode_of_their_film(whole, tmp_path):
    stored = StoredResult.load(shutil.copytree(whole, tmp_path / "copy"))
    for rate, form in ((Fraction(25), r"00:00:\d\d:\d\d"), (None, r"0:\d\d\.\d")):
        films = tuple(dataclasses.replace(film, rate=rate) for film in stored.sources)
        run = dataclasses.replace(stored.run, sources=films)
        out = tmp_path / str(rate)
        dataclasses.replace(stored, run=run, folder=None).save(out, write_pages=no_pages)
        with session_of(out) as session:
            times = re.findall(
                r'class="when">([^<]+)<', Browser(session).html("/person/person_001")
            )
        assert times
        assert all(re.fullmatch(form, time) for time in times)


def test_a_photo_without_a_date_is_called_by_its_name(whole):
    result = StoredResult.load(whole)
    faces = result.faces[:1].replace(
        source=np.array(["holiday/beach.jpg"]), time_s=np.array([np.nan]), shot=np.array([-1])
    )
    run = dataclasses.replace(result.run, sources=(SourceFacts("holiday/beach.jpg", kind="photo"),))
    photo = dataclasses.replace(result, faces=faces, run=run)
    now = Snapshot(photo, Decisions(), "", (0, 0))
    assert shot_view(now, np.array([0]))["when"] == "beach.jpg"


def test_tiles_of_a_result_of_photos_alone_are_called_photos(tmp_path, monkeypatch):
    out = save_with_leftovers(tmp_path / "result")
    result = StoredResult.load(out)
    sources = [dataclasses.replace(source, kind="photo") for source in result.sources]
    run = dataclasses.replace(result.run, sources=tuple(sources))
    assert seen_as(Snapshot(result, Decisions(), "", (0, 0))) == "shot"
    photos = dataclasses.replace(result, run=run)
    assert seen_as(Snapshot(photos, Decisions(), "", (0, 0))) == "photo"
    for module in ("app", "views"):
        monkeypatch.setattr(f"castlist.clustering.review.{module}.seen_as", lambda _: "photo")
    with session_of(out) as session:
        browser = Browser(session)
        for path in ("/people", "/person/person_001", "/same", "/leftovers"):
            page = re.sub(r'class="shot"', "", browser.html(path))
            assert re.search("photos", page), path
            assert not re.search(r"[Ss]hots?\b", page), path


def test_a_person_says_how_many_shots_are_doubtful(tmp_path):
    out = save_with_leftovers(tmp_path / "result")
    result = StoredResult.load(out)
    strength = result.faces.strength.copy()
    rows = np.flatnonzero(result.faces.person == 0)
    strength[rows] = 0.99
    strength[rows[:7]] = 0.8  # five of one shot, two of another
    doubted = dataclasses.replace(result, faces=result.faces.replace(strength=strength))
    cards = people_view(Snapshot(doubted, Decisions(), "", (0, 0)))["unnamed"]
    assert [card["doubtful"] for card in cards if card["id"] == "person_001"] == [2]


def test_where_nobody_was_found_the_unknown_faces_are_a_click_away(tmp_path):
    out = save_with_leftovers(tmp_path / "result")
    with session_of(out) as session:
        browser = Browser(session)
        assert "Nobody was found" not in browser.html("/people")
        for person_id in ("person_001", "person_002", "person_003"):
            browser.do("move", crops=crops_on(browser.html(f"/person/{person_id}")), to="unknown")
        html = browser.html("/people")
    assert "Nobody was found" in html
    assert '<a href="/leftovers">Leftovers</a> has the unknown faces' in html


def test_unnamed_people_come_before_named_ones_each_by_their_faces(browser):
    browser.do("name", person="person_001", name="Anna")
    html = browser.html("/people")
    order = [part[:10] for part in html.split('data-person="')[1:]]
    assert order == ["person_002", "person_003", "person_004", "person_001"]


def test_a_name_that_somebody_has_asks_whether_to_merge(browser, session):
    browser.do("name", person="person_001", name="Anna")
    answer = browser.do("name", person="person_003", name="anna")
    assert "The same person?" in error_of(answer)
    assert answer.json()["taken"]
    assert people(session) == FOUR
    # The picture that shows A and D says that these two are two.
    refused = browser.do("name", person="person_004", name="Anna", merge=True)
    assert "shows both" in error_of(refused)
    browser.do("name", person="person_003", name="anna", merge=True)
    assert people(session) == {**FOUR, "C": {0}}
    assert session.now.result.cast.names == {0: "Anna"}


def test_hiding_and_showing_a_person(browser, session):
    browser.do("hide", person="person_002")
    assert session.now.result.cast.hidden == {1}
    assert "Show again" in browser.html("/people")
    browser.do("show", person="person_002")
    assert not session.now.result.cast.hidden


def test_merging_two_people(browser, session):
    browser.do("merge", person="person_002", other="person_003")
    assert people(session) == {**FOUR, "C": {1}}


def test_two_people_called_two_stay_two(browser, session, out):
    browser.do("apart", person="person_002", other="person_003")
    assert edits_of(out)[0]["what"] == "not"
    assert people(session) == FOUR


def test_moving_a_shot_to_somebody_moves_that_shot_alone(browser, session):
    (crop, *others) = crops_on(browser.html("/person/person_002"))
    browser.do("move", crops=[crop], to="person_003")
    result = session.settled().result
    ids = result.cast.of_faces(result.faces)
    assert ids[session.now.rows_of_crops[crop]] == 2
    assert {ids[session.now.rows_of_crops[other]] for other in others} == {1}


def test_moving_a_shot_to_somebody_new_with_a_name(browser, session):
    crop = crops_on(browser.html("/person/person_002"))[0]
    browser.do("move", crops=[crop], to="new", name="Dora")
    assert session.settled().result.cast.names == {4: "Dora"}
    browser.do("undo")
    assert people(session) == FOUR
    assert not session.now.result.cast.names


def test_a_shot_that_is_not_somebody_becomes_a_leftover_or_somebody_else(browser, session):
    crop = crops_on(browser.html("/person/person_002"))[0]
    browser.do("not", crops=[crop])
    result = session.settled().result
    assert result.cast.of_faces(result.faces)[session.now.rows_of_crops[crop]] != 1


def test_not_a_face_takes_the_whole_shot_and_no_other(browser, session):
    crop = crops_on(browser.html("/person/person_002"))[0]
    browser.do("not-a-face", crops=[crop])
    faces = session.settled().result.faces
    assert (faces.reason == Reason.NOT_A_FACE).sum() == 5
    assert not faces.is_face[session.now.rows_of_crops[crop]]


def test_a_portrait_of_the_users_choice_stays(browser, session, out):
    crop = crops_on(browser.html("/person/person_002"))[-1]
    browser.do("portrait", crops=[crop])
    assert f'src="/head/{crop.split(".jpg")[0]}' in browser.html("/person/person_002").replace(
        "%3A", ":"
    ).replace("%2C", ",")
    browser.do("merge", person="person_002", other="person_003")
    session.close()
    result = StoredResult.load(out)
    (person,) = [found for found in result.people if found.id == "person_002"]
    assert result.crop_names[person.representative] == crop


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("move", {"to": "new"}),
        ("move", {"to": "person_002"}),
        ("move", {"to": "unknown"}),
        ("not-a-face", {}),
    ],
)
def test_one_action_gives_a_group_of_leftovers_away(tmp_path, what, fields):
    with session_of(save_with_leftovers(tmp_path / "result")) as session:
        browser = Browser(session)
        (group,) = groups_on(browser.html("/leftovers"))
        assert people(session)["D"] == {-1}
        assert browser.do(what, crops=group, **fields).status_code == 200
        assert groups_on(browser.html("/leftovers")) == []
        browser.do("undo")
        assert groups_on(browser.html("/leftovers")) == [group]


def test_whom_a_picture_shows_beside_a_leftover_is_not_among_the_nearest(tmp_path):
    with session_of(save_with_leftovers(tmp_path / "result")) as session:
        html = Browser(session).html("/leftovers")
    assert 'data-to="person_002"' in html
    assert 'data-to="person_001"' not in html  # a picture shows both


def test_skipping_asks_another_question_and_decides_nothing(browser, session, out):
    asked = session.settled().questions()
    for _ in asked:
        html = browser.html("/same")
        key = html.split('data-question="')[1].split('"')[0]
        assert browser.do("skip", question=key).status_code == 200
    assert "Nothing left that is worth asking" in browser.html("/same")
    assert not (out / "edits.jsonl").exists()


def test_what_was_skipped_is_taken_back_in_turn_with_decisions(tmp_path):
    split_people(num_people=3, alike=0.25).save(tmp_path / "result", write_pages=no_pages)
    with session_of(tmp_path / "result") as session:
        browser = Browser(session)

        def asked():
            return browser.html("/same").split('data-question="')[1].split('"')[0]

        first = asked()
        browser.do("skip", question=first)
        assert asked() != first
        browser.do("name", person="person_001", name="Anna")
        told = [browser.do("undo").json()["told"] for _ in range(2)]
        assert told == ["Taken back: person_001 is called Anna", "Taken back: skipped"]
        assert asked() == first
        assert "nothing was changed" in error_of(browser.do("undo"))


def test_an_answer_to_a_question_that_is_not_asked_is_refused(browser):
    answer = browser.do("answer", question="a.jpg|b.jpg", answer="yes")
    assert "answered already" in error_of(answer)


def test_an_answer_is_about_the_lower_strip_alone(tmp_path):
    split_people(alike=0.25).save(tmp_path / "result", write_pages=no_pages)
    with session_of(tmp_path / "result") as session:
        browser = Browser(session)
        html = browser.html("/same")
        key = html.split('data-question="')[1].split('"')[0]
        upper, lower = (crops_on(part) for part in html.split('data-strip="')[1:])
        answer = browser.do("answer", question=key, answer="yes", crops=[upper[0]])
        assert "expected shots of the lower strip" in error_of(answer)
        answer = browser.do("answer", question=key, answer="no", crops=[lower[0]])
        assert answer.status_code == 200
        assert [line["what"] for line in edits_of(tmp_path / "result")] == ["not"]


def test_a_forgotten_person_is_nothing_to_take_back(out):
    change(out, lambda now, _: [deciding.forgotten(now, 3)], no_pages)
    with session_of(out) as session:
        assert 'data-undo="0"' in Browser(session).html("/people")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("---", "nothing that can be read"),
        ("x" * 5000, "at most 100"),
        ("../../etc", "without /"),
        ("a\\b", "without /"),
        ("a\x00b", "control"),
        ("a\x1b[31mb", "control"),
        ("a\nb", "one line"),
        ("unknown", "meaning of its own"),
        ("person_007", "meaning of its own"),
        (7, "expected text"),
        (None, "expected text"),
    ],
)
def test_a_name_that_cannot_be_is_refused_in_a_line_and_nothing_is_lost(browser, out, text, what):
    browser.do("name", person="person_001", name="Anna")
    error = error_of(browser.do("name", person="person_002", name=text))
    assert what in error
    assert "\n" not in error
    assert len(error) < 200
    assert len(edits_of(out)) == 1


@pytest.mark.parametrize("text", ["Ærøskøbing", "Анна", "安娜", "أنا", "Zoë", "อันนา", "CON", "a. "])
def test_names_of_any_script_are_taken(browser, session, out, text):
    assert browser.do("name", person="person_001", name=text).status_code == 200
    session.close()
    assert StoredResult.load(out).name_of(0) == text.strip()


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("name", {"person": "person_099", "name": "Anna"}),
        ("name", {"person": "../x", "name": "Anna"}),
        ("hide", {"person": ""}),
        ("hide", {}),
        ("merge", {"person": "person_001", "other": "person_001"}),
        ("move", {"crops": [], "to": "new"}),
        ("move", {"crops": "all", "to": "new"}),
        ("move", {"crops": ["no-such.jpg"], "to": "new"}),
        ("move", {"crops": [1, 2], "to": "new"}),
        ("not", {"crops": ["../../run.json"]}),
        ("portrait", {"crops": []}),
        ("forget", {"person": "person_001"}),
        ("answer", {"question": "x", "answer": "perhaps"}),
        ("undo", {}),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(browser, out, what, fields):
    error = error_of(browser.do(what, **fields))
    assert error
    assert "\n" not in error
    assert not (out / "edits.jsonl").exists()


# What users of other programs report, so that it cannot happen here.


def test_correcting_one_face_does_not_rename_its_person(browser, session):
    """facerecognition #421, #453."""
    browser.do("name", person="person_002", name="Berta")
    crops = crops_on(browser.html("/person/person_002"))
    browser.do("move", crops=crops[:1], to="new", name="Dora")
    result = session.settled().result
    assert result.cast.names == {1: "Berta", 4: "Dora"}
    ids = result.cast.of_faces(result.faces)
    assert {ids[session.now.rows_of_crops[other]] for other in crops[1:]} == {1}


def test_merging_some_people_merges_no_others(browser, session):
    """nextcloud/recognize #602."""
    browser.do("merge", person="person_002", other="person_003")
    now = people(session)
    assert now["A"] == {0}
    assert now["D"] == {3}


def test_a_face_can_be_taken_out_of_a_person_and_stays_out(browser, session):
    """facerecognition #402, #506."""
    browser.do("name", person="person_002", name="Berta")
    crop = crops_on(browser.html("/person/person_002"))[0]
    browser.do("not", crops=[crop])
    browser.do("merge", person="person_001", other="person_003")  # both stages run again
    result = session.settled().result
    assert result.cast.of_faces(result.faces)[session.now.rows_of_crops[crop]] != 1


def test_a_merge_of_two_people_is_taken_back_in_one_step(browser, session):
    """photoview #410: thousands of photos had to be detached by hand."""
    before = session.now.result.cast.of_faces(session.now.result.faces)
    browser.do("merge", person="person_002", other="person_003")
    browser.do("undo")
    result = session.settled().result
    np.testing.assert_array_equal(result.cast.of_faces(result.faces), before)


def test_a_stale_tab_cannot_merge(browser, session, out):
    """photoprism #3292."""
    seen = browser.version()
    browser.do("name", person="person_001", name="Anna")
    answer = browser.do("merge", version=seen, person="person_002", other="person_003")
    assert answer.status_code == 409
    assert answer.json()["stale"]
    assert len(edits_of(out)) == 1
    assert people(session) == FOUR


def test_no_face_is_lost_after_renaming_and_merging(browser, session, out):
    """photoprism #3414."""
    letters, names = who(session.now.result), session.now.result.crop_names
    browser.do("name", person="person_002", name="Berta")
    browser.do("merge", person="person_002", other="person_003")
    browser.do("name", person="person_002", name="Bea")
    session.close()
    result = StoredResult.load(out)
    assert result.crop_names == names
    np.testing.assert_array_equal(who(result), letters)
    assert all(result.crops.path(row) for row in range(len(names)))
    assert set(result.cast.of_faces(result.faces)[np.isin(letters, ["B", "C"])]) == {1}
