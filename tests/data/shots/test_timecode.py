"""Timecode, compared with a slow count by hand and with a library that counts by itself."""

import random
from fractions import Fraction

import pytest
from castlist.data.errors import MisuseError
from castlist.data.result.facts import SourceFacts
from castlist.data.shots.timecode import EDIT_RATES, FrameClock, can_drop, has_timecode, seconds_at

NTSC_24, NTSC_30, NTSC_60 = (Fraction(n * 1000, 1001) for n in (24, 30, 60))


def film(rate, start=None, **facts):
    return SourceFacts("a.mov", rate=rate, start_timecode=start, **facts)


@pytest.mark.parametrize(
    ("rate", "is_drop", "number", "text"),
    [
        (Fraction(25), False, 25 * 3600 + 3, "01:00:00:03"),
        (NTSC_24, False, 24 * 60, "00:01:00:00"),
        (NTSC_30, False, 1800, "00:01:00:00"),
        (NTSC_30, True, 1799, "00:00:59;29"),
        (NTSC_30, True, 1800, "00:01:00;02"),  # 0 and 1 are left out
        (NTSC_30, True, 17982, "00:10:00;00"),  # but not in the tenth minute
        (NTSC_60, True, 3600, "00:01:00;04"),
        (Fraction(30), False, 24 * 3600 * 30, "00:00:00:00"),  # a day later
        (Fraction(120), False, 119, "00:00:00:119"),
    ],
)
def test_worked_by_hand(rate, is_drop, number, text):
    clock = FrameClock(rate, is_drop)
    assert clock.text(number) == text
    assert clock.number(text) == number % (24 * 3600 * clock.nominal)


@pytest.mark.parametrize(("rate", "dropped"), [(NTSC_30, 2), (NTSC_60, 4)])
def test_drop_frame_is_what_counting_one_by_one_gives(rate, dropped):
    clock = FrameClock(rate, is_drop=True)
    number = 0
    for minute in range(12):
        for second in range(60):
            for frame in range(clock.nominal):
                if minute % 10 and not second and frame < dropped:
                    continue
                text = f"00:{minute:02d}:{second:02d};{frame:02d}"
                assert clock.text(number) == text
                number += 1


def test_every_frame_of_a_day_comes_back():
    chance = random.Random(0)
    for rate in EDIT_RATES:
        for is_drop in {False, can_drop(rate)}:
            clock = FrameClock(rate, is_drop)
            for number in chance.sample(range(24 * 3600 * 23), 2000):
                assert clock.number(clock.text(number)) == number


@pytest.mark.parametrize("rate", ["23.976", "24", "25", "29.97", "30", "50", "59.94", "60"])
def test_another_library_counts_the_same(rate):
    timecode = pytest.importorskip("timecode", reason="pip install timecode")
    exact = {"23.976": NTSC_24, "29.97": NTSC_30, "59.94": NTSC_60}.get(rate)
    exact = exact or Fraction(int(rate))
    for is_drop in {False, can_drop(exact)}:
        clock = FrameClock(exact, is_drop)
        for number in random.Random(1).sample(range(20 * 3600 * 23), 100):
            other = timecode.Timecode(rate, frames=number + 1, force_non_drop_frame=not is_drop)
            assert clock.text(number) == str(other)


def test_drop_frame_stays_within_two_frames_of_the_clock():
    clock = FrameClock(NTSC_30, is_drop=True)
    for hours in range(24):
        number = clock.number(f"{hours:02d}:00:00;00")
        assert abs(clock.time_s(number) - hours * 3600) < 2.7 / 29.97


def test_a_film_s_own_start_says_where_it_begins_and_whether_numbers_are_left_out():
    assert FrameClock.of_film(film(Fraction(25), "10:00:00:00")).timecode(5) == "10:00:00:05"
    assert FrameClock.of_film(film(NTSC_30, "00:59:59:29")).timecode(1) == "01:00:00:00"
    assert FrameClock.of_film(film(NTSC_30, "01:00:59;29")).timecode(1) == "01:01:00;02"
    assert FrameClock.of_film(film(NTSC_30)).timecode(1800) == "00:01:00;02"
    assert FrameClock.of_film(film(NTSC_24, "01:00:00;00")).timecode(0) == "01:00:00:00"


def test_a_start_that_cannot_be_read_counts_as_none():
    for text in ("none", "01:00", "01:00:00:77", "99:99:99:99"):
        assert FrameClock.of_film(film(Fraction(25), text)).timecode(0) == "00:00:00:00"


def test_a_film_of_variable_or_odd_rate_has_no_timecode():
    assert FrameClock.of_film(film(None, fps=29.5)) is None
    assert FrameClock.of_film(film(Fraction(25, 2))) is None
    assert not has_timecode(Fraction(1, 2))


@pytest.mark.parametrize(
    ("rate", "fps", "expected"),
    [
        (Fraction(10), 10, 30),
        (Fraction(25, 2), 12.5, 25),
        (Fraction(15000, 1001), 14.985, NTSC_30),
        (NTSC_24, 23.976, NTSC_24),
        (None, 29.4, NTSC_30),
        (None, 24.9, 25),
        (None, None, 25),
        (Fraction(120), 120, 60),
    ],
)
def test_editing_takes_place_at_a_rate_that_programs_know(rate, fps, expected):
    assert FrameClock.for_editing(film(rate, fps=fps)).rate == expected


def test_times_become_the_nearest_frame():
    clock = FrameClock(NTSC_30)
    assert [clock.frame_at(clock.time_s(frame)) for frame in range(200)] == list(range(200))
    assert clock.frame_at(1.0) == 30


@pytest.mark.parametrize("text", ["", "01:00:00", "01:60:00:00", "01:00:00:25"])
def test_what_is_no_timecode_is_refused(text):
    with pytest.raises(ValueError, match="expected a timecode"):
        FrameClock(Fraction(25)).number(text)


def test_a_timecode_means_a_time_of_its_film():
    assert seconds_at("01:00:02:12", film(Fraction(25), "01:00:00:00")) == 2.48


def test_a_timecode_that_a_film_does_not_have_is_refused():
    with pytest.raises(MisuseError, match=r"a.mov begins at 01:00:00:00, which is later"):
        seconds_at("00:59:59:24", film(Fraction(25), "01:00:00:00"))
    with pytest.raises(MisuseError, match=r"a.mov has no frame rate with timecode"):
        seconds_at("00:00:01:00", film(None))


def test_an_impossible_clock_is_refused():
    with pytest.raises(ValueError, match="whole number"):
        FrameClock(Fraction(25, 2))
    with pytest.raises(ValueError, match="drop-frame"):
        FrameClock(Fraction(25), is_drop=True)
