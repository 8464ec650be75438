"""People who are forgotten, in the cache: the vectors and crops of their faces go from it, too."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..data.result.decisions import Decisions, What
from ..data.result.facts import SourceFacts
from .analysis import cache
from .analysis.pieces import clear_away_of
from .people.cast_of import without_forgotten
from .tracking.follow import follow_tracks


def forget_in_cache(folder: Path, decisions: Decisions) -> int:
    """Take the faces of forgotten people out of every entry of the cache.

    Deleted are pieces of their films, of runs that were stopped, and entries of an older castlist,
    which do not say of which film they are, when they have a film or photo of the same name.

    Args:
        folder: of the cache.
        decisions: all of them.

    Returns:
        How many faces, of entries that stay.
    """
    forgets = [decision for decision in decisions.in_force if decision.what is What.FORGET]
    marks = [mark for decision in forgets for part in decision.faces.values() for mark in part]
    contents, names = {mark.content for mark in marks}, {mark.source for mark in marks}
    clear_away_of(folder, contents)
    contents |= {mark.picture for mark in marks if mark.picture}  # also as files of other EXIF
    count = 0
    for entry in cache.entries(folder) if marks else ():
        found = cache.load(entry)
        if found is None:
            continue
        faces, crops, facts = found
        sources = tuple(SourceFacts.from_dict(source) for source in facts["sources"])
        if any(not source.content and source.name in names for source in sources):
            cache.delete(entry)
        elif contents & {hash_ for source in sources for hash_ in (source.content, source.picture)}:
            kept = without_forgotten(follow_tracks(faces), decisions, sources)
            if len(kept) < len(faces):
                cache.replace(entry, faces[kept], crops, np.asarray(kept), facts)
                count += len(faces) - len(kept)
    return count
