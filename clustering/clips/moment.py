"""A moment of a film or a photo as a small file that browsers show, whatever the original is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from itertools import chain, takewhile
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...data.errors import InputError, brief
from ...data.media.photos import read_photos
from ...data.media.sources import Source
from .encode import even, new_film
from .pictures import Picture, pictures
from .sound import has_sound, sound

MOST_S = 20.0
"""Seconds of a moment at most: who waits for it sees the page meanwhile."""

_MOST_PX = 960  # of its longer side


def write_moment(film: Path, start_s: float, end_s: float, path: Path) -> None:
    """Write a stretch of a film with its sound, small, as H.264 in MP4.

    Args:
        film: the film.
        start_s: film time, seconds from its start.
        end_s: film time at which the stretch ends; ``MOST_S`` after its start at the latest.
        path: the file, which ends in ``.mp4``.

    Raises:
        InputError: the film cannot be read, or ends before.
        OSError: the file cannot be written; nothing is left of it.
    """
    end_s = min(end_s, start_s + MOST_S)
    try:
        with (
            closing(pictures(film, start_s)) as found,
            closing(sound(film, start_s, end_s)) as heard,
        ):
            inside = takewhile(lambda picture: picture.time_s < end_s, found)
            shown = (picture for picture in inside if picture.time_s >= start_s)
            first = next(shown, None)
            if first is None:
                raise InputError(f"{film}: ends before {start_s:.1f} s")
            _write(chain([first], shown), first, start_s, heard, path, has_sound(film))
    except av.FFmpegError as error:
        raise InputError(f"{film}: cannot be read ({brief(error)})") from error


def _write(
    shown: Iterator[Picture],
    first: Picture,
    start_s: float,
    samples: Iterator[NDArray[np.float32]],
    path: Path,
    with_sound: bool,
) -> None:
    scale = min(1.0, _MOST_PX / max(first.frame.width, first.frame.height))
    size = even((round(first.frame.width * scale), round(first.frame.height * scale)))
    with new_film(path, size, None, with_sound) as writer:
        for picture in shown:
            at_s = picture.time_s - start_s
            writer.add_sound(samples, at_s)
            writer.add_picture(picture.frame, Fraction(at_s))
        writer.add_sound(samples)


def write_photo(photo: Path, path: Path) -> None:
    """Write a photo, upright and small, as JPEG.

    Raises:
        InputError: it cannot be read.
        OSError: the file cannot be written.
    """
    problem: list[str] = []
    for frame in read_photos(
        [Source(photo, photo.name, "photo")], lambda *args: problem.extend(args)
    ):
        picture = Image.fromarray(frame.picture)
        picture.thumbnail((_MOST_PX, _MOST_PX))
        picture.save(path, "JPEG")
        return
    raise InputError(": ".join(problem))
