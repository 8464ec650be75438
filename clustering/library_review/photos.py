"""A photo that a browser sends: who of the library is on it. Nothing of it is kept."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from ...data.errors import InputError
from ..library.library import Library
from ..library.recognised import Recognition

MOST_OF_PHOTO = 100_000_000
"""Bytes; larger ones are not taken."""

_LONGEST = 80  # letters of a name


def recognised_in(library: Library, photo: bytes, name: str) -> Recognition:
    """Say who of a library is on a photo.

    Args:
        library: the library.
        photo: content of the file.
        name: of the file, for what is said of it.

    Raises:
        InputError: it is no photo that can be read, or the networks are not those of the library.
    """
    if not photo:
        raise InputError("expected a photo, got an empty file; choose another")
    plain = re.sub(r"[^\w. -]", "_", name).strip(". ")[-_LONGEST:] or "photo"
    with TemporaryDirectory(prefix="castlist-who-") as folder:
        path = Path(folder) / plain
        path.write_bytes(photo)
        try:
            return library.who(path, cache=Path(folder) / "cache")
        except InputError as error:
            raise InputError(str(error).replace(f"{folder}/", "")) from error
