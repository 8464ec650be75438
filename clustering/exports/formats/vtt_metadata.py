"""WebVTT metadata: JSON in each cue, for scripts of a site (``<track kind=metadata>``)."""

from __future__ import annotations

import json
from pathlib import Path

from ....data.result.result import StoredResult
from ..options import ExportOptions
from ..selection import Clip
from ..shot_rows import shot_fields
from .vtt import write_cues


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write one cue per shot."""
    write_cues(result, path, options, _json)


def _json(clip: Clip) -> str:
    # An arrow would end the cue.
    return json.dumps(shot_fields(clip.id, clip.name, clip.shot), ensure_ascii=False).replace(
        ">", "\\u003e"
    )
