"""Where in a film to begin decoding so that frame indices remain those of the whole film."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import av
from av.container import InputContainer
from av.video.stream import VideoStream

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
