import pytest
from castlist.data.times import is_timecode, seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("1:30", 90),
        ("0:01:30", 90),
        ("1:30.5", 90.5),
        ("1:30,5", 90.5),
        (" 2:00 ", 120),
        ("90:00", 5400),
        ("1:00:00", 3600),
        ("0", 0),
    ],
)
def test_a_time_is_read_as_people_write_it(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "late", "1:75", "1:60:00", "-1", "1:2:3:4", "nan", "1e3"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match="expected a time such as 1:30"):
        seconds_of(text)


def test_timecode_has_frames():
    assert is_timecode("00:01:30:12")
    assert is_timecode("01:00:00;02")
    assert not is_timecode("00:01:30")
    assert not is_timecode("0:01:30.5")
