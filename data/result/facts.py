"""What a run did, beside the faces it found: plain facts that the pipeline fills in."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class SourceFacts:
    """One film, or one photo.

    Attributes:
        name: as in the ``source`` column of the table.
        kind: ``film`` or ``photo``.
        duration_s: length of the film in seconds, None for a photo or when it is not known.
        fps: the film's own frames per second, None for a photo or when they vary too much to say.
        looked_at_fps: frames looked at per second of film, None for a photo or for every frame.
        num_frames: number of frames looked at, 1 for a photo.
        start_s: film time from which on frames were looked at, in seconds.
        end_s: film time up to which frames were looked at, in seconds, None for the end.
        cuts_s: film times at which a new shot begins, in seconds, rising, without the first shot's.
        frames: 0-based index of each frame looked at, rising; empty for a photo.
        frames_s: presentation time of each of them, in seconds.
        cuts: 0-based index of the frame that begins each shot, rising, without the first shot's.
        taken_s: when a photo was taken, in seconds since 1970 by its own clock, None when it does
            not say.
        loss: what could not be read of it, in words; empty when everything could.
        size_px: width and height of the upright pictures, in pixels, None when it is not known.
        length_frames: how many frames the film has, None when not all were counted.
    """

    name: str
    kind: Literal["film", "photo"] = "film"
    duration_s: float | None = None
    fps: float | None = None
    looked_at_fps: float | None = None
    num_frames: int = 1
    start_s: float = 0.0
    end_s: float | None = None
    cuts_s: tuple[float, ...] = ()
    frames: tuple[int, ...] = ()
    frames_s: tuple[float, ...] = ()
    cuts: tuple[int, ...] = ()
    taken_s: float | None = None
    loss: str = ""
    size_px: tuple[int, int] | None = None
    length_frames: int | None = None

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> SourceFacts:
        """Make it again of what JSON kept of it; fields that it does not have are left alone."""
        known = {own.name for own in dataclasses.fields(cls)}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in fields.items()
            if name in known
        }
        return cls(**values)

    @property
    def period_s(self) -> float:
        """Seconds of film that one frame looked at stands for; 0.2 when nothing tells."""
        rates = [rate for rate in (self.fps, self.looked_at_fps) if rate]
        if rates:
            return 1 / min(rates)
        if self.duration_s and self.num_frames:
            return self.duration_s / self.num_frames
        return 0.2

    @property
    def last_s(self) -> float | None:
        """Film time at which looking ended, in seconds, None when it is not known."""
        ends = [end for end in (self.end_s, self.duration_s) if end is not None]
        return min(ends) if ends else None


@dataclass(frozen=True)
class RunFacts:
    """What is worth knowing of a run, besides its table.

    Attributes:
        sources: every film and photo, also those without a face, in the order they were given.
        seconds: seconds per stage, in the order they ran.
        configuration: the settings as they were in effect, groups as nested mappings.
        versions: version by name of library, model or file.
        messages: what the stages want to say to the person at the screen, a sentence each.
        input_hash: hash of the input, the key of the cached vectors.
        predicted_precision: what stage 2 measured its precision to be on hidden tracks, 0..1;
            None where it had too little to measure.
    """

    sources: tuple[SourceFacts, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    configuration: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    messages: tuple[str, ...] = ()
    input_hash: str = ""
    predicted_precision: float | None = None

    @property
    def films(self) -> tuple[SourceFacts, ...]:
        """The sources that are films."""
        return tuple(source for source in self.sources if source.kind == "film")

    @property
    def photos(self) -> tuple[SourceFacts, ...]:
        """The sources that are photos."""
        return tuple(source for source in self.sources if source.kind == "photo")

    def to_json(self) -> str:
        """Return everything as JSON, the content of ``run.json``.

        Numbers that JSON has no words for (NaN, infinity) become null; values of a configuration
        that are neither text, number, list nor mapping are written as text.
        """
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return everything as ``to_json`` writes it."""
        return {name: plain(value) for name, value in dataclasses.asdict(self).items()}

    @property
    def notices(self) -> tuple[str, ...]:
        """The messages, without those that only repeat the loss of a source."""
        losses = {f"{source.name}: {source.loss}" for source in self.sources}
        return tuple(message for message in self.messages if message not in losses)


def plain(value: Any) -> Any:
    """Turn a value into what JSON knows: NaN and infinity into None, the unknown into text."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in value]
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a NumPy scalar
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int | bool) else str(value)
