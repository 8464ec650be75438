"""Errors in the input of the user, each described in one line."""


class InputError(Exception):
    """An input that cannot be used. The message states what was expected, found, and to do.

    The command line prints the message and ends with exit code 1, without a traceback.
    """


class MisuseError(InputError):
    """A command with wrong arguments; the message states what is valid. The exit code is 2."""
