"""Damage photos and films, and look whether ``castlist find`` ends as it should.

    python benchmarks/fuzz_inputs.py --inputs 200 --seed 1
    python benchmarks/fuzz_inputs.py --seed 1 --only 17 --keep /tmp/fuzz    # one of them again

Each input is a small photo or film of a kind of fuzz/damaged_inputs.py, damaged in one or more
ways; most lie in a folder beside a good photo, some alone. A run is wrong if the process dies,
takes more than ``SECONDS``, ends with another exit code than 0, 1 or 3, loses the good photo, says
"unexpected" or prints a traceback, prints more than one line of error, or a line about an input of
more than 300 characters, or leaves a result that cannot be loaded. HEIC is among the kinds where
pillow-heif is installed. The networks are the real ones, offline.
"""

from __future__ import annotations

import argparse
import functools
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from castlist.__main__ import main as castlist
from castlist.clustering.analysis import engine as engine_module
from fuzz.damaged_inputs import make_input, make_seeds, wrong

SECONDS = 300.0  # until a run counts as hanging; most take a second or two of processor time


# Runs, in a process that may die


def serve(connection: Connection, work: Path) -> None:
    """Run commands as they come; what they print goes into files."""
    load = functools.cache(engine_module.load_engine)  # networks of each run would stay in memory
    engine_module.load_engine = lambda config, every_face=False, *_: load(config, every_face)
    for place, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(work / name, os.O_CREAT | os.O_RDWR | os.O_APPEND), place)
    while True:
        arguments = connection.recv()
        for place in (1, 2):
            os.truncate(place, 0)
        code: int | str
        try:
            code = castlist(arguments)
        except BaseException as error:
            code = f"{type(error).__name__}: {error}"
        sys.stdout.flush()
        sys.stderr.flush()
        connection.send(code)


class Runner:
    """Runs commands in one process after the other; a new one where one died or hangs."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._process: Any = None

    def run(self, arguments: list[str]) -> tuple[int | str, str, str]:
        """Return the exit code, or what happened instead, and what was printed."""
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            self._connection, theirs = context.Pipe()
            self._process = context.Process(target=serve, args=(theirs, self._work), daemon=True)
            self._process.start()
        self._connection.send(arguments)
        ends = time.monotonic() + SECONDS
        while not self._connection.poll(0.05):
            if not self._process.is_alive():
                return self._ended(f"died with {self._process.exitcode}")
            if time.monotonic() > ends:
                return self._ended(f"took more than {SECONDS:g} s")
        return self._connection.recv(), *self._printed()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None

    def _ended(self, how: str) -> tuple[str, str, str]:
        self.close()
        return how, *self._printed()

    def _printed(self) -> tuple[str, str]:
        out, err = ((self._work / name).read_text(errors="replace") for name in ("out", "err"))
        return out, err


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, nargs="+", help="numbers of inputs")
    parser.add_argument("--keep", type=Path, help="folder for inputs that went wrong")
    arguments = parser.parse_args()
    numbers = arguments.only or range(arguments.inputs)
    codes: Counter[str] = Counter()
    num_wrong = 0
    with tempfile.TemporaryDirectory() as name:
        work, runner = Path(name), Runner(Path(name))
        os.environ["CASTLIST_CACHE"] = str(work / "cache")
        (work / "seeds").mkdir()
        seeds = make_seeds(work / "seeds")
        for number in numbers:
            made, out = make_input(number, arguments.seed, seeds, work), work / "result"
            shutil.rmtree(out, ignore_errors=True)
            command = ["find", str(made.folder), "-o", str(out), "--offline"]
            code, *printed = runner.run(command)
            codes[str(code)] += 1
            problems = wrong(made, code, (printed[0], printed[1]), out)
            if problems:
                num_wrong += 1
                print(json.dumps({"input": number, "is": made.told, "wrong": problems}), flush=True)
                if arguments.keep:
                    shutil.copytree(made.folder, arguments.keep / str(number), dirs_exist_ok=True)
        runner.close()
    ends = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
    print(f"{len(numbers)} inputs, exit codes {ends}; {num_wrong} wrong")
    sys.exit(bool(num_wrong))


if __name__ == "__main__":
    main()
