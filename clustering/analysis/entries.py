"""Entries of the cache and the sources that they are of: kept by content, named anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...data.errors import InputError
from ...data.hashes.content import hash_source
from ...data.media.sources import Source
from ...data.result.crops import Crops
from ...data.result.facts import SkippedFacts, SourceFacts
from ...data.tables.faces import Faces
from . import cache
from .skipped import skipped_source


@dataclass(frozen=True, eq=False)
class Entry:
    """What was seen in some sources: their faces, crops and facts."""

    faces: Faces
    crops: Crops
    sources: Sequence[SourceFacts]


def load_entry(folder: Path, sources: Sequence[Source]) -> Entry | None:
    """Return an entry under the names that its sources have now; None = there is none.

    Args:
        folder: the entry.
        sources: whose content it is of, in the order in which they were looked at.
    """
    found = cache.load(folder)
    if found is None or len(found[2].get("sources", ())) != len(sources):
        return None
    faces, crops, stored = found
    facts = [SourceFacts.from_dict(kept) for kept in stored["sources"]]
    names = {kept.name: source.name for kept, source in zip(facts, sources, strict=True)}
    renamed = [
        dataclasses.replace(kept, name=source.name)
        for kept, source in zip(facts, sources, strict=True)
    ]
    column = np.array([names[name] for name in faces.source.tolist()], dtype=np.str_)
    return Entry(faces.replace(source=column), crops, renamed)


def hashed(
    sources: Sequence[Source],
) -> tuple[list[Source], list[str], list[SkippedFacts]]:
    """Return the sources that can be read, the hash of each, and why the others cannot."""
    readable, contents, skipped = [], [], []
    for source in sources:
        try:
            content = hash_source(source.path)
        except InputError as error:
            skipped.append(skipped_source(source, error))
        else:
            readable.append(source)
            contents.append(content)
    return readable, contents, skipped
