"""What is wrong with what the user gave, said in one line."""


class InputError(Exception):
    """An input that cannot be used. The message says what was expected, what came, what to do.

    The command line prints the message and ends with exit code 1, without a traceback.
    """


class MisuseError(InputError):
    """A command that cannot be meant; the message says what could be. The exit code is 2."""
