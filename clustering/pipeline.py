"""Every step from films and photos to people, in order."""

from __future__ import annotations

import dataclasses
import importlib
import platform
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import __version__
from ..data.errors import first_few
from ..data.progress import ProgressHook, silent
from ..data.result.decisions import Decisions
from ..data.result.facts import ModelFacts, RunFacts, SourceFacts
from ..data.result.result import StoredResult
from ..data.tables.codes import Notice, NoticeCode
from ..data.tables.faces import Faces
from .analysis.config import EngineConfig
from .config import Config
from .face_models.catalogue import AUTO
from .people.cast_of import cast_after, cast_anew, ids_before, without_forgotten
from .people.ids import first_ids
from .people.standing import Standing
from .running import StageClock, followed, followed_again, run_decided, run_seen, track_config
from .stages.both import Remarks
from .stages.in_scale import in_scale
from .tracking.follow import follow_tracks, is_supported

if TYPE_CHECKING:
    from ..data.media.sources import Source
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
        also_frames: further frame indices to look at, by name of the film.
        cache_folder: folder of the cache.
        progress: called as (step, completed, total).
        engine: networks that are loaded already; None = those of ``config.engine``.
        decisions: of the user.
        earlier: a result of the same films or photos, whose people keep their ids.

    Raises:
        InputError: a source cannot be read, or a network is not available.
    """
    threading.Thread(target=_import_hdbscan, name="castlist-import").start()
    analysed = analyse_sources(sources, config, also_frames, cache_folder, progress, engine)
    return find_people(analysed, config, decisions, earlier)


def _import_hdbscan() -> None:
    """Import what stage 1 needs, which takes most of a second, while a core is still idle."""
    with suppress(ImportError):  # stage 1 will report it
        importlib.import_module("hdbscan")


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

    clock = StageClock()
    with clock.stage("networks loaded"):
        engine = engine or load_networks(config, progress)
    with clock.stage("looking"):
        analysed = analyse(sources, engine, config.frames, also_frames, cache_folder, progress)
    run = dataclasses.replace(analysed.run, seconds=clock.seconds)
    return dataclasses.replace(analysed, run=run)


def load_networks(config: Config, progress: ProgressHook = silent) -> Engine:
    """Load the networks that a configuration asks for; one that is not here is fetched.

    Raises:
        InputError: a network, or its library, is not available.
    """
    from .analysis.engine import load_engine

    return load_engine(*_engine_for(config), progress)


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
    clock = StageClock()
    faces, odd_vectors = in_scale(found.faces, found.run.notices)
    with clock.stage("tracks"):
        following = track_config(found.models)
        kept = np.flatnonzero(is_supported(follow_tracks(faces, following), following))
        faces = followed(faces[kept], found.models)
    cast = None
    if decisions or earlier is not None:
        decisions = decisions or Decisions()
        left = without_forgotten(faces, decisions, found.sources)
        kept, faces = kept[left], followed(faces[left], found.models)
        standing = Standing.of(decisions, faces, found.sources)
        before = ids_before(faces, found.sources, decisions, earlier)
        faces, remarks = run_decided(faces, found.models, config, standing, clock)
        person = faces.person
        faces, cast = cast_anew(faces, before, standing, decisions, found.sources, earlier)
        remarks = remarks.renumbered(person, faces)
    else:
        faces, remarks = run_seen(
            faces, np.ones(len(faces), dtype=bool), found.models, config, clock
        )
    run = dataclasses.replace(
        _run_of(found, faces, remarks, odd_vectors),
        seconds={**found.run.seconds, **clock.seconds},
        configuration=config.to_dict(),
        versions=_versions(found.models),
    )
    return dataclasses.replace(found.keep(kept), faces=faces, run=run, given_cast=cast)


def find_people_again(found: StoredResult, config: Config, decisions: Decisions) -> StoredResult:
    """Run both stages on the vectors of a result after its user has decided something.

    All its faces stay in the table. People keep their ids by the cast (``first_ids``, ``before``)
    and the decisions, so that a decision and its undo give the result that was there before.

    Args:
        found: the result.
        config: the settings that it was made with.
        decisions: all of them.

    Returns:
        The result, with its crops unchanged.
    """
    faces, odd_vectors = in_scale(found.faces, found.run.notices)
    faces = followed_again(faces, found.models)
    standing = Standing.of(decisions, faces, found.sources)
    before = first_ids(faces, found.sources, decisions, found.cast)
    now = found.cast.of_faces(found.faces)
    faces, remarks = run_decided(faces, found.models, config, standing, StageClock())
    person = faces.person
    faces, cast = cast_after(faces, before, now, standing, decisions, found.cast)
    remarks = remarks.renumbered(person, faces)
    run = _run_of(found, faces, remarks, odd_vectors)
    return dataclasses.replace(found, faces=faces, run=run, folder=None, given_cast=cast)


def _run_of(
    found: StoredResult, faces: Faces, remarks: Remarks, odd_vectors: Sequence[Notice]
) -> RunFacts:
    """Return the facts of a run, with its notices about the people that were found."""
    return dataclasses.replace(
        found.run,
        notices=(*remarks.notices, *odd_vectors, *_turned(found.sources)),
        nearly_same=remarks.nearly_same,
        predicted_precision=_mean_strength(faces),
    )


def _mean_strength(faces: Faces) -> float | None:
    """Return how often stage 2 expects its changes to be right, None = it changed nothing."""
    strength = faces.strength[faces.is_known & (faces.person != faces.person_before)]
    return float(strength.mean()) if len(strength) else None


def _turned(sources: Sequence[SourceFacts]) -> tuple[Notice, ...]:
    """Return a notice of the films and photos that lay on their side without saying so."""
    turned = [source for source in sources if source.turned_deg]
    films = [source.name for source in turned if source.kind == "film"]
    photos = [source.name for source in turned if source.kind == "photo"]
    if not turned:
        return ()
    names = first_few([*films, *photos], _MOST_NAMED)
    numbers = {"num_films": len(films), "num_photos": len(photos)}
    return (Notice(NoticeCode.TURNED, {**numbers, "names": names}),)


def _versions(models: ModelFacts) -> dict[str, str]:
    from .analysis.info import versions

    base = {"castlist": __version__, "python": platform.python_version()}
    return {**base, **models.cards, **versions()}
