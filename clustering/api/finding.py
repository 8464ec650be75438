"""From films and photos to a result, in memory or in its folder: what ``castlist find`` does."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...data.errors import InputError, NothingReadError
from ...data.files import check_replaceable
from ...data.hashes.picture import is_same
from ...data.lock import locked
from ...data.media.decode import FilmDecoder
from ...data.media.search import Skipped
from ...data.media.sources import Source, find_sources, printable
from ...data.progress import ProgressHook, silent
from ...data.result.decisions import Decisions
from ...data.result.result import RUN, StoredResult
from ...data.tables.label_files import read_labels
from ...data.tables.labels import Labels
from ..analysis.cache import default_cache
from ..analysis.jobs import LOOKING, PHOTOS
from ..analysis.skipped import also_left_out, with_skipped
from ..config import Config, make_config
from ..editing import places_of, read_folder, unfit
from ..forgetting import forget_in_cache
from ..known_people import apply_known, known_text, read_known
from ..people.ids import churn_since
from ..pipeline import cluster_people, load_networks
from ..report.decisions import churn_text, made_text, unfit_text
from ..report.write import write_report
from .done import is_done
from .inputs import refuse_no_files
from .places import File, files_in, is_result_of, refuse_fewer
from .settings import seconds_of_timecodes, split_timecodes


@dataclass(frozen=True, eq=False)
class Found:
    """The outcome of a search.

    Attributes:
        result: who was found.
        was_done: whether the folder had it already.
        notes: sentences about decisions of the user, and who kept an id.
    """

    result: StoredResult
    was_done: bool = False
    notes: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether everything among the inputs that was meant could be looked at."""
        return all(item.is_meant for item in self.result.run.skipped)


@dataclass(frozen=True, eq=False)
class Search:
    """Films and photos to find people in, and how; checked, before any long work.

    Attributes:
        inputs: as they were given.
        sources: the films and photos among them.
        skipped: what among them cannot be looked at.
        config: every setting.
        also_frames: further frames to analyse, by film.
        cache: folder of the cache.
        kept: further files that the result may not replace.
        known: folder of known people, whose names go to whoever looks like them; None = none.
    """

    inputs: tuple[Path, ...]
    sources: tuple[Source, ...]
    skipped: tuple[Skipped, ...]
    config: Config
    also_frames: Mapping[str, Sequence[int]] = field(default_factory=dict)
    cache: Path = field(default_factory=default_cache)
    kept: tuple[Path, ...] = ()
    known: Path | None = None

    @classmethod
    def of(
        cls,
        inputs: Sequence[str | Path],
        settings: Mapping[str, Any],
        also_frames: Path | None = None,
        cache: Path | None = None,
        kept: Iterable[Path | None] = (),
        known: Path | None = None,
    ) -> Search:
        """Look for films and photos.

        Args:
            inputs: films, photos and folders.
            settings: {"section.key": value}; times may be timecode of the one film.
            also_frames: labels whose frames are analysed too.
            cache: folder of the cache; None = the user's.
            kept: further files that the result may not replace.
            known: folder of known people.

        Raises:
            MisuseError: a setting that does not exist, or a value that it cannot have.
            InputError: an input, or the labels, cannot be used.
        """
        settings, timecodes = split_timecodes(settings)
        config = make_config(settings)
        refuse_no_files(inputs)
        skipped: list[Skipped] = []
        paths = tuple(map(Path, inputs))
        sources = printable(find_sources(paths, skipped.append))
        if timecodes:
            config = make_config({**settings, **seconds_of_timecodes(timecodes, sources)})
        frames = _frames_of_films(read_labels(also_frames), sources) if also_frames else {}
        return cls(
            paths,
            tuple(sources),
            tuple(skipped),
            config,
            frames,
            cache or default_cache(),
            tuple(path for path in (also_frames, known, *kept) if path),
            known,
        )

    def work(self) -> dict[str, float]:
        """Return how much there is to look at, seconds of film, by the step of the progress."""
        frames = self.config.frames
        work = {}
        for source in self.sources:
            if source.kind == "film" and (length_s := _length_s(source.path)):
                end_s = min(length_s, frames.end_s or length_s)
                work[f"{LOOKING} {source.name}"] = max(0.0, end_s - (frames.start_s or 0.0))
        photos = sum(source.kind == "photo" for source in self.sources)
        if photos:
            work[f"{LOOKING} {PHOTOS}"] = photos / frames.fps  # a picture each
        return work

    def run(self, progress: ProgressHook = silent, beside: Path | None = None) -> Found:
        """Find the people, and write nothing but the cache.

        Args:
            progress: called as (step, completed, total).
            beside: a folder; a result of these films and photos in it is returned where nothing has
                changed, else the decisions in it hold.

        Raises:
            InputError: an input or a network cannot be used.
        """
        earlier, decisions = None, Decisions()
        if beside and self._is_result_of_these(beside):
            earlier, decisions, _ = read_folder(beside)
            if earlier is not None and self._is_done(earlier, decisions):
                return Found(earlier, was_done=True)
        result, decisions, problems = self._clustered(earlier, decisions, progress)
        return Found(dataclasses.replace(result, decisions=decisions), notes=problems)

    def run_into(
        self,
        out: Path,
        progress: ProgressHook = silent,
        replaces: bool = False,
        may_be_done: bool = True,
    ) -> Found:
        """Find the people, and write the result into a folder; the decisions there hold.

        A result of these films and photos, or of some of them, is replaced; so the same call
        carries on.

        Args:
            out: the folder, made when missing.
            progress: called as (step, completed, total).
            replaces: whether a result of other films may be replaced too, or of more.
            may_be_done: whether the result that is there is enough, where nothing has changed.

        Raises:
            InputError: an input or a network cannot be used, or ``out`` cannot be written or holds
                something else.
        """
        self.check_out(out, replaces)
        with locked(out, "castlist find"):
            earlier, decisions, by_hand = read_folder(out)
            may_be_done = may_be_done and not by_hand.problems
            if may_be_done and earlier is not None and self._is_done(earlier, decisions):
                return Found(earlier, was_done=True)
            num_before = len(decisions) - len(by_hand.decisions)
            result, decisions, problems = self._clustered(earlier, decisions, progress)
            edits = places_of(result, decisions, earlier)
            result.save(out, True, write_report, progress, edits)  # it may be: asked before
            forget_in_cache(self.cache, decisions)
        made = decisions.lines[num_before:]
        notes = [*made_text(made, decisions, result.cast), *by_hand.problems, *problems]
        notes += _notes(result, earlier, decisions)
        return Found(StoredResult.load(out), notes=tuple(notes))

    def check_out(self, out: Path, replaces: bool = False) -> None:
        """Refuse a folder for the result before any long work.

        Args:
            out: the folder.
            replaces: whether a result of other films may be replaced.

        Raises:
            InputError: it holds an input, other files, or the result of other films, also where
                these are among them.
        """
        self.keep_apart(out)
        same = replaces or self._is_result_of_these(out)
        if not same and (others := [file.path for file in files_in(out)]):
            names = ", ".join(Path(name).name for name in others[:3])
            raise InputError(
                f"{out}: holds the result of {names}; choose another -o, or add --overwrite to"
                " replace it"
            )
        check_replaceable(out, RUN, same)
        if not replaces:
            refuse_fewer(out, self._paths, _is_it, self.inputs)

    def _is_result_of_these(self, out: Path) -> bool:
        """Say whether it is of one of these files, or of one that was moved since."""
        return is_result_of(out, self._paths, _is_it)

    @property
    def _paths(self) -> list[str]:
        return [str(source.path.absolute()) for source in self.sources]

    def keep_apart(self, out: Path) -> None:
        """Refuse to replace a folder with something in it that the run reads or keeps.

        A link counts where it is and where it leads to; it may lead to itself.

        Raises:
            InputError: it is there.
        """
        given = [*self.inputs, *(source.path for source in self.sources), *self.kept]
        for what, paths in (("input", given), ("cache", [self.cache])):
            for path in paths:
                here, there = path.parent.resolve() / path.name, Path(os.path.realpath(path))
                if out.resolve() in {there, *there.parents, here, *here.parents}:
                    raise InputError(
                        f"{out}: holds the {what} {path.name}, which stays as it is;"
                        " choose another --out"
                    )

    def _is_done(self, earlier: StoredResult, decisions: Decisions) -> bool:
        same = is_done(earlier, self.sources, self.config, self.also_frames, decisions)
        return same and self.known is None  # the people there may be others by now

    def _clustered(
        self, earlier: StoredResult | None, decisions: Decisions, progress: ProgressHook
    ) -> tuple[StoredResult, Decisions, tuple[str, ...]]:
        """Return the result, all decisions, and what of the known people is left out."""
        engine, known = None, None
        if self.known:  # first: a film takes long, and nobody may be known
            engine = load_networks(self.config, progress)
            known = read_known(self.known, engine.facts, self.config, self.cache, progress, engine)
        try:
            result = cluster_people(
                self.sources,
                self.config,
                self.also_frames,
                self.cache,
                progress,
                engine,
                decisions=decisions,
                earlier=earlier,
            )
        except NothingReadError as error:
            raise also_left_out(error, self.skipped) from error
        result = with_skipped(result, self.skipped)
        if self.known is None or known is None:
            return result, decisions, ()
        result, decisions, _ = apply_known(result, decisions, known)
        return result, decisions, known_text(self.known, known)


def _is_it(path: str, file: File) -> bool:
    return is_same(Path(path), file.content, file.picture)


def _notes(result: StoredResult, earlier: StoredResult | None, decisions: Decisions) -> list[str]:
    notes = []
    if earlier is not None:
        notes.append(churn_text(churn_since(earlier, result)))
    if len(decisions):
        notes += unfit_text(unfit(decisions, result), result.cast)
    return notes


def _length_s(path: Path) -> float | None:
    try:
        decoder = FilmDecoder(path)
    except InputError:  # it vanished since it was found
        return None
    decoder.close()
    return decoder.duration_s


def _frames_of_films(labels: Labels, sources: Sequence[Source]) -> dict[str, list[int]]:
    films = [source.name for source in sources if source.kind == "film"]
    named = labels.named_like(films)
    frames = {name: named.frames(name).tolist() for name in films}
    if films and not any(frames.values()):
        raise InputError(
            f"--also-frames: expected frames of {', '.join(films)}, got frames of"
            f" {', '.join(sorted(set(labels.source.tolist()))) or 'none'}; check its source column"
        )
    return frames
