"""What could not be read or was left out of a run, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ...data.result.facts import RunFacts, SkippedFacts
from ...data.tables.faces import Faces
from .wording import count

_LONGEST = 100  # letters of a path
_MOST_NAMED = 5  # of a kind, in the summary


def losses(run: RunFacts) -> list[tuple[str, str]]:
    """Return everything that could not be read, whole or at all: its name, and what is wrong."""
    return [loss for of_kind in _by_kind(run).values() for loss in of_kind]


def losses_text(run: RunFacts) -> list[str]:
    """Write the first few of them, of each kind, and how many more there are."""
    lines = []
    for kind, of_kind in _by_kind(run).items():
        lines += [f"! {name}: {what}" for name, what in of_kind[:_MOST_NAMED]]
        more = len(of_kind) - _MOST_NAMED
        if more > 0:
            lines.append(f"! and {count(more, f'more {kind}')}: run.json names them all")
    return lines


def _by_kind(run: RunFacts) -> dict[str, list[tuple[str, str]]]:
    skipped = {item.name: (item.kind, item.reason) for item in run.skipped if not item.is_meant}
    partly = {
        source.name: (source.kind, source.loss)
        for source in run.sources
        if source.loss and source.name not in skipped
    }
    found: dict[str, list[tuple[str, str]]] = {}
    for name, (kind, reason) in {**partly, **skipped}.items():
        line = _short(name), _without_path(reason, Path(name).name)
        found.setdefault(kind, []).append(line)
    return found


def _without_path(reason: str, name: str) -> str:
    """Return a reason without the path that it begins with, since the name stands before it."""
    folder, found, rest = reason.partition(name)
    return rest.lstrip(": ") if found and rest and folder[-1:] in ("", "/", "\\") else reason


def _short(name: str) -> str:
    """Return a long path without its beginning, so that the line is read to its end."""
    return name if len(name) <= _LONGEST else f".../{'/'.join(Path(name).parts[-2:])}"


def skipped_text(run: RunFacts) -> list[str]:
    """Count what was not looked at, by kind; what is left out by design has a line of its own."""
    failed = [item for item in run.skipped if not item.is_meant]
    meant = [item for item in run.skipped if item.is_meant]
    lines = []
    if failed:
        lines.append(f"Not looked at: {_counted(failed)}")
    if meant:
        reasons = dict.fromkeys(item.reason for item in meant)
        counted = (
            f"{_counted(item for item in meant if item.reason == reason)} ({reason})"
            for reason in reasons
        )
        lines.append(f"Left out by design: {'; '.join(counted)}")
    return lines


def faceless_text(run: RunFacts, faces: Faces) -> list[str]:
    """Say which photos have no face, in at most one line; none where no photo has any.

    Args:
        run: of the result.
        faces: all of them, those of hidden people too.
    """
    with_face = set(faces.source.tolist())
    looked_at = [photo.name for photo in run.photos if photo.num_frames]
    without = [name for name in looked_at if name not in with_face]
    if not without or not with_face:
        return []
    named = [_short(name) for name in without[:_MOST_NAMED]]
    more = len(without) - len(named)
    names = ", ".join(named) + (f" and {more:,} more" if more else "")
    what = f"{len(without):,} of {count(len(looked_at), 'photo')}"
    return [f"No face in {what}: {names}"]


def _counted(skipped: Iterable[SkippedFacts]) -> str:
    kinds = Counter(item.kind for item in skipped)
    return ", ".join(count(number, kind) for kind, number in sorted(kinds.items()))
