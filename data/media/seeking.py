"""Where in a film to begin decoding so that frame indices remain those of the whole film.

Also what is said where the part that is asked for is none of it.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from ..errors import InputError, SourceError
from .timeline import BREAK_S

CHECKED = 8
"""Number of pictures decoded before the start, to check that they are the right ones."""

# Codecs in which each packet of a file is one picture. In others (VP8's hidden pictures, MPEG
# fields) packets cannot be counted instead of pictures.
_PICTURE_A_PACKET = {"h264", "hevc", "av1", "vp9", "mpeg4", "prores", "mjpeg"}


@dataclass(frozen=True)
class Entry:
    """A key picture from which decoding can begin.

    Attributes:
        index: 0-based index of the key picture in its film, in presentation order.
        stamps: presentation time stamps of the key picture and the ``CHECKED - 1`` after it.
    """

    index: int
    stamps: list[int]


def find_entry(container: InputContainer, stream: VideoStream, start: int) -> Entry | None:
    """Find the last key picture that has ``CHECKED`` pictures or more between it and the start.

    Reads the packets up to the start without decoding them, which takes about a hundredth of the
    time. Indices are exact for any frame rate because packets are counted, not seconds.

    Args:
        container: the file, not yet read from. Its position changes.
        stream: its video stream.
        start: the time stamp to begin at, in the stream's time base.

    Returns:
        The entry, or None where packets do not determine the index (time stamps are missing
        or jump, the film does not begin with a key picture) or nothing is to be skipped.
    """
    if stream.codec_context.name not in _PICTURE_A_PACKET or not stream.time_base:
        return None
    found = _stamps_up_to(container, stream, start, int(BREAK_S / stream.time_base))
    if found is None:
        return None
    stamps, key_stamps = found
    if not key_stamps or key_stamps[0] != min(stamps):
        return None
    return _last_entry(sorted(stamps), sorted(key_stamps), start)


def _stamps_up_to(
    container: InputContainer, stream: VideoStream, start: int, longest: int
) -> tuple[list[int], list[int]] | None:
    """Return the time stamps of all packets and of the key pictures; None where they are odd."""
    stamps: list[int] = []
    key_stamps: list[int] = []
    last_dts: int | None = None
    try:
        for packet in container.demux(stream):
            if packet.is_discard:
                continue
            if packet.pts is None or packet.dts is None or packet.is_corrupt:
                return None
            if abs(packet.pts - packet.dts) > longest:
                return None
            if last_dts is not None and not 0 <= packet.dts - last_dts <= longest:
                return None
            last_dts = packet.dts
            if last_dts > start:  # no later packet is shown before the start
                break
            stamps.append(packet.pts)
            if packet.is_keyframe:
                key_stamps.append(packet.pts)
    except av.FFmpegError:
        return None
    return stamps, key_stamps


def _last_entry(stamps: list[int], key_stamps: list[int], start: int) -> Entry | None:
    latest = bisect_left(stamps, start) - CHECKED
    for key_stamp in reversed(key_stamps):
        index = bisect_left(stamps, key_stamp)
        if 0 < index <= latest:
            return Entry(index, stamps[index : index + CHECKED])
    return None


def check_range(path: Path, start_s: float, end_s: float, duration_s: float | None) -> None:
    """Refuse a part, in seconds, that cannot be one of a film of this length; None = not sure.

    Raises:
        InputError: it ends before it starts, or starts far behind the film's end.
    """
    if start_s < 0 or start_s >= end_s:
        raise InputError(
            f"{path}: expected a start of 0 s or more and an end after it, got"
            f" {start_s:g} s to {end_s:g} s; change --from or --to"
        )
    # Some durations are estimates: only a start that is far out is refused before decoding.
    if duration_s is not None and start_s > 1.2 * duration_s + 1:
        raise past_end(path, start_s, duration_s)


def past_end(path: Path, start_s: float, end_s: float) -> InputError:
    """Return the error of a start, in seconds, that is not before the end of the film."""
    return SourceError(
        f"{path}: expected a start within the film, got {start_s:g} s, but it ends at"
        f" {end_s:.1f} s; give an earlier --from"
    )


def beyond_end(path: Path, index: int, num_pictures: int) -> InputError:
    """Return the error of a frame to analyse that the film does not have."""
    return InputError(
        f"{path}: expected frames up to {num_pictures - 1} (0-based), got {index} to look at too;"
        " check that these frame numbers belong to this film"
    )


def none_chosen(path: Path, fps: float, start_s: float, end_s: float) -> InputError:
    """Return the error of a part in which no frame is analysed; all in seconds."""
    end = "its end" if math.isinf(end_s) else f"{end_s:g} s"
    return SourceError(
        f"{path}: expected a picture to look at between {start_s:g} s and {end}, but at {fps:g} a"
        " second there is none; give a higher --fps, or a longer part by --from and --to"
    )
