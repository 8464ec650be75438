"""Errors in the input of the user, each described in one line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_LONGEST = 120  # letters of a library's own words
_UNSHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]")
_MOST_NAMED, _LONGEST_NAME, _LONGEST_WHY = 4, 24, 45  # so that they stand within one line


class InputError(Exception):
    """An input that cannot be used. The message states what was expected, found, and to do.

    The command line prints the message and ends with exit code 1, without a traceback.
    """


class SourceError(InputError):
    """A film or photo that cannot be used: of several, the others can."""


class MisuseError(InputError):
    """A command with wrong arguments; the message states what is valid. The exit code is 2."""


class StoppedError(KeyboardInterrupt):
    """Ctrl-C, or being told to stop, during work that is kept as far as it went.

    Attributes:
        kept: what is kept, as "3 films"; the same work goes on from there.
    """

    def __init__(self, *kept: str) -> None:
        super().__init__(*kept)
        self.kept = kept


class NothingReadError(InputError):
    """Inputs of which none can be used; the message names the first few, and why.

    Attributes:
        reasons: the path or name of each, and why it cannot be used.
    """

    def __init__(self, reasons: Sequence[tuple[str, str]]) -> None:
        self.reasons = tuple(reasons)
        named = first_few(
            [f"{_last_part(name)} ({_why(why)})" for name, why in reasons], _MOST_NAMED
        )
        super().__init__(
            f"none of {len(reasons):,} inputs can be read: {named}; give other files"
            if len(reasons) > 1
            else _named(*reasons[0])
        )


def _named(name: str, reason: str) -> str:
    return reason if Path(name).name in reason else f"{name}: {reason}"


def _last_part(name: str) -> str:
    return shortened(Path(name).name or name, _LONGEST_NAME)


def _why(reason: str) -> str:
    """Return the gist of a reason: what came, without what was expected and what to do."""
    came = reason.partition(";")[0]
    for before in (", but ", " is left out ("):
        came = came.partition(before)[2] or came
    came = came.removeprefix("it ")
    return shortened(came.partition(" (")[0].rstrip(")").strip(), _LONGEST_WHY)


def brief(error: BaseException) -> str:
    """Return what an error of a library says, short enough to stand within a line of ours."""
    if isinstance(error, OSError) and error.strerror:  # not the path, which the line begins with
        return shortened(error.strerror, _LONGEST)
    return shortened(" ".join(str(error).split()) or type(error).__name__, _LONGEST)


def first_few(names: Sequence[object], most: int) -> str:
    """Return the first names of a list in one line, and how many more there are.

    >>> first_few(["a.mp4", "b.mp4", "c.mp4"], 2)
    'a.mp4, b.mp4 and 1 more'
    """
    rest = len(names) - most
    return ", ".join(map(str, names[:most])) + (f" and {rest:,} more" if rest > 0 else "")


def shortened(text: str, longest: int = 60) -> str:
    """Return a text of a file, cut to what can stand within a line of ours."""
    return text if len(text) <= longest else f"{text[: longest - 4]} ..."


def escaped(text: str) -> str:
    """Return a text with characters that steer a terminal, or are none, as escapes.

    Names of files may have any of them, also those that turn the text after them round, so that
    another ending is read. Tabs and line feeds stay.

    >>> escaped("red" + chr(27) + "[31m.mp4")
    'red\\x1b[31m.mp4'
    """
    return _UNSHOWN.sub(_escape, text)


def printable_name(name: str) -> str:
    """Return a name in one line of text that any terminal shows."""
    return escaped(" ".join(name.split()))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    code -= 0xDC00 if 0xDC80 <= code <= 0xDCFF else 0  # a byte of a path that is no UTF-8
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def quoted(text: str) -> str:
    """Return the same in quotes, with characters that a terminal cannot show as escapes."""
    return repr(shortened(text))
