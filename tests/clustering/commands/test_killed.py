"""Runs that are killed: a slice of what benchmarks/kill_anytime.py does."""

import sys
from pathlib import Path

import castlist
import pytest
from cli_tools import shots, write_film
from kills import Kills

COMMAND = Path(castlist.__file__).parent / "benchmarks" / "kill_anytime.py"
NUM_MOMENTS = 6


@pytest.mark.slow
def test_a_run_killed_at_any_moment_loses_nothing_and_the_next_one_gives_the_same(tmp_path):
    film = write_film(tmp_path / "film.mp4", shots(["red", "green"], ["blue"], num_frames=50))
    words = [sys.executable, COMMAND, "--child", "4", "--squares", "find", film]
    (tmp_path / "kills").mkdir()
    kills = Kills(words, [*words, "--to", "0.4"], tmp_path / "kills")
    seen = list(kills.each(NUM_MOMENTS, seed=1))
    assert [own for own in seen if own.wrong] == []
    assert any(own.was_killed[0] for own in seen)
