"""RTTM, as NIST defined it for diarization: one line per shot, separated by blanks.

https://web.archive.org/web/2017/http://www.itl.nist.gov/iad/mig/tests/rt/2009/docs/rt09-meeting-eval-plan-v2.pdf
(appendix A). The names of files and people have no blanks: they become underscores. Double quotes
become single ones, since readers take what follows them, to the next one, for one cell.
"""

from __future__ import annotations

from pathlib import Path

from ....data.result.names import source_slugs
from ....data.result.result import StoredResult
from ..options import ExportOptions
from ..selection import chosen_clips


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write one line per shot, by film and time; the confidence is the mean probability."""
    clips = chosen_clips(result, options)
    slugs = source_slugs(clip.film.name for clip in clips)
    names = _names({clip.shot.person: clip.name for clip in clips})
    lines = [
        f"SPEAKER {slugs[clip.film.name]} 1 {clip.shot.start_s:.3f} {clip.shot.length_s:.3f}"
        f" <NA> <NA> {names[clip.shot.person]} {clip.shot.mean_strength:.4f} <NA>\n"
        for clip in sorted(clips, key=lambda clip: (clip.film.name, clip.shot.start_s))
    ]
    path.write_text("".join(lines), encoding="utf-8")


def _names(people: dict[int, str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for number, name in people.items():
        base = "_".join(name.replace('"', "'").split()) or "person"
        found[number] = f"{base}-{number + 1}" if base in found.values() else base
    return found
