"""A session: decisions that last, both stages after them, and states that are out of date."""

import threading

import pytest
from castlist.clustering.people import deciding
from castlist.clustering.review.actions import answered, question_key
from castlist.clustering.review.session import Session, StaleError
from castlist.data.errors import InputError
from castlist.data.lock import locked
from castlist.data.result.decisions import Decisions
from castlist.data.result.people_folder import find_crops
from castlist.data.result.result import StoredResult
from decision_tools import FOUR, edits_of, no_pages, people_by_letter, table_of, who
from review_tools import session_of, split_people

pytestmark = pytest.mark.usefixtures("plain_pages")


def merge(first, other):
    return lambda now: [deciding.merged(now.result, first, other)]


def name(person_id, text):
    return lambda now: deciding.name(now.result, person_id, text, merge=False)


def test_a_decision_is_on_the_disk_before_it_is_answered(out):
    with session_of(out) as session:
        session.act(session.now.version, name(0, "Anna"))
        assert [line["what"] for line in edits_of(out)] == ["name"]


def test_after_a_decision_both_stages_run_and_say_what_moved(out):
    with session_of(out) as session:
        session.act(session.now.version, merge(1, 2))
        now = session.settled()
        assert people_by_letter(now.result) == {**FOUR, "C": {1}}
        assert now.churn.num_changed == (who(now.result) == "C").sum()


def test_a_session_saves_all_of_it_when_it_ends(out):
    with session_of(out) as session:
        session.act(session.now.version, name(0, "Anna"))
        assert session.close()
    assert StoredResult.load(out).name_of(0) == "Anna"
    assert (out / "people" / "Anna").is_dir()


def test_a_session_saves_by_itself_after_a_while(out):
    with session_of(out, save_after_s=0.05) as session:
        session.act(session.now.version, name(0, "Anna"))
        for _ in range(200):
            if (out / "people" / "Anna").is_dir():
                break
            threading.Event().wait(0.05)
        assert StoredResult.load(out).name_of(0) == "Anna"
        version = session.settled().version
        session.act(version, merge(1, 2))  # what was shown is still what there is


class SlowPages:
    """Takes as long to write pages as the test likes."""

    def __init__(self):
        self.begun, self.may_end = threading.Event(), threading.Event()

    def __call__(self, _result, _out):
        self.begun.set()
        assert self.may_end.wait(30)


def test_nobody_waits_while_it_saves_and_what_is_decided_meanwhile_comes_along(out, castlist):
    pages = SlowPages()
    session = Session(out, pages, save_after_s=0.05)
    try:
        session.act(session.now.version, name(0, "Anna"))
        assert pages.begun.wait(30)
        session.act(session.now.version, merge(1, 2))
        session.act(session.settled().version, name(3, "Dora"))
        seen = session.settled()
        assert [line["what"] for line in edits_of(out)] == ["name", "merge", "name"]
        refused = castlist("name", out, "person_002", "Berta")  # another program
        assert (refused.code, "castlist review" in refused.error) == (1, True)
        pages.may_end.set()
        for _ in range(400):
            if (out / "people" / "Anna").is_dir():
                break
            threading.Event().wait(0.05)
        assert [line["what"] for line in edits_of(out)] == ["name", "merge", "name"]
        assert all(session.now.result.crops[row] for row in range(len(seen.result.faces)))
        session.act(seen.version, name(1, "Berta"))  # no tab is out of date
    finally:
        pages.may_end.set()
        session.close()
    saved = StoredResult.load(out)
    assert saved.cast.names == {0: "Anna", 1: "Berta", 3: "Dora"}
    assert people_by_letter(saved) == {**FOUR, "C": {1}}
    assert {folder.name for folder in (out / "people").iterdir()} == {"Anna", "Berta", "Dora"}
    assert sorted(find_crops(out)) == sorted(saved.crop_names)


def test_nothing_is_saved_where_nothing_was_decided(out):
    before = (out / "faces.parquet").stat().st_mtime_ns
    with session_of(out) as session:
        assert not session.close()
    assert (out / "faces.parquet").stat().st_mtime_ns == before


def test_a_decision_on_an_earlier_state_is_refused(out):
    with session_of(out) as session:
        seen = session.now.version
        session.act(seen, name(0, "Anna"))
        with pytest.raises(StaleError, match="earlier state"):
            session.act(seen, merge(1, 2))
        assert len(edits_of(out)) == 1


def test_when_two_tabs_decide_at_once_one_is_refused_with_the_reason(out):
    answers = []
    with session_of(out) as session:
        seen, together = session.now.version, threading.Barrier(2)

        def tab(first, other):
            together.wait()
            try:
                answers.append(session.act(seen, merge(first, other))[0])
            except StaleError as error:
                answers.append(error)

        tabs = [threading.Thread(target=tab, args=pair) for pair in ((0, 2), (1, 2))]
        for one in tabs:
            one.start()
        for one in tabs:
            one.join()
        assert sorted(isinstance(answer, StaleError) for answer in answers) == [False, True]
        assert len(edits_of(out)) == 1


def test_what_another_program_decided_meanwhile_is_read_and_nothing_is_overwritten(out, castlist):
    with session_of(out) as session:
        seen = session.now.version
        assert castlist("name", out, "person_002", "Berta").code == 0
        with pytest.raises(StaleError):
            session.act(seen, name(0, "Anna"))
        assert session.now.result.cast.names == {1: "Berta"}
        session.act(session.now.version, name(0, "Anna"))
    assert StoredResult.load(out).cast.names == {0: "Anna", 1: "Berta"}


def test_while_another_program_holds_the_result_a_decision_is_refused(out):
    with session_of(out) as session:
        with locked(out, "castlist find"), pytest.raises(InputError, match="castlist find"):
            session.act(session.now.version, name(0, "Anna"))
        session.act(session.now.version, name(0, "Anna"))


def test_undo_brings_back_exactly_what_was(out):
    before = table_of(out)
    with session_of(out) as session:
        session.act(session.now.version, merge(1, 2))
        session.undo(session.settled().version)
        assert people_by_letter(session.settled().result) == FOUR
    assert table_of(out) == before


def test_undo_takes_back_the_whole_of_an_action(out):
    with session_of(out) as session:

        def both(now):
            return [*name(0, "Anna")(now), *name(1, "Berta")(now)]

        session.act(session.now.version, both)
        session.undo(session.settled().version)
        assert not session.settled().result.cast.names
        with pytest.raises(InputError, match="no decision to take back"):
            session.undo(session.now.version)


def test_a_session_that_was_killed_loses_nothing(out):
    with session_of(out) as session:
        session.act(session.now.version, merge(1, 2))
        copy = Decisions.read(out)  # what a killed program leaves: newer decisions, older tables
        assert len(copy) == 1
        with session_of(out) as other:
            assert people_by_letter(other.now.result) == {**FOUR, "C": {1}}


def test_crops_moved_by_hand_meanwhile_are_read_when_it_saves(out):
    with session_of(out) as session:
        session.act(session.now.version, name(0, "Anna"))
        (out / "people" / "person_003").rename(out / "people" / "Carl")
    assert StoredResult.load(out).cast.names == {0: "Anna", 2: "Carl"}


def test_a_question_answered_with_no_is_not_asked_again(tmp_path):
    split_people(alike=0.25).save(tmp_path / "result", write_pages=no_pages)
    with session_of(tmp_path / "result") as session:
        first = session.now.questions()[0]
        num_people = session.now.result.faces.num_people
        session.act(session.now.version, lambda now: answered(first, "no", now))
        second = session.settled().questions()[0]
        assert question_key(second, session.now) != question_key(first, session.now)
        session.act(session.now.version, lambda now: answered(second, "yes", now))
        assert session.settled().result.faces.num_people == num_people - 1
