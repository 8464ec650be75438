"""Films and photos clustered in order to be evaluated: labelled frames are always looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

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
        name: to tell it from others, as it was given.
        inputs: the films and photos.
    """

    name: str
    inputs: tuple[Source, ...]

    @property
    def source_names(self) -> set[str]:
        """The names of the films and photos."""
        return {source.name for source in self.inputs}


def find_film(path: Path) -> Film:
    """Find the films and photos of one input.

    Raises:
        InputError: as ``data.sources.find_sources``.
    """
    return Film(str(path), tuple(printable(source) for source in find_sources([path])))


def analyse_film(
    film: Film,
    labels: Labels,
    config: Config,
    cache_folder: Path,
    progress: ProgressHook = silent,
) -> StoredResult:
    """Look at a film, or at the cache, the labelled frames included.

    Args:
        film: what to look at.
        labels: its labels, sources named as in ``film``.
        config: says which networks look, and at how many frames besides.
        cache_folder: where what was seen is kept.
        progress: called as (step, completed, total).

    Returns:
        Its faces, among which ``find_people`` finds people as often as you like.

    Raises:
        InputError: the labels are of another film, or it cannot be read.
    """
    _refuse_others(film.inputs, labels)
    frames = labelled_frames(film.inputs, labels)
    analysed = analyse_sources(film.inputs, config, frames, cache_folder, progress)
    return replace(analysed, name=film.name)


def labelled_frames(sources: Sequence[Source], labels: Labels) -> Mapping[str, list[int]]:
    """Return the labelled frames of each film; photos have but one."""
    films = [source.name for source in sources if source.kind == "film"]
    return {film: labels.frames(film).tolist() for film in films}


def _refuse_others(sources: Sequence[Source], labels: Labels) -> None:
    """Refuse labels of another film before hours are spent looking at this one."""
    refuse_unknown_sources(labels, {source.name for source in sources})
    for film in (source for source in sources if source.kind == "film"):
        decoder = FilmDecoder(film.path)
        decoder.close()
        refuse_outside(labels, film.name, decoder.num_pictures or None, None)
