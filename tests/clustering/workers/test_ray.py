"""Films looked at by a Ray cluster give what they give in one process."""

import struct
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from castlist.clustering.library.library import Library
from castlist.data.demo import __path__ as demo
from castlist.data.errors import InputError

NODES = Path(__file__).parents[2] / "ray_nodes.py"
TIMED = {"run.json", "report.html"}  # they say how long it took


@pytest.fixture(name="films")
def _films(tmp_path):
    """Three films of the same pictures and other content."""
    scene = Path(next(iter(demo)), "scene.mp4").read_bytes()
    folder = tmp_path / "films"
    folder.mkdir()
    for number in range(3):
        atom = struct.pack(">I4s", 9, b"free") + bytes([number])
        (folder / f"film{number}.mp4").write_bytes(scene + atom)
    return sorted(folder.iterdir())


def contents(folder):
    """Return every file of the films' results and the tables of people, but what says times."""
    paths = [*folder.glob("films/**/*"), folder / "people.parquet", folder / "members.parquet"]
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in paths
        if path.is_file() and path.name not in TIMED
    }


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
def test_two_nodes_of_which_one_dies_give_the_same_as_one_process(films, networks, tmp_path):
    Library(tmp_path / "alone").add(films, cache=tmp_path / "cache", fps=1, end=2)
    command = [sys.executable, NODES, tmp_path / "ray", tmp_path / "other", *films]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "nodes left: 1" in done.stdout
    assert contents(tmp_path / "ray") == contents(tmp_path / "alone")


@pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed")
def test_without_ray_it_says_what_to_install(films, tmp_path):
    with pytest.raises(InputError, match=r"pip install 'castlist\[ray\]'"):
        Library(tmp_path / "lib").add(films, engine="ray")
