"""Names of people and of crop files, and back.

A crop is called ``<source>_<when>_f<frame>_<face>.jpg``, for example
``scene_00h00m12.400s_f000149_1.jpg``: face 1 of frame 149 of scene.mp4. Names sort by source and
time. ``when`` is the film time, for a photo the date and time it was taken, or ``undated``.
``face`` counts the faces of one picture from 0, left to right. Source, frame and face name exactly
one row of the table, so that a folder of crops sorted by hand can be read back.
"""

from __future__ import annotations

import datetime
import functools
import math
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from ..tables.codes import UNKNOWN
from ..tables.faces import Faces, IntArray
from ..times import split_time

UNKNOWN_NAME = "unknown"

_SLUG_BYTES = 120  # file systems take 255; "when", frame and face need at most 60
_CROP = re.compile(
    r"(?P<slug>.+)"
    r"_(?P<when>\d{2,}h\d\dm\d\d\.\d{3}s|\d{4}-\d\d-\d\d_\d\dh\d\dm\d\ds|undated)"
    r"_f(?P<frame>\d{6,})_(?P<face>\d+)\.jpg"
)
_PERSON = re.compile(r"person_(\d{3,})")
_EPOCH = datetime.datetime(1970, 1, 1)  # a camera's clock has no time zone


@dataclass(frozen=True)
class CropKey:
    """The content of a crop's name: which face of which picture."""

    slug: str
    frame: int
    face: int


def person_name(person: int) -> str:
    """Name a person: 0 is ``person_001``, -1 is ``unknown``."""
    return UNKNOWN_NAME if person == UNKNOWN else f"person_{person + 1:03d}"


@functools.lru_cache(maxsize=65536)  # a library reads the same ones many times
def parse_person_name(name: str) -> int:
    """Return the number of a person named by ``person_name``.

    Raises:
        ValueError: the name is of another form.
    """
    if name == UNKNOWN_NAME:
        return UNKNOWN
    match = _PERSON.fullmatch(name)
    if not match or int(match[1]) == 0:
        raise ValueError(f'expected "unknown" or a name such as "person_001", got "{name}"')
    return int(match[1]) - 1


def crop_names(faces: Faces, photos: Collection[str]) -> list[str]:
    """Name the crop of every row.

    Args:
        faces: the table.
        photos: the sources that are photos: their time is a date, not a film time.

    Returns:
        A name per row, all different, also on file systems that ignore case.
    """
    slugs = source_slugs(faces.source.tolist())
    return [
        f"{slugs[source]}_{_when(time_s, source in photos)}_f{frame:06d}_{face}.jpg"
        for source, time_s, frame, face in zip(
            faces.source.tolist(),
            faces.time_s.tolist(),
            faces.frame.tolist(),
            face_numbers(faces).tolist(),
            strict=True,
        )
    ]


def parse_crop_name(name: str) -> CropKey:
    """Return the content of a crop's name; the inverse of ``crop_names``.

    Raises:
        ValueError: the name is of another form.
    """
    match = _CROP.fullmatch(unicodedata.normalize("NFC", name))
    if not match:
        raise ValueError(
            f'expected a name such as "scene_00h00m12.400s_f000149_1.jpg", got "{name}"'
        )
    return CropKey(match["slug"], int(match["frame"]), int(match["face"]))


def rows_by_crop_key(faces: Faces) -> dict[CropKey, int]:
    """Return the row that each crop of this table stands for."""
    slugs = source_slugs(faces.source.tolist())
    return {
        CropKey(slugs[source], frame, face): row
        for row, (source, frame, face) in enumerate(
            zip(
                faces.source.tolist(),
                faces.frame.tolist(),
                face_numbers(faces).tolist(),
                strict=True,
            )
        )
    }


def face_numbers(faces: Faces) -> IntArray:
    """Number the faces of each picture from 0, left to right (by x1, then y1, then row)."""
    numbers = np.zeros(len(faces), np.int64)
    if len(faces):
        picture = faces.picture
        order = np.lexsort((faces.box[:, 1], faces.box[:, 0], picture))
        first = np.flatnonzero(np.diff(picture[order], prepend=-1))
        lengths = np.diff(first, append=len(faces))
        numbers[order] = np.arange(len(faces)) - np.repeat(first, lengths)
    return numbers


def source_slugs(sources: Iterable[str]) -> dict[str, str]:
    """Give each source a short name that every file system takes.

    Letters and digits of any alphabet stay, everything else becomes an underscore; the file's
    extension goes. Sources whose names would be the same get ``-2``, ``-3``, in sorted order.
    """
    slugs: dict[str, str] = {}
    taken: set[str] = set()
    for source in sorted(set(sources)):
        base = slug = _slug(source)
        number = 1
        while slug.casefold() in taken:
            number += 1
            slug = f"{base}-{number}"
        taken.add(slug.casefold())
        slugs[source] = slug
    return slugs


def date_and_time(taken_s: float) -> datetime.datetime | None:
    """Turn seconds since 1970 into a date and time without a zone; None when there is none."""
    if not math.isfinite(taken_s):
        return None
    try:
        return _EPOCH + datetime.timedelta(seconds=taken_s)
    except OverflowError:
        return None


def _when(time_s: float, is_photo: bool) -> str:
    if is_photo:
        taken = date_and_time(time_s)
        # not strftime: it does not pad years to four digits on every system
        return (
            f"{taken.date().isoformat()}_{taken.hour:02d}h{taken.minute:02d}m{taken.second:02d}s"
            if taken
            else "undated"
        )
    return film_time(time_s) if math.isfinite(time_s) else "undated"


def film_time(time_s: float) -> str:
    """Write a time of a film, seconds, as in names of files: ``00h01m12.480s``."""
    hours, minutes, seconds, milliseconds = split_time(time_s)
    return f"{hours:02d}h{minutes:02d}m{seconds:02d}.{milliseconds:03d}s"


def _slug(source: str) -> str:
    path = PurePosixPath(unicodedata.normalize("NFC", source).replace("\\", "/"))
    text = str(path.with_suffix("")) if path.suffix else str(path)
    kept = "".join(char if _may_stay(char) else "_" for char in text)
    kept = re.sub("_+", "_", kept).strip("_-.")
    while len(kept.encode()) > _SLUG_BYTES:
        kept = kept[:-1]
    return kept.rstrip("_-.") or "source"


def _may_stay(char: str) -> bool:
    return char in "-_." or unicodedata.category(char)[0] in "LNM"
