import csv

import numpy as np
import pytest
from castlist.__main__ import main
from castlist.clustering.analysis import analyse
from castlist.clustering.analysis import engine as engine_module
from castlist.clustering.analysis.engine import Engine
from castlist.clustering.report import page
from castlist.data.tables.faces import Faces
from cli_tools import (
    FACE_PX,
    ColourEmbedder,
    NoClothes,
    Run,
    SquareDetector,
    environment_once,
    load_engine_once,
    shots,
    write_film,
)


@pytest.fixture(scope="session", name="make_faces")
def _make_faces():
    """Make tables: faces in one place of one film, 5 frames a second; columns say what differs."""

    def make(num_faces, **columns):
        frame = np.asarray(columns.pop("frame", np.arange(num_faces)))
        usual = {
            "source": np.full(num_faces, "film.mp4"),
            "time_s": frame / 5,
            "box": np.tile([10.0, 10, 50, 60], (num_faces, 1)),
        }
        return Faces.of_detections(**{**usual, "frame": frame, **columns})

    return make


@pytest.fixture
def squares(monkeypatch):
    """Run with the networks above; returns them."""
    engine = Engine(SquareDetector(), ColourEmbedder(), NoClothes())
    monkeypatch.setattr(page, "environment", environment_once)
    monkeypatch.setattr(engine_module, "load_engine", lambda *_: engine)
    monkeypatch.setattr(
        analyse, "face_quality", lambda chips, _found: np.full(len(chips), 0.9, np.float32)
    )
    return engine


@pytest.fixture
def networks(monkeypatch):
    """Run with the real networks, loaded once for all tests."""
    monkeypatch.setattr(engine_module, "load_engine", load_engine_once)


@pytest.fixture
def castlist(capfd, tmp_path, monkeypatch):
    """Run a command and check what holds for all: at the most one line besides progress.

    stdout and stderr are taken from below Python, so that what libraries print counts too.
    """
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CASTLIST_DEBUG", raising=False)

    def run(*arguments):
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        *progress, last = captured.err.splitlines() or [""]
        if not last.startswith("castlist: error: "):
            progress, last = [*progress, *filter(None, [last])], ""
        assert bool(last) == (code != 0), captured.err
        assert code in (0, 1, 2)
        for line in progress:
            assert line.startswith("castlist: ")
            assert not line.startswith("castlist: error"), captured.err
        assert "Traceback" not in captured.out
        return Run(code, captured.out, progress, last.removeprefix("castlist: error: "))

    return run


@pytest.fixture
def film(tmp_path):
    """Four shots of a second: red and green, blue, and both again."""
    pictures = shots(["red", "green"], ["blue"], ["red", "green"], ["blue"])
    return write_film(tmp_path / "in" / "film.mp4", pictures)


@pytest.fixture
def labelled(castlist, squares, film, tmp_path):
    """A result, and labels of the first shot."""
    out = tmp_path / "result"
    castlist("cluster", film, "--out", out, "--cloth-method", "none")
    labels = tmp_path / "labels.csv"
    with labels.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["source", "frame", "x", "y", "w", "h", "person"])
        for frame in range(0, 10, 2):
            for place, name in enumerate(["rita", "greta"]):
                writer.writerow(["film.mp4", frame, 12 + 44 * place, 16, FACE_PX, FACE_PX, name])
    return out, labels
