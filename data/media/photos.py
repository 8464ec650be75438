"""Reads photos: upright, in RGB, with the time they were taken."""

from __future__ import annotations

import calendar
import ctypes
import functools
import math
import mmap
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile, UnidentifiedImageError

from ..errors import shortened
from ..prefetch import Prefetch
from .damage import damage_of_photo
from .frames import Frame
from .kinds import (
    HEAD,
    NO_AVIF,
    NO_HEIF,
    can_read_avif,
    can_read_heif,
    head_of,
    kind_of_content,
    needs_library,
    opened,
    unusable,
)
from .pixels import (
    MOST_BYTES,
    as_rgb,
    missing_share,
    reduce_if_large,
    stated_tones,
    stated_turn,
    to_ordinary,
)
from .sources import Source

_PHOTOS_AHEAD = 1  # read and waiting while the networks work
_LARGE_BYTES = 16 * 2**20  # of the pixels of a photo
_CUT_OFF_UP_TO = 0.5  # of a photo's height; where more is missing, it is left out
_JPEG_END = b"\xff\xd9"
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xda-\xfe]")  # in the data of a picture: a segment begins
_FIRST_YEAR = 1826  # of the oldest photo that there is; an earlier one is no date
_NOISE = bytes(range(1, 250, 3)) * 4  # in the place of what is missing: other pixels come out
# With dashes or strokes instead of colons, a T between date and time, hours up to 12.
_DATE = re.compile(
    r"\s*(\d{4})[:/.-](\d\d?)[:/.-](\d\d?)[\sT]+(\d\d?)[:.-](\d\d?)[:.-](\d\d?)\s*(?:([ap])\.?m\b)?",
    re.ASCII | re.IGNORECASE,
)
_HALF_A_DAY = 12  # hours
# Not DateTime, which is when the file was last changed.
_TIME_TAGS = (
    (ExifTags.Base.DateTimeOriginal, ExifTags.Base.SubsecTimeOriginal),
    (ExifTags.Base.DateTimeDigitized, ExifTags.Base.SubsecTimeDigitized),
)
_ANIMATED = ("WEBP", "PNG", "AVIF", "GIF")
_MAY_MOVE = ("JPEG", "MPO", "HEIF")
_SEVERAL = {"TIFF": "pages: only the first", "HEIF": "pictures: only the main one"}
# Behind the photo, or within a HEIC. Programs that cut it off leave what XMP says of it,
# and some cameras write none.
_FILM_BEHIND = re.compile(rb"\0\0\0[\x10-\x60]ftyp(?:isom|iso\d|mp4\d|avc1|qt  |3gp\d|MSNV)")

Warn = Callable[[str, str], None]
"""Takes the name of a photo, and what is wrong with it, which does not name it again."""


def read_photos(sources: Sequence[Source], warn: Warn) -> Iterator[Frame]:
    """Read photos in a background thread, a few ahead.

    Args:
        sources: the photos, in the order wanted.
        warn: called with the name of each photo that cannot be read, which is left out, or of which
            a part is not looked at, and with the rest of a sentence that begins with it.

    Yields:
        One frame per photo, with index 0. Of a file with several pictures, the first.
    """
    work: Iterator[tuple[Source, Frame | None, str]] = map(_read, sources)
    with Prefetch(work, _PHOTOS_AHEAD, lambda read: is_large(read[1])) as photos:
        for source, frame, remark in photos:
            if remark:
                warn(source.name, remark)
            if frame is not None:
                yield frame
                del frame  # a large one, while the next one is waited for


def is_large(photo: Frame | None) -> bool:
    """Say whether a photo takes so much memory that none should wait beside it."""
    return photo is not None and photo.picture.nbytes > _LARGE_BYTES


def is_readable_now(why: str) -> bool:
    """Say whether a photo that was left out for want of a library can be read by now.

    Args:
        why: it was left out, as ``read_photos`` said.
    """
    return (NO_HEIF in why and can_read_heif()) or (NO_AVIF in why and can_read_avif())


def _read(source: Source) -> tuple[Source, Frame | None, str]:
    """Return the photo and what is not looked at of it, or None and why it cannot be read."""
    _silence_libtiff()
    try:
        if why := unusable(source.path) or needs_library(source.path):
            raise ValueError(why)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of odd headers and very large pictures
            try:
                frame, remark = _frame(source, source.path)
                remark = "; ".join(filter(None, (remark, damage_of_photo(source.path))))
            except OSError as error:
                frame, remark = _cut_off(source, error)
    # Pillow lets most things a broken file can cause through: OSError, SyntaxError, struct.error,
    # ZeroDivisionError ...
    except Exception as error:
        why = _why(source.path, error)
        return source, None, f"cannot be read as a photo and is left out ({why})"
    return source, frame, remark


def _why(path: Path, error: Exception) -> str:
    """Say in a few words why a photo cannot be read."""
    words = shortened(" ".join(str(error).split()), 200) or type(error).__name__
    if isinstance(error, UnidentifiedImageError):  # its words are the path
        with suppress(OSError):  # it may be gone by now
            if kind_of_content(head_of(path)) == "photo":
                return "it is damaged or cut off, or of a kind that is not read"
        return "it is no photo, or of a kind that is not read"
    is_of_a_decoder = isinstance(error, OSError | EOFError | SyntaxError) and not getattr(
        error, "errno", None
    )
    return f"it is damaged or cut off: {words}" if is_of_a_decoder else words


def _frame(source: Source, file: Path | BytesIO) -> tuple[Frame, str]:
    with opened(file) as image:
        factor = reduce_if_large(image)  # first: Pillow decodes a whole PNG for its EXIF data
        remark = [_others(image)]
        time_s = taken_at_s(image)
        if factor > 1:
            remark.append(f"is looked at in 1/{factor} of its size, so that it fits into memory")
        tones = stated_tones(image)
        picture = as_rgb(image, stated_turn(image))
    if tones is not None:
        picture = to_ordinary(picture, tones)
    frame = Frame(source=source.name, index=0, time_s=time_s, picture=picture)
    return frame, "; ".join(filter(None, remark))


def _cut_off(source: Source, error: OSError) -> tuple[Frame, str]:
    """Read a photo whose end is missing, as browsers do."""
    if source.path.stat().st_size > MOST_BYTES:
        raise error
    content = source.path.read_bytes()
    is_jpeg = content.startswith(b"\xff\xd8")
    content = _whole_segments(content) if is_jpeg else content
    ended = content + _JPEG_END if is_jpeg else content
    with _loading_what_there_is():
        frame, _ = _frame(source, BytesIO(ended))
        other = _stored(content + _NOISE + _JPEG_END) if is_jpeg else None
        share = missing_share(_stored(ended), other)
    if share > _CUT_OFF_UP_TO:
        raise error
    if not is_jpeg and not share:
        return frame, damage_of_photo(source.path) or "is damaged, but its pixels are not"
    lost = f"{share:.0%}" if share >= 0.005 else "under 1%"
    return frame, f"is cut off at its end ({lost} of its height is missing)"


def _whole_segments(jpeg: bytes) -> bytes:
    """Return a JPEG without its last segment, where not even the length that it states is there.

    The decoder would wait for its rest, and show nothing of all that was before.
    """
    place = 2
    while marker := _MARKER.search(jpeg, place):
        length = jpeg[marker.end() : marker.end() + 2]
        place = marker.end() + max(2, int.from_bytes(length, "big"))
        if place > len(jpeg):
            return jpeg[: marker.start()]
    return jpeg


@functools.cache
def _silence_libtiff() -> None:
    """Keep libtiff, with which Pillow reads TIFF, from printing; what is wrong is said here."""
    beside = Path(PIL.__file__).parent
    found = (*beside.parent.glob("pillow.libs/libtiff*"), *beside.glob(".dylibs/libtiff*"))
    for library in (*map(str, found), "libtiff.so.6"):
        with suppress(OSError, AttributeError):  # one that Pillow does not use
            loaded = ctypes.CDLL(library)
            loaded.TIFFSetErrorHandler(None)
            loaded.TIFFSetWarningHandler(None)


@contextmanager
def _loading_what_there_is() -> Iterator[None]:
    usual, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = usual


def _stored(content: bytes) -> NDArray[np.uint8]:
    """Return the pixels of a photo as they are stored, not turned."""
    with opened(BytesIO(content)) as image:
        reduce_if_large(image)
        return as_rgb(image)


def _others(image: Image.Image) -> str:
    """Say which pictures of a file are not looked at, "" = none."""
    number = getattr(image, "n_frames", 1)
    if number > 1 and image.format in _ANIMATED:
        return f"moves: of its {number} pictures only the first is looked at"
    if number > 1 and image.format in _SEVERAL:
        return f"has {number} {_SEVERAL[image.format]} is looked at"
    path = getattr(image, "filename", "")
    if path and image.format in _MAY_MOVE and _has_film(Path(path)):
        return "is a motion photo: its film is not looked at"
    return ""


def _has_film(photo: Path) -> bool:
    with photo.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return _FILM_BEHIND.search(content, HEAD) is not None


def _moment(text: str) -> datetime:
    """Read a date as EXIF has it, or as some cameras and programs write it there.

    Raises:
        ValueError: it is none.
    """
    found = _DATE.match(text)
    if not found:
        raise ValueError(text)
    *date, hour, minute, second = (int(part) for part in found.groups()[:6])
    half = (found[7] or "").lower()
    if half and hour <= _HALF_A_DAY:
        hour = hour % _HALF_A_DAY + (_HALF_A_DAY if half == "p" else 0)
    return datetime(date[0], date[1], date[2], hour, minute, second)


def taken_s_of(path: Path) -> float | None:
    """Return when a photo was taken, as ``taken_at_s``; None = not known."""
    with suppress(OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        with Image.open(path) as image:
            taken_s = taken_at_s(image)
        return None if math.isnan(taken_s) else taken_s
    return None


def taken_at_s(image: Image.Image) -> float:
    """Return when a photo was taken by its EXIF data.

    Returns:
        Seconds since 1970 by the camera's clock, no time zone; NaN if not known.
    """
    try:
        exif = image.getexif().get_ifd(ExifTags.IFD.Exif)
    except Exception:  # tags of wrong types, offsets that lead nowhere: the picture is whole
        return math.nan
    for tag, subsecond_tag in _TIME_TAGS:
        try:
            taken = _moment(str(exif[tag]))
        except (KeyError, ValueError):  # none, or a camera whose clock was never set
            continue
        if taken.year < _FIRST_YEAR:
            continue
        subsecond = str(exif.get(subsecond_tag, "")).strip("\0 ")
        fraction = float(f"0.{subsecond}") if subsecond.isascii() and subsecond.isdigit() else 0.0
        return calendar.timegm(taken.timetuple()) + fraction
    return math.nan
