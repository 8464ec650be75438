"""Face regions and keywords inside the photos: in copies of them, or in the photos themselves."""

from __future__ import annotations

import shutil
from pathlib import Path

from ....data.errors import InputError
from ....data.files import replacing_file
from ....data.result.result import StoredResult
from ....data.shots.where import path_of
from ..beside import places
from ..jpeg_xmp import is_jpeg, packet_in, with_packet
from ..options import ExportOptions
from ..xmp_merge import merged_packet
from . import xmp
from .xmp import TOOLKIT, Tagged


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write each photo with a face into a folder, with its regions inside.

    Where that folder has the photos, they are replaced. All that was in a photo stays as it
    was, to the byte. A photo that is no JPEG gets a sidecar.

    Raises:
        InputError: as of ``xmp.write``, or the metadata of a photo cannot be added to. Nothing is
            written then.
    """
    if path.exists() and not path.is_dir():
        raise InputError(
            f"{path}: expected a folder for the photos, found a file; choose another name"
        )
    written: dict[Path, tuple[Path, bytes]] = {}
    sidecars: list[tuple[Path, Tagged]] = []
    photos = xmp.tagged_photos(result, options)
    beside = places([photo.facts for photo in photos], path, options)
    for photo in photos:
        target = beside[photo.facts.name]
        source = path_of(photo.facts, options.moved_of(photo.facts.name))
        data = source.read_bytes()
        if not is_jpeg(data):
            xmp.check_own(xmp.sidecar_of(target))
            sidecars.append((target, photo))
            continue
        if target.exists() and not target.samefile(source) and target not in written:
            _check_copy(target)
        try:
            written[target] = source, with_packet(data, _packet(data, photo, options))
        except InputError as error:
            raise InputError(f"{source}: {error}; --as xmp writes a sidecar instead") from None
    for target, (source, data) in written.items():
        with replacing_file(target) as partial:
            partial.write_bytes(data)
            shutil.copymode(source, partial)
    xmp.write_sidecars(sidecars, options)


def _packet(data: bytes, photo: Tagged, options: ExportOptions) -> bytes:
    before = packet_in(data)
    if before is None or f'xmptk="{TOOLKIT}"'.encode() in before:
        return xmp.packet(photo, options).encode()
    try:
        text = before.decode()
    except UnicodeDecodeError:
        raise InputError("its XMP is not written in UTF-8") from None
    keywords = xmp.keywords(photo)
    return merged_packet(
        text, lambda tags: xmp.description(photo, options, tags), keywords
    ).encode()


def _check_copy(target: Path) -> None:
    """Refuse to replace a file that is no earlier copy by castlist.

    Raises:
        InputError: it is none.
    """
    data = target.read_bytes()
    if b"castlist" not in (packet_in(data) or b"" if is_jpeg(data) else b""):
        raise InputError(
            f"{target}: is there already, and castlist did not write it; give an empty folder"
        )
