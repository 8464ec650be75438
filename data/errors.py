"""Errors in the input of the user, each described in one line."""

_LONGEST = 120  # letters of a library's own words


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


def brief(error: BaseException) -> str:
    """Return what an error of a library says, short enough to stand within a line of ours."""
    return shortened(" ".join(str(error).split()) or type(error).__name__, _LONGEST)


def shortened(text: str, longest: int = 60) -> str:
    """Return a text of a file, cut to what can stand within a line of ours."""
    return text if len(text) <= longest else f"{text[: longest - 4]} ..."


def quoted(text: str) -> str:
    """Return the same in quotes, with characters that a terminal cannot show as escapes."""
    return repr(shortened(text))
