"""What becomes one entry of the cache: a film (``film_job.py``), or all photos of a run."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...data.hashes.picture import hash_picture
from ...data.json_fields import plain
from ...data.media.kinds import can_read
from ...data.media.photos import read_photos
from ...data.media.sources import Source
from ...data.progress import ProgressHook
from ...data.result.crops import CropWriter
from ...data.result.facts import SourceFacts
from ...data.tables.faces import Faces
from . import cache, pieces
from .collect import FaceCollector
from .engine import Engine
from .pieces import Pieces

LOOKING, PHOTOS = "looking at", "photos"
"""Steps of the progress: ``looking at film.mp4``, ``looking at photos``."""


class Job(ABC):
    """The sources of one entry of the cache."""

    @property
    @abstractmethod
    def sources(self) -> Sequence[Source]:
        """The film, or all photos."""

    @abstractmethod
    def of(self, sources: Sequence[Source]) -> Job:
        """Return the same job for those of its sources that can be read."""

    @abstractmethod
    def identity(self) -> dict[str, Any]:
        """Return what decides what is seen, besides the content and the networks."""

    @abstractmethod
    def kept(self, done: Pieces) -> str:
        """Say what of the sources is kept, as "12 of 40 min of film.mp4"; "" = nothing."""

    @abstractmethod
    def run(
        self, engine: Engine, done: Pieces, progress: ProgressHook
    ) -> tuple[Faces, list[SourceFacts]]:
        """Look at every source, piece after piece, but at what is in pieces already.

        Returns:
            The faces of all pieces, and the facts of each source.

        Raises:
            OnItsSideError: a film is to be turned.
            InputError: a source cannot be read, or a piece cannot be read back.
        """


@dataclass(frozen=True)
class PhotosJob(Job):
    """All photos of a run."""

    photos: Sequence[Source]

    @property
    def sources(self) -> Sequence[Source]:
        """All photos."""
        return self.photos

    def of(self, sources: Sequence[Source]) -> Job:
        """Return the same job for those of its photos that can be read."""
        return dataclasses.replace(self, photos=sources)

    def identity(self) -> dict[str, Any]:
        """Return what decides what is seen, besides the content and the networks."""
        return can_read()

    def kept(self, done: Pieces) -> str:
        """Say how many photos are kept."""
        return f"{len(_facts(done)):,} of {len(self.photos):,} photos" if done.facts else ""

    def run(
        self, engine: Engine, done: Pieces, progress: ProgressHook
    ) -> tuple[Faces, list[SourceFacts]]:
        """Look at every photo; returns the faces, and the facts of each photo."""
        step, total, first = f"{LOOKING} {PHOTOS}", len(self.photos), len(_facts(done))
        if first:
            progress(f"{self.kept(done)} are kept; going on from there", 1, 1)
        progress(step, first, total)
        while first < total:
            first = self._look_at_piece(first, engine, done, progress)
        facts = [
            dataclasses.replace(SourceFacts.from_dict(kept), name=photo.name)
            for photo, kept in zip(self.photos, _facts(done), strict=True)
        ]
        return done.faces(), facts

    def _look_at_piece(
        self, first: int, engine: Engine, done: Pieces, progress: ProgressHook
    ) -> int:
        """Look at the next photos; returns how many of all are done."""
        photos, total = self.photos[first : first + pieces.PHOTOS], len(self.photos)

        def report(count: int) -> None:
            progress(f"{LOOKING} {PHOTOS}", first + count, total)

        with done.new() as partial:
            with CropWriter(cache.crops_path(partial)) as crops:
                faces, facts = _look_at(photos, engine, crops, report)
            kept = [plain(dataclasses.asdict(photo)) for photo in facts]
            done.keep(partial, faces, {"sources": kept})
        return first + len(photos)


def _facts(done: Pieces) -> list[dict[str, Any]]:
    return [photo for piece in done.facts for photo in piece["sources"]]


def _look_at(
    photos: Sequence[Source], engine: Engine, crops: CropWriter, report: Callable[[int], None]
) -> tuple[Faces, list[SourceFacts]]:
    losses: dict[str, str] = {}
    taken: dict[str, float] = {}
    sizes: dict[str, tuple[int, int]] = {}
    turns: dict[str, int] = {}
    with (
        FaceCollector(engine, crops) as collector,
        closing(collector.in_photos(read_photos(photos, losses.__setitem__))) as pictures,
    ):
        for frame, found in pictures:
            collector.add(frame, found)
            taken[frame.source] = frame.time_s
            sizes[frame.source], turns[frame.source] = frame.size_px, frame.turn
            report(len(taken.keys() | losses))
            del frame  # its picture, while the next one is waited for
        faces = collector.finish()
    facts = [
        SourceFacts(
            name=photo.name,
            kind="photo",
            picture=hash_picture(photo.path, "photo"),
            taken_s=None if np.isnan(taken.get(photo.name, np.nan)) else taken[photo.name],
            loss=losses.get(photo.name, ""),
            size_px=sizes.get(photo.name),
            num_frames=int(photo.name in taken),
            turned_deg=with_the_clock(turns.get(photo.name, 0)),
        )
        for photo in photos
    ]
    return faces, facts


def with_the_clock(turn: int) -> int:
    """Return quarter turns against the clock as degrees with it."""
    return -turn % 4 * 90
