"""Damage castlist's own files, and look whether each command ends in one clear line.

    python benchmarks/fuzz_own_files.py --inputs 1000 --seed 1

A result, labels, decisions, known people, a training run, an encoder with its card and an ONNX file
are made, a copy is damaged (benchmarks/fuzz/damage.py), and a command that reads it runs. A run is
wrong if it ends in a crash, a hang or a traceback, says "unexpected", says more than one line of
error, or a line of more than 300 characters. Needs the extra train. ``--only N`` repeats one input.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from castlist.__main__ import main as castlist
from fuzz.damage import damage
from PIL import Image

LONGEST = 300
SECONDS = 180  # until a command counts as hanging
SCENE = Path(__file__).parents[1] / "data" / "demo" / "scene.mp4"
_OFTEN = {
    "result/faces.parquet": 8, "result/run.json": 8, "result/edits.jsonl": 5, "labels.csv": 5,
    "known/Anna/known.parquet": 2, "run/encoder.json": 2, "run/encoder.safetensors": 2,
}  # fmt: skip
"""How often a file is damaged, where not once: many commands read it, in little time."""

FORMATS = ("vtt", "csv", "json", "edl", "rttm", "otio", "eaf", "xml", "parquet")
TRAIN = [
    "--accelerator",
    "cpu",
    "--input-size",
    "32",
    "--head-dim",
    "8",
    "--items-per-batch",
    "4",
    "--frozen",
    "5",
]


def commands(at: Path) -> dict[str, list[list[Any]]]:
    """Return the commands that read a file, by the file, relative to the folder of all."""
    result, labels, known, run = at / "result", at / "labels.csv", at / "known", at / "run"
    reading: list[list[Any]] = [
        ["show", result],
        ["show", result, "--json"],
        ["show", result, "person_001"],
        ["evaluate", result, labels],
        ["labels", "check", result, labels],
        ["labels", "make", result, "-o", at / "made.csv"],
        *(["export", result, at / f"out.{ending}"] for ending in FORMATS),
        ["name", result, "person_001", "Bo"],
        ["edit", result, "hide", "person_002"],
        ["edit", result, "merge", "person_001", "person_002"],
        ["edit", result, "undo"],
        ["known", known, "--add", result],
    ]
    encoder, onnx = at / "run" / "encoder.safetensors", at / "encoder.onnx"
    begins = ["train", "--data", "folder", "--root", at / "clothes", *TRAIN]
    with_encoder: list[list[Any]] = [
        ["train", "export", encoder, "--onnx", at / "made.onnx"],
        [*begins, "--encoder", encoder, "--max-steps", 1, "--out", at / "again"],
        ["find", SCENE, "--to", "0:01", "--cloth-model", encoder, "-o", at / "found"],
    ]
    resuming: list[list[Any]] = [["train", "--resume", run]]
    with_labels = [own for own in reading if labels in own]
    return {
        **dict.fromkeys(("result/faces.parquet", "result/run.json", "result/edits.jsonl"), reading),
        "result/people.json": reading[:3],
        "result/faces.csv": reading[:3],
        "labels.csv": with_labels,
        "known/Anna/known.parquet": [["known", known], ["known", known, "--add", result]],
        "run/run.json": resuming,
        "run/last.ckpt": resuming,
        "run/best.ckpt": resuming,
        "run/encoder.safetensors": with_encoder,
        "run/encoder.json": with_encoder,
        "encoder.onnx": [
            ["find", SCENE, "--to", "0:01", "--cloth-model", onnx, "-o", at / "found"]
        ],
    }


def make_files(at: Path) -> None:
    """Make one of each kind of file."""
    rng = np.random.default_rng(0)
    for item in range(12):
        folder = at / "clothes" / f"coat {item}"
        folder.mkdir(parents=True)
        pattern = np.kron(rng.integers(0, 256, (3, 3, 3)), np.ones((14, 14, 1)))
        for picture in range(2):
            noisy = np.clip(pattern + rng.integers(-25, 26, pattern.shape), 0, 255)
            Image.fromarray(noisy.astype(np.uint8)).save(folder / f"{picture}.png")
    result, encoder = at / "result", at / "run" / "encoder.safetensors"
    begins = ["train", "--data", "folder", "--root", at / "clothes", *TRAIN]
    steps: list[list[Any]] = [
        ["find", SCENE, "--to", "0:08", "-o", result],
        ["name", result, "person_001", "Anna"],
        ["edit", result, "hide", "person_002"],
        ["labels", "make", result, "-o", at / "labels.csv"],
        ["known", at / "known", "--add", result],
        [*begins, "--epochs", 2, "--out", at / "run"],
        ["train", "export", encoder, "--onnx", at / "encoder.onnx"],
    ]
    for words in steps:
        code, out, err = run(words)
        if code:
            raise SystemExit(f"{words}: {out}{err}")


def run(words: Sequence[Any]) -> tuple[int, str, str]:
    """Run a command; returns its exit code and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    signal.alarm(SECONDS)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = castlist([str(word) for word in words])
    finally:
        signal.alarm(0)
    return code, out.getvalue(), err.getvalue()


def verdict(code: int, out: str, err: str) -> str:
    """Return what is wrong with how a command ended; "" = nothing."""
    errors = [line for line in err.splitlines() if line.startswith("castlist: error")]
    if code not in (0, 1, 2, 3):
        return f"exit code {code}"
    if "Traceback" in out + err:
        return "traceback"
    if "unexpected" in err:
        return f"unexpected: {errors[-1][:200] if errors else err[:200]}"
    if len(errors) != (code in (1, 2)):
        return f"{len(errors)} lines of error with exit code {code}"
    if too_long := [line for line in err.splitlines() if len(line) > LONGEST]:
        return f"a line of {len(too_long[0])} characters: {too_long[0][:120]}"
    return ""


def one(number: int, seed: int, pristine: Path) -> dict[str, Any]:
    """Damage a file, run a command that reads it; returns what happened."""
    rng = random.Random(f"{seed}:{number}")  # noqa: S311 - no secret
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder) / "files"
        shutil.copytree(pristine, at)
        reads = commands(at)
        names = sorted(reads)
        (name,) = rng.choices(names, [_OFTEN.get(name, 1) for name in names])
        words = rng.choice(reads[name])
        others = [at / other for other in sorted(reads) if other != name]
        how = damage(at / name, others, rng)
        try:
            code, out, err = run(words)
            wrong = verdict(code, out, err)
        except BaseException as error:
            code, err, wrong = -1, "", f"{type(error).__name__} came through: {error}"
        last = err.splitlines()[-1] if err else ""
        told = [str(word).replace(str(at), "") for word in words]
        return {
            "input": number,
            "file": name,
            "damage": how,
            "command": " ".join(told),
            "code": code,
            "wrong": wrong,
            "error": last.replace(str(at), "") if code else "",
        }


def work(first: int, options: argparse.Namespace, pristine: Path) -> None:
    """Do the inputs from one on, a line each on stdout."""
    signal.signal(signal.SIGALRM, _hangs)
    for number in range(first, options.first + options.inputs):
        line = json.dumps(one(number, options.seed, pristine))
        sys.__stdout__.write(f"{line}\n")  # type: ignore[union-attr]
        sys.__stdout__.flush()  # type: ignore[union-attr]


def _hangs(_signal: int, _frame: object) -> None:
    raise TimeoutError(f"no end after {SECONDS} s")


def outcomes(options: argparse.Namespace, pristine: Path) -> Iterator[dict[str, Any]]:
    """Yield what happened to each input; a process that dies is told, and another goes on."""
    number = options.first
    while number < options.first + options.inputs:
        words = [sys.executable, __file__, "--seed", options.seed, "--first", options.first]
        words += ["--inputs", options.inputs, "--work", number, "--files", pristine]
        with subprocess.Popen(
            [str(word) for word in words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as worker:
            assert worker.stdout is not None
            for line in worker.stdout:
                if line.startswith('{"input"'):
                    yield json.loads(line)
                    number += 1
        if worker.returncode:
            yield {"input": number, "code": worker.returncode, "wrong": "the process died"}
            number += 1


def main() -> None:
    """Run the inputs, print what is wrong, and a table of files, damages and ends."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--inputs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--only", type=int, help="repeat one input, with its traceback")
    parser.add_argument("--files", type=Path, help="made before; kept there")
    parser.add_argument("--log", type=Path, help="a JSON line for each input")
    parser.add_argument("--work", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("CASTLIST_CACHE", str(Path(folder) / "cache"))
        pristine = options.files or Path(folder) / "files"
        if not pristine.is_dir():
            signal.signal(signal.SIGALRM, _hangs)
            pristine.mkdir(parents=True)
            make_files(pristine)
        if options.only is not None:
            signal.signal(signal.SIGALRM, _hangs)
            os.environ["CASTLIST_DEBUG"] = "1"
            print(json.dumps(one(options.only, options.seed, pristine), indent=2))
        elif options.work is not None:
            work(options.work, options, pristine)
        else:
            sys.exit(report(options, pristine))


def report(options: argparse.Namespace, pristine: Path) -> int:
    """Print as inputs are done; returns the exit code."""
    ends: Counter[tuple[str, str]] = Counter()
    num_wrong = 0
    log = options.log.open("w", encoding="utf-8") if options.log else None
    for outcome in outcomes(options, pristine):
        if log:
            log.write(json.dumps(outcome) + "\n")
            log.flush()
        end = "wrong" if outcome["wrong"] else "refused" if outcome["code"] else "read"
        ends[outcome.get("file", "?"), end] += 1
        if outcome["wrong"]:
            num_wrong += 1
            print(json.dumps(outcome), flush=True)
    print(f"\n{'file':<28}{'refused':>9}{'read':>9}{'wrong':>9}")
    for name in sorted({name for name, _ in ends}):
        cells = "".join(f"{ends[name, end]:>9}" for end in ("refused", "read", "wrong"))
        print(f"{name:<28}{cells}")
    print(f"{num_wrong} of {options.inputs} inputs ended wrong")
    return int(num_wrong > 0)


if __name__ == "__main__":
    main()
