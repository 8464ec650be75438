"""What a file is, by its content where that says it, else by its name; opens photos."""

from __future__ import annotations

import os
import stat
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image, features

from ..files import other_than_file

Kind = Literal["film", "photo"]

# fmt: off
PHOTO_SUFFIXES = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".heic",
    ".heif", ".hif", ".mpo", ".insp", ".jp2", ".j2k", ".jpx", ".tga", ".ppm", ".pgm", ".pbm",
    ".pnm", ".psd", ".dib", ".pcx", ".sgi", ".apng", ".heics", ".heifs", ".avifs", ".j2c", ".jpc",
    ".jpf", ".pfm", ".qoi", ".bw", ".icb", ".vda", ".vst",
})
FILM_SUFFIXES = frozenset({
    ".mp4", ".m4v", ".mov", ".qt", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".m2v", ".vob", ".ts",
    ".m2ts", ".mts", ".wmv", ".asf", ".flv", ".3gp", ".3g2", ".ogv", ".mxf", ".dv", ".gif", ".mpe",
    ".m1v", ".mpv", ".m2p", ".tod", ".trp", ".divx", ".rm", ".rmvb", ".f4v", ".ogm", ".wtv", ".nut",
    ".dvr-ms", ".y4m", ".ivf", ".h264", ".264", ".h265", ".265", ".hevc", ".mjpeg", ".mjpg", ".mj2",
    ".insv", ".lrv", ".m3u8", ".mpd",
})
RAW_SUFFIXES = frozenset({
    ".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".iiq", ".kdc", ".mos", ".mrw",
    ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f",
})
UNREAD_SUFFIXES = frozenset({
    ".jxl", ".jxr", ".wdp", ".exr", ".hdr", ".xcf", ".psb", ".svg", ".eps",
})
# fmt: on

# Folders that hold copies or what was deleted, as network disks and systems leave them.
_FOLDERS_LEFT_OUT = {
    "it holds copies that a system made": {
        "@eadir", "__macosx", "#snapshot", "@recently-snapshot", "resource.frk",
    },
    "it holds what was deleted": {
        "#recycle", "@recycle", "$recycle.bin", "recycler", "lost+found",
    },
    "it belongs to the system": {"system volume information"},
}  # fmt: skip

HEAD = 32
"""How many first bytes of a file are enough to say what it is."""

HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
"""How a file of the kind of MP4 says that it is a HEIC photo."""

AVIF_BRANDS = frozenset({b"avif", b"avis"})
_PHOTO_BRANDS = HEIF_BRANDS | AVIF_BRANDS
JPEG_START, PNG_START, _GIF_START = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8"
_PHOTO_STARTS = (JPEG_START, PNG_START, b"II*\0", b"MM\0*")
_FILMS_OF_JPEGS = frozenset({".mjpeg", ".mjpg"})
_FILM_STARTS = (b"\x1a\x45\xdf\xa3", b"\0\0\x01\xba", b"FLV\x01")
_PLAYLIST_STARTS = (b"#EXTM3U", b"ffconcat version")


PLAYLIST = (
    "it is a playlist, which only names other files; give these, or join them into one film, as in"
    " ffmpeg -i PLAYLIST -c copy film.mp4"
)
"""Why a playlist is not read: FFmpeg waits for the next piece of one that has no end, for ever, and
its content does not change when a piece does."""

NO_HEIF = "it is HEIC; run: pip install 'castlist[heic]'"
NO_AVIF = "it is AVIF; run: pip install -U pillow"

GONE = "is no longer there"
"""Why a path cannot be used, where there is nothing."""


def head_of(path: Path) -> bytes:
    """Return the first bytes of a file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return file.read(HEAD)


def kind_of_file(path: Path) -> Kind | None:
    """Return what a file is, by its content where that says it, else by its name; None = neither.

    A GIF is a film where it has several pictures.

    Raises:
        OSError: it cannot be read.
    """
    head, name_says = head_of(path), kind_of_name(path.suffix)
    if head.startswith(_GIF_START):
        return "photo" if _is_still(path) else name_says or "film"
    if head.startswith(JPEG_START) and path.suffix.lower() in _FILMS_OF_JPEGS:
        return "film"  # JPEGs one after the other: a photo by its first bytes
    return kind_of_content(head) or name_says


def _is_still(path: Path) -> bool:
    try:
        with Image.open(path) as image:
            return not getattr(image, "is_animated", False)
    except Exception:  # Pillow lets most things a broken file can cause through
        return False


def kind_of_content(head: bytes) -> Kind | None:
    """Return what the first bytes say; None where they leave it to the name."""
    if head[4:8] == b"ftyp":
        if head[8:12] in _PHOTO_BRANDS:
            return "photo"
        return None if head[8:12].startswith(b"M4A") else "film"
    if head.startswith(b"RIFF"):
        riff: dict[bytes, Kind] = {b"WEBP": "photo", b"AVI ": "film"}
        return riff.get(head[8:12])
    if head.startswith(_PHOTO_STARTS):
        return "photo"
    return "film" if head.startswith(_FILM_STARTS) else None


def kind_of_name(suffix: str) -> Kind | None:
    """Return what the ending of a file's name says; blanks behind it count for nothing."""
    ending = suffix.lower().rstrip()
    if ending in PHOTO_SUFFIXES:
        return "photo"
    return "film" if ending in FILM_SUFFIXES else None


def unread(suffix: str) -> str:
    """Say what a photo is that is not read, by the ending of its name; "" = it is none of these."""
    if suffix.lower() in RAW_SUFFIXES:
        return "a raw photo"
    return "a picture of a kind that is not read" if suffix.lower() in UNREAD_SUFFIXES else ""


def is_playlist(path: Path) -> bool:
    """Say whether a file names the files of a film, by its content or as ``.mpd``.

    Raises:
        OSError: it cannot be read.
    """
    start = head_of(path).removeprefix(b"\xef\xbb\xbf")
    return start.startswith(_PLAYLIST_STARTS) or path.suffix.lower() == ".mpd"


def is_plain_photo(path: Path) -> bool:
    """Say whether a file is a JPEG or PNG, whatever its name says.

    Raises:
        OSError: it cannot be read.
    """
    return head_of(path).startswith((JPEG_START, PNG_START))


def left_out(folder: str) -> str | None:
    """Say why a folder of this name is not searched; None where it is."""
    reasons = (why for why, names in _FOLDERS_LEFT_OUT.items() if folder.casefold() in names)
    return next(reasons, None)


def is_folder(path: Path) -> bool:
    """Say whether a path is a folder; not where nobody may look."""
    try:
        return path.is_dir()
    except OSError:
        return False


def unusable(path: Path) -> str | None:
    """Say why a path is no file that can be read, in a few words; None where it is one.

    It is not opened before it is known to be a file: a pipe would wait, a device never end.
    """
    try:
        mode = path.stat()
    except FileNotFoundError:
        return "is a link that leads nowhere" if path.is_symlink() else GONE
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    if not stat.S_ISREG(mode.st_mode):
        return f"is {other_than_file(mode.st_mode) or 'a folder'}, not a file"
    if not mode.st_size:
        return "is empty"
    return None if os.access(path, os.R_OK) else "cannot be read (Permission denied)"


def opened(file: Path | BytesIO) -> Image.Image:
    """Open a photo, however large; its pixels are read once they are asked for.

    Raises:
        ValueError: a library for it is missing; the message says which.
        OSError: it cannot be read; Pillow lets other errors through, too.
    """
    if isinstance(file, Path) and (why := needs_library(file)):
        raise ValueError(why)
    # Pillow counts pixels, whatever they take; what counts here is memory, see reduce_if_large.
    most, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        return Image.open(file)
    finally:
        Image.MAX_IMAGE_PIXELS = most


def can_read() -> dict[str, bool]:
    """Say of kinds of photos that take a library, or a new one, whether they can be read."""
    return {"heic": can_read_heif()} | ({} if can_read_avif() else {"avif": False})


def can_read_heif() -> bool:
    """Say whether HEIC photos can be read, which takes an extra library."""
    try:
        return find_spec("pillow_heif") is not None
    except ValueError:  # a module that was put there by hand
        return False


def can_read_avif() -> bool:
    """Say whether AVIF photos can be read, which takes a new Pillow."""
    return "avif" in features.modules and bool(features.check("avif"))


def needs_library(path: Path) -> str:
    """Say what has to be installed for a photo, "" = nothing."""
    head = head_of(path)
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    if brand in AVIF_BRANDS and not can_read_avif():
        return NO_AVIF
    if brand not in HEIF_BRANDS:
        return ""
    try:
        import pillow_heif
    except ImportError:
        return NO_HEIF
    pillow_heif.register_heif_opener()
    return ""
