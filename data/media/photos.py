"""Reads photos: upright, in RGB, with the time they were taken."""

from __future__ import annotations

import calendar
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from ..errors import InputError
from .frames import Frame
from .prefetch import Prefetch
from .sources import Source

_HEIC_SUFFIXES = {".heic", ".heif", ".hif"}
_PHOTOS_AHEAD = 2  # read and waiting while the networks work
# Not DateTime, which is when the file was last changed.
_TIME_TAGS = (
    (ExifTags.Base.DateTimeOriginal, ExifTags.Base.SubsecTimeOriginal),
    (ExifTags.Base.DateTimeDigitized, ExifTags.Base.SubsecTimeDigitized),
)


def read_photos(sources: Sequence[Source], warn: Callable[[str], None]) -> Iterator[Frame]:
    """Read photos in a background thread, a few ahead.

    Args:
        sources: the photos, in the order wanted.
        warn: called with one sentence for each photo that cannot be read; it is left out.

    Yields:
        One frame per photo, with index 0. Of a file with several pictures, the first.

    Raises:
        InputError: none of the photos can be read, or one is HEIC and pillow-heif is missing.
    """
    for source in sources:
        if source.path.suffix.lower() in _HEIC_SUFFIXES:
            _register_heif(source.path)
    num_read, complaint = 0, ""
    work: Iterator[Frame | str] = map(_read, sources)
    with Prefetch[Frame | str](work, _PHOTOS_AHEAD) as photos:
        for photo in photos:
            if isinstance(photo, str):
                complaint = complaint or photo
                warn(photo)
            else:
                num_read += 1
                yield photo
    if sources and not num_read:
        raise InputError(
            f"expected photos that can be read, but none of {len(sources)} can:"
            f" {complaint}; give other files"
        )


def _read(source: Source) -> Frame | str:
    """Return the photo, or why it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of odd headers and very large pictures
            with Image.open(source.path) as image:
                time_s = taken_at_s(image)
                picture = _rgb(ImageOps.exif_transpose(image))
    # Pillow lets most things a broken file can cause through: OSError, SyntaxError, struct.error,
    # ZeroDivisionError, DecompressionBombError ...
    except Exception as error:
        return f"{source.path} cannot be read as a photo and is left out ({error})"
    return Frame(source=source.name, index=0, time_s=time_s, picture=picture)


def taken_at_s(image: Image.Image) -> float:
    """Return when a photo was taken by its EXIF data.

    Returns:
        Seconds since 1970 by the camera's clock, no time zone; NaN if not known.
    """
    exif = image.getexif().get_ifd(ExifTags.IFD.Exif)
    for tag, subsecond_tag in _TIME_TAGS:
        try:
            # Some cameras write dashes instead of colons, some a zero byte at the end.
            text = str(exif[tag]).strip("\0 ").replace("-", ":")
            taken = datetime.strptime(text[:19], "%Y:%m:%d %H:%M:%S")
        except (KeyError, ValueError):  # none, or a camera whose clock was never set
            continue
        subsecond = str(exif.get(subsecond_tag, "")).strip("\0 ")
        fraction = float(f"0.{subsecond}") if subsecond.isascii() and subsecond.isdigit() else 0.0
        return calendar.timegm(taken.timetuple()) + fraction
    return math.nan


def _rgb(image: Image.Image) -> NDArray[np.uint8]:
    if image.has_transparency_data:
        # Over white: the colour of transparent pixels is not meant to be visible.
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    if image.mode.startswith("I;16"):
        # Pillow would cut 16-bit grey off at 255.
        return np.repeat((np.asarray(image) >> 8).astype(np.uint8)[..., None], 3, axis=2)
    return np.array(image.convert("RGB"), dtype=np.uint8)


def _register_heif(path: Path) -> None:
    try:
        import pillow_heif
    except ImportError:
        raise InputError(
            f"{path}: expected pillow-heif to be installed to read HEIC photos, but it is not;"
            " run: pip install 'castlist[heic]'"
        ) from None
    pillow_heif.register_heif_opener()
