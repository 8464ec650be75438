"""Whether a folder already has the result that is asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from ... import __version__
from ...data.errors import InputError
from ...data.hashes.content import hash_source
from ...data.json_fields import plain
from ...data.media.photos import is_readable_now
from ...data.media.sources import Source
from ...data.result.decisions import Decisions
from ...data.result.result import RUN, StoredResult
from ...data.runtime.models import ModelStore
from ..config import Config


def is_done(
    earlier: StoredResult,
    sources: Sequence[Source],
    config: Config,
    also_frames: Mapping[str, Collection[int]],
    decisions: Decisions,
) -> bool:
    """Say whether a new run could only find the same again.

    Args:
        earlier: the result in the folder.
        sources: films and photos that are asked for.
        config: the settings that are asked for.
        also_frames: further frames that are asked for, by film.
        decisions: of the user, with what was done by hand in the folder.
    """
    return (
        earlier.run.versions.get("castlist") == __version__
        and plain(config.to_dict()) == earlier.run.configuration
        and decisions.last_line == earlier.cast.num_read
        and not _has_networks_now(earlier, config)
        and not _has_newer_file(earlier, config)
        and not any(is_readable_now(item.reason) for item in earlier.run.skipped)
        and _has_frames(earlier, also_frames)
        and _has_same_content(earlier, sources)
    )


def _has_networks_now(earlier: StoredResult, config: Config) -> bool:
    """Say whether a network that the result had to do without is here by now."""
    store = ModelStore.of_environment(offline=config.engine.offline)
    return any(name in store.cards and store.find(name).is_here for name in earlier.models.lost)


def _has_newer_file(earlier: StoredResult, config: Config) -> bool:
    """Say whether a network that is given as a file was written after the result."""
    engine = config.engine
    names = (engine.detector, *engine.face_model.split("+"), engine.cloth_model, engine.cloth_mask)
    files = [Path(name) for name in names if name and Path(name).is_file()]
    if not files or earlier.folder is None:
        return False
    written = (earlier.folder / RUN).stat().st_mtime
    return any(file.stat().st_mtime > written for file in files)


def _has_frames(earlier: StoredResult, also_frames: Mapping[str, Collection[int]]) -> bool:
    frames = {film.name: {*film.frames} for film in earlier.run.films}
    return all(frames.get(name, set()) >= {*wanted} for name, wanted in also_frames.items())


def _has_same_content(earlier: StoredResult, sources: Sequence[Source]) -> bool:
    known = {source.name: source.content for source in earlier.sources}
    left_out = {item.name for item in earlier.run.skipped}
    if not {*known} <= {source.name for source in sources}:
        return False
    return all(
        source.name in left_out
        if source.name not in known
        else _content(source) == known[source.name]
        for source in sources
    )


def _content(source: Source) -> str:
    try:
        return hash_source(source.path)
    except InputError:
        return ""
