"""Runs that end early: full disks, Ctrl-C, networks that fail."""

import errno
import io
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from castlist import __main__ as command_line
from castlist.__main__ import main
from castlist.clustering.analysis import cache, pieces
from castlist.clustering.report import write
from castlist.data.result import crops, result
from cli_tools import contents, leftovers, table_of


def fail_at(monkeypatch, owner, name, error, call):
    """Let a function raise, or an interrupt arrive, at its call of that number."""
    original, calls = getattr(owner, name), []

    def failing(*arguments, **settings):
        calls.append(1)
        if len(calls) == call:
            if error is KeyboardInterrupt:
                signal.raise_signal(signal.SIGINT)
            else:
                raise error
        return original(*arguments, **settings)

    monkeypatch.setattr(owner, name, failing)


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("error", [KeyboardInterrupt, FULL], ids=["Ctrl-C", "disk full"])
@pytest.mark.parametrize(
    ("owner", "name", "call"),
    [
        (crops.CropWriter, "append", 3),  # while looking at the film
        (cache, "write_faces", 1),  # at the end of it
        (result, "write_faces_csv", 1),
        (result, "write_crops", 1),
        (Path, "write_text", 2),  # after people.json
        (write, "contact_sheet", 2),
        (Path, "write_text", 3),  # the last
    ],
    ids=["looking", "cache", "tables", "crops", "run.json", "sheets", "page"],
)
def test_a_run_that_ends_early_leaves_an_earlier_result_and_nothing_half(
    castlist, squares, film, tmp_path, monkeypatch, error, owner, name, call
):
    out = tmp_path / "results" / "out"
    (out / "people").mkdir(parents=True)
    (out / "people" / "person_001.jpg").write_bytes(b"earlier")
    (out / "run.json").write_text("{}")  # by which a result is known
    before = contents(out)
    fail_at(monkeypatch, owner, name, error, call)
    run = castlist("cluster", film, "--out", out, "--overwrite")
    assert run.code == 1
    said = "interrupted" if error is KeyboardInterrupt else "the disk is full"
    assert run.error.startswith(f"{said}; nothing that existed was changed")
    assert contents(out) == before
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("full", ["out", "cache", "temporary"])
def test_a_full_disk_is_named(castlist, squares, film, tmp_path, monkeypatch, full):
    disks = {name: tmp_path / name for name in ("out", "cache", "temporary")}
    for disk in disks.values():
        disk.mkdir()
    real = shutil.disk_usage

    def usage(path):
        left = 1_200_000 if disks[full] in (Path(path), *Path(path).parents) else 10**9
        return real(path)._replace(free=left)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(disks["temporary"]))
    fail_at(monkeypatch, crops.CropWriter, "append", OSError(errno.ENOSPC, "full"), 3)
    run = castlist("cluster", film, "--out", disks["out"] / "a", "--cache", disks["cache"] / "b")
    assert run.error.startswith("the disk is full; nothing that existed was changed")
    assert str(disks[full]) in run.error
    assert run.error.endswith(" has 1.2 MB left")


def test_an_interrupted_run_can_be_made_again(castlist, squares, film, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        fail_at(patch, crops.CropWriter, "append", KeyboardInterrupt, 3)
        assert castlist("cluster", film, "--out", tmp_path / "out").code == 1
    assert not (tmp_path / "out").exists()
    assert castlist("cluster", film, "--out", tmp_path / "out").code == 0
    assert len(table_of(tmp_path / "out")) == 30


def test_ctrl_c_says_what_is_kept_and_the_same_command_goes_on_from_there(
    castlist, squares, film, tmp_path, monkeypatch
):
    monkeypatch.setattr(pieces, "FRAMES", 4)
    assert (
        castlist("cluster", film, "--out", tmp_path / "whole", "--cache", tmp_path / "a").code == 0
    )
    with monkeypatch.context() as patch:
        fail_at(patch, crops.CropWriter, "append", KeyboardInterrupt, 20)
        run = castlist("cluster", film, "--out", tmp_path / "out")
    assert run.code == 1
    assert run.error == (
        "interrupted; nothing that existed was changed; 2 of 4 s of film.mp4 are kept: the same"
        " command goes on from there"
    )
    run = castlist("cluster", film, "--out", tmp_path / "out")
    assert run.progress[0] == "castlist: 2 of 4 s of film.mp4 are kept; going on from there"
    one, other = (tmp_path / name / "faces.parquet" for name in ("whole", "out"))
    assert one.read_bytes() == other.read_bytes()


def test_an_interrupt_stops_the_decoding_thread(castlist, squares, film, tmp_path, monkeypatch):
    import threading

    fail_at(monkeypatch, squares.faces.embedders["colours"], "align", KeyboardInterrupt, 2)
    before = set(threading.enumerate())
    assert castlist("cluster", film, "--out", tmp_path / "out").code == 1
    assert not (tmp_path / "out").exists()
    assert {thread.name for thread in set(threading.enumerate()) - before} == set()


def test_being_told_to_stop_is_an_interrupt(monkeypatch, capsys):
    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(command_line, "main", lambda: signal.raise_signal(signal.SIGTERM))
    try:
        with pytest.raises(SystemExit) as stop:
            command_line.run()
    finally:
        signal.signal(signal.SIGTERM, handler)
    message = "castlist: error: interrupted; nothing that existed was changed\n"
    assert (stop.value.code, capsys.readouterr().err) == (1, message)


def test_what_nobody_foresaw_is_one_line_that_says_how_to_see_more(
    castlist, squares, film, tmp_path, monkeypatch
):
    colours = squares.faces.embedders["colours"]
    fail_at(monkeypatch, colours, "embed", ZeroDivisionError("by\nzero"), 2)  # 1 = warming up
    run = castlist("cluster", film, "--out", tmp_path / "out")
    assert run.code == 1
    assert run.error == "unexpected ZeroDivisionError: by zero; CASTLIST_DEBUG=1 shows where"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["missing.mp4"], 1), (["missing.mp4", "--set", "face.bogus=1"], 2)],
)
def test_debug_shows_the_traceback_and_keeps_the_code(
    capsys, tmp_path, monkeypatch, arguments, code
):
    monkeypatch.setenv("CASTLIST_DEBUG", "1")
    assert main(["cluster", *arguments, "--out", str(tmp_path / "out")]) == code
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("Traceback")
    assert lines[-1].startswith("castlist: error: ")


def test_a_reader_who_leaves_is_no_error_worth_words(capsys, monkeypatch, tmp_path):
    class Closed(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", Closed())
    assert main(["info", "--cache", str(tmp_path)]) == 1
    assert capsys.readouterr().err == ""


def test_long_paths_in_a_long_line_lose_their_beginning_and_the_advice_stays(castlist, tmp_path):
    folder = tmp_path
    for _ in range(4):
        folder = folder / ("x" * 60)
    (folder / "in").mkdir(parents=True)
    run = castlist("find", folder / "in" / "*.mp4", "-o", folder / "out")
    assert run.code == 1
    assert len(run.error) <= 300
    assert "..." in run.error
    assert "in/*.mp4" in run.error


def test_a_file_that_may_not_grow_is_said(castlist, squares, film, tmp_path, monkeypatch):
    too_large = OSError(errno.EFBIG, "File too large")  # of a FAT disk, or by ulimit
    fail_at(monkeypatch, result, "write_faces_csv", too_large, 1)
    run = castlist("cluster", film, "--out", tmp_path / "out")
    assert run.code == 1
    assert run.error.startswith("a file grew larger than this disk or account allows")
    assert not leftovers(tmp_path)


PRESS_CTRL_C_AT = """
import signal, sys

module = sys.argv[1]

class Presses:
    def find_spec(self, name, *_):
        if name == module:
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Presses())
from castlist.__main__ import run
sys.argv[1:] = ["info"]
run()
"""


@pytest.mark.parametrize(
    "module", ["argparse", "castlist.data.errors", "castlist.clustering.analysis.info"]
)
def test_ctrl_c_while_modules_are_loaded_is_one_line(module):
    words = [sys.executable, "-c", PRESS_CTRL_C_AT, module]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    message = "castlist: error: interrupted; nothing that existed was changed\n"
    assert (run.returncode, run.stdout, run.stderr) == (1, "", message)
