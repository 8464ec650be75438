"""A film, looked at in pieces."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from ...data.hashes.picture import hash_picture
from ...data.media.config import FramesConfig
from ...data.media.frames import FilmReader, Frame, open_film
from ...data.media.shots import shot_of
from ...data.media.sources import Source
from ...data.progress import ProgressHook
from ...data.result.crops import CropWriter
from ...data.result.facts import SourceFacts
from ...data.tables.faces import Faces
from ..patches.stills import StillFinder
from . import cache, pieces
from .collect import FaceCollector
from .engine import Engine
from .jobs import LOOKING, Job, with_the_clock
from .pieces import Pieces
from .upright import FilmWatch

_MINUTES_FROM_S = 120.0  # from which a length is given in minutes


@dataclass(frozen=True)
class FilmJob(Job):
    """One film.

    Attributes:
        film: which.
        frames: which of its frames are looked at.
        also_frames: indices of further ones, rising.
    """

    film: Source
    frames: FramesConfig
    also_frames: Sequence[int]

    @property
    def sources(self) -> Sequence[Source]:
        """The film."""
        return [self.film]

    def of(self, sources: Sequence[Source]) -> Job:
        """Return the same job, of the only source given."""
        return dataclasses.replace(self, film=sources[0])

    def identity(self) -> dict[str, Any]:
        """Return what decides what is seen, besides the content and the networks."""
        return {
            "frames": dataclasses.asdict(self.frames),
            "also_frames": list(self.also_frames),
        }

    def kept(self, done: Pieces) -> str:
        """Say how much of the film is kept."""
        if not done.facts:
            return ""
        last = done.facts[-1]
        return f"{share(last['kept_s'], last['length_s'])} of {self.film.name}"

    def run(
        self, engine: Engine, done: Pieces, progress: ProgressHook
    ) -> tuple[Faces, list[SourceFacts]]:
        """Look at the film; returns the faces, and the facts of the film."""
        look = _Look(self, engine, done, progress)
        with open_film(
            self.film.path,
            source=self.film.name,
            fps=self.frames.fps,
            also_frames=self.also_frames,
            start_s=self.frames.start_s,
            end_s=self.frames.end_s,
        ) as film:
            look.at(film)
            frames = [index for piece in done.facts for index in piece["frames"]]
            frames_s = [time_s for piece in done.facts for time_s in piece["frames_s"]]
            facts = SourceFacts(
                name=self.film.name,
                picture=hash_picture(self.film.path, "film"),
                duration_s=film.duration_s,
                fps=film.fps,
                looked_at_fps=self.frames.fps,
                num_frames=len(frames),
                start_s=self.frames.start_s or 0.0,
                end_s=self.frames.end_s,
                cuts_s=tuple(film.cuts_s),
                frames=tuple(frames),
                frames_s=tuple(round(time_s, 3) for time_s in frames_s),
                cuts=tuple(film.cuts),
                loss=film.loss or "",
                size_px=(film.width, film.height),
                turned_deg=with_the_clock(done.way.get("turn", 0)),
                length_frames=film.length_frames,
                rate=film.rate,
                time_base=film.time_base,
                start_timecode=film.start_timecode,
            )
        faces, still_s = done.faces(), look.stills.seconds()
        return faces.replace(still_s=still_s, shot=shot_of(faces.frame, facts.cuts)), [facts]


class _Look:
    """One run over a film, from where its pieces end.

    What has to be known of earlier pieces goes with each piece: how long faces were still, and
    which way up the film is. Times, cuts and losses are read again from the film's beginning, since
    not every film can be entered elsewhere and shows the same pictures then.
    """

    def __init__(self, job: FilmJob, engine: Engine, done: Pieces, progress: ProgressHook) -> None:
        self._job, self._engine, self._done, self._progress = job, engine, done, progress
        self._step = f"{LOOKING} {job.film.name}"
        self._turn: int = done.way.get("turn", 0)
        self._watch = FilmWatch(engine.new_detector, done.way.get("is_final", False))
        self.stills = StillFinder()
        if state := done.state:
            self.stills.go_on(state["stills"])
            self._watch.go_on(state["watch"])
        self._start_s = job.frames.start_s or 0.0
        self._kept_s: float = done.facts[-1]["kept_s"] if done.facts else 0.0
        self._length_s: float | None = None

    def at(self, film: FilmReader) -> None:
        """Look at the rest of the film.

        Raises:
            OnItsSideError, InputError: as ``FilmJob.run``.
        """
        ends_s = [end_s for end_s in (self._job.frames.end_s, film.duration_s) if end_s is not None]
        self._length_s = min(ends_s) - self._start_s if ends_s else None
        self._pass_over(film)
        self._tell(self._kept_s)
        pictures = (frame.turned(self._turn) if self._turn else frame for frame in film)
        while self._look_at_piece(film, pictures):
            pass
        self._watch.finish(self._turn)
        self._progress(self._step, 1, 1)

    def _pass_over(self, film: FilmReader) -> None:
        """Read up to where the pieces end."""
        if not self._done.facts:
            return
        kept = self._job.kept(self._done)
        self._progress(f"{kept} are kept; going on from there", 1, 1)
        step = f"reading {self._job.film.name} up to there"
        film.pass_over(
            self._done.facts[-1]["frames"][-1],
            lambda time_s: self._progress(step, time_s - self._start_s, self._kept_s),
        )

    def _look_at_piece(self, film: FilmReader, pictures: Iterator[Frame]) -> bool:
        """Look at the next piece; returns whether the film may go on after it."""
        frames: list[int] = []
        frames_s: list[float] = []
        cuts: Sequence[int] = ()
        with self._done.new() as partial:
            with (
                CropWriter(cache.crops_path(partial)) as crops,
                FaceCollector(self._engine, crops, self.stills) as collector,
                closing(collector.in_film(_first(pictures), self._watch)) as found_in,
            ):
                for frame, found in found_in:
                    collector.add(frame, found)
                    frames.append(frame.index)
                    frames_s.append(frame.time_s)
                    cuts = frame.cuts or ()
                    self._tell(frame.time_s - self._start_s)
                    del frame  # its picture, while the next one is waited for
                is_more = len(frames) == pieces.FRAMES
                faces = collector.finish(cuts if is_more else film.cuts)
            if frames or not self._done.facts:
                kept_s = frames_s[-1] - self._start_s if frames else 0.0
                facts = {"kept_s": kept_s, "length_s": self._length_s,
                         "frames": frames, "frames_s": frames_s}  # fmt: skip
                state = {"stills": self.stills.kept(), "watch": self._watch.kept()}
                self._done.keep(partial, faces, facts, state)
        return is_more

    def _tell(self, done_s: float) -> None:
        rest_s = None if self._length_s is None else self._length_s - self._kept_s
        self._progress(self._step, done_s - self._kept_s, rest_s)


def _first(pictures: Iterator[Frame]) -> Iterable[Frame]:
    return itertools.islice(pictures, pieces.FRAMES)


def share(kept_s: float, length_s: float | None) -> str:
    """Return "12 of 40 min", or "40 of 50 s" of a short film; None = length not known."""
    kept, unit = _time(kept_s)
    if length_s is None:
        return f"{kept} {unit}"
    length, of_unit = _time(length_s)
    return (
        f"{kept} of {length} {unit}" if unit == of_unit else f"{kept} {unit} of {length} {of_unit}"
    )


def _time(length_s: float) -> tuple[int, str]:
    return (int(length_s / 60), "min") if length_s >= _MINUTES_FROM_S else (int(length_s), "s")
