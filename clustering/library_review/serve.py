"""Serves the pages of a library until the user ends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...data.progress import ProgressHook
from ..library.library import Library
from ..library.wording import exchanged_text
from ..review.serve import serve_pages
from .app import make_app
from .session import LibrarySession


def serve(
    folder: Path,
    port: int,
    opens_browser: bool,
    film: Path | None,
    tell: Callable[[str], None],
    progress: ProgressHook,
) -> None:
    """Serve the pages of a library until Ctrl-C, then write names into the results of its films.

    Args:
        folder: of the library.
        port: 0 = any that is free.
        opens_browser: whether the browser is to show the first page.
        film: where films are now, a folder; None = where they were.
        tell: is given lines for the user.
        progress: called as (step, completed, total).

    Raises:
        InputError: no such library, the port is taken, or names cannot be written.
    """
    session = LibrarySession(Library(folder, progress, writes_names=False))
    try:
        serve_pages(
            lambda token, port: make_app(session, token, port, film),
            folder, port, opens_browser, tell,
        )  # fmt: skip
    finally:
        done = session.close()
    for line in exchanged_text(done) or [f"{folder}: nothing left to write"]:
        tell(line)
