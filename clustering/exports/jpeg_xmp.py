"""The XMP packet of a JPEG: read, put in, replaced; every other byte of the file stays.

A JPEG begins with segments, each a marker and a length; XMP is in one of kind APP1 that begins with
a name of its own (XMP specification, part 3, 1.1.3).
"""

from __future__ import annotations

from collections.abc import Iterator

from ...data.errors import InputError

_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_APP0, _APP1, _APP2, _SCAN, _END = 0xE0, 0xE1, 0xE2, 0xDA, 0xD9
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
_FIRST = ((_APP0, b"JFIF\0"), (_APP0, b"JFXX\0"), (_APP1, b"Exif\0"))  # what comes before XMP
_FURTHER_PICTURES = b"MPF\0"
_MOST_BYTES = 0xFFFF - 2 - len(_XMP)


def is_jpeg(data: bytes) -> bool:
    """Say whether a file is a JPEG, by its first bytes."""
    return data.startswith(b"\xff\xd8\xff")


def packet_in(data: bytes) -> bytes | None:
    """Return the XMP packet of a JPEG, None where it has none.

    Raises:
        InputError: the segments of the file are damaged.
    """
    found = _place_of_xmp(data)
    return None if found is None else data[found[0] + 4 + len(_XMP) : found[1]]


def with_packet(data: bytes, packet: bytes) -> bytes:
    """Return a JPEG with this XMP packet in place of the one it has, else after EXIF.

    Raises:
        InputError: the segments of the file are damaged, the packet is too long, or the file holds
            further pictures in front of its packet, which would move.
    """
    if len(packet) > _MOST_BYTES:
        raise InputError(
            f"its metadata would have {len(packet):,} bytes, more than the {_MOST_BYTES:,} that fit"
        )
    length = (2 + len(_XMP) + len(packet)).to_bytes(2, "big")
    segment = b"\xff" + bytes([_APP1]) + length + _XMP + packet
    place = _place_of_xmp(data)
    start, end = place or (_place_for_xmp(data),) * 2
    moved = len(segment) != end - start
    if moved and any(first < start for first, _ in _segments_of(data, _APP2, _FURTHER_PICTURES)):
        raise InputError("it holds further pictures, whose place would move")
    return data[:start] + segment + data[end:]


def _place_of_xmp(data: bytes) -> tuple[int, int] | None:
    return next(_segments_of(data, _APP1, _XMP), None)


def _place_for_xmp(data: bytes) -> int:
    place = 2
    for kind, start, end in _segments(data):
        if not any(
            kind == first_kind and data.startswith(name, start + 4) for first_kind, name in _FIRST
        ):
            break
        place = end
    return place


def _segments_of(data: bytes, kind: int, name: bytes) -> Iterator[tuple[int, int]]:
    for segment, start, end in _segments(data):
        if segment == kind and data.startswith(name, start + 4):
            yield start, end


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (marker, first byte, byte after the last) of the segments before the picture.

    Raises:
        InputError: something else than a segment is there.
    """
    place = 2
    while place + 4 <= len(data):
        start = place
        while data[place + 1 : place + 2] == b"\xff":  # filled up
            place += 1
        kind = data[place + 1]
        if data[place] != 0xFF or kind in (_SCAN, _END):
            break
        length = 0 if kind in _ALONE else int.from_bytes(data[place + 2 : place + 4], "big")
        yield kind, place, place + 2 + length
        place += 2 + length
        if place <= start or place > len(data):
            break
    else:
        raise InputError("it ends before its picture")
    if data[place : place + 2] != bytes([0xFF, _SCAN]):
        raise InputError("its parts are damaged")
