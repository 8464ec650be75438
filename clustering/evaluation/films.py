"""Films and photos clustered for an evaluation: labelled frames are always analysed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...data.hashes.content import hash_source
from ...data.media.decode import FilmDecoder
from ...data.media.sources import Source, find_sources, printable
from ...data.progress import ProgressHook, silent
from ...data.result.result import StoredResult
from ...data.tables.labels import Labels, refuse_outside
from ..config import Config
from ..pipeline import analyse_sources
from .matching import refuse_unknown_sources


@dataclass(frozen=True)
class Film:
    """A film, a photo or a folder of them, clustered by itself.

    Attributes:
        name: as it was given.
        inputs: the films and photos.
    """

    name: str
    inputs: tuple[Source, ...]

    @property
    def source_names(self) -> set[str]:
        """The names of the films and photos."""
        return {source.name for source in self.inputs}

    @property
    def contents(self) -> dict[str, str]:
        """Content hash of each, by its name."""
        return {source.name: hash_source(source.path) for source in self.inputs}


def find_film(path: Path) -> Film:
    """Find the films and photos of one input.

    Raises:
        InputError: as ``data.media.sources.find_sources``.
    """
    return Film(str(path), tuple(printable(find_sources([path]))))


def analyse_film(
    film: Film,
    labels: Labels,
    config: Config,
    cache_folder: Path,
    progress: ProgressHook = silent,
) -> StoredResult:
    """Analyse a film, with its labelled frames, or read it from the cache.

    Args:
        film: what to analyse.
        labels: its labels, sources named as in ``film``.
        config: states the networks and the further frames.
        cache_folder: the folder of the cache.
        progress: called as (step, completed, total).

    Returns:
        Its faces, for any number of calls of ``find_people``.

    Raises:
        InputError: the labels are of another film, or it cannot be read.
    """
    _refuse_others(film.inputs, labels)
    frames = labelled_frames(film.inputs, labels)
    analysed = analyse_sources(film.inputs, config, frames, cache_folder, progress)
    return replace(analysed, name=film.name)


def labelled_frames(sources: Sequence[Source], labels: Labels) -> Mapping[str, list[int]]:
    """Return the labelled frames of each film; photos have one only."""
    films = [source.name for source in sources if source.kind == "film"]
    return {film: labels.frames(film).tolist() for film in films}


def _refuse_others(sources: Sequence[Source], labels: Labels) -> None:
    """Refuse labels of another film before hours of analysis."""
    refuse_unknown_sources(labels, {source.name for source in sources})
    for film in (source for source in sources if source.kind == "film"):
        decoder = FilmDecoder(film.path)
        decoder.close()
        refuse_outside(labels, film.name, decoder.num_pictures or None, None)
