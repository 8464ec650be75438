"""What is damaged in a film, counted and said in one sentence; whether a photo is damaged."""

from __future__ import annotations

import mmap
import re
import zlib
from pathlib import Path

from .kinds import JPEG_START, PNG_START, head_of

_ONE_PLACE_S = 2.0  # damage so near together is one place
_MOST_PLACES = 5  # named; more are counted
_LOSS_FROM_S = 0.5  # an end earlier than in the header by less than this is no damage

_OF_A_PHOTO = "is damaged: parts of it may look wrong"
_OF_PIXELS = re.compile(r"Corrupt JPEG data: (?:(\d+) extraneous bytes before marker 0x(\w+))?")
_LEFT = {"d9", "da", "c4", *(f"d{number}" for number in range(8))}  # behind pixels, not a header
_PADDING = 16  # bytes; some cameras leave a few between the last pixels and the end


class Damage:
    """Counts the pictures of one film that are damaged.

    Attributes:
        stopped_early: whether the file could not be read to its end.
        num_lost: pictures that could not be decoded at all.
        num_corrupt: pictures that were decoded with errors.
    """

    def __init__(self) -> None:
        self.stopped_early = False
        self.num_lost = self.num_corrupt = 0
        self._num_places = 0
        self._places_s: list[float] = []
        self._last_s = float("-inf")

    def lost(self, time_s: float) -> None:
        """Count a picture that could not be decoded, near a time in seconds."""
        self.num_lost += 1
        self._add(time_s)

    def corrupt(self, time_s: float) -> None:
        """Count a picture that was decoded with errors, shown at a time in seconds."""
        self.num_corrupt += 1
        self._add(time_s)

    def _add(self, time_s: float) -> None:
        if time_s > self._last_s + _ONE_PLACE_S:
            self._num_places += 1
            if len(self._places_s) < _MOST_PLACES:
                self._places_s.append(time_s)
        self._last_s = max(self._last_s, time_s)

    def sentence(
        self, num_pictures: int, end_s: float, stated_end_s: float | None, picture_s: float
    ) -> str | None:
        """Say what could not be read, in one sentence; None where all could.

        Args:
            num_pictures: decoded, the corrupt ones among them.
            end_s: when the last of them ends, seconds.
            stated_end_s: when the film ends by its header, seconds; None = not stated.
            picture_s: how long a picture is shown, seconds.
        """
        parts = []
        damaged, num_all = self.num_lost + self.num_corrupt, num_pictures + self.num_lost
        is_any_whole = damaged < num_all
        if damaged and not is_any_whole:
            whole = f"all of its {num_all:,} pictures are" if num_all > 1 else "its only picture is"
            parts.append(f"{whole} damaged")
        elif damaged:
            parts.append(
                f"{damaged:,} of {num_all:,} pictures"
                f" {'is' if damaged == 1 else 'are'} damaged, near {self._places()}, and not"
                " looked at"
            )
        missing_s = (stated_end_s or 0.0) - end_s
        if self.stopped_early or missing_s > _LOSS_FROM_S + 2 * picture_s:
            of_total = f" of {stated_end_s:.1f} s" if stated_end_s else ""
            parts.append(
                f"decoding stopped at {end_s:.1f} s{of_total}: the file is truncated or"
                f" damaged{'; what was read is used' if is_any_whole else ''}"
            )
        return "; ".join(parts) or None

    def _places(self) -> str:
        more = self._num_places - len(self._places_s)
        named = ", ".join(map(_clock, self._places_s))
        return f"{named} and {more:,} more places" if more else named


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(int(time_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def damage_of_photo(path: Path) -> str:
    """Say that the pixels of a JPEG or PNG that decodes are damaged, "" = no sign of it.

    Pillow checks no checksum of a PNG's pixels, and ignores what libjpeg warns of: it shows a JPEG
    whose middle is lost as if it were whole, and all that comes after is another picture. A wrong
    bit after which a JPEG still decodes to the right number of values cannot be noticed.

    Raises:
        OSError: it cannot be read.
    """
    head = head_of(path)
    if head.startswith(PNG_START):
        return _OF_A_PHOTO if _has_wrong_checksum(path) else ""
    return _OF_A_PHOTO if head.startswith(JPEG_START) and _warned(path.read_bytes()) else ""


def _warned(jpeg: bytes) -> bool:
    """Say whether libjpeg warns of the data of the pixels.

    At an eighth of its size a picture decodes in a fraction of the time, from the same data.
    """
    try:
        import simplejpeg
    except ImportError:  # an older installation
        return False
    try:
        simplejpeg.decode_jpeg(jpeg, "GRAY", min_height=1, min_width=1, min_factor=8, strict=True)
    except ValueError as error:
        warning = _OF_PIXELS.match(str(error))
        if warning is None:  # a kind that it does not read
            return False
        number, marker = warning.groups()
        return marker is None or (marker in _LEFT and (marker != "d9" or int(number) > _PADDING))
    return False


def _has_wrong_checksum(png: Path) -> bool:
    with png.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        place = len(PNG_START)
        while place + 12 <= len(content):
            end = place + 8 + int.from_bytes(content[place : place + 4], "big")
            if content[place + 4 : place + 8] == b"IDAT" and end + 4 <= len(content):
                stated = int.from_bytes(content[end : end + 4], "big")
                if zlib.crc32(content[place + 4 : end]) != stated:
                    return True
            place = end + 4
    return False
