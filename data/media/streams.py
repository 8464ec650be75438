"""Which of a file's streams is the film."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from ..errors import SourceError

_STILLS = {"mjpeg", "png", "bmp", "gif", "tiff", "webp"}  # codecs of posters, seldom of a film
_NO_FILM = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image


def opened_film(path: Path) -> InputContainer:
    """Open a film, whatever it is called and in whichever encoding its title is.

    Raises:
        av.FFmpegError, OSError: it cannot be opened.
    """
    # "file:" keeps FFmpeg from reading "take:1.mp4" as a protocol.
    return av.open(f"file:{path}", metadata_errors="replace")


def film_stream(path: Path, container: InputContainer) -> VideoStream:
    """Return the stream that a player shows.

    Pictures attached to the file (covers, posters, thumbnails) are none; of several, those that the
    file marks as default come first, then those that move, then the largest.

    Raises:
        SourceError: there is none.
    """
    streams = [stream for stream in container.streams.video if not stream.disposition & _NO_FILM]
    if streams:
        return max(streams, key=_rank)
    if container.streams.video:
        came = "has only a cover picture"
    elif container.streams.audio:
        came = "has sound only"
    else:
        came = "holds nothing that can be decoded (it may have been cut off while it was copied)"
    raise SourceError(
        f"{path}: expected a film with a video stream, but the file {came}; give another file"
    )


def _rank(stream: VideoStream) -> tuple[bool, bool, bool, bool, int]:
    decodes = stream.codec_context is not None
    # In Matroska a stream is a default one unless it says that it is none.
    is_default = bool(stream.disposition & Disposition.default)
    moves = decodes and stream.codec_context.name not in _STILLS and not _is_slow(stream)
    return decodes, stream.frames != 1, is_default, moves, stream.width * stream.height


def _is_slow(stream: VideoStream) -> bool:
    rate = stream.average_rate
    return rate is not None and rate <= 1


def start_timecode(container: InputContainer) -> str | None:
    """Return the timecode of the film's first frame, as the file states it; None = it does not."""
    for part in (*container.streams, container):
        for name, value in part.metadata.items():
            if name.lower() == "timecode" and value:  # Matroska writes it in capitals
                return str(value)
    return None


def film_taken_s(path: Path) -> float | None:
    """Return when a film was taken by its own account, seconds since 1970; None = it has none."""
    try:
        with opened_film(path) as container:
            text = container.metadata.get("creation_time", "")
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (OSError, ValueError, av.FFmpegError):
        return None
    seconds = (moment.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()
    return seconds if seconds > 0 else None
