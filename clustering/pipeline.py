"""The flat page: every stage from sources to people, in order."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from .. import __version__
from ..data.media.sources import Source
from ..data.progress import ProgressHook, silent
from ..data.result.crops import JoinedCrops
from ..data.result.facts import RunFacts
from ..data.tables.faces import Faces, IntArray
from .analysis.analyse import Analysis, analyse
from .analysis.engine import Engine, load_engine
from .analysis.info import versions
from .config import Config
from .stages.calibration import Trust
from .stages.cloth_stage import reassign_by_clothing
from .stages.constraints import count_violations
from .stages.face_stage import cluster_by_face
from .tracking.follow import follow_tracks, is_supported


@dataclass(frozen=True, eq=False)
class Result:
    """What a run found.

    Attributes:
        faces: the table, complete.
        crops: the JPEG crop of each row.
        facts: what the run did.
    """

    faces: Faces
    crops: JoinedCrops
    facts: RunFacts


def cluster_people(
    sources: Sequence[Source],
    config: Config,
    also_frames: Mapping[str, Collection[int]],
    cache_folder: Path,
    progress: ProgressHook = silent,
    engine: Engine | None = None,
) -> Result:
    """Find the people of films and photos: by face first, then by clothing.

    Args:
        sources: films and photos, as ``data.sources.find_sources`` gives them.
        config: every setting.
        also_frames: frame indices to look at besides, by name of the film.
        cache_folder: where what the networks saw is kept.
        progress: called as (step, completed, total).
        engine: networks that are loaded already; None = those of ``config.engine``.

    Raises:
        InputError: a source cannot be read, or a network cannot be had.
    """
    clock = StageClock()
    seen, engine = analyse_sources(
        sources, config, also_frames, cache_folder, progress, clock, engine
    )
    return find_people(seen, engine, config, clock)


def analyse_sources(
    sources: Sequence[Source],
    config: Config,
    also_frames: Mapping[str, Collection[int]],
    cache_folder: Path,
    progress: ProgressHook = silent,
    clock: StageClock | None = None,
    engine: Engine | None = None,
) -> tuple[Analysis, Engine]:
    """Load the networks and look at every picture: the slow half, which the cache remembers.

    Arguments and errors as in ``cluster_people``.
    """
    clock = clock or StageClock()
    with clock.stage("networks loaded"):
        engine = engine or load_engine(config.engine)
    with clock.stage("looking"):
        seen = analyse(sources, engine, config.frames, also_frames, cache_folder, progress)
    return seen, engine


@dataclass(frozen=True, eq=False)
class Stages:
    """What tracks and both stages made of a table.

    Attributes:
        faces: the rows that are kept, complete.
        kept: (num_kept,) int64, their places in the table that was given.
        messages: what is worth saying.
        trust: how far clothing was trusted, None where nothing was compared.
    """

    faces: Faces
    kept: IntArray
    messages: tuple[str, ...]
    trust: Trust | None

    @property
    def predicted_precision(self) -> float | None:
        """What stage 2 measured its precision to be, 0..1; None = too little to measure."""
        trust = self.trust
        return trust.precision if trust and np.isfinite(trust.margin) else None


def run_stages(
    faces: Faces, engine: Engine, config: Config, clock: StageClock | None = None
) -> Stages:
    """Follow tracks, then find people by face and by clothing.

    Args:
        faces: the table that the networks filled, or a finished one, whose people are forgotten.
        engine: those networks.
        config: every setting, as ``resolved`` gives it.
        clock: takes the time of each stage.
    """
    clock = clock or StageClock()
    with clock.stage("tracks"):
        faces = follow_tracks(faces, config.track)
        kept = np.flatnonzero(is_supported(faces, config.track))
        faces = follow_tracks(faces[kept], config.track)
    # The matrices are small: on a busy machine, threads that wait for each other take 50 times as
    # long as one.
    with threadpool_limits(1, user_api="blas"):
        with clock.stage("stage 1, faces"):
            faces, said_by_faces = cluster_by_face(faces, config.face, engine.embedder.centre)
        with clock.stage("stage 2, clothing"):
            faces, said_by_clothes, trust = reassign_by_clothing(
                faces, config.cloth, engine.embedder.centre, engine.clothes.colour_names
            )
    said = (*said_by_faces, *said_by_clothes, *_violations(faces, config.face.method))
    return Stages(faces, kept, said, trust)


def find_people(
    seen: Analysis, engine: Engine, config: Config, clock: StageClock | None = None
) -> Result:
    """Find the people among the faces that were seen: the quick half.

    Args:
        seen: what ``look_at`` saw. It may be asked again with other settings of tracks and stages.
        engine: the networks that saw it.
        config: every setting.
        clock: takes the time of each stage.
    """
    clock = clock or StageClock()
    config = resolved(config, engine)
    found = run_stages(seen.faces, engine, config, clock)
    facts = RunFacts(
        sources=seen.sources,
        seconds=clock.seconds,
        configuration=config.to_dict(),
        versions=_versions(engine.card),
        messages=(
            *(f"{own.name}: {own.loss}" for own in seen.sources if own.loss),
            *found.messages,
        ),
        input_hash=_input_hash(seen.input_hashes),
        predicted_precision=found.predicted_precision,
    )
    return Result(found.faces, seen.crops.keep(found.kept), facts)


def resolved(config: Config, engine: Engine) -> Config:
    """Fill in what the networks decide."""
    distance = engine.embedder.other_person_distance
    track, face = config.track, config.face
    if track.max_face_distance is None:
        track = dataclasses.replace(track, max_face_distance=distance)
    if face.another_person is None:
        face = dataclasses.replace(face, another_person=distance)
    return dataclasses.replace(config, track=track, face=face)


def _violations(faces: Faces, method: str) -> list[str]:
    count = count_violations(faces, faces.person)
    if method == "online" and count == count_violations(faces, faces.person_before):
        return []  # it has said so itself
    return [f"{count} pairs of faces share a picture and a person"] if count else []


def _versions(card: Mapping[str, str]) -> dict[str, str]:
    return {"castlist": __version__, "python": platform.python_version(), **card, **versions()}


def _input_hash(hashes: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()


class StageClock:
    """Takes the time of stages.

    Attributes:
        seconds: per stage, in the order they ran.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Take the time of the block."""
        began_s = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - began_s, 3)
