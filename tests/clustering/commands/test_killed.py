"""Runs that are killed: a slice of what benchmarks/kill_anytime.py does."""

import functools

import pytest
from children import PRELOADED, find
from cli_tools import shots, write_film
from kills import Kills

NUM_MOMENTS = 4


@pytest.mark.slow
def test_a_run_killed_at_any_moment_loses_nothing_and_the_next_one_gives_the_same(tmp_path):
    film = write_film(tmp_path / "film.mp4", shots(["red", "green"], ["blue"], num_frames=20))
    (tmp_path / "kills").mkdir()
    words = ["find", str(film)]
    command = functools.partial(find, 4, True)
    kills = Kills(command, words, [*words, "--to", "0.4"], tmp_path / "kills", PRELOADED)
    seen = list(kills.each(NUM_MOMENTS, seed=1))
    assert [own for own in seen if own.wrong] == []
    assert any(own.was_killed[0] for own in seen)
