from io import StringIO

import pytest
from castlist.data.progress import ProgressLines, silent


class _Terminal(StringIO):
    def isatty(self):
        return True


@pytest.fixture(name="terminal")
def _terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    return _Terminal()


class _Clock:
    """Stands still until it is set."""

    now_s = 100.0

    def __call__(self):
        return self.now_s


@pytest.fixture(name="clock")
def _clock():
    return _Clock()


@pytest.fixture(name="lines")
def _lines(clock):
    """What was said, line by line, and the hook to say it with."""
    stream = StringIO()
    with ProgressLines(stream, clock) as hook:
        yield hook, lambda: stream.getvalue().splitlines()


@pytest.fixture(name="said_at")
def _said_at(lines, clock):
    """Return what is said of a step that has come so far after some seconds."""

    def last_line(done, total, after_s):
        hook, said = lines
        hook("looking", 0, total)
        clock.now_s += after_s
        hook("looking", done, total)
        return said()[-1]

    return last_line


def test_silence_says_nothing(capsys):
    silent("looking", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_each_step_is_named_once(lines, clock):
    hook, said = lines
    hook("looking", 0, 60)
    hook("looking", 5, 60)
    hook("report", 0, None)
    assert said() == ["castlist: looking", "castlist: report"]


def test_how_far_a_step_is_is_said_after_five_seconds_and_then_once_a_minute(lines, clock):
    hook, said = lines
    hook("looking", 0, 600)
    for after_s in (1, 4, 5, 20, 50, 64, 65, 90, 124):
        clock.now_s = 100 + after_s
        hook("looking", after_s, 600)
    # 5 of 600 in 5 s leave 595 s; 65 leave 535 s
    assert said() == [
        "castlist: looking",
        "castlist: looking: 1%, 10 min left",
        "castlist: looking: 11%, 9 min left",
    ]


def test_what_is_made_ready_before_the_first_picture_is_not_its_pace(lines, clock):
    hook, said = lines
    hook("looking", 0, 600)
    for after_s, done in ((3, 1), (5, 11)):  # 3 s of networks, then 5 a second
        clock.now_s = 100 + after_s
        hook("looking", done, 600)
    assert said()[-1] == "castlist: looking: 2%, 2 min left"  # 589 at 5 a second


def test_what_was_ready_before_each_of_several_films_is_not_their_pace(lines, clock):
    hook, said = lines
    hook.expect({"a.mp4": 100, "b.mp4": 100})
    hook("a.mp4", 0, 100)
    for after_s, done in ((4, 10), (6, 50)):
        clock.now_s = 100 + after_s
        hook("a.mp4", done, 100)
    assert said()[-1] == "castlist: a.mp4: 50%, 8 s left for all 2"  # 150 at 20 a second


def test_what_has_hardly_begun_does_not_say_how_long_it_takes(said_at):
    assert said_at(2, 600, 5) == "castlist: looking: 0%"


def test_several_films_have_one_time_left(lines, clock):
    hook, said = lines
    hook.expect({"a.mp4": 100, "b.mp4": 300, "kept.mp4": 500})
    hook("kept.mp4", 0, 500)
    hook("kept.mp4", 500, 500)  # from the cache: no measure of the others
    hook("a.mp4", 0, 100)
    clock.now_s += 5
    hook("a.mp4", 50, 100)
    clock.now_s += 5
    hook("b.mp4", 0, 300)
    clock.now_s += 55
    hook("b.mp4", 240, 300)
    assert said() == [
        "castlist: kept.mp4",
        "castlist: a.mp4",
        "castlist: a.mp4: 50%, 35 s left for all 3",
        "castlist: b.mp4",
        "castlist: b.mp4: 80%, 12 s left for all 3",  # 60 at 290 in 60 s
    ]


def test_a_step_of_unknown_length_says_what_is_done(said_at):
    assert said_at(7, None, 12) == "castlist: looking: 7 done"


def test_a_step_that_goes_on_for_longer_than_said_is_at_its_end(said_at):
    assert said_at(90, 60, 12) == "castlist: looking: 100%, 0 s left"


def test_nothing_done_yet_leaves_no_time_to_tell(said_at):
    assert said_at(0, 60, 12) == "castlist: looking: 0 done"


def test_the_next_step_begins_from_its_own_start(lines, clock):
    hook, said = lines
    hook("looking", 0, 60)
    clock.now_s += 100
    hook("report", 0, 10)
    clock.now_s += 10
    hook("report", 5, 10)
    assert said()[-1] == "castlist: report: 50%, 10 s left"


def test_a_terminal_shows_bars(terminal):
    with ProgressLines(terminal) as hook:
        hook("looking", 30, 60)
        hook("report", 0, None)
    assert "looking" in terminal.getvalue()
    assert "50 %" in terminal.getvalue()
    assert "report" in terminal.getvalue()


def test_a_terminal_shows_one_bar_for_several_films(terminal):
    with ProgressLines(terminal) as hook:
        hook.expect({"a.mp4": 100, "b.mp4": 100})
        hook("a.mp4", 100, 100)
        hook("b.mp4", 50, 100)
    assert "all 2" in terminal.getvalue()
    assert "75 %" in terminal.getvalue()


def test_a_terminal_shows_names_with_brackets_as_they_are(terminal):
    with ProgressLines(terminal) as hook:
        hook("looking at [group] a.mp4 [/b].mp4", 1, 1)
    assert "[group] a.mp4 [/b].mp4" in terminal.getvalue()


def test_a_terminal_is_left_as_it_was_when_the_work_fails(terminal):
    with pytest.raises(KeyboardInterrupt), ProgressLines(terminal):
        raise KeyboardInterrupt
    show_cursor = "\x1b[?25h"
    assert "\x1b[?25l" not in terminal.getvalue().rpartition(show_cursor)[2]
