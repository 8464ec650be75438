"""From sources to the table of faces with its vectors: the part that needs the networks."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...data.errors import InputError
from ...data.media.config import FramesConfig
from ...data.media.frames import Frame, open_film
from ...data.media.photos import read_photos
from ...data.media.prefetch import Prefetch
from ...data.media.shots import shot_of
from ...data.media.sources import Source, hash_source
from ...data.progress import ProgressHook
from ...data.result.crops import CropWriter, JoinedCrops
from ...data.result.facts import RunFacts, SourceFacts, plain
from ...data.result.result import StoredResult
from ...data.runtime.threads import threads_per_network
from ...data.tables.boxes import portrait_boxes
from ...data.tables.faces import Faces
from ..face_models.base import Detections
from ..face_models.quality import face_quality
from . import cache
from .engine import Engine

_BATCH = 32
_FRAMES_AHEAD = 4
_LOOKING = "looking at"


class FaceCollector:
    """Collects the faces of picture after picture, for networks that run in batches."""

    def __init__(self, engine: Engine, crops: CropWriter) -> None:
        self._engine = engine
        self._crops = crops
        self._tables: list[Faces] = []
        self._pending: list[dict[str, Any]] = []
        self._num_pending = 0

    def add(self, frame: Frame, found: Detections) -> None:
        """Align and crop the faces found in one picture."""
        if not len(found):
            return
        height, width = frame.picture.shape[:2]
        chips = self._engine.embedder.align(frame.picture, found)
        columns: dict[str, Any] = {
            "source": np.full(len(found), frame.source),
            "frame": np.full(len(found), frame.index),
            "time_s": np.full(len(found), frame.time_s),
            "box": found.boxes,
            "landmarks": found.landmarks,
            "detection": found.scores,
            "quality": face_quality(list(chips), found),
            "chips": chips,
        }
        columns["cloth_box"], columns["cloths"] = self._engine.clothes.crop(
            frame.picture, found.boxes
        )
        for box in portrait_boxes(found.boxes, width, height):
            self._crops.append(frame.picture, box)
        self._pending.append(columns)
        self._num_pending += len(found)
        if self._num_pending >= _BATCH:
            self._describe()

    def detected(self, frames: Iterable[Frame]) -> Generator[tuple[Frame, Detections], None, None]:
        """Detect in a background thread, so that detector and vector networks run in parallel."""
        detector = self._engine.detector
        work = ((frame, _in_reading_order(detector.detect(frame.picture))) for frame in frames)
        with Prefetch(work, _FRAMES_AHEAD) as found:
            yield from found

    def finish(self) -> Faces:
        """Return the table of all pictures added."""
        self._describe()
        empty = Faces.empty(self._engine.embedder.dim, self._engine.clothes.dim)
        return Faces.concatenate([empty, *self._tables])

    def _describe(self) -> None:
        if not self._pending:
            return
        columns = {
            name: np.concatenate([part[name] for part in self._pending])
            for name in self._pending[0]
        }
        columns["face_vector"] = self._engine.embedder.embed(list(columns.pop("chips")))
        columns["cloth_vector"] = self._engine.clothes.describe(columns.pop("cloths"))
        self._tables.append(Faces.of_detections(**columns))
        self._pending, self._num_pending = [], 0


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
    jobs: list[_Job] = [
        _FilmJob(film, frames, sorted(also_frames.get(film.name, ()))) for film in films
    ]
    if photos:
        jobs.append(_PhotosJob(photos))
    tables, crops, facts = [], [], []
    paths = {source.name: str(source.path.absolute()) for source in sources}
    contents: dict[str, str] = {}
    for job in jobs:
        identity = job.identity()
        contents.update(identity["content"])
        entry = cache_folder / cache.cache_key({**identity, **engine.card})
        found = cache.load(entry)
        if found is None:
            _fill(job, engine, cache_folder, entry, progress)
            found = cache.load(entry)
        if found is None:
            raise _no_cache(cache_folder, "what was written there cannot be read back")
        tables.append(found[0])
        crops.append(found[1])
        facts += [SourceFacts.from_dict(stored) for stored in found[2]["sources"]]
    run = RunFacts(
        sources=tuple(
            dataclasses.replace(source, path=paths[source.name], content=contents[source.name])
            for source in facts
        ),
        models=engine.facts,
        input_hash=_hash_of(contents),
    )
    return StoredResult(Faces.concatenate(tables), run, JoinedCrops(crops))


def _hash_of(contents: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()


class _Job:
    """The sources of one entry of the cache."""

    def identity(self) -> dict[str, Any]:
        raise NotImplementedError

    def run(
        self, collector: FaceCollector, progress: ProgressHook
    ) -> tuple[Faces, list[SourceFacts]]:
        raise NotImplementedError


@dataclass(frozen=True)
class _FilmJob(_Job):
    film: Source
    frames: FramesConfig
    also_frames: Sequence[int]

    def identity(self) -> dict[str, Any]:
        return {
            "content": {self.film.name: hash_source(self.film.path)},
            "frames": dataclasses.asdict(self.frames),
            "also_frames": list(self.also_frames),
        }

    def run(
        self, collector: FaceCollector, progress: ProgressHook
    ) -> tuple[Faces, list[SourceFacts]]:
        step = f"{_LOOKING} {self.film.name}"
        frames: list[int] = []
        frames_s: list[float] = []
        with open_film(
            self.film.path,
            source=self.film.name,
            fps=self.frames.fps,
            also_frames=self.also_frames,
            start_s=self.frames.start_s,
            end_s=self.frames.end_s,
        ) as film:
            start_s = self.frames.start_s or 0.0
            ends_s = [end for end in (self.frames.end_s, film.duration_s) if end is not None]
            length_s = min(ends_s) - start_s if ends_s else None
            progress(step, 0, length_s)
            for frame, found in collector.detected(film):
                collector.add(frame, found)
                frames.append(frame.index)
                frames_s.append(frame.time_s)
                progress(step, frame.time_s - start_s, length_s)
            progress(step, 1, 1)
            faces = collector.finish()
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
                length_frames=film.length_frames,
                rate=film.rate,
                time_base=film.time_base,
                start_timecode=film.start_timecode,
            )
            return faces.replace(shot=shot_of(faces.frame, film.cuts)), [facts]


@dataclass(frozen=True)
class _PhotosJob(_Job):
    photos: Sequence[Source]

    def identity(self) -> dict[str, Any]:
        return {"content": {photo.name: hash_source(photo.path) for photo in self.photos}}

    def run(
        self, collector: FaceCollector, progress: ProgressHook
    ) -> tuple[Faces, list[SourceFacts]]:
        step, total = f"{_LOOKING} photos", len(self.photos)
        losses: list[str] = []
        taken: dict[str, float] = {}
        sizes: dict[str, tuple[int, int]] = {}
        progress(step, 0, total)
        with closing(collector.detected(read_photos(self.photos, losses.append))) as pictures:
            for frame, found in pictures:
                collector.add(frame, found)
                taken[frame.source] = frame.time_s
                sizes[frame.source] = (frame.picture.shape[1], frame.picture.shape[0])
                progress(step, len(taken) + len(losses), total)
        facts = [
            SourceFacts(
                name=photo.name,
                kind="photo",
                taken_s=None if np.isnan(taken.get(photo.name, np.nan)) else taken[photo.name],
                loss="" if photo.name in taken else _complaint(photo, losses),
                size_px=sizes.get(photo.name),
            )
            for photo in self.photos
        ]
        return collector.finish(), facts


def _fill(
    job: _Job, engine: Engine, cache_folder: Path, entry: Path, progress: ProgressHook
) -> None:
    with ExitStack() as stack:
        try:
            partial = stack.enter_context(cache.new_entry(cache_folder))
        except OSError as error:
            raise _no_cache(cache_folder, error.strerror or str(error)) from error
        with CropWriter(cache.crops_path(partial)) as crops, threads_per_network(2):
            faces, sources = job.run(FaceCollector(engine, crops), progress)
        facts = {
            "sources": [plain(dataclasses.asdict(source)) for source in sources],
            "engine": engine.card,
        }
        cache.keep(partial, entry, faces, facts)


def _no_cache(folder: Path, why: str) -> InputError:
    return InputError(f"{folder}: cannot keep a cache there ({why}); choose another --cache")


def _complaint(photo: Source, losses: Sequence[str]) -> str:
    of_photo = (loss for loss in losses if loss.startswith(f"{photo.path} cannot be read"))
    return next(of_photo, "cannot be read")


def _in_reading_order(found: Detections) -> Detections:
    order = np.lexsort((found.boxes[:, 1], found.boxes[:, 0]))
    return Detections(found.boxes[order], found.landmarks[order], found.scores[order])
