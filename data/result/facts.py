"""Facts about a result besides its faces: sources, networks, settings, notices."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, Self

from ..json_fields import known_fields, plain
from ..tables.codes import Notice, NoticeCode
from ..tables.nearly_same import NearlySame

_LATE_PERIODS = 0.5  # times are rounded, and later by more than one period if at all


@dataclass(frozen=True)
class SourceFacts:
    """One film, or one photo.

    Attributes:
        name: as in the ``source`` column of the table.
        kind: ``film`` or ``photo``.
        path: where it was, absolute; "" when that is not known.
        content: hash of its content, the same wherever the file lies; "" when that is not known.
        picture: hash of its picture alone, which stays when titles, dates or ratings are written
            into it; "" when it is not known.
        duration_s: length of the film in seconds, None for a photo or when it is not known.
        fps: the film's frames per second, None for a photo or when they vary too much.
        looked_at_fps: frames analysed per second of film, None for a photo or for every frame.
        num_frames: number of frames analysed, 1 for a photo.
        start_s: film time from which on frames were analysed, in seconds.
        end_s: film time up to which frames were analysed, in seconds, None for the end.
        cuts_s: film times at which a new shot begins, in seconds, rising, without the first shot's.
        frames: 0-based index of each frame analysed, rising; empty for a photo.
        frames_s: presentation time of each of them, in seconds.
        cuts: 0-based index of the frame that begins each shot, rising, without the first shot's.
        taken_s: when a photo was taken, in seconds since 1970 by the camera's clock, None when it
            is not known.
        loss: what could not be read of it, as text; empty when everything could.
        size_px: width and height of the pictures as a viewer shows them, in pixels, None when it is
            not known.
        turned_deg: by how much its pictures were turned, with the clock, to look for faces: it lay
            on its side (90, 270) or upside down (180) and did not say so.
        length_frames: how many frames the film has, None when not all were counted.
        rate: the film's constant frame rate, frames per second, None for a photo or when it varies.
        time_base: the unit of the film's time stamps, seconds, None for a photo.
        start_timecode: timecode of the film's first frame as the file states it, such as
            ``01:00:00:00``, None when it states none.
    """

    name: str
    kind: Literal["film", "photo"] = "film"
    path: str = ""
    content: str = ""
    picture: str = ""
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
    turned_deg: int = 0
    length_frames: int | None = None
    rate: Fraction | None = None
    time_base: Fraction | None = None
    start_timecode: str | None = None

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> SourceFacts:
        """Make it from its form in JSON; unknown fields are ignored."""
        values = known_fields(cls, fields)
        for name in ("rate", "time_base"):
            if isinstance(values.get(name), str):
                values[name] = Fraction(values[name])
        return cls(**values)

    @property
    def turn(self) -> int:
        """``turned_deg`` as quarter turns against the clock, as ``data.tables.turns`` counts."""
        return -self.turned_deg // 90 % 4

    @property
    def period_s(self) -> float:
        """Seconds of film that one analysed frame stands for; 0.2 when not known."""
        rates = [rate for rate in (self.fps, self.looked_at_fps) if rate]
        if rates:
            return 1 / min(rates)
        if self.duration_s and self.num_frames:
            return self.duration_s / self.num_frames
        return 0.2

    @property
    def first_s(self) -> float:
        """When the first picture is shown, seconds: above 0 where sound comes before it."""
        if not self.frames or (self.rate is None and self.frames[0]):
            return 0.0  # not known
        begin_s = self.frames_s[0] - (float(self.frames[0] / self.rate) if self.rate else 0.0)
        return begin_s if begin_s > _LATE_PERIODS / float(self.rate or self.fps or 25) else 0.0

    @property
    def last_s(self) -> float | None:
        """Film time at which the analysis ended, in seconds, None when it is not known."""
        ends = [end for end in (self.end_s, self.duration_s) if end is not None]
        return min(ends) if ends else None


@dataclass(frozen=True)
class SkippedFacts:
    """Something among the inputs that was not looked at.

    Attributes:
        name: of a source as in the table; of anything else its path as given.
        kind: ``film``, ``photo``, ``file`` or ``folder``.
        reason: why, as text.
        is_meant: whether it is left out by design, such as a folder of thumbnails.
    """

    name: str
    kind: str
    reason: str
    is_meant: bool = False


@dataclass(frozen=True)
class ModelFacts:
    """What the stages and the report need of the networks of a run, so that they load none.

    Attributes:
        cards: card of the detector, the embedder and the cloth network: same card, same numbers.
        other_person_distance: euclidean distance from which the authors of the face network call
            two of its vectors two people, None = not known.
        face_columns: first and last column (exclusive) of each network in the face vectors, by the
            name on its card.
        cloth_columns: first and last column (exclusive) of each part of the cloth vectors, by name;
            ``colours`` is a histogram that ``data.clothes.colour_names`` reads.
        lost: the networks that the default would have used and could not have, and why.
    """

    cards: Mapping[str, str] = field(default_factory=dict)
    other_person_distance: float | None = None
    face_columns: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    cloth_columns: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Make it from its form in JSON."""
        values = known_fields(cls, fields)
        for name in ("face_columns", "cloth_columns"):
            columns = values.get(name, {})
            values[name] = {part: (int(a), int(b)) for part, (a, b) in columns.items()}
        return cls(**values)


@dataclass(frozen=True)
class RunFacts:
    """What is known of a run, besides its table.

    Attributes:
        sources: every film and photo, also those without a face, in the order they were given.
        models: the networks of the run.
        skipped: everything among the inputs that was not looked at, with the reason.
        seconds: seconds per stage, in the order they ran.
        configuration: the settings as they were in effect, groups as nested mappings.
        versions: version by name of library, model or file.
        notices: remarks about the run, besides what could not be read of the sources.
        input_hash: hash of the content of all sources.
        predicted_precision: how often stage 2 is right by its own account, the mean strength of the
            faces it changed, 0..1; None where it changed none.
        nearly_same: people who may be one person, what a user should look at first, first.
    """

    sources: tuple[SourceFacts, ...] = ()
    models: ModelFacts = field(default_factory=ModelFacts)
    skipped: tuple[SkippedFacts, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    configuration: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    input_hash: str = ""
    predicted_precision: float | None = None
    nearly_same: tuple[NearlySame, ...] = ()

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Make it from its form in JSON.

        Raises:
            ValueError, TypeError, KeyError: a field is not what ``to_dict`` writes.
        """
        values = known_fields(cls, fields)
        return cls(
            **{
                **values,
                "sources": tuple(SourceFacts.from_dict(source) for source in fields["sources"]),
                "models": ModelFacts.from_dict(fields.get("models", {})),
                "skipped": tuple(
                    SkippedFacts(**known_fields(SkippedFacts, item))
                    for item in fields.get("skipped", ())
                ),
                "notices": tuple(
                    Notice(NoticeCode(notice["code"]), dict(notice["numbers"]))
                    for notice in fields.get("notices", ())
                ),
                "nearly_same": tuple(
                    NearlySame.from_dict(pair) for pair in fields.get("nearly_same", ())
                ),
            }
        )

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

        Numbers that JSON cannot represent (NaN, infinity) become null; values of a configuration
        that are neither text, number, list nor mapping are written as text.
        """
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return everything as ``to_json`` writes it."""
        return {name: plain(value) for name, value in dataclasses.asdict(self).items()}
