"""Long films and many photos, looked at in pieces: what is done stays, however a run ends."""

import json
import os
import shutil

import numpy as np
import pytest
from castlist.clustering.analysis import cache, film_job, pieces
from castlist.clustering.analysis.analyse import analyse
from castlist.clustering.analysis.upright import FilmWatch, OnItsSideError
from castlist.clustering.patches.stills import StillFinder
from castlist.data.errors import StoppedError
from castlist.data.hashes.content import hash_source
from castlist.data.lock import held
from castlist.data.media.config import FramesConfig
from castlist.data.media.frames import FilmReader
from castlist.data.media.sources import find_sources
from castlist.data.result.crops import CropWriter
from cli_tools import contents, picture, shots, write_film, write_photo


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch):
    monkeypatch.setattr(pieces, "FRAMES", 4)
    monkeypatch.setattr(pieces, "PHOTOS", 2)


@pytest.fixture
def look(squares, tmp_path):
    """Look at files with a cache of that name; returns the entries, and the steps of progress."""

    def run(name, *paths, fps=5.0):
        steps = []
        folder = tmp_path / name
        analyse(
            find_sources(paths),
            squares,
            FramesConfig(fps=fps),
            {},
            folder,
            lambda step, *_: steps.append(step),
        )
        return {entry.name: contents(entry) for entry in cache.entries(folder)}, steps

    return run


@pytest.fixture(scope="module")
def looked_at_once():
    return {}


@pytest.fixture
def whole(look, film, looked_at_once):
    """The entries of the film when nothing stops; every test has the same film."""
    if "whole" not in looked_at_once:
        looked_at_once["whole"] = look("whole", film)[0]
    return looked_at_once["whole"]


def stopped(call, look, *given, error=KeyboardInterrupt, owner=CropWriter, name="append"):
    """Look while Ctrl-C, or an error, comes at the call of that number; returns the error."""
    original, calls = getattr(owner, name), []

    def stop(self, *arguments):
        calls.append(1)
        if len(calls) == call:
            raise error
        return original(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, stop)
        with pytest.raises(error) as raised:
            look(*given)
    return raised.value


@pytest.fixture
def halted(made_once, look, film):
    """Let looking at the film have been stopped in its middle, once for all tests."""
    made_once(lambda: stopped(20, look, "cache", film))


def kept_in(cache_folder):
    """The pieces of the only unfinished entry."""
    (folder,) = cache.unfinished(cache_folder)
    return sorted(path for path in folder.iterdir() if path.is_dir())


@pytest.mark.parametrize("calls", [(10,), (21,), (30,), (3, 3, 3), (8, 8), (12, 2, 9)])
def test_a_film_that_was_stopped_gives_what_one_in_one_go_gives(look, film, whole, calls):
    for call in calls:
        stopped(call, look, "stopped", film)
    assert look("stopped", film)[0] == whole


@pytest.mark.parametrize("error", [OSError(28, "full"), ZeroDivisionError()])
def test_what_was_done_before_an_error_is_kept_too(look, film, whole, tmp_path, error):
    stopped(20, look, "stopped", film, error=type(error))
    assert len(kept_in(tmp_path / "stopped")) == 3
    assert look("stopped", film)[0] == whole


def test_nothing_of_the_pieces_that_are_kept_is_looked_at_again(
    look, film, squares, monkeypatch, halted
):
    looks, detect = [], squares.detector.detect

    def count(pixels):
        looks.append(1)
        return detect(pixels)

    monkeypatch.setattr(squares.detector, "detect", count)
    look("cache", film)
    assert len(looks) == 20 - 3 * 4


def test_what_is_kept_is_said_and_the_next_run_says_from_where_it_goes_on(look, film):
    error = stopped(20, look, "cache", film)
    assert error.kept == ("2 of 4 s of film.mp4",)
    _, steps = look("cache", film)
    assert steps[0] == "2 of 4 s of film.mp4 are kept; going on from there"


def test_films_before_the_one_that_was_stopped_are_said_to_be_kept(look, film, tmp_path):
    first = write_film(tmp_path / "in" / "a.mp4", shots(["red"]))
    error = stopped(8, look, "cache", first, film)
    assert error.kept == ("1 film",)
    error = stopped(20, look, "cache", first, film)
    assert error.kept == ("1 film", "2 of 4 s of film.mp4")


def test_nothing_is_said_to_be_kept_where_nothing_is(look, film):
    error = stopped(3, look, "cache", film)
    assert error.kept == ()
    assert isinstance(error, StoppedError)


def test_lengths_are_written_in_minutes_from_two_on():
    assert film_job.share(750, 2400) == "12 of 40 min"
    assert film_job.share(60, 2400) == "60 s of 40 min"
    assert film_job.share(40, 50.5) == "40 of 50 s"
    assert film_job.share(750, None) == "12 min"


def test_a_film_of_another_name_goes_on_and_has_its_own_name(look, film, tmp_path, halted):
    moved = tmp_path / "in" / "other.mp4"
    shutil.move(film, moved)
    entries, steps = look("cache", moved)
    assert steps[0].endswith("of other.mp4 are kept; going on from there")
    whole, _ = look("in one go", moved)
    assert entries == whole


def test_other_frames_do_not_go_on_from_these(look, film, halted):
    assert look("cache", film, fps=2.0)[1][0] == "looking at film.mp4"


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0, "state.npz"),
        *((1, name) for name in ("faces.parquet", "crops.bin", "state.npz", "digests.json")),
        (2, "crops.bin"),
    ],
)
def test_a_damaged_piece_and_those_after_it_are_made_again(
    look, film, whole, tmp_path, number, name, halted
):
    path = kept_in(tmp_path / "cache")[number] / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    entries, steps = look("cache", film)
    assert entries == whole
    assert any("are kept" in step for step in steps) == (number > 0)


def test_no_pieces_stay_of_what_is_whole(look, film, tmp_path):
    look("cache", film)
    assert cache.unfinished(tmp_path / "cache") == []


def test_pieces_that_a_run_left_that_was_killed_at_its_end_go(look, film, tmp_path, halted):
    (left,) = cache.unfinished(tmp_path / "cache")
    shutil.copytree(left, tmp_path / "left")
    look("cache", film)
    shutil.copytree(tmp_path / "left", left)
    look("cache", film)
    assert cache.unfinished(tmp_path / "cache") == []


def test_a_run_beside_another_one_on_the_same_film_has_pieces_of_its_own(
    look, film, whole, tmp_path
):
    (entry,) = whole
    with held(cache.pieces_of(tmp_path / "cache" / entry)) as is_held:
        assert is_held
        error = stopped(20, look, "cache", film)
        assert error.kept == ()
        assert look("cache", film)[0] == whole


def test_a_folder_that_another_holds_is_not_held(tmp_path):
    with held(tmp_path / "a" / "b") as first, held(tmp_path / "a" / "b") as second:
        assert (first, second) == (True, False)
    assert not (tmp_path / "a" / "b").exists()


def test_old_pieces_of_a_film_that_nobody_finished_are_forgotten(
    look, film, tmp_path, monkeypatch, halted
):
    (left,) = cache.unfinished(tmp_path / "cache")
    os.utime(left, (0, 0))
    monkeypatch.setattr(cache, "KEEP_BYTES", 1)
    look("cache", write_film(tmp_path / "in" / "other.mp4", shots(["red"])))
    assert not left.exists()


@pytest.mark.parametrize("is_same", [True, False])
def test_pieces_of_a_film_go_when_somebody_of_it_is_forgotten(
    look, film, tmp_path, is_same, halted
):
    pieces.clear_away_of(tmp_path / "cache", {hash_source(film) if is_same else "another"})
    assert cache.unfinished(tmp_path / "cache") == [] if is_same else kept_in(tmp_path / "cache")


class Sure(FilmWatch):
    """Turns a film at its sixth frame, and back at its end."""

    def add(self, frame, found):
        if not frame.turn and not self._is_settled and frame.index >= 10:
            raise OnItsSideError(2)

    def finish(self, turn):
        if turn:
            raise OnItsSideError(0, is_final=True)


@pytest.fixture
def turned(look, film, monkeypatch, looked_at_once):
    """The entries of the film when it is turned and nothing stops."""
    monkeypatch.setattr(film_job, "FilmWatch", Sure)
    if "turned" not in looked_at_once:
        looked_at_once["turned"] = look("whole", film)[0]
    return looked_at_once["turned"]


@pytest.mark.parametrize("calls", [(14,), (12, 10), (12, 28, 10), (12, 29, 1, 1), (12, 29, 12)])
def test_a_film_that_is_turned_goes_on_as_it_was_turned(look, film, turned, calls):
    for call in calls:
        stopped(call, look, "stopped", film)
    assert look("stopped", film)[0] == turned


def test_a_damaged_note_of_how_a_film_is_turned_is_found_out_again(look, film, turned, tmp_path):
    stopped(25, look, "cache", film)
    (folder,) = cache.unfinished(tmp_path / "cache")
    assert json.loads((folder / "way.json").read_text())["way"] == {"turn": 2, "is_final": False}
    (folder / "way.json").write_text("{")
    assert look("cache", film)[0] == turned


@pytest.mark.parametrize("calls", [(2,), (5,), (3, 3)])
def test_photos_that_were_stopped_give_what_they_give_in_one_go(look, tmp_path, calls):
    photos = [
        write_photo(tmp_path / "in" / f"{grey}.png", picture("red", "green", grey=grey))
        for grey in range(90, 150, 10)
    ]
    (tmp_path / "in" / "95.png").write_bytes(photos[0].read_bytes()[:200])  # one that is broken
    photos.insert(1, tmp_path / "in" / "95.png")
    whole, _ = look("whole", *photos)
    for call in calls:
        stopped(call, look, "stopped", *photos)
    assert look("stopped", *photos)[0] == whole


def test_photos_that_are_kept_are_counted(look, tmp_path):
    photos = [
        write_photo(tmp_path / "in" / f"{grey}.png", picture("red", grey=grey))
        for grey in range(90, 150, 10)
    ]
    error = stopped(5, look, "cache", *photos)
    assert error.kept == ("4 of 6 photos",)
    assert look("cache", *photos)[1][0] == "4 of 6 photos are kept; going on from there"


def test_ctrl_c_while_the_film_is_read_up_to_there_ends_it_and_loses_nothing(
    look, film, tmp_path, halted
):
    before = [contents(piece) for piece in kept_in(tmp_path / "cache")]
    error = stopped(1, look, "cache", film, owner=FilmReader, name="pass_over")
    assert error.kept == ("2 of 4 s of film.mp4",)
    assert [contents(piece) for piece in kept_in(tmp_path / "cache")] == before


def test_stills_go_on_as_if_nothing_had_been_between():
    rng = np.random.default_rng(0)
    walls = [rng.integers(0, 255, (120, 160, 3), np.uint8) for _ in range(2)]
    boxes = np.array([[20, 20, 50, 60], [90, 30, 120, 70]], np.float32)
    straight, parts = StillFinder(), StillFinder()
    for number in range(40):
        shown = walls[number // 25].copy()
        shown[30:70, 90:120] = rng.integers(0, 255, (40, 30, 3))  # the second face always moves
        given = (shown, number / 5, boxes[: 1 + number % 2])
        straight.add(*given)
        parts.add(*given)
        state = parts.kept()
        parts = StillFinder()
        parts.go_on(state)
    np.testing.assert_array_equal(parts.seconds(), straight.seconds())
    assert parts.seconds()[0] == pytest.approx(4.8)
