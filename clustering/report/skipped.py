"""What could not be read or was left out of a run, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ...data.result.facts import RunFacts, SkippedFacts
from .wording import count

_LONGEST = 100  # letters of a path


def losses(run: RunFacts) -> list[tuple[str, str]]:
    """Return everything that could not be read, whole or at all: its name, and what is wrong."""
    skipped = {own.name: own.reason for own in run.skipped if not own.is_meant}
    partly = [
        (source.name, source.loss)
        for source in run.sources
        if source.loss and source.name not in skipped
    ]
    everything = (*partly, *skipped.items())
    return [(_short(name), _without_path(told, Path(name).name)) for name, told in everything]


def _without_path(told: str, name: str) -> str:
    """Return a reason without the path that it begins with, since the name stands before it."""
    folder, found, rest = told.partition(name)
    return rest.lstrip(": ") if found and rest and folder[-1:] in ("", "/", "\\") else told


def _short(name: str) -> str:
    """Return a long path without its beginning, so that the line is read to its end."""
    return name if len(name) <= _LONGEST else f".../{'/'.join(Path(name).parts[-2:])}"


def skipped_text(run: RunFacts) -> list[str]:
    """Count what was not looked at, by kind; what is left out by design has a line of its own."""
    failed = [own for own in run.skipped if not own.is_meant]
    meant = [own for own in run.skipped if own.is_meant]
    lines = []
    if failed:
        lines.append(f"Not looked at: {_counted(failed)}; run.json names them and says why")
    if meant:
        reasons = "; ".join(dict.fromkeys(own.reason for own in meant))
        lines.append(f"Left out by design: {_counted(meant)} ({reasons})")
    return lines


def _counted(skipped: Iterable[SkippedFacts]) -> str:
    kinds = Counter(own.kind for own in skipped)
    return ", ".join(count(number, kind) for kind, number in sorted(kinds.items()))
