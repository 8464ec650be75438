"""The flat page: every stage from sources to people, in order."""

from __future__ import annotations

import dataclasses
import platform
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from .. import __version__
from ..data.media.sources import Source
from ..data.progress import ProgressHook, silent
from ..data.result.decisions import Decisions
from ..data.result.facts import ModelFacts, SourceFacts
from ..data.result.result import StoredResult
from ..data.tables.codes import Notice, NoticeCode
from ..data.tables.faces import BoolArray, Faces, FloatArray, IntArray
from ..data.tables.pictures import count_violations
from ..data.tables.tracks import Tracks
from .analysis.config import EngineConfig
from .config import Config
from .evidence.curves import ANY, Curves
from .face_models.catalogue import AUTO
from .grouping.constraints import Constraints
from .people.cast_of import (
    FOUND,
    cast_after,
    cast_anew,
    ids_before,
    without_forgotten,
    without_people,
)
from .people.ids import first_ids
from .people.limits import limits_of
from .people.standing import Standing, split_tracks
from .stages.both import Remarks, cloth_evidence, people_by_cloth_evidence, people_by_face
from .stages.config import PeopleConfig
from .stages.in_pictures import in_pictures, told
from .stages.in_scale import in_scale
from .stages.nearly_same import find_nearly_same
from .stages.one_person import split_two_people
from .stages.online import people_online
from .tracking.follow import follow_tracks, is_supported

if TYPE_CHECKING:
    from .analysis.engine import Engine


_MOST_NAMED = 4


def cluster_people(
    sources: Sequence[Source],
    config: Config,
    also_frames: Mapping[str, Collection[int]],
    cache_folder: Path,
    progress: ProgressHook = silent,
    engine: Engine | None = None,
    decisions: Decisions | None = None,
    earlier: StoredResult | None = None,
) -> StoredResult:
    """Find the people of films and photos: by face first, then by clothing.

    Args:
        sources: films and photos, as ``data.media.sources.find_sources`` gives them.
        config: every setting.
        also_frames: frame indices to look at besides, by name of the film.
        cache_folder: folder of the cache.
        progress: called as (step, completed, total).
        engine: networks that are loaded already; None = those of ``config.engine``.
        decisions: of the user.
        earlier: a result of the same films or photos, whose people keep their ids.

    Raises:
        InputError: a source cannot be read, or a network cannot be had.
    """
    analysed = analyse_sources(sources, config, also_frames, cache_folder, progress, engine)
    return find_people(analysed, config, decisions, earlier)


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
        engine = engine or load_engine(*_engine_for(config), progress)
    with clock.stage("looking"):
        analysed = analyse(sources, engine, config.frames, also_frames, cache_folder, progress)
    run = dataclasses.replace(analysed.run, seconds=clock.seconds)
    return dataclasses.replace(analysed, run=run)


def _engine_for(config: Config) -> tuple[EngineConfig, bool]:
    """Return which networks, and whether they describe every face: the original rule needs that."""
    if config.people.face_method != "online":
        return config.engine, False
    model = config.engine.face_model
    dlib = dataclasses.replace(config.engine, face_model="dlib" if model == AUTO else model)
    return dlib, True


def find_people(
    found: StoredResult,
    config: Config,
    decisions: Decisions | None = None,
    earlier: StoredResult | None = None,
) -> StoredResult:
    """Find the people among faces whose vectors are known: the quick half, without any network.

    Args:
        found: what ``analyse_sources`` returned, or a result, which is then clustered anew.
        config: every setting.
        decisions: of the user.
        earlier: a result of the same films or photos, whose people keep their ids.

    Returns:
        The result of the faces that tracks support.
    """
    config, clock = resolved(config, found.models), StageClock()
    faces, odd_vectors = in_scale(found.faces, found.run.notices)
    with clock.stage("tracks"):
        faces = follow_tracks(faces, config.track)
        kept = np.flatnonzero(is_supported(faces, config.track))
        faces = followed(faces[kept], found.models, config)
    cast = None
    if decisions or earlier:
        decisions = decisions or Decisions()
        left = without_forgotten(faces, decisions, found.sources)
        kept, faces = kept[left], followed(faces[left], found.models, config)
        standing = Standing.of(decisions, faces, found.sources)
        before = ids_before(faces, found.sources, decisions, earlier)
        faces, remarks = _run_decided(faces, found.models, config, standing, clock)
        person = faces.person
        faces, cast = cast_anew(faces, before, standing, decisions, earlier)
        remarks = remarks.renumbered(person, faces)
    else:
        faces, remarks = _run_seen(
            faces, np.ones(len(faces), dtype=bool), found.models, config, clock
        )
    run = dataclasses.replace(
        found.run,
        seconds={**found.run.seconds, **clock.seconds},
        configuration=config.to_dict(),
        versions=_versions(found.models),
        notices=(*remarks.notices, *odd_vectors, *_turned(found.sources)),
        nearly_same=remarks.nearly_same,
        predicted_precision=_mean_strength(faces),
    )
    return dataclasses.replace(found.keep(kept), faces=faces, run=run, given_cast=cast)


def find_people_again(found: StoredResult, config: Config, decisions: Decisions) -> StoredResult:
    """Run both stages on the vectors of a result after its user has decided something.

    All its faces stay in the table. What castlist knew of the people before is ``first_ids`` of the
    cast and the decisions alone: after a decision and its undo the result is what it was.

    Args:
        found: the result.
        config: the settings that it was made with.
        decisions: all of them.

    Returns:
        The result; of its crops each is where it was.
    """
    config = resolved(config, found.models)
    faces, odd_vectors = in_scale(found.faces, found.run.notices)
    faces = followed(faces, found.models, config)
    standing = Standing.of(decisions, faces, found.sources)
    before = first_ids(faces, found.sources, decisions, found.cast)
    now = found.cast.of_faces(found.faces)
    faces, remarks = _run_decided(faces, found.models, config, standing, StageClock())
    person = faces.person
    faces, cast = cast_after(faces, before, now, standing, decisions, found.cast)
    remarks = remarks.renumbered(person, faces)
    run = dataclasses.replace(
        found.run,
        notices=(*remarks.notices, *odd_vectors, *_turned(found.sources)),
        nearly_same=remarks.nearly_same,
        predicted_precision=_mean_strength(faces),
    )
    return dataclasses.replace(found, faces=faces, run=run, folder=None, given_cast=cast)


def _run_decided(
    faces: Faces, models: ModelFacts, config: Config, standing: Standing, clock: StageClock
) -> tuple[Faces, Remarks]:
    """Run both stages under the decisions of a user, on the faces that may be somebody."""
    if standing.no_face.any():
        rest = np.flatnonzero(~standing.no_face)
        track = np.full(len(faces), -1)
        track[rest] = followed(faces[rest], models, config).track
        faces = faces.replace(track=track)
    faces = faces.replace(track=split_tracks(faces, standing))
    given = faces.track[sorted(standing.given)]  # the user knows better what is a picture
    return _run_seen(
        faces,
        standing.is_seen(faces.track),
        models,
        config,
        clock,
        lambda tracks, track: limits_of(tracks, track, standing),
        never_pictured=np.isin(faces.track, given),
    )


def _run_seen(
    faces: Faces,
    is_seen: BoolArray,
    models: ModelFacts,
    config: Config,
    clock: StageClock,
    limits: Callable[[Tracks, IntArray], Constraints] | None = None,
    never_pictured: BoolArray | None = None,
) -> tuple[Faces, Remarks]:
    """Run both stages on those rows that may be somebody, but for faces in pictures."""
    pictured = is_seen & (config.people.face_method != "online") & in_pictures(faces)
    if never_pictured is not None:
        pictured &= ~never_pictured
    rows = np.flatnonzero(is_seen & ~pictured)
    track = np.full(len(faces), -1)
    track[rows] = np.unique(faces.track[rows], return_inverse=True)[1]
    found, remarks = run_stages(
        faces.replace(track=track)[rows],
        models,
        config.people,
        clock,
        (lambda tracks: limits(tracks, track)) if limits else None,
    )
    faces, notices = told(without_people(faces).put(rows, found, FOUND), pictured)
    return faces, dataclasses.replace(remarks, notices=(*remarks.notices, *notices))


def followed(faces: Faces, models: ModelFacts, config: Config) -> Faces:
    """Follow each face through its shot, and split tracks that turn out to be of two people."""
    faces = follow_tracks(faces, config.track)
    columns = columns_of(models, faces).face
    return split_two_people(faces, columns, Curves.load().of_faces(columns))


def run_stages(
    faces: Faces,
    models: ModelFacts,
    config: PeopleConfig,
    clock: StageClock | None = None,
    limits: Callable[[Tracks], Constraints] | None = None,
) -> tuple[Faces, Remarks]:
    """Find people by face, then by clothing.

    Args:
        faces: the table with tracks.
        models: what is known of the networks that made its vectors.
        config: how people are found.
        clock: takes the time of each stage.
        limits: says what no evidence outranks; None = what pictures forbid. The rule ``online``
            knows none.

    Returns:
        The table with people, and what else there is to say.
    """
    clock = clock or StageClock()
    # The matrices are small: on a busy machine, threads that wait for each other take 50 times as
    # long as one.
    with threadpool_limits(1, user_api="blas"):
        if config.face_method == "online":
            with clock.stage("stage 1, faces"):
                faces = people_online(faces, config.online_threshold)
            return faces, Remarks(_shared_pictures(faces))
        tracks, curves = Tracks.of(faces), Curves.load()
        with clock.stage("stage 1, faces"):
            columns = columns_of(models, faces)
            constraints = limits(tracks) if limits else None
            by_face = people_by_face(tracks, columns.face, curves, config, constraints)
        with clock.stage("stage 2, clothing"):
            cloth = cloth_evidence(tracks, by_face, columns.cloth, curves, config)
            people, notices = people_by_cloth_evidence(tracks, by_face, cloth, config)
            nearly_same = find_nearly_same(tracks, people.person, by_face, cloth)
    faces = people.written_to(faces)
    return faces, Remarks((*notices, *_shared_pictures(faces)), nearly_same)


class VectorColumns(NamedTuple):
    """First and last column (exclusive) of each network in both kinds of vectors, by its name."""

    face: Mapping[str, tuple[int, int]]
    cloth: Mapping[str, tuple[int, int]]


def columns_of(models: ModelFacts, faces: Faces) -> VectorColumns:
    """Return whose columns the vectors of a table are; of nobody in particular if not known."""
    return VectorColumns(
        models.face_columns or _any_network(faces.face_vector),
        models.cloth_columns or _any_network(faces.cloth_vector),
    )


def _any_network(vectors: FloatArray) -> dict[str, tuple[int, int]]:
    return {ANY: (0, vectors.shape[1])}


def resolved(config: Config, models: ModelFacts) -> Config:
    """Fill in what the networks decide."""
    track = config.track
    if track.max_face_distance is None:
        track = dataclasses.replace(track, max_face_distance=models.other_person_distance)
    return dataclasses.replace(config, track=track)


def _mean_strength(faces: Faces) -> float | None:
    """Return how often stage 2 should be right by its own account, None = it changed nothing."""
    strength = faces.strength[faces.is_known & (faces.person != faces.person_before)]
    return float(strength.mean()) if len(strength) else None


def _shared_pictures(faces: Faces) -> tuple[Notice, ...]:
    count = count_violations(faces, faces.person)
    return (Notice(NoticeCode.SHARED_PICTURES, {"num_pairs": count}),) if count else ()


def _turned(sources: Sequence[SourceFacts]) -> tuple[Notice, ...]:
    """Say which films and photos did not say that they lie on their side."""
    names = {kind: [own.name for own in sources if own.turned_deg and own.kind == kind]
             for kind in ("film", "photo")}  # fmt: skip
    all_names = [*names["film"], *names["photo"]]
    if not all_names:
        return ()
    rest = len(all_names) - _MOST_NAMED
    shown = ", ".join(all_names[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
    counts = {f"num_{kind}s": len(own) for kind, own in names.items()}
    return (Notice(NoticeCode.TURNED, {**counts, "names": shown}),)


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
