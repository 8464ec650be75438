"""What tests of all rooms share, in each process that runs some."""

import csv
import gc
import os
import random
import shutil
from pathlib import Path

import cv2
import decision_tools
import hypothesis
import numpy as np
import pytest
import store_tools
import torch
from castlist.__main__ import main
from castlist.clustering.analysis import collect
from castlist.clustering.analysis import engine as engine_module
from castlist.clustering.analysis.engine import Engine
from castlist.clustering.evaluation import bootstrap
from castlist.clustering.face_models.cleaning import FaceCleaner
from castlist.clustering.face_models.side_by_side import FaceNetworks
from castlist.clustering.report import write
from castlist.data.tables.faces import Faces
from castlist.data.tables.tracks import Tracks
from cli_tools import (
    FACE_PX,
    ColourEmbedder,
    NoAligner,
    NoClothes,
    Run,
    SquareDetector,
    load_engine_once,
    shots,
    write_film,
)
from isolation import State

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")


hypothesis.settings.register_profile("tests", deadline=None)  # no test depends on speed
hypothesis.settings.load_profile("tests")


def pytest_configure():
    # Networks of tests are tiny: two threads mostly wait for each other, and on a busy machine
    # many times as long as one needs.
    torch.set_num_threads(1)
    cv2.setNumThreads(1)  # of OpenVINO too, which takes as many
    store_tools.look_nowhere()
    # No test cuts the power: none waits for the disk. What is no open file is refused still.
    os.fsync = os.fstat


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Begin every test at the same random numbers, whatever drew some before."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - libraries draw from it
    torch.default_generator.manual_seed(0)  # not torch.manual_seed: it asks for graphics cards


def keep_out_of_searches():
    """Take what has been imported out of the garbage collector's searches.

    Closing a film asks for a full search, which with torch and OpenCV imported takes 0.2 s.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", name="state_before")
def _state_before():
    """Hold the state that tests find; a list, since imports go on."""
    keep_out_of_searches()
    return [State()]


@pytest.fixture(autouse=True)
def _leaves_nothing_behind(state_before, tmp_path_factory):
    """Fail a test that leaves behind what the next one would meet.

    Asked for first, it is torn down last. Compared is with the state after the test before, so that
    what a fixture of a whole file leaves open counts too.
    """
    yield
    now = State(state_before[0])
    if len(now.modules) > len(state_before[0].modules):
        keep_out_of_searches()
    changes = list(state_before[0].changes(now, tmp_path_factory.getbasetemp()))
    state_before[0] = now
    assert not changes, f"left behind: {'; '.join(changes)}"


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


@pytest.fixture(scope="session", name="make_tracks")
def _make_tracks():
    """Make tracks of one film a second apart; columns say what differs."""

    def make(face=None, cloth=None, **columns):
        count = len(face if face is not None else cloth)
        usual = {
            "film": np.zeros(count, np.int64),
            "is_photo": np.zeros(count, dtype=bool),
            "shot": np.arange(count),
            "start_s": np.arange(count, dtype=np.float64),
            "num_faces": np.full(count, 5),
            "looks": np.full(count, 3.0),
            "face_px": np.full(count, 50.0),
            "face_mean": np.zeros((count, 0)) if face is None else np.array(face, np.float64),
            "cloth_mean": np.zeros((count, 0)) if cloth is None else np.array(cloth, np.float64),
            "pictures": [{row} for row in range(count)],
        }
        given = {**usual, **{name: np.asarray(column) for name, column in columns.items()}}
        given["pictures"] = columns.get("pictures", usual["pictures"])
        given.setdefault("event", given["film"])
        given.setdefault("num_looks", given["num_faces"])
        given.setdefault("end_s", given["start_s"])
        return Tracks(**given)

    return make


@pytest.fixture
def squares(monkeypatch):
    """Run with the networks above; returns them."""
    faces = FaceNetworks({"colours": ColourEmbedder()}, FaceCleaner())
    engine = Engine(SquareDetector(), faces, NoClothes())
    monkeypatch.setattr(engine_module, "load_engine", lambda *_: engine)
    monkeypatch.setattr(collect, "FaceAligner", NoAligner)  # half the time of a run otherwise
    monkeypatch.setattr(
        collect, "face_quality", lambda chips, _found: np.full(len(chips), 0.9, np.float32)
    )
    return engine


@pytest.fixture
def plain_pages(monkeypatch):
    """Write an empty report and empty contact sheets: they take a fifth of the time of a command.

    For files of tests that look at neither.
    """
    monkeypatch.setattr(write, "render_page", lambda *_: "")
    monkeypatch.setattr(write, "contact_sheet", lambda *_: b"")


@pytest.fixture
def networks(monkeypatch):
    """Run with the real networks, loaded once for all tests."""
    monkeypatch.setattr(engine_module, "load_engine", load_engine_once)


@pytest.fixture
def few_resamples(monkeypatch):
    """Draw 20 times for intervals, instead of 1,000, which take 0.4 s."""
    monkeypatch.setattr(bootstrap, "NUM_RESAMPLES", 20)


@pytest.fixture
def castlist(few_resamples, capfd, tmp_path, monkeypatch):
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
        assert bool(last) == (code not in (0, 3)), captured.err
        assert code in (0, 1, 2, 3)
        for line in progress:
            assert line.startswith("castlist: ")
            assert not line.startswith("castlist: error"), captured.err
        assert "Traceback" not in captured.out
        return Run(code, captured.out, progress, last.removeprefix("castlist: error: "))

    return run


def copy_or_link(source, target):
    """Copy a file of a result; link the crop of a face, which nothing writes into.

    There are ten times as many of them as of all other files.
    """
    if source.endswith(".jpg") and Path(source).parts[-3] == "people":
        Path(target).unlink(missing_ok=True)  # copied already where a test begins with two results
        os.link(source, target)
    else:
        shutil.copy2(source, target)


@pytest.fixture(scope="session", name="made")
def _made():
    """Hold the folders that ``made_once`` copies, and where they were made."""
    return {}


@pytest.fixture
def made_once(request, made, tmp_path, tmp_path_factory):
    """Fill the folder of a test as another test of this process had it filled.

    What is made is copied with its times; results say where their film is in this test's folder.
    """

    def give(make):
        name = make.__module__, make.__qualname__, "plain_pages" in request.fixturenames
        if name not in made:
            make()
            kept = tmp_path_factory.mktemp("made") / "kept"
            shutil.copytree(tmp_path, kept)
            made[name] = kept, str(tmp_path)
            return
        kept, there = made[name]
        shutil.copytree(kept, tmp_path, dirs_exist_ok=True, copy_function=copy_or_link)
        for path in tmp_path.rglob("run.json"):
            path.write_text(path.read_text().replace(there, str(tmp_path)))

    return give


@pytest.fixture
def same_place(tmp_path_factory):
    """Give an empty folder, the same to all tests of a process: libraries know their path."""
    folder = tmp_path_factory.getbasetemp() / "same_place"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


@pytest.fixture
def film(made_once, tmp_path):
    """Four shots of a second: red and green, blue, and both again."""
    path = tmp_path / "in" / "film.mp4"
    pictures = shots(["red", "green"], ["blue"], ["red", "green"], ["blue"])
    made_once(lambda: write_film(path, pictures))
    return path


@pytest.fixture
def labelled(castlist, squares, film, made_once, tmp_path):
    """A result, and labels of the first shot."""
    out, labels = tmp_path / "result", tmp_path / "labels.csv"

    def make():
        castlist("cluster", film, "--out", out, "--cloth-method", "none")
        with labels.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["source", "frame", "x", "y", "w", "h", "person"])
            for frame in range(0, 10, 2):
                for place, name in enumerate(["rita", "greta"]):
                    left = 12 + 44 * place
                    writer.writerow(["film.mp4", frame, left, 16, FACE_PX, FACE_PX, name])

    made_once(make)
    return out, labels


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """A saved result of four people, A to D of ``decision_tools``; only to be copied."""
    return decision_tools.save(tmp_path_factory.mktemp("whole") / "result")


@pytest.fixture
def out(whole, tmp_path):
    """A result of four people: A, B, C, D are person_001 to person_004."""
    return Path(shutil.copytree(whole, tmp_path / "result", copy_function=copy_or_link))


@pytest.fixture(scope="module")  # while it runs, no test of another file can run an event loop
def chromium():
    """Start Chromium, where there is one."""
    reason = "Playwright is not installed: pip install 'castlist[test]'"
    playwright = pytest.importorskip("playwright.sync_api", reason=reason)
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.skip("Chromium is not installed: apt install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--mute-audio"]
        )
        yield browser
        browser.close()
