"""What is looked at in one go, and becomes one entry of the cache: a film, or all photos."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...data.media.photos import can_read_heif, read_photos
from ...data.media.sources import Source
from ...data.progress import ProgressHook
from ...data.result.crops import CropWriter
from ...data.result.facts import SourceFacts
from ...data.tables.faces import Faces
from .collect import FaceCollector
from .engine import Engine
from .upright import OnItsSideError

LOOKING, PHOTOS = "looking at", "photos"
"""Steps of the progress: ``looking at film.mp4``, ``looking at photos``."""


class Job:
    """The sources of one entry of the cache."""

    @property
    def sources(self) -> Sequence[Source]:
        """All of them."""
        raise NotImplementedError

    def of(self, sources: Sequence[Source]) -> Job:
        """Return the same job for those of its sources that can be read."""
        raise NotImplementedError

    def identity(self) -> dict[str, Any]:
        """Return what besides content and networks determines what is seen."""
        raise NotImplementedError

    def turned(self, film: OnItsSideError) -> Job:
        """Return the same job for a film that is turned."""
        raise NotImplementedError

    def run(
        self, engine: Engine, crops: CropWriter, progress: ProgressHook
    ) -> tuple[Faces, list[SourceFacts]]:
        """Look at every source; returns the faces, and the facts of each source.

        Raises:
            OnItsSideError: a film is to be turned.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class PhotosJob(Job):
    """All photos of a run."""

    photos: Sequence[Source]

    @property
    def sources(self) -> Sequence[Source]:
        """All of them."""
        return self.photos

    def of(self, sources: Sequence[Source]) -> Job:
        """Return the same job for those of its photos that can be read."""
        return dataclasses.replace(self, photos=sources)

    def identity(self) -> dict[str, Any]:
        """Return what besides content and networks determines what is seen."""
        return {"heic": can_read_heif()}

    def run(
        self, engine: Engine, crops: CropWriter, progress: ProgressHook
    ) -> tuple[Faces, list[SourceFacts]]:
        """Look at every photo; returns the faces, and the facts of each photo."""
        step, total = f"{LOOKING} {PHOTOS}", len(self.photos)
        losses: dict[str, str] = {}
        taken: dict[str, float] = {}
        sizes: dict[str, tuple[int, int]] = {}
        turns: dict[str, int] = {}
        progress(step, 0, total)
        with (
            FaceCollector(engine, crops) as collector,
            closing(collector.detected(read_photos(self.photos, losses.__setitem__))) as pictures,
        ):
            for frame, found in pictures:
                collector.add(frame, found)
                taken[frame.source] = frame.time_s
                sizes[frame.source], turns[frame.source] = frame.size_px, frame.turn
                progress(step, len(taken.keys() | losses), total)
            faces = collector.finish()
        facts = [
            SourceFacts(
                name=photo.name,
                kind="photo",
                taken_s=None if np.isnan(taken.get(photo.name, np.nan)) else taken[photo.name],
                loss=losses.get(photo.name, ""),
                size_px=sizes.get(photo.name),
                num_frames=int(photo.name in taken),
                turned_deg=with_the_clock(turns.get(photo.name, 0)),
            )
            for photo in self.photos
        ]
        return faces, facts


def with_the_clock(turn: int) -> int:
    """Return quarter turns against the clock as degrees with it."""
    return -turn % 4 * 90
