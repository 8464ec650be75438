"""The flat page: every stage from sources to people, in order."""

from __future__ import annotations

import dataclasses
import platform
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from .. import __version__
from ..data.media.sources import Source
from ..data.progress import ProgressHook, silent
from ..data.result.facts import ModelFacts
from ..data.result.result import StoredResult
from ..data.tables.codes import Notice, NoticeCode
from ..data.tables.faces import Faces
from .config import Config
from .stages.cloth_stage import reassign_by_clothing
from .stages.constraints import count_violations
from .stages.face_stage import cluster_by_face
from .tracking.follow import follow_tracks, is_supported

if TYPE_CHECKING:
    from .analysis.engine import Engine


def cluster_people(
    sources: Sequence[Source],
    config: Config,
    also_frames: Mapping[str, Collection[int]],
    cache_folder: Path,
    progress: ProgressHook = silent,
    engine: Engine | None = None,
) -> StoredResult:
    """Find the people of films and photos: by face first, then by clothing.

    Args:
        sources: films and photos, as ``data.media.sources.find_sources`` gives them.
        config: every setting.
        also_frames: frame indices to look at besides, by name of the film.
        cache_folder: folder of the cache.
        progress: called as (step, completed, total).
        engine: networks that are loaded already; None = those of ``config.engine``.

    Raises:
        InputError: a source cannot be read, or a network cannot be had.
    """
    analysed = analyse_sources(sources, config, also_frames, cache_folder, progress, engine)
    return find_people(analysed, config)


def analyse_sources(
    sources: Sequence[Source],
    config: Config,
    also_frames: Mapping[str, Collection[int]],
    cache_folder: Path,
    progress: ProgressHook = silent,
    engine: Engine | None = None,
) -> StoredResult:
    """Load the networks and analyse every picture: slow, but cached.

    Arguments and errors as in ``cluster_people``.

    Returns:
        The faces with their vectors; no tracks and no people yet.
    """
    from .analysis.analyse import analyse
    from .analysis.engine import load_engine

    clock = StageClock()
    with clock.stage("networks loaded"):
        engine = engine or load_engine(config.engine, progress)
    with clock.stage("looking"):
        analysed = analyse(sources, engine, config.frames, also_frames, cache_folder, progress)
    run = dataclasses.replace(analysed.run, seconds=clock.seconds)
    return dataclasses.replace(analysed, run=run)


def find_people(found: StoredResult, config: Config) -> StoredResult:
    """Find the people among faces whose vectors are known: the quick half, without any network.

    Args:
        found: what ``analyse_sources`` returned, or a result, which is then clustered anew.
        config: every setting.

    Returns:
        The result of the faces that tracks support.
    """
    config, clock = resolved(config, found.models), StageClock()
    with clock.stage("tracks"):
        faces = follow_tracks(found.faces, config.track)
        kept = np.flatnonzero(is_supported(faces, config.track))
        faces = follow_tracks(faces[kept], config.track)
    faces, notices, precision = run_stages(faces, found.models, config, clock)
    run = dataclasses.replace(
        found.run,
        seconds={**found.run.seconds, **clock.seconds},
        configuration=config.to_dict(),
        versions=_versions(found.models),
        notices=notices,
        predicted_precision=precision,
    )
    return dataclasses.replace(found.keep(kept), faces=faces, run=run)


def run_stages(
    faces: Faces, models: ModelFacts, config: Config, clock: StageClock | None = None
) -> tuple[Faces, tuple[Notice, ...], float | None]:
    """Find people by face, then by clothing.

    Args:
        faces: the table with tracks.
        models: what is known of the networks that made its vectors.
        config: every setting, as ``resolved`` gives it.
        clock: takes the time of each stage.

    Returns:
        The table with people; notices; the precision that stage 2 measured of itself, 0..1, None
        where there was too little to measure.
    """
    clock = clock or StageClock()
    centre = None if models.centre is None else np.array(models.centre, np.float32)
    # The matrices are small: on a busy machine, threads that wait for each other take 50 times as
    # long as one.
    with threadpool_limits(1, user_api="blas"):
        with clock.stage("stage 1, faces"):
            faces, by_face = cluster_by_face(faces, config.face, centre)
        with clock.stage("stage 2, clothing"):
            faces, by_clothes, trust = reassign_by_clothing(faces, config.cloth, centre)
    precision = trust.precision if trust and np.isfinite(trust.margin) else None
    return faces, (*by_face, *by_clothes, *_shared_pictures(faces, config.face.method)), precision


def resolved(config: Config, models: ModelFacts) -> Config:
    """Fill in what the networks decide."""
    distance = models.other_person_distance
    track, face = config.track, config.face
    if track.max_face_distance is None:
        track = dataclasses.replace(track, max_face_distance=distance)
    if face.another_person is None:
        face = dataclasses.replace(face, another_person=distance)
    return dataclasses.replace(config, track=track, face=face)


def _shared_pictures(faces: Faces, method: str) -> list[Notice]:
    count = count_violations(faces, faces.person)
    if method == "online" and count == count_violations(faces, faces.person_before):
        return []  # stage 1 has reported it
    if not count:
        return []
    return [Notice(NoticeCode.SHARED_PICTURES, {"num_pairs": count, "by": "both"})]


def _versions(models: ModelFacts) -> dict[str, str]:
    from .analysis.info import versions

    base = {"castlist": __version__, "python": platform.python_version()}
    return {**base, **models.cards, **versions()}


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
