"""Errors in one line."""

import pytest
from castlist.data.errors import NothingReadError, escaped


@pytest.mark.parametrize("name", ["film.mp4", "films/film.mp4"])
def test_the_only_input_that_cannot_be_read_is_named_once(name):
    assert str(NothingReadError([(name, "it is empty")])) == f"{name}: it is empty"
    assert str(NothingReadError([(name, "/films/film.mp4 is empty")])) == "/films/film.mp4 is empty"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ünal 👩\u200d👧 a\tb\n", "Ünal 👩\u200d👧 a\tb\n"),
        ("\x1b[31m\x07\x7f\x9b", r"\x1b[31m\x07\x7f\x9b"),
        ("caf\udce9", r"caf\xe9"),
        ("\ud800", r"\ud800"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("\u05d0\u200f\u0627.jpg", "\u05d0\u200f\u0627.jpg"),  # Hebrew, a mark, Arabic
    ],
)
def test_what_steers_a_terminal_or_is_no_character_is_escaped(text, shown):
    assert escaped(text) == shown
