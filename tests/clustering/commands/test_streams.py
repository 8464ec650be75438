"""Streams that are closed or full: a clear end, no traceback, and results as they are told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from castlist.clustering.commands import find

ROOT = Path(find.__file__).parents[2]


@pytest.mark.parametrize("command", ["models", "--help", "bogus"])
def test_closed_and_full_streams_end_clearly(tmp_path, command):
    (tmp_path / "castlist").symlink_to(ROOT)
    script = "\n".join(
        f'"{sys.executable}" -m castlist {command} {redirection}; echo $? >> codes'
        for redirection in (">&-", "2>&-", ">/dev/full", ">&- 2>&-", "2>/dev/full", "<&-")
    )
    run = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "CASTLIST_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert "Traceback" not in run.stdout + run.stderr
    codes = {int(code) for code in (tmp_path / "codes").read_text().split()}
    assert codes <= ({2} if command == "bogus" else {0, 1})


def test_a_summary_that_cannot_be_printed_does_not_undo_the_run(
    castlist, squares, film, tmp_path, monkeypatch
):
    told = []

    def full(*_arguments, file=None, **_settings):
        if file is None:
            raise OSError(28, "No space left on device")
        told.append(_arguments[0])

    monkeypatch.setattr(find, "print", full, raising=False)
    monkeypatch.setattr(os, "dup2", lambda *_: None)
    assert castlist("cluster", film, "--out", tmp_path / "out").code == 0
    assert (tmp_path / "out" / "run.json").is_file()
    assert told[0].startswith(f"castlist: the result is in {tmp_path / 'out'}")
