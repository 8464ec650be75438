"""The coded pictures in a HEIC or AVIF photo, found in its boxes (ISO/IEC 14496-12, 23008-12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

_WRITTEN_INTO = (b"Exif", b"mime", b"uri ")  # types of items that are no pictures
_IN_FILE, _IN_META = 0, 1  # where the bytes of an item are


@dataclass
class _Item:
    kind: bytes = b""
    where: int = _IN_FILE
    extents: tuple[tuple[int, int], ...] = ()


def parts_of_heif(data: bytes) -> Iterator[memoryview]:
    """Give the bytes of the coded pictures of a photo, and their properties.

    These are its main picture, the tiles of it, its thumbnail and depth; their sizes, colours and
    turns. EXIF and XMP, which are items beside them, are left out.

    Raises:
        ValueError, IndexError: it holds no pictures, or cannot be read.
    """
    view = memoryview(data)
    meta = _boxes(_boxes(view)[b"meta"][4:])  # behind version and flags
    items = _items(meta)
    if not items:
        raise ValueError("no pictures")
    yield meta[b"pitm"]
    yield meta[b"iprp"]
    for number in sorted(items):
        item = items[number]
        if item.kind not in _WRITTEN_INTO:
            place = meta[b"idat"] if item.where == _IN_META else view
            for offset, length in item.extents:
                yield place[offset : offset + length]


def _boxes(view: memoryview) -> dict[bytes, memoryview]:
    """Return what is in each box, by its kind; the first of several."""
    found: dict[bytes, memoryview] = {}
    at = 0
    while at + 8 <= len(view):
        size, kind, begin = int.from_bytes(view[at : at + 4]), bytes(view[at + 4 : at + 8]), 8
        if size == 1:
            size, begin = int.from_bytes(view[at + 8 : at + 16]), 16
        size = size or len(view) - at  # up to the end
        if size < begin:
            raise ValueError("no box")
        found.setdefault(kind, view[at + begin : at + size])
        at += size
    return found


def _items(meta: dict[bytes, memoryview]) -> dict[int, _Item]:
    """Return the items of a file by their numbers: what each is, and where its bytes are."""
    items = _kinds(meta[b"iinf"])
    locations = meta[b"iloc"]
    version, read = locations[0], _Reader(locations[4:])
    sizes = read.number(1), read.number(1)
    of_offset, of_length, of_base, of_index = (
        sizes[0] >> 4, sizes[0] & 15, sizes[1] >> 4, sizes[1] & 15,
    )  # fmt: skip
    for _ in range(read.number(2 if version < 2 else 4)):
        item = items.setdefault(read.number(2 if version < 2 else 4), _Item())
        item.where = read.number(2) & 15 if version else _IN_FILE
        read.number(2)  # another file
        base, extents = read.number(of_base), []
        for _ in range(read.number(2)):
            if version:
                read.number(of_index)
            extents.append((base + read.number(of_offset), read.number(of_length)))
        item.extents = tuple(extents)
    return items


def _kinds(listed: memoryview) -> dict[int, _Item]:
    items, at = {}, 6 if listed[0] == 0 else 8
    while at + 8 <= len(listed):
        entry = listed[at : at + int.from_bytes(listed[at : at + 4])]
        of_number = 2 if entry[8] == 2 else 4  # by its version
        kind = entry[12 + of_number + 2 :][:4]
        items[int.from_bytes(entry[12 : 12 + of_number])] = _Item(bytes(kind))
        at += max(8, len(entry))
    return items


class _Reader:
    """Reads numbers one after the other."""

    def __init__(self, view: memoryview) -> None:
        self._file = BytesIO(view)

    def number(self, num_bytes: int) -> int:
        read = self._file.read(num_bytes)
        if len(read) < num_bytes:
            raise ValueError("cut off")
        return int.from_bytes(read)
