"""The hash of the picture in a film or photo, whatever else is written into the file.

Photo managers and players write titles, ratings, dates and covers into films and photos, and so
does castlist where it is asked to: by its content the file is another one then, for its user it is
the same. Names and corrections hold on to the picture where the content is no longer known.
"""

from __future__ import annotations

from pathlib import Path

from ..media.kinds import Kind
from .content import hash_source
from .film import VIDEO, hash_film
from .photo import hash_photo


def hash_picture(path: Path, kind: Kind) -> str:
    """Return a hash of the picture in a file as it is coded, and of how it is turned.

    Returns:
        The hash, ``picture:…`` or ``video:…``; "" where it cannot be told.
    """
    return hash_film(path) if kind == "film" else hash_photo(path)


def is_same(path: Path, content: str, picture: str) -> bool:
    """Say whether a file is a film or photo that is known, whatever was written into it since.

    Args:
        path: of the file.
        content: hash of the content of the known one.
        picture: hash of its picture; "" = not known.

    Raises:
        InputError: the file cannot be read.
    """
    return hash_source(path) == content or shows(path, picture)


def shows(path: Path, picture: str) -> bool:
    """Say whether a file shows the picture of a hash; "" = none does."""
    hashed = hash_film if picture.startswith(VIDEO) else hash_photo
    return bool(picture) and hashed(path) == picture
