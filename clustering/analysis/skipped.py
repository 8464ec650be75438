"""What was left out of a run, for its facts."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from ...data.errors import InputError, NothingReadError
from ...data.media.sources import Skipped, Source, printable_name
from ...data.result.facts import SkippedFacts, SourceFacts
from ...data.result.result import StoredResult


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


def unread(sources: Sequence[SourceFacts]) -> list[SkippedFacts]:
    """Return the photos that no picture could be made of."""
    return [
        SkippedFacts(source.name, source.kind, source.loss)
        for source in sources
        if source.loss and not source.num_frames
    ]


def all_failed(skipped: Sequence[SkippedFacts]) -> NothingReadError:
    """Return the error of a run in which nothing could be read."""
    return NothingReadError([(own.name, own.reason) for own in skipped])


def also_left_out(error: NothingReadError, found: Sequence[Skipped]) -> NothingReadError:
    """Return the same that also names what was left out before anything was looked at."""
    before = [(str(own.path), own.reason) for own in found if not own.is_meant]
    return NothingReadError([*before, *error.reasons])
