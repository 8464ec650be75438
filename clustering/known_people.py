"""Known people: a folder of photos with names, and the people of a result who are in it.

The folder has a folder per person, or one photo per person named after them, or both. Portraits
that castlist put there (``learning.py``) come with their vectors, in ``known.parquet`` beside them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..data.errors import InputError, NothingReadError, printable_name
from ..data.media.sources import Source
from ..data.progress import ProgressHook, silent
from ..data.result.decisions import Decision, Decisions
from ..data.result.facts import ModelFacts
from ..data.result.people import Person
from ..data.result.people_folder import is_crop
from ..data.result.result import StoredResult, is_result
from ..data.tables.faces import Faces
from .config import Config
from .editing import again
from .known_folder import VECTORS, KnownPhotos, networks_of, nobody_known, stored_vectors
from .people.anchors import anchor_rows
from .people.known import (
    KnownPeople,
    decide_names,
    find_known,
    screened,
    without_clothes,
)
from .pipeline import analyse_sources
from .tracking.config import TrackConfig

if TYPE_CHECKING:
    from .analysis.engine import Engine

_NO_VECTORS = (
    "cannot be read (it is damaged, or of another version of castlist), so that the portraits"
    " beside it are used as photos"
)
_LARGER = 2.0  # a face twice as high as any other is the one that a photo is about


def read_known(
    folder: Path,
    models: ModelFacts,
    config: Config,
    cache: Path,
    progress: ProgressHook = silent,
    engine: Engine | None = None,
) -> KnownPeople:
    """Read a folder of known people; its photos are looked at once and then are in the cache.

    Args:
        folder: of known people, or a result of castlist whose people have names.
        models: the networks of the result that they are compared with.
        config: the settings of that result.
        cache: folder of the cache.
        progress: called as (step, completed, total).
        engine: the networks, where they are loaded already.

    Raises:
        InputError: there is no such folder, or nobody in it.
    """
    if is_result(folder):
        return _checked(_of_result(StoredResult.load(folder), models), models, folder)
    found = KnownPhotos.of(folder)
    parts = [*_kept_vectors(found, models)]
    there = {photo for part in parts for photo in part.photos}
    if rest := [one for one in found.photos if one.name not in there]:
        parts.append(_looked_at(rest, found.names, config, cache, progress, engine))
    problems = (*found.problems, *(text for part in parts for text in part.problems))
    known = KnownPeople(
        Faces.concatenate([part.faces for part in parts]),
        tuple(name for part in parts for name in part.names),
        tuple(photo for part in parts for photo in part.photos),
        tuple(printable_name(text) for text in problems),
    )
    return _checked(known, models, folder)


def apply_known(
    result: StoredResult, decisions: Decisions, known: KnownPeople
) -> tuple[StoredResult, Decisions, tuple[Decision, ...]]:
    """Name the people of a result who are known.

    Args:
        result: as both stages made it.
        decisions: so far.
        known: of the same networks.

    Returns:
        The result under all decisions, these decisions, and those among them that are new.
    """
    new = decide_names(result, decisions, find_known(result, known))
    if not new:
        return result, decisions, ()
    decisions = decisions.and_then(*new)
    return again(result, decisions), decisions, decisions.lines[-len(new) :]


def known_text(folder: Path, known: KnownPeople) -> tuple[str, ...]:
    """Write what of a folder of known people is left out, or to be looked at, a line each."""
    return tuple(f"Note: {folder}: {problem}" for problem in known.problems)


def _kept_vectors(found: KnownPhotos, models: ModelFacts) -> Iterator[KnownPeople]:
    """Yield the portraits of each person that came with vectors of the same networks."""
    here: dict[Path, dict[str, str]] = defaultdict(dict)
    for photo in found.photos:
        here[photo.path.parent][photo.path.name] = photo.name
    for home, photos in here.items():
        table = home / VECTORS
        try:
            kept = stored_vectors(table, models) if table.is_file() else None
        except InputError:
            yield KnownPeople(Faces.empty(), (), (), (f"{home.name}/{VECTORS}: {_NO_VECTORS}",))
            continue
        if kept is not None:  # of other networks: the portraits do as photos
            rows = [row for row, name in enumerate(kept.source) if str(name) in photos]
            sources = tuple(photos[str(kept.source[row])] for row in rows)
            faces = without_clothes(kept[np.array(rows, dtype=np.int64)])
            yield KnownPeople(faces, tuple(found.names[source] for source in sources), sources)


def _looked_at(
    photos: Sequence[Source],
    names: Mapping[str, str],
    config: Config,
    cache: Path,
    progress: ProgressHook,
    engine: Engine | None,
) -> KnownPeople:
    """Return the one face of each photo; photos with none or with several are reported."""
    try:
        seen = analyse_sources(photos, config, {}, cache, progress, engine)
    except NothingReadError as error:  # there may be others, with vectors
        called = {str(source.path.absolute()): source.name for source in photos}
        reasons = (f"{called.get(path, path)}: {why}" for path, why in error.reasons)
        return KnownPeople(Faces.empty(), (), (), tuple(reasons))
    faces, unread = seen.faces, {item.name: item.reason for item in seen.run.skipped}
    width = {source.name: source.size_px[0] for source in seen.sources if source.size_px}
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row in np.flatnonzero(faces.detection >= TrackConfig().photo_detection).tolist():
        rows_of[str(faces.source[row])].append(row)
    kept, problems = [], []
    for photo in photos:
        rows = np.array(rows_of[photo.name], dtype=np.int64)
        is_portrait = is_crop(photo.path.name)
        meant = _meant(faces.box[rows], width.get(photo.name, 0) / 2 if is_portrait else None)
        if not len(rows):
            problems.append(f"{photo.name}: {unread.get(photo.name, 'no face found')}")
        elif meant is None:
            problems.append(f"{photo.name}: more than one face, so nobody knows whose name it is")
        else:
            kept.append(int(rows[meant]))
    sources = tuple(str(name) for name in faces.source[kept])
    return KnownPeople(
        without_clothes(faces[np.array(kept, dtype=np.int64)]),
        tuple(names[source] for source in sources),
        sources,
        tuple(problems),
    )


def _meant(boxes: NDArray[np.float32], middle: float | None) -> int | None:
    """Return which face a photo is about, None where nobody can tell.

    Args:
        boxes: (num_faces, 4), the faces in it.
        middle: of the photo, pixels from the left, where castlist cut it out around the face that
            it is about; None = it is a user's.
    """
    if middle is not None:
        across = np.flatnonzero((boxes[:, 0] < middle) & (middle < boxes[:, 2]))
        if len(across) == 1:
            return int(across[0])
    heights = boxes[:, 3] - boxes[:, 1]
    order = np.argsort(-heights)
    if not len(order) or (len(order) > 1 and heights[order[0]] < _LARGER * heights[order[1]]):
        return None
    return int(order[0])


def _of_result(result: StoredResult, models: ModelFacts) -> KnownPeople:
    """Return the surest faces of the people of a result who have names."""
    if networks_of(result.models) != networks_of(models):
        raise InputError(
            f"{result.name}: expected a result of {', '.join(models.face_columns)}, as the new one"
            f" is, got one of {', '.join(result.models.face_columns)}; give a folder of photos"
        )
    rows, names = [], []
    for person in named_people(result):
        best = anchor_rows(result, int(result.cast.ids[person.number])).tolist()
        rows += best
        names += [str(person.given_name)] * len(best)
    photos = tuple(result.crop_paths[row] for row in rows)
    faces = without_clothes(result.faces[np.array(rows, dtype=np.int64)])
    return KnownPeople(faces, tuple(names), photos)


def named_people(result: StoredResult) -> list[Person]:
    """Return the people with a name whom the user has not hidden."""
    return [one for one in result.people if one.given_name and not result.is_hidden(one.number)]


def _checked(known: KnownPeople, models: ModelFacts, folder: Path) -> KnownPeople:
    known = screened(known, dict(models.face_columns))
    if not known.names:
        raise nobody_known(folder, known.problems)
    return known
