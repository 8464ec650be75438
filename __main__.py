"""The command line: ``castlist cluster film.mp4 --out result/``."""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from .clustering.commands.parser import make_parser
from .data.errors import InputError, MisuseError

FAILED, MISUSE = 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 done, 1 failed, 2 misused.

    What was found goes to stdout, ``castlist: step`` lines to stderr. What went wrong is one more
    line on stderr, the last: ``castlist: error: ...``. With CASTLIST_DEBUG=1 in the environment
    the traceback comes before it.
    """
    try:
        arguments = make_parser().parse_args(argv)
        code: int = arguments.command(arguments)
        return code
    except SystemExit as stop:  # argparse leaves by itself after --help
        return stop.code if isinstance(stop.code, int) else MISUSE
    except (
        BrokenPipeError
    ):  # the reader of the output has closed it, as in: castlist info | head -1
        return FAILED
    except (Exception, KeyboardInterrupt) as error:
        if os.environ.get("CASTLIST_DEBUG") == "1":
            traceback.print_exc()
        print(f"castlist: error: {' '.join(_explain(error).split())}", file=sys.stderr)
        return MISUSE if isinstance(error, MisuseError) else FAILED


def run() -> None:
    """Run the command and leave Python with its exit code."""
    signal.signal(signal.SIGTERM, _interrupt)  # so that half a result is cleared away then, too
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # names that the terminal cannot show
    code = main()
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # Python would complain of it on its way out
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _explain(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted; nothing that existed was changed"
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; nothing that existed was changed. Make room, and run again"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror or error}"
    if isinstance(error, MemoryError):
        return "not enough memory; close other programs, or analyse fewer frames (--fps)"
    return f"unexpected {type(error).__name__}: {error}; CASTLIST_DEBUG=1 shows where"


if __name__ == "__main__":
    run()
