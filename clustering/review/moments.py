"""Moments of films and photos that the browser cannot show itself: made again in a form it can."""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path

from starlette.responses import FileResponse, Response

from ...data.errors import InputError
from ..clips.moment import write_moment, write_photo
from .answers import NOT_KEPT


class Moments:
    """Makes moments one after the other, and keeps them until castlist ends."""

    def __init__(self) -> None:
        self._making = threading.Lock()
        self._folder: Path | None = None
        self._made: dict[tuple[Path, float, float], Path] = {}

    def answer(self, path: Path, is_film: bool, query: Mapping[str, str]) -> Response:
        """Send a moment.

        Args:
            path: of the film or photo.
            is_film: which of them it is.
            query: ``from`` and ``to`` of a film, seconds.

        Raises:
            InputError: it cannot be read, or these are no times.
        """
        start_s, end_s = (_seconds(query, name) if is_film else 0.0 for name in ("from", "to"))
        with self._making:
            made = self._made.get((path, start_s, end_s))
            if made is None:
                made = self._new_file(".mp4" if is_film else ".jpg")
                if is_film:
                    write_moment(path, start_s, end_s, made)
                else:
                    write_photo(path, made)
                self._made[path, start_s, end_s] = made
        return FileResponse(made, headers=NOT_KEPT)

    def _new_file(self, ending: str) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="castlist-review-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder / f"{len(self._made)}{ending}"


def _seconds(query: Mapping[str, str], name: str) -> float:
    try:
        value = float(query.get(name, ""))
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise InputError(f"{name}: expected seconds")
    return value
