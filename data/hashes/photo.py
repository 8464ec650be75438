"""The hash of the picture in a photo: of the parts of its file that are pixels, as coded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from PIL import ExifTags, Image, TiffImagePlugin

from ..media.kinds import JPEG_START, PNG_START, opened
from .heif import parts_of_heif

_SOS, _COMMENT, _ADOBE = 0xDA, 0xFE, 0xEE
_APP = range(0xE0, 0xF0)
_PNG_PICTURE = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT")
_WEBP_PICTURE = (b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF")
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# What of a TIFF says how its pixels are stored: sizes, compression, colours, planes, tables.
_TIFF_SHAPE = (256, 257, 258, 259, 262, 266, 277, 278, 284, 317, 320, 322, 323, 338, 339, 347, 530)
_STRIPS, _TILES = (273, 279), (324, 325)  # tags with their offsets and lengths


def hash_photo(path: Path) -> str:
    """Return a hash of the picture in a photo as coded, and of how it is turned.

    What else is in the file does not count: EXIF, IPTC, XMP, comments, colour profiles, previews.
    Of a TIFF only the first page counts, which is the one that is looked at.

    Returns:
        The hash, ``picture:…``; "" of a photo that is no JPEG, PNG, WebP, TIFF, HEIC or AVIF, or of
        one that cannot be read.
    """
    with suppress(Exception):  # Pillow lets most things a broken file can cause through
        data = path.read_bytes()
        digest = hashlib.sha256()
        for part in _parts(data):
            digest.update(part)
        with opened(path) as photo:
            return f"picture:{_orientation(photo)}:{digest.hexdigest()}"
    return ""


def _parts(data: bytes) -> Iterator[memoryview | bytes]:
    if data.startswith(PNG_START):
        return _of_png(data)
    if data.startswith(_TIFF_STARTS):
        return _of_tiff(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _of_webp(data)
    return parts_of_heif(data) if data[4:8] == b"ftyp" else _of_jpeg(data)


def _orientation(photo: Image.Image) -> int:
    try:
        stated = photo.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # tags of wrong types, offsets that lead nowhere: the picture is whole
        return 1
    return stated if isinstance(stated, int) and stated in range(2, 9) else 1


def _of_jpeg(data: bytes) -> Iterator[memoryview]:
    """Give the segments that the picture is made of, then all from its first scan on.

    Raises:
        ValueError: it is no JPEG, or is cut off before its picture.
    """
    view, at = memoryview(data), 2
    if not data.startswith(JPEG_START):
        raise ValueError("no JPEG")
    while True:
        while data[at : at + 2] == b"\xff\xff":  # filling
            at += 1
        if at + 4 > len(data) or data[at] != 0xFF:
            raise ValueError("no segment")
        kind, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if kind == _SOS:
            yield view[at:]
            return
        if (kind not in _APP and kind != _COMMENT) or kind == _ADOBE:
            yield view[at : at + 2 + length]
        at += 2 + length


def _of_png(data: bytes) -> Iterator[memoryview]:
    view, at = memoryview(data), len(PNG_START)
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind in _PNG_PICTURE:
            yield view[at + 4 : at + 8 + length]
        at += 12 + length


def _of_webp(data: bytes) -> Iterator[memoryview]:
    view, at = memoryview(data), 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] in _WEBP_PICTURE:
            yield view[at : at + 8 + length]
        at += 8 + length + length % 2


def _of_tiff(data: bytes) -> Iterator[memoryview | bytes]:
    with Image.open(BytesIO(data)) as photo:
        tags = photo.tag_v2 if isinstance(photo, TiffImagePlugin.TiffImageFile) else {}
    offsets, lengths = _TILES if _TILES[0] in tags else _STRIPS
    yield repr([(tag, tags.get(tag)) for tag in _TIFF_SHAPE]).encode()
    for offset, length in zip(tags[offsets], tags[lengths], strict=True):
        yield memoryview(data)[offset : offset + length]
