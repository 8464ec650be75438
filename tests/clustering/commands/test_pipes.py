"""Named pipes where files should be: no command waits for what nobody writes."""

import os
import signal
import threading
from pathlib import Path

import pytest
from castlist.data.files import openable
from cli_tools import contents, picture, table_of, write_photo

pytestmark = pytest.mark.usefixtures("plain_pages")

PATIENCE_S = 60
RESULT_FILES = ("faces.parquet", "run.json", "edits.jsonl")


@pytest.fixture(autouse=True)
def _ends():
    """End a test that waits."""

    def give_up(*_):
        raise TimeoutError("it waits for a pipe")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def make_pipe(path):
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    os.mkfifo(path)
    return path


@pytest.mark.parametrize("name", RESULT_FILES)
@pytest.mark.parametrize(
    "words",
    [
        ["show"],
        ["name", "person_001", "Anna"],
        ["export", "../out.csv"],
    ],
    ids=lambda words: "-".join(words[:2]),
)
def test_a_pipe_for_a_file_of_a_result_ends_a_command(castlist, labelled, name, words):
    out, _ = labelled
    make_pipe(out / name)
    run = castlist(words[0], out, *words[1:])
    assert run.code in (0, 1)
    assert "unexpected" not in run.error


@pytest.mark.parametrize("name", RESULT_FILES)
def test_find_makes_a_result_anew_whose_file_is_a_pipe(castlist, squares, film, name):
    out = film.parent / "film.castlist"
    castlist(film)
    before = len(table_of(out))
    make_pipe(out / name)
    run = castlist(film, "--overwrite")
    if name == "faces.parquet":
        assert (run.code, len(table_of(out))) == (0, before)
    else:  # it may hold, or have held, what is the user's
        assert run.code == 1
        assert name in run.error


def test_a_pipe_for_a_file_of_the_cache_is_made_again(castlist, squares, film, tmp_path):
    cache = tmp_path / "own_cache"
    castlist("cluster", film, "--out", tmp_path / "a", "--cache", cache)
    whole = contents(cache)
    for number, name in enumerate(whole):
        make_pipe(cache / name)
        out = tmp_path / str(number)
        assert castlist("cluster", film, "--out", out, "--cache", cache).code == 0
        assert len(table_of(out)) == len(table_of(tmp_path / "a"))
        assert set(contents(cache)) == set(whole)


def test_pipes_of_other_names_in_the_cache_are_left_alone(castlist, squares, film, tmp_path):
    cache = tmp_path / "own_cache"
    cache.mkdir()
    for name in (".in-use-7", "0" * 32, f"{'0' * 32}.pieces", ".partial-1"):
        make_pipe(cache / name)
    assert castlist("cluster", film, "--out", tmp_path / "a", "--cache", cache).code == 0


@pytest.mark.parametrize("words", [["evaluate"], ["labels", "check"]])
def test_a_pipe_for_labels_is_refused(castlist, labelled, words):
    out, labels = labelled
    make_pipe(labels)
    run = castlist(*words, out, labels)
    assert run.code == 1
    assert "it is a named pipe, not a file" in run.error


def test_a_pipe_for_names_or_settings_is_refused(castlist, labelled, film, tmp_path):
    pipe = make_pipe(tmp_path / "pipe")
    for words in (["name", labelled[0], "--from", pipe], [film, "--config", pipe]):
        run = castlist(*words)
        assert run.code == 1
        assert "it is a named pipe, not a file" in run.error


def test_a_pipe_for_a_known_photo_is_reported(castlist, squares, tmp_path):
    known = tmp_path / "known"
    write_photo(known / "Bea.png", picture("blue"))
    make_pipe(known / "Bea" / "9.png")
    make_pipe(known / "Gus.jpg")
    run = castlist("known", known)
    assert run.code == 0
    assert run.out.count("it is a named pipe, not a file") == 2


def test_what_a_shell_makes_of_a_command_is_read():
    reads, writes = os.pipe()
    thread = threading.Thread(target=lambda: (os.write(writes, b"text"), os.close(writes)))
    thread.start()
    path = openable(Path(f"/dev/fd/{reads}"))
    assert path.read_bytes() == b"text"
    thread.join()
    os.close(reads)
