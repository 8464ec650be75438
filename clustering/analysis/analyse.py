"""From sources to the table of faces with its vectors: the part that needs the networks."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from ...data.errors import InputError, SourceError, StoppedError
from ...data.hashes.picture import hash_picture
from ...data.json_fields import plain
from ...data.media.config import FramesConfig
from ...data.media.sources import Source
from ...data.progress import ProgressHook
from ...data.result.crops import JoinedCrops
from ...data.result.facts import RunFacts, SkippedFacts, SourceFacts
from ...data.result.result import StoredResult
from ...data.runtime.threads import threads_per_network
from ...data.tables.faces import Faces
from . import cache
from .engine import Engine
from .entries import Entry, hashed, load_entry
from .film_job import FilmJob
from .jobs import Job, PhotosJob
from .lease import Lease
from .pieces import Pieces, clear_away, folder_of
from .skipped import all_failed, skipped_source, stamps_of, unread, with_changes_noted
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
    lease = _lease(cache_folder)
    entries: list[Entry] = []
    skipped: list[SkippedFacts] = []
    for job in _jobs(sources, frames, also_frames):
        try:
            entry = _analysed(job, engine, cache_folder, lease, progress, skipped)
        except KeyboardInterrupt as stop:
            done = [_counted(entries)] if entries else []
            kept = stop.args if isinstance(stop, StoppedError) else ()
            raise StoppedError(*done, *kept) from stop
        if entry is not None:
            entries.append(entry)
    facts = [source for entry in entries for source in entry.sources]
    skipped += unread(facts)
    if not any(source.num_frames for source in facts):
        raise all_failed(skipped, {source.name: str(source.path.absolute()) for source in sources})
    run = RunFacts(
        skipped=tuple(skipped),
        sources=tuple(facts),
        models=engine.facts,
        input_hash=_hash_of({source.name: source.content for source in facts}),
    )
    crops = JoinedCrops([entry.crops for entry in entries], keeps=lease)
    return StoredResult(Faces.concatenate([entry.faces for entry in entries]), run, crops)


def _jobs(
    sources: Sequence[Source], frames: FramesConfig, also_frames: Mapping[str, Collection[int]]
) -> list[Job]:
    films = [source for source in sources if source.kind == "film"]
    photos = [source for source in sources if source.kind == "photo"]
    jobs = [FilmJob(film, frames, sorted(also_frames.get(film.name, ()))) for film in films]
    return [*jobs, *([PhotosJob(photos)] if photos else [])]


def _analysed(
    job: Job,
    engine: Engine,
    folder: Path,
    lease: Lease,
    progress: ProgressHook,
    skipped: list[SkippedFacts],
) -> Entry | None:
    """Return what is seen in the sources of a job, None where none can be read.

    Of each it says where it is, what its content is, and whether it changed meanwhile. ``skipped``
    gets what cannot be read.
    """
    before = stamps_of(job.sources)
    readable, contents, unreadable = hashed(job.sources)
    skipped += unreadable
    if not readable:
        return None
    try:
        found = _looked_at(job.of(readable), contents, engine, folder, lease, progress)
    except SourceError as error:  # of this film or these photos; the rest goes on
        skipped += [skipped_source(source, error) for source in readable]
        return None
    seen = with_changes_noted(found.sources, before, stamps_of(readable))
    facts = [
        dataclasses.replace(
            of_source,
            path=str(source.path.absolute()),
            content=content,
            picture=of_source.picture or hash_picture(source.path, source.kind),  # of old entries
        )
        for of_source, source, content in zip(seen, readable, contents, strict=True)
    ]
    return dataclasses.replace(found, sources=facts)


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
        named = dict(zip((source.name for source in job.sources), contents, strict=True))
        _fill(job, engine, entry, named, progress)
        found = load_entry(entry, job.sources)
    if found is None:
        raise _no_cache(folder, "what was written there cannot be read back")
    clear_away(cache.pieces_of(entry))  # of a run that was killed when the entry was whole
    return found


def _counted(done: Sequence[object]) -> str:
    return f"{len(done):,} film{'s' if len(done) > 1 else ''}"


def _lease(folder: Path) -> Lease:
    try:
        return Lease(folder)
    except OSError as error:
        raise _no_cache(folder, error.strerror or str(error)) from error


def _hash_of(contents: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()


def _fill(
    job: Job, engine: Engine, entry: Path, contents: Mapping[str, str], progress: ProgressHook
) -> None:
    with ExitStack() as stack:
        try:
            partial = stack.enter_context(cache.new_entry(entry.parent))
            folder, is_lasting = stack.enter_context(folder_of(entry))
        except OSError as error:
            raise _no_cache(entry.parent, error.strerror or str(error)) from error
        done = Pieces(folder, contents)
        try:
            with threads_per_network(2):
                faces, sources = _run(job, engine, done, progress)
            done.copy_crops(partial)
            known = [
                dataclasses.replace(source, content=contents[source.name]) for source in sources
            ]
            kept = [plain(dataclasses.asdict(source)) for source in known]
            cache.keep(partial, entry, faces, {"sources": kept, "engine": engine.card})
        except KeyboardInterrupt as stop:
            so_far = job.kept(done) if is_lasting else ""
            raise StoppedError(*filter(None, [so_far])) from stop
        done.delete()


def _run(
    job: Job, engine: Engine, done: Pieces, progress: ProgressHook
) -> tuple[Faces, list[SourceFacts]]:
    """Run a job; anew where its faces say that the film is not upright."""
    while True:
        try:
            return job.run(engine, done, progress)
        except OnItsSideError as film:
            done.begin_anew({"turn": film.turn, "is_final": film.is_final})


def _no_cache(folder: Path, why: str) -> InputError:
    return InputError(f"{folder}: cannot keep a cache there ({why}); choose another --cache")
