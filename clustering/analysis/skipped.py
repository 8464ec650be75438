"""What was left out of a run, for its facts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from ...data.errors import InputError, NothingReadError, printable_name
from ...data.media.search import Skipped
from ...data.media.sources import Source
from ...data.result.facts import SkippedFacts, SourceFacts
from ...data.result.result import StoredResult

_NO_PICTURE = "none of its pictures is looked at: give a higher --fps, or another part of it"
_CHANGED = "it changed while it was read: find its people again when it is complete"


def with_skipped(result: StoredResult, found: Sequence[Skipped]) -> StoredResult:
    """Return a result that also says what was left out before anything was looked at."""
    facts = [
        SkippedFacts(
            name=printable_name(str(source.path)),
            kind=source.kind,
            reason=printable_name(source.reason),
            is_meant=source.is_meant,
        )
        for source in found
    ]
    run = dataclasses.replace(result.run, skipped=(*facts, *result.run.skipped))
    return dataclasses.replace(result, run=run)


def skipped_source(source: Source, error: InputError) -> SkippedFacts:
    """Return why a source that was found could not be looked at."""
    return SkippedFacts(source.name, source.kind, printable_name(str(error)))


def stamps_of(sources: Sequence[Source]) -> dict[str, tuple[int, int] | None]:
    """Return size and time of change of each source, by its name; None = it is not there."""
    stamps: dict[str, tuple[int, int] | None] = {}
    for source in sources:
        try:
            found = source.path.stat()
        except OSError:
            stamps[source.name] = None
        else:
            stamps[source.name] = found.st_size, found.st_mtime_ns
    return stamps


def with_changes_noted(
    facts: Sequence[SourceFacts],
    before: Mapping[str, tuple[int, int] | None],
    after: Mapping[str, tuple[int, int] | None],
) -> list[SourceFacts]:
    """Return the facts; those of a source whose file has changed since say so."""
    return [
        dataclasses.replace(source, loss="; ".join(filter(None, (source.loss, _CHANGED))))
        if source.num_frames and after.get(source.name) not in (None, before[source.name])
        else source
        for source in facts
    ]


def unread(sources: Sequence[SourceFacts]) -> list[SkippedFacts]:
    """Return the photos and films of which no picture was looked at."""
    return [
        SkippedFacts(source.name, source.kind, source.loss or _NO_PICTURE)
        for source in sources
        if not source.num_frames
    ]


def all_failed(skipped: Sequence[SkippedFacts], paths: Mapping[str, str]) -> NothingReadError:
    """Return the error of a run in which nothing could be read; it has the path of each source."""
    return NothingReadError(
        [(paths.get(source.name, source.name), source.reason) for source in skipped]
    )


def also_left_out(error: NothingReadError, found: Sequence[Skipped]) -> NothingReadError:
    """Return the error with what was left out before anything was looked at, too."""
    before = [(str(source.path), source.reason) for source in found if not source.is_meant]
    return NothingReadError([*before, *error.reasons])
