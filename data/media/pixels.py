"""The pixels of a photo: turned upright, in red, green and blue of 8 bits, small enough."""

from __future__ import annotations

import functools
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms

from .scaler import HDR, scaler_of_thread
from .streams import opened_film

MOST_BYTES = 512 * 2**20
"""Memory that the pixels of one photo may take; while they are converted it is three times that."""

_Turn = Image.Transpose
_BY_ORIENTATION = {
    2: _Turn.FLIP_LEFT_RIGHT,
    3: _Turn.ROTATE_180,
    4: _Turn.FLIP_TOP_BOTTOM,
    5: _Turn.TRANSPOSE,
    6: _Turn.ROTATE_270,
    7: _Turn.TRANSVERSE,
    8: _Turn.ROTATE_90,
}
_ON_ITS_SIDE = (_Turn.TRANSPOSE, _Turn.ROTATE_270, _Turn.TRANSVERSE, _Turn.ROTATE_90)
_LAST_ROW_FIRST = (_Turn.ROTATE_180, _Turn.FLIP_TOP_BOTTOM, _Turn.ROTATE_270, _Turn.TRANSVERSE)
_ROWS_AT_ONCE = 256
_OF_ALL_PIXELS = ("F", "I")  # modes in which what is white depends on the whole photo
_BYTES_PER_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2, "LA": 2, "RGB": 3}  # 4 for all others
_OTHER_DATA = 8.0  # mean difference of a row of pixels; what refines a progressive JPEG is less
_SAME_COLOUR = 8  # of 255; the many profiles that say sRGB differ by 1
_RGB = 0  # AVCOL_SPC_RGB, which PyAV does not name
_MOST_REDUCED = 8  # JPEG decodes in 1/2, 1/4 and 1/8 of its size


def reduce_if_large(image: Image.Image) -> int:
    """Have a photo decoded smaller where it is too large for memory; returns the divisor.

    Raises:
        ValueError: it is too large, and of a kind that decodes only whole.
    """
    width, height = image.size
    takes = max(3, _BYTES_PER_PIXEL.get(image.mode, 4)) * width * height
    factor = 1
    while takes / factor**2 > MOST_BYTES and factor < _MOST_REDUCED:
        factor *= 2
    if factor == 1:
        return 1
    if image.format == "JPEG":
        image.draft(None, (width // factor, height // factor))
    if image.width * factor > width + factor or takes / factor**2 > MOST_BYTES:
        raise ValueError(
            f"its {width} x {height} pixels take {takes / 2**30:.1f} GiB of memory, more"
            f" than {MOST_BYTES / 2**30:.1f} GiB, the most that is read; save it smaller"
        )
    return factor


def stated_turn(image: Image.Image) -> Image.Transpose | None:
    """Return what brings a photo upright, as its EXIF data says; None = nothing, or nonsense."""
    image.load()  # of TIFF it turns the picture, and then says no longer that it has to be turned
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # tags of wrong types, offsets that lead nowhere: the picture is whole
        return None
    return _BY_ORIENTATION.get(orientation) if isinstance(orientation, int) else None


def as_rgb(image: Image.Image, turn: Image.Transpose | None = None) -> NDArray[np.uint8]:
    """Return the pixels as a screen shows them, converted some rows at a time to save memory.

    Args:
        image: the photo.
        turn: what is done to it; None = nothing.

    Returns:
        (height, width, 3) uint8, red green blue, as turned.
    """
    width, height = image.size
    is_turned = turn in _ON_ITS_SIDE
    picture = np.empty((width, height, 3) if is_turned else (height, width, 3), np.uint8)
    by_row = picture.swapaxes(0, 1) if is_turned else picture
    at_once = height if image.mode in _OF_ALL_PIXELS else _ROWS_AT_ONCE
    for top in range(0, height, at_once):
        bottom = min(top + at_once, height)
        part = image.crop((0, top, width, bottom))
        pixels = _as_rgb(part if turn is None else part.transpose(turn))
        first = height - bottom if turn in _LAST_ROW_FIRST else top
        rows = by_row[first : first + bottom - top]
        rows[:] = pixels.swapaxes(0, 1) if is_turned else pixels
    return picture


def _as_rgb(image: Image.Image) -> NDArray[np.uint8]:
    profile = image.info.get("icc_profile")
    if image.has_transparency_data:
        # Over white: the colour of transparent pixels is not meant to be visible.
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    if image.mode.startswith("I;16"):
        # Pillow would cut 16-bit grey off at 255.
        return _grey((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("F", "I"):
        return _grey(_to_8_bits(np.asarray(image, np.float64)))
    image = image if image.mode == "CMYK" else image.convert("RGB")
    to_screen = _to_screen(profile, image.mode) if isinstance(profile, bytes) else None
    shown = image.convert("RGB") if to_screen is None else to_screen.apply(image)
    return np.asarray(shown, dtype=np.uint8)


@functools.lru_cache(maxsize=4)  # the photos of a camera have one
def _to_screen(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return how the colours of a profile become those of sRGB; None = as they are.

    Phones photograph in Display P3, cameras in Adobe RGB, printers' pictures are CMYK: without
    their profile red clothes are of another red.
    """
    try:
        to_screen = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB"), mode, "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )  # fmt: skip
    except (ImageCms.PyCMSError, OSError, ValueError):  # damaged, or of another kind of picture
        return None
    if mode != "RGB":
        return to_screen
    levels = np.linspace(0, 255, 6).astype(np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(6, 36, 3)
    shown = np.asarray(to_screen.apply(Image.fromarray(colours)), np.int16)
    return to_screen if np.abs(shown - colours).max() > _SAME_COLOUR else None


def stated_tones(image: Image.Image) -> tuple[int, int] | None:
    """Return the curve and the primaries of an open photo of high dynamic range; None = it is none.

    Some cameras save such in HEIC and AVIF (PQ, HLG). Their numbers mean the light of a bright
    screen; read as those of an ordinary one they are grey.

    They are numbers of ITU-T H.273, which files and FFmpeg use.
    """
    nclx = image.info.get("nclx_profile")  # of HEIC, of its main picture
    if isinstance(nclx, dict):
        stated = nclx.get("transfer_characteristics"), nclx.get("color_primaries")
    else:
        stated = _of_avif(image)
    curve, primaries = stated
    return (int(curve), int(primaries or 0)) if curve in HDR else None


def to_ordinary(pixels: NDArray[np.uint8], tones: tuple[int, int]) -> NDArray[np.uint8]:
    """Return pixels (height, width, 3) uint8 in the colours of an ordinary screen."""
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    frame.color_trc, frame.color_primaries = tones
    frame.colorspace, frame.color_range = _RGB, ColorRange.JPEG
    return scaler_of_thread().picture(frame)


def _of_avif(image: Image.Image) -> tuple[int | None, int | None]:
    path = getattr(image, "filename", "")
    if image.format == "AVIF" and path:  # Pillow does not say
        with suppress(av.FFmpegError, OSError, IndexError), opened_film(Path(path)) as container:
            codec = container.streams.video[0].codec_context
            return codec.color_trc, codec.color_primaries
    return None, None


def missing_share(picture: NDArray[np.uint8], other: NDArray[np.uint8] | None = None) -> float:
    """Return which share of the height of a photo that is cut off is missing, 0..1.

    Where its data has ended, a photo decodes as one colour: from there down, or up to there (BMP).

    Args:
        picture: (height, width, 3) uint8, as far as it decodes, not turned.
        other: of a JPEG: what it decodes to with other data in the place of what is missing. What
            is there is the same in both, and may be of one colour.
    """
    plain = np.abs(picture.astype(np.int16) - picture[:, :1]).max(axis=(1, 2)) <= 1
    there = np.flatnonzero(~plain)
    if not len(there):
        num_missing = len(picture)
    else:
        below, above = len(picture) - 1 - int(there[-1]), int(there[0])
        num_missing = below if other is not None else max(below, above)
    if other is not None:
        differs = np.abs(picture.astype(np.int16) - other).mean(axis=(1, 2)) > _OTHER_DATA
        num_missing = min(num_missing, len(picture) - int(np.argmax([*differs, True])))
    return num_missing / len(picture)


def _grey(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(values[..., None], 3, axis=2)


def _to_8_bits(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Scale numbers whose range no file states: by the least usual range that holds them all."""
    values = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    highest = float(values.max(initial=0.0))
    white = next((top for top in (1.0, 255.0, 65535.0) if highest <= top), highest)
    return np.clip(values * (255 / white), 0, 255).astype(np.uint8)
