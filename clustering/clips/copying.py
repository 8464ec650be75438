"""Clips whose pictures are copied as they are stored, where a cut allows it.

It does where the first picture of a shot is a key picture, which needs none before it, and where no
picture of the shot is stored behind one that comes after the shot.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.stream import VideoStream

from ...data.media.streams import opened_film
from .encode import copied_film
from .pictures import is_as_stored, pictures
from .piece import Piece
from .sound import has_sound, sound

_KINDS = {"mp4", "matroska"}  # files whose packets are those that MP4 and Matroska hold
_NEAR = Fraction(1, 4)  # of a picture's time: what a time stamp may be off


def copied(piece: Piece, path: Path) -> bool:
    """Write a piece with its pictures as they are stored; its sound is cut to the sample.

    Args:
        piece: of a film.
        path: the file.

    Returns:
        Whether the cut allows it; where it does not, nothing is written.

    Raises:
        OSError: the file cannot be written; nothing is left of it.
    """
    stretch = _Stretch.of(piece)
    delay = None if stretch is None else _delay(stretch)
    if stretch is None or delay is None:
        return False
    start_s, end_s = stretch.start_s, stretch.start_s + stretch.num_pictures / stretch.rate
    with opened_film(piece.path) as source:
        stream = source.streams.video[0]
        with (
            copied_film(path, stream, has_sound(piece.path)) as writer,
            closing(sound(piece.path, float(start_s), float(end_s))) as samples,
        ):
            for place, (number, packet) in enumerate(_packets(source, stream, stretch)):
                writer.add_sound(samples, float(number / stretch.rate))
                writer.add_packet(packet, number, place - delay, stretch.rate)
            writer.add_sound(samples)
    return True


@dataclass(frozen=True)
class _Stretch:
    """Pictures of a film, by the time stamp of the first, in the stream's unit."""

    path: Path
    rate: Fraction
    start_s: Fraction
    first_pts: int
    num_pictures: int

    @classmethod
    def of(cls, piece: Piece) -> _Stretch | None:
        """Return the stretch of a piece, None where it has no constant rate or is to be turned."""
        rate, shot = piece.film.rate, piece.shot
        if rate is None or not is_as_stored(piece.path):
            return None
        with closing(pictures(piece.path, shot.start_s)) as found:
            first = next((picture for picture in found if picture.index >= shot.first_frame), None)
        if first is None or first.index != shot.first_frame or first.frame.pts is None:
            return None
        num_pictures = shot.last_frame + 1 - shot.first_frame
        return cls(piece.path, rate, Fraction(shot.start_s), first.frame.pts, num_pictures)


def _delay(stretch: _Stretch) -> int | None:
    """Return how many pictures are decoded before the first is shown.

    None where the pictures of the stretch need others, or are of a kind that is not copied.
    """
    try:
        with opened_film(stretch.path) as source:
            if len(source.streams.video) != 1 or not _KINDS & {*source.format.name.split(",")}:
                return None
            stream = source.streams.video[0]
            context = stream.codec_context
            if (context.name, context.pix_fmt) != ("h264", "yuv420p"):
                return None
            numbers = [number for number, _ in _packets(source, stream, stretch)]
    except av.FFmpegError:
        return None
    if sorted(numbers) != list(range(stretch.num_pictures)):
        return None
    return max(place - number for place, number in enumerate(numbers))


def _packets(
    source: av.container.InputContainer, stream: VideoStream, stretch: _Stretch
) -> Iterator[tuple[int, av.Packet[Any]]]:
    """Yield the stored pictures of a stretch with their numbers, fewer where it needs others."""
    source.seek(stretch.first_pts, stream=stream, backward=True)
    has_begun, num_found = False, 0
    for packet in source.demux(stream):
        if packet.pts is None:
            return
        place = (packet.pts - stretch.first_pts) * (stream.time_base or 0) * stretch.rate
        number = round(place)
        if number >= stretch.num_pictures or abs(place - number) > _NEAR:
            return
        has_begun = has_begun or (number == 0 and packet.is_keyframe)
        if number < 0:  # before the shot; some of these may be stored in it
            continue
        if not has_begun:
            return
        yield number, packet
        num_found += 1
        if num_found == stretch.num_pictures:
            return
