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
            name=printable_name(str(own.path)),
            kind=own.kind,
            reason=printable_name(own.reason),
            is_meant=own.is_meant,
        )
        for own in found
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


def told_if_changed(
    facts: Sequence[SourceFacts],
    before: Mapping[str, tuple[int, int] | None],
    after: Mapping[str, tuple[int, int] | None],
) -> list[SourceFacts]:
    """Return the facts; those of a source whose file has changed since say so."""
    return [
        dataclasses.replace(own, loss="; ".join(filter(None, (own.loss, _CHANGED))))
        if own.num_frames and after.get(own.name) not in (None, before[own.name])
        else own
        for own in facts
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
    return NothingReadError([(paths.get(own.name, own.name), own.reason) for own in skipped])


def also_left_out(error: NothingReadError, found: Sequence[Skipped]) -> NothingReadError:
    """Return the error with what was left out before anything was looked at, too."""
    before = [(str(own.path), own.reason) for own in found if not own.is_meant]
    return NothingReadError([*before, *error.reasons])
