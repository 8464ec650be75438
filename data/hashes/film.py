"""The hash of the picture in a film: of its video as it is coded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from ..errors import InputError
from ..media.streams import film_stream, opened_film
from ..media.upright import display_matrix
from .content import NUM_SAMPLES, SAMPLE, WHOLE_UP_TO

VIDEO = "video:"
"""How the hash of the picture of a film begins."""

_PACKETS = 16  # of a sample, at most


def hash_film(path: Path) -> str:
    """Return a hash of what a film shows, as it is coded, and of how it is turned and widened.

    What else is in the file does not count: titles, dates, covers, chapters, sound, subtitles, and
    where in it each packet is. Nothing is decoded but the first picture.

    Of a file of up to 256 MiB every packet of the video counts, so that two films of one hash show
    the same. Of a larger one packets at 64 places count, evenly spaced, up to 16 or 1 MiB at each:
    two films of one hash show the same there, and are equally long, to a second.

    Returns:
        The hash, ``video:…``; "" of a file that cannot be read, or not be entered at any place.
    """
    with (
        suppress(av.FFmpegError, OSError, InputError, ValueError),
        opened_film(path) as container,
    ):
        stream = film_stream(path, container)
        is_large = path.stat().st_size > WHOLE_UP_TO
        seconds = _seconds(container, stream)
        packets = _packets(container, stream)
        parts = _samples(container, stream, seconds) if is_large else packets
        return _hash(parts, seconds, stream)
    return ""


def _hash(parts: Iterator[av.Packet[VideoStream]], seconds: int, stream: VideoStream) -> str:
    digest, shown = hashlib.sha256(), ""
    for packet in parts:
        digest.update(packet)
        if not shown:
            shown = next((_shown(frame, stream) for frame in stream.decode(packet)), "")
    digest.update(stream.codec_context.extradata or b"")
    digest.update(f"{stream.codec_context.name} {shown} {seconds}".encode())
    return f"{VIDEO}{digest.hexdigest()}" if shown else ""


def _shown(first: av.VideoFrame, stream: VideoStream) -> str:
    return f"{first.width}x{first.height} {stream.sample_aspect_ratio} {display_matrix(first)}"


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[av.Packet[VideoStream]]:
    return (packet for packet in container.demux(stream) if packet.size)


def _samples(
    container: InputContainer, stream: VideoStream, seconds: int
) -> Iterator[av.Packet[VideoStream]]:
    """Give packets at evenly spaced places, each from the key picture before it on.

    Raises:
        ValueError: nobody knows how long the film is.
    """
    if not seconds or not stream.time_base:
        raise ValueError("no length")
    for number in range(NUM_SAMPLES):
        place = int(seconds * number / NUM_SAMPLES / stream.time_base)
        container.seek((stream.start_time or 0) + place, stream=stream)
        left = SAMPLE
        for _, packet in zip(range(_PACKETS), _packets(container, stream), strict=False):
            yield packet
            left -= packet.size
            if left <= 0:
                break


def _seconds(container: InputContainer, stream: VideoStream) -> int:
    """Return how long the film is by its header; 0 = not known.

    In whole seconds: who writes a file anew may round its length.
    """
    if stream.duration and stream.time_base:
        return round(stream.duration * stream.time_base)
    return round((container.duration or 0) / av.time_base)
