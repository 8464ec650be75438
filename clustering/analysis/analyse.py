"""From sources to the table of faces with its vectors: the part that needs the networks."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...data.errors import InputError, SourceError
from ...data.media.config import FramesConfig
from ...data.media.frames import Frame, open_film
from ...data.media.shots import shot_of
from ...data.media.sources import Source
from ...data.progress import ProgressHook
from ...data.result.crops import CropWriter, JoinedCrops
from ...data.result.facts import RunFacts, SkippedFacts, SourceFacts, plain
from ...data.result.result import StoredResult
from ...data.runtime.threads import threads_per_network
from ...data.tables.faces import Faces
from . import cache
from .collect import FaceCollector
from .engine import Engine
from .entries import Entry, hashed, load_entry
from .jobs import LOOKING, Job, PhotosJob, with_the_clock
from .lease import Lease
from .skipped import all_failed, skipped_source, unread
from .upright import OnItsSideError


def analyse(
    sources: Sequence[Source],
    engine: Engine,
    frames: FramesConfig,
    also_frames: Mapping[str, Collection[int]],
    cache_folder: Path,
    progress: ProgressHook,
) -> StoredResult:
    """Analyse every source, or read it from the cache where it is there.

    Each film is one entry of the cache; all photos of a run are one entry.

    Args:
        sources: films and photos.
        engine: the networks.
        frames: which frames of a film are analysed.
        also_frames: further frame indices by name of the film.
        cache_folder: the folder of the cache.
        progress: called with the seconds of film, or the photos, done.

    Returns:
        The table with boxes, shots, quality and vectors; no tracks and no people yet.

    Raises:
        InputError: a source cannot be read, or the cache cannot be written to.
    """
    films = [source for source in sources if source.kind == "film"]
    photos = [source for source in sources if source.kind == "photo"]
    jobs: list[Job] = [
        _FilmJob(film, frames, sorted(also_frames.get(film.name, ()))) for film in films
    ]
    if photos:
        jobs.append(PhotosJob(photos))
    tables, crops = [], []
    facts: list[SourceFacts] = []
    paths = {source.name: str(source.path.absolute()) for source in sources}
    contents: dict[str, str] = {}
    skipped: list[SkippedFacts] = []
    lease = _lease(cache_folder)
    for job in jobs:
        readable, own_contents, unreadable = hashed(job.sources)
        skipped += unreadable
        if not readable:
            continue
        job = job.of(readable)
        try:
            found = _looked_at(job, own_contents, engine, cache_folder, lease, progress)
        except SourceError as error:  # of this film or these photos; the rest goes on
            skipped += [skipped_source(source, error) for source in readable]
            continue
        contents.update(zip((source.name for source in readable), own_contents, strict=True))
        tables.append(found.faces)
        crops.append(found.crops)
        facts += found.sources
    skipped += unread(facts)
    if not any(source.num_frames for source in facts):
        raise all_failed(skipped)
    run = RunFacts(
        skipped=tuple(skipped),
        sources=tuple(
            dataclasses.replace(source, path=paths[source.name], content=contents[source.name])
            for source in facts
        ),
        models=engine.facts,
        input_hash=_hash_of(contents),
    )
    return StoredResult(Faces.concatenate(tables), run, JoinedCrops(crops, keeps=lease))


def _looked_at(
    job: Job,
    contents: Sequence[str],
    engine: Engine,
    folder: Path,
    lease: Lease,
    progress: ProgressHook,
) -> Entry:
    """Return the entry of the cache for a job, which is filled where there is none."""
    entry = folder / cache.cache_key({"content": contents, **job.identity(), **engine.card})
    lease.add(entry)
    found = load_entry(entry, job.sources)
    if found is None:
        if entry.exists():
            progress("an entry of the cache is damaged and is made again", 1, 1)
        named = dict(zip((own.name for own in job.sources), contents, strict=True))
        _fill(job, engine, folder, entry, named, progress)
        found = load_entry(entry, job.sources)
    if found is None:
        raise _no_cache(folder, "what was written there cannot be read back")
    return found


def _lease(folder: Path) -> Lease:
    try:
        return Lease(folder)
    except OSError as error:
        raise _no_cache(folder, error.strerror or str(error)) from error


def _hash_of(contents: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class _FilmJob(Job):
    film: Source
    frames: FramesConfig
    also_frames: Sequence[int]
    turn: int = 0  # quarter turns against the clock
    is_turn_final: bool = False

    @property
    def sources(self) -> Sequence[Source]:
        return [self.film]

    def of(self, sources: Sequence[Source]) -> Job:
        return dataclasses.replace(self, film=sources[0])

    def turned(self, film: OnItsSideError) -> Job:
        return dataclasses.replace(self, turn=film.turn, is_turn_final=film.is_final)

    def identity(self) -> dict[str, Any]:
        return {
            "frames": dataclasses.asdict(self.frames),
            "also_frames": list(self.also_frames),
        }

    def run(
        self, engine: Engine, crops: CropWriter, progress: ProgressHook
    ) -> tuple[Faces, list[SourceFacts]]:
        step = f"{LOOKING} {self.film.name}"
        frames: list[int] = []
        frames_s: list[float] = []
        with (
            open_film(
                self.film.path,
                source=self.film.name,
                fps=self.frames.fps,
                also_frames=self.also_frames,
                start_s=self.frames.start_s,
                end_s=self.frames.end_s,
            ) as film,
            FaceCollector(engine, crops) as collector,
            closing(collector.detected(self._turned(film), self.is_turn_final)) as pictures,
        ):
            start_s = self.frames.start_s or 0.0
            ends_s = [end for end in (self.frames.end_s, film.duration_s) if end is not None]
            length_s = min(ends_s) - start_s if ends_s else None
            progress(step, 0, length_s)
            for frame, found in pictures:
                collector.add(frame, found)
                frames.append(frame.index)
                frames_s.append(frame.time_s)
                progress(step, frame.time_s - start_s, length_s)
            progress(step, 1, 1)
            faces = collector.finish(film.cuts)
            facts = SourceFacts(
                name=self.film.name,
                duration_s=film.duration_s,
                fps=film.fps,
                looked_at_fps=self.frames.fps,
                num_frames=len(frames),
                start_s=start_s,
                end_s=self.frames.end_s,
                cuts_s=tuple(film.cuts_s),
                frames=tuple(frames),
                frames_s=tuple(round(time_s, 3) for time_s in frames_s),
                cuts=tuple(film.cuts),
                loss=film.loss or "",
                size_px=(film.width, film.height),
                turned_deg=with_the_clock(self.turn),
                length_frames=film.length_frames,
                rate=film.rate,
                time_base=film.time_base,
                start_timecode=film.start_timecode,
            )
            return faces.replace(shot=shot_of(faces.frame, film.cuts)), [facts]

    def _turned(self, frames: Iterable[Frame]) -> Iterable[Frame]:
        return (frame.turned(self.turn) for frame in frames) if self.turn else frames


def _fill(
    job: Job,
    engine: Engine,
    cache_folder: Path,
    entry: Path,
    contents: Mapping[str, str],
    progress: ProgressHook,
) -> None:
    with ExitStack() as stack:
        try:
            partial = stack.enter_context(cache.new_entry(cache_folder))
        except OSError as error:
            raise _no_cache(cache_folder, error.strerror or str(error)) from error
        with threads_per_network(2):
            faces, sources = _run(job, engine, partial, progress)
        facts = {
            "sources": [
                plain(dataclasses.asdict(dataclasses.replace(own, content=contents[own.name])))
                for own in sources
            ],
            "engine": engine.card,
        }
        cache.keep(partial, entry, faces, facts)


def _run(
    job: Job, engine: Engine, partial: Path, progress: ProgressHook
) -> tuple[Faces, list[SourceFacts]]:
    """Run a job; anew where its faces say that the film is not upright."""
    while True:
        try:
            with CropWriter(cache.crops_path(partial)) as crops:
                return job.run(engine, crops, progress)
        except OnItsSideError as film:
            job = job.turned(film)


def _no_cache(folder: Path, why: str) -> InputError:
    return InputError(f"{folder}: cannot keep a cache there ({why}); choose another --cache")
