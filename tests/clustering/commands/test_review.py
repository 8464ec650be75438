"""castlist review: how it starts, ends, and what it says where it cannot."""

import asyncio
import json
import logging
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from http.cookiejar import CookieJar

import pytest
from castlist.clustering.library.library import Library
from castlist.clustering.review.serve import is_worth_saying
from castlist.data.result.result import StoredResult
from decision_tools import edits_of
from library_tools import save_film


def test_without_the_extra_it_says_what_to_install(castlist, out, monkeypatch):
    monkeypatch.setitem(sys.modules, "starlette", None)
    run = castlist("review", out, "--no-open")
    assert run.code == 1
    assert "pip install 'castlist[review]'" in run.error


def test_no_result(castlist, tmp_path):
    run = castlist("review", tmp_path, "--no-open")
    assert run.code == 1
    assert "expected a result of castlist find" in run.error


@pytest.mark.parametrize("port", [-1, 70000])
def test_a_port_that_cannot_be(castlist, out, port):
    run = castlist("review", out, "--no-open", "--port", port)
    assert run.code == 1
    assert f"--port {port}" in run.error


def test_a_film_that_is_cut_short_by_ctrl_c_is_not_logged():
    def is_logged(message, error=None):
        exc_info = (type(error), error, None) if error else None
        return is_worth_saying(
            logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, message, (), exc_info)
        )

    assert not is_logged("Cancel %s running task(s), timeout graceful shutdown exceeded")
    assert not is_logged("Exception in ASGI application", asyncio.CancelledError())
    assert is_logged("Exception in ASGI application", ValueError())


def test_a_port_that_is_taken(castlist, out):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = castlist("review", out, "--no-open", "--port", port)
    assert run.code == 1
    assert f"--port {port}" in run.error


@contextmanager
def started(out, *options):
    """Start the command; gives it, its address, and a browser with the token."""
    command = [sys.executable, "-m", "castlist", "review", str(out), "--no-open", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            address = re.search(r"http://\S+", running.stdout.readline())[0]
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
            with browser.open(address) as page:
                html = page.read().decode()
            yield running, address.partition("/?")[0], browser, html
        finally:
            running.kill()


def name(base, browser, html, person, text):
    request = urllib.request.Request(
        f"{base}/do/name",
        json.dumps(
            {
                "version": re.search(r'data-version="([^"]+)"', html)[1],
                "person": person,
                "name": text,
            }
        ).encode(),
        {
            "origin": base,
            "x-castlist-token": re.search(r'name="token" content="([^"]+)"', html)[1],
        },
    )
    with browser.open(request) as answer:
        return json.loads(answer.read())


@pytest.mark.slow
def test_ctrl_c_ends_it_and_saves(out, tmp_path):
    known = tmp_path / "people"
    with started(out, "--learn", str(known)) as (running, base, browser, html):
        assert base.startswith("http://127.0.0.1:")
        assert "Anna" in name(base, browser, html, "person_001", "Anna")["told"]
        running.send_signal(signal.SIGINT)
        printed, errors = running.communicate(timeout=60)
        assert running.returncode == 0
        assert printed.endswith(f"saved\n{known} knows Anna\n")
        assert errors == ""
    assert StoredResult.load(out).name_of(0) == "Anna"
    assert (out / "people" / "Anna").is_dir()


@pytest.mark.slow
def test_a_program_that_is_killed_loses_nothing_that_it_confirmed(out, castlist):
    with started(out) as (running, base, browser, html):
        name(base, browser, html, "person_001", "Anna")
        running.kill()
    assert [line["name"] for line in edits_of(out)] == ["Anna"]
    assert castlist("name", out, "person_002", "Berta").code == 0
    assert StoredResult.load(out).cast.names == {0: "Anna", 1: "Berta"}


def test_a_library_is_reviewed_and_its_names_are_in_the_films_at_the_end(tmp_path):
    film = save_film(tmp_path / "one", ["AB", "A", "B"])
    Library(tmp_path / "lib").add(film)
    with started(tmp_path / "lib") as (running, base, browser, html):
        assert "2 people, 1 film" in html
        name(base, browser, html, "person_001", "Anna")
        assert not StoredResult.load(film).cast.names
        running.send_signal(signal.SIGINT)
        out, error = running.communicate(timeout=60)
    assert running.returncode == 0, error
    assert "1 result has the names of the library now" in out
    assert set(StoredResult.load(film).cast.names.values()) == {"Anna"}


def test_learn_is_of_a_result_alone(castlist, tmp_path):
    Library(tmp_path / "lib").add(save_film(tmp_path / "one", ["AB", "A", "B"]))
    run = castlist("review", tmp_path / "lib", "--no-open", "--learn", tmp_path / "known")
    assert run.code == 2
    assert "--learn" in run.error
