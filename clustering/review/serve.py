"""Runs the server until the user ends it."""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import uvicorn

from ...data.errors import InputError
from ...data.result.result import StoredResult
from ..known_people import named_people
from ..learning import add_known
from ..report.write import write_report
from .app import make_app
from .guard import Guard
from .session import Session

HOST = "127.0.0.1"
"""No other machine can reach it."""


def serve(
    folder: Path,
    port: int,
    opens_browser: bool,
    film: Path | None,
    tell: Callable[[str], None],
    learn: Path | None = None,
) -> None:
    """Serve the pages of a result until Ctrl-C, then save what is not saved yet.

    Args:
        folder: of the result.
        port: 0 = any that is free.
        opens_browser: whether the browser is to show the first page.
        film: where the film is now, or a folder with the films; None = where they were.
        tell: is given lines for the user.
        learn: folder of known people that those with names go into; None = none.

    Raises:
        InputError: no such result, the port is taken, or the result cannot be saved.
    """
    session = Session(folder, write_report)
    try:
        serve_pages(
            lambda token, port: make_app(session, token, port, film, learn),
            folder, port, opens_browser, tell,
        )  # fmt: skip
    finally:
        saved = session.close()
    tell(f"{folder}: {'saved' if saved else 'nothing left to save'}")
    if learn is not None:
        result = StoredResult.load(folder)
        if named_people(result):
            for line in add_known(learn, result).text(learn):
                tell(line)


def serve_pages(
    app_of: Callable[[str, int], Guard],
    folder: Path,
    port: int,
    opens_browser: bool,
    tell: Callable[[str], None],
) -> None:
    """Serve pages until Ctrl-C.

    Args:
        app_of: gives the application for a token and a port.
        folder: what is under review.
        port: 0 = any that is free.
        opens_browser: whether the browser is to show the first page.
        tell: is given lines for the user.

    Raises:
        InputError: the port is taken.
    """
    with _listening(port) as listener:
        port, token = listener.getsockname()[1], secrets.token_urlsafe(24)
        address = f"http://{HOST}:{port}/?token={token}"
        tell(f"{folder}: {address}\nCtrl-C ends it; every answer is kept at once")
        if opens_browser:
            webbrowser.open(address)
        config = uvicorn.Config(
            app_of(token, port),
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=2,
        )
        logging.getLogger("uvicorn.error").addFilter(is_worth_saying)
        with suppress(KeyboardInterrupt):  # how it is meant to end
            uvicorn.Server(config).run([listener])


def is_worth_saying(record: logging.LogRecord) -> bool:
    """Say whether the user needs a message of the server: not of a film that Ctrl-C cuts short."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, asyncio.CancelledError) and "running task(s)" not in str(
        record.msg
    )


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # so that a quick browser waits
    except (OSError, OverflowError) as error:
        listener.close()
        raise InputError(
            f"--port {port}: {getattr(error, 'strerror', '') or error}; choose another, or leave"
            " --port out"
        ) from error
    return listener
