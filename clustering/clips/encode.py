"""Writes films: H.264 and AAC in MP4, QuickTime or Matroska."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ...data.errors import InputError, MisuseError, brief
from ...data.files import replacing_file
from .colours import Colours
from .sound import LAYOUT, RATE

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""FFmpeg's name for the kind of file that an ending means."""

_VIDEO = {"crf": "18", "preset": "veryfast"}
"""Hardly distinguishable from the original, in a file about as large."""

FINE = Fraction(1, 90_000)
"""Seconds: the unit of time stamps where no constant rate gives one."""


class SoundWriter:
    """The sound of a film being written: AAC."""

    def __init__(self, container: OutputContainer) -> None:
        audio = container.add_stream("aac", rate=RATE, layout=LAYOUT)
        assert isinstance(audio, AudioStream)
        self._container, self._audio = container, audio
        self._audio.bit_rate = 192_000
        self._num_samples = 0

    @property
    def seconds(self) -> float:
        """How much was written."""
        return self._num_samples / RATE

    def add(self, samples: NDArray[np.float32]) -> None:
        """Append sound, (2, num_samples) float32."""
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=LAYOUT)
        frame.sample_rate, frame.pts = RATE, self._num_samples
        frame.time_base = Fraction(1, RATE)
        self._num_samples += samples.shape[1]
        self._container.mux(self._audio.encode(frame))

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._container.mux(self._audio.encode(None))


class _Writer:
    """A film being written, with sound or without."""

    def __init__(self, container: OutputContainer, sound: bool) -> None:
        self._container = container
        self._sound = SoundWriter(container) if sound else None

    def add_sound(self, samples: Iterator[NDArray[np.float32]], until_s: float = math.inf) -> None:
        """Append sound, pieces of (2, num_samples) float32; nothing where the film has none.

        Args:
            samples: the next pieces.
            until_s: as far as to a picture, seconds, so that both lie together in the file.
        """
        while self._sound is not None and self._sound.seconds < until_s:
            piece = next(samples, None)
            if piece is None:
                return
            self._sound.add(piece)

    def finish(self) -> None:
        """Write what the encoders still hold."""
        if self._sound is not None:
            self._sound.finish()


class FilmWriter(_Writer):
    """A film being written. Made by ``new_film``."""

    def __init__(
        self, container: OutputContainer, size: tuple[int, int], rate: Fraction | None, sound: bool
    ) -> None:
        self.size = even(size)
        self.unit = 1 / rate if rate else FINE
        video = container.add_stream("libx264", rate=rate or 30, options=_VIDEO)
        assert isinstance(video, VideoStream)
        self._video = video
        self._video.width, self._video.height = self.size
        self._video.pix_fmt = "yuv420p"
        self._video.codec_context.time_base = self.unit
        self._colours: Colours | None = None
        self._last = -1
        super().__init__(container, sound)

    def add_picture(self, frame: av.VideoFrame, time_s: Fraction) -> None:
        """Append a picture that is shown at a time, exact seconds from the film's start."""
        if self._colours is None:
            self._colours = Colours(frame)
            self._colours.state(self._video.codec_context)
        converted = self._colours.converted(frame, self.size)
        converted.pts = self._last = max(round(time_s / self.unit), self._last + 1)
        converted.time_base = self.unit
        converted.pict_type = 0  # the encoder's choice, not what it was in the original
        self._container.mux(self._video.encode(converted))

    def finish(self) -> None:
        """Write what the encoders still hold."""
        self._container.mux(self._video.encode(None))
        super().finish()


class CopyWriter(_Writer):
    """A film being written whose pictures come as they were stored. Made by ``copied_film``."""

    def __init__(self, container: OutputContainer, pictures: VideoStream, sound: bool) -> None:
        self._video = container.add_stream_from_template(pictures)
        super().__init__(container, sound)

    def add_packet(self, packet: av.Packet[Any], shown: int, stored: int, rate: Fraction) -> None:
        """Append a stored picture: the number that it is shown as, and that it is decoded as."""
        packet.time_base = 1 / rate
        packet.pts, packet.dts, packet.duration = shown, stored, 1
        packet.stream = self._video
        self._container.mux(packet)


@contextmanager
def new_film(
    path: Path, size: tuple[int, int], rate: Fraction | None, sound: bool
) -> Iterator[FilmWriter]:
    """Give a film to write; it stands at ``path`` once the block has succeeded.

    Args:
        path: the file; its ending says which kind.
        size: width and height, pixels; odd ones lose a pixel.
        rate: frames per second, None = varying.
        sound: whether it has sound.

    Raises:
        MisuseError: an ending that stands for no kind of film.
        InputError: files of that kind cannot hold such a film; nothing is left of it.
        OSError: it cannot be written; nothing is left of it.
    """
    with _new_file(path) as container:
        writer = FilmWriter(container, size, rate, sound)
        yield writer
        writer.finish()


@contextmanager
def copied_film(path: Path, pictures: VideoStream, sound: bool) -> Iterator[CopyWriter]:
    """Give a film to write whose pictures are copied from a stream; errors as of ``new_film``."""
    with _new_file(path) as container:
        writer = CopyWriter(container, pictures, sound)
        yield writer
        writer.finish()


@contextmanager
def _new_file(path: Path) -> Iterator[OutputContainer]:
    """Give an open file that stands at ``path`` once the block has succeeded.

    Raises:
        InputError: FFmpeg refuses what is written, such as a picture that stays for years.
    """
    kind = container_of(path)
    try:
        with (
            replacing_file(path) as partial,
            av.open(f"file:{partial}", "w", format=kind) as container,
        ):
            yield container
    except (av.error.PatchWelcomeError, av.error.ArgumentError) as error:
        raise InputError(
            f"{path}: expected a film that such a file can hold, but FFmpeg cannot write it"
            f" ({brief(error)}); choose another ending: {', '.join(CONTAINERS)}"
        ) from error


def container_of(path: Path) -> str:
    """Return FFmpeg's name for the kind of a file.

    Raises:
        MisuseError: the ending stands for none that is written here.
    """
    kind = CONTAINERS.get(path.suffix.lower())
    if kind is None:
        raise MisuseError(f"{path}: expected a name that ends in {', '.join(CONTAINERS)}")
    return kind


def even(size: tuple[int, int]) -> tuple[int, int]:
    """Return a size that H.264 with quarter colour can have."""
    return max(size[0] // 2 * 2, 2), max(size[1] // 2 * 2, 2)
