"""The command line: ``castlist film.mp4``."""

from __future__ import annotations

import sys

try:  # Ctrl-C already while this is loaded
    import errno
    import os
    import re
    import signal
    import traceback
    from collections.abc import Sequence
    from contextlib import suppress
    from pathlib import Path
    from typing import NoReturn

    from .clustering.commands.parser import parse
    from .data.errors import InputError, MisuseError, StoppedError, escaped
    from .data.runtime.heap import share_heaps
except KeyboardInterrupt:
    sys.exit("castlist: error: interrupted; nothing that existed was changed")

FAILED, MISUSE = 1, 2

_LONGEST = 280  # letters of an error, paths of any length among them: four lines of a terminal
_LONG_PATH = re.compile(r"(?<![\w.])/[^\s:;\"']{20,}(/[^\s/:;\"']+/[^\s/:;\"']+)")
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_FULL = 50e6  # bytes; what was half written is gone by the time that this is asked for
_LONGEST_MISUSE = 600  # of one about words of the command: it may list those that there are


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code.

    0 done, 1 failed, 2 misused, 3 done but for some inputs.

    What was found goes to stdout, ``castlist: step`` lines to stderr. What went wrong is one more
    line on stderr, the last: ``castlist: error: ...``. With CASTLIST_DEBUG=1 in the environment
    the traceback comes before it.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    written: list[object] = []  # folders that the command writes into, by its options
    try:
        arguments = parse(words)
        written += [getattr(arguments, name, None) for name in ("out", "cache")]
        code: int = arguments.command(arguments)
        return code
    except SystemExit as stop:  # argparse leaves by itself after --help
        return stop.code if isinstance(stop.code, int) else MISUSE
    except BrokenPipeError:  # the reader has closed the output: castlist info | head -1
        return FAILED
    except (Exception, KeyboardInterrupt) as error:
        with suppress(OSError):  # stderr may be closed, or a disk that is full
            if os.environ.get("CASTLIST_DEBUG") == "1" or {"-v", "--verbose"} & {*words}:
                traceback.print_exc()
            longest = _LONGEST_MISUSE if isinstance(error, MisuseError) else _LONGEST
            text = f"{_explain(error)}{_full_disk(error, written)}"
            print(f"castlist: error: {_one_line(text, longest)}", file=sys.stderr)
        return MISUSE if isinstance(error, MisuseError) else FAILED


def run() -> None:
    """Run the command and leave Python with its exit code."""
    try:
        code = _run()
    except KeyboardInterrupt as error:  # before a command began, or once more while it ended
        print(f"castlist: error: {_explain(error)}", file=sys.stderr)
        code = FAILED
    sys.exit(code)


def _run() -> int:
    share_heaps()
    _open_streams()
    signal.signal(signal.SIGTERM, _interrupt)  # so that half a result is cleared away then, too
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # names that the terminal cannot show
    code = main()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # nobody reads, or a full disk: Python would complain on its way out
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            code = code or FAILED
    return code


def _open_streams() -> None:
    """Open streams that the caller has closed on nothing, lest files get their numbers."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _one_line(text: str, longest: int) -> str:
    """Return a text in one line, of a length that can be read.

    Long paths lose their beginning first, then the line its middle.
    """
    line = escaped(" ".join(text.split()))
    if len(line) > longest:
        line = _LONG_PATH.sub(r"...\1", line)
    half = longest // 2 - 3
    return line if len(line) <= longest else f"{line[:half]} ... {line[-half:]}"


def _explain(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        text = "interrupted; nothing that existed was changed"
        if isinstance(error, StoppedError) and error.kept:
            text += f"; {' and '.join(error.kept)} are kept: the same command goes on from there"
        return text
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, OSError) and (told := _of_system(error)):
        return told
    if isinstance(error, RuntimeError) and "Symlink loop" in str(error):  # Path.resolve
        return f"{error}: expected a file or folder, found a link to itself; choose another"
    if isinstance(error, MemoryError):
        return "not enough memory; close other programs, or analyse fewer frames (--fps)"
    return f"unexpected {type(error).__name__}: {error}; CASTLIST_DEBUG=1 shows where"


def _of_system(error: OSError) -> str:
    """Say what the system refused; "" = something else."""
    if error.errno in _NO_ROOM:
        return "the disk is full; nothing that existed was changed. Make room, and run again"
    if error.errno == errno.EFBIG:
        return (
            "a file grew larger than this disk or account allows; nothing that existed was changed."
            " Write to another disk"
        )
    if isinstance(error, FileNotFoundError) and not _has_working_folder():
        return "the folder you are in is no longer there; change into another one"
    if isinstance(error, FileExistsError | NotADirectoryError) and error.filename:
        return f"{error.filename}: expected a folder there, found a file; choose another name"
    return f"{error.filename}: {error.strerror or error}" if error.filename else ""


def _full_disk(error: BaseException, written: Sequence[object]) -> str:
    """Name the disk that has no room, "" = another error, or none that is full by now."""
    if not isinstance(error, OSError) or error.errno not in _NO_ROOM:
        return ""
    import shutil
    import tempfile

    from .clustering.analysis.cache import default_cache

    for folder in filter(None, (*written, default_cache(), tempfile.gettempdir(), os.curdir)):
        with suppress(OSError):
            place = Path(str(folder)).absolute()
            there = next(path for path in (place, *place.parents) if path.exists())
            if (free := shutil.disk_usage(there).free) < _FULL:
                return f". {there} has {free / 1e6:.1f} MB left"
    return ""


def _has_working_folder() -> bool:
    try:
        os.getcwd()  # noqa: PTH109
    except FileNotFoundError:
        return False
    return True


if __name__ == "__main__":
    run()
