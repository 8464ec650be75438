"""Known people: a folder of photos with names, and the people of a result who are in it.

The folder has a folder per person, or one photo per person named after them, or both. Portraits
that castlist put there (``learning.py``) come with their vectors, in ``known.parquet`` beside them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ..data.errors import InputError, printable_name
from ..data.media.search import Skipped
from ..data.media.sources import Source, find_sources
from ..data.progress import ProgressHook, silent
from ..data.result.decisions import Decision, Decisions
from ..data.result.facts import ModelFacts
from ..data.result.people import Person
from ..data.result.people_names import clean_name
from ..data.result.result import StoredResult, is_result
from ..data.result.store import read_faces
from ..data.tables.faces import Faces
from .config import Config
from .editing import again
from .people.anchors import anchor_rows
from .people.known import (
    SURE_FROM,
    KnownPeople,
    decide_names,
    find_known,
    screened,
    without_clothes,
)
from .pipeline import analyse_sources
from .tracking.config import TrackConfig

VECTORS = "known.parquet"
"""Vectors of the portraits that castlist put into a person's folder."""

_LARGER = 2.0  # a face twice as high as any other is the one that a photo is about


def read_known(
    folder: Path, models: ModelFacts, config: Config, cache: Path, progress: ProgressHook = silent
) -> KnownPeople:
    """Read a folder of known people; its photos are looked at once and then are in the cache.

    Args:
        folder: of known people, or a result of castlist whose people have names.
        models: the networks of the result that they are compared with.
        config: the settings of that result.
        cache: folder of the cache.
        progress: called as (step, completed, total).

    Raises:
        InputError: there is no such folder, or nobody in it.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder of known people, found none")
    if is_result(folder):
        return _checked(_of_result(StoredResult.load(folder), models), models, folder)
    skipped: list[Skipped] = []
    photos = [one for one in find_sources([folder], skipped.append) if one.kind == "photo"]
    problems = [f"{one.path.name}: {one.reason}" for one in skipped if not one.is_meant]
    names = _names_of(folder, photos, problems)
    parts = [_kept_vectors(path, models, photos, names) for path in folder.glob(f"*/{VECTORS}")]
    there = {photo for part in parts for photo in part.photos}
    rest = [one for one in photos if one.name in names and one.name not in there]
    if rest:
        parts.append(_looked_at(rest, names, config, cache, progress))
    all_problems = (*problems, *(text for part in parts for text in part.problems))
    known = KnownPeople(
        Faces.concatenate([part.faces for part in parts] or [Faces.empty()]),
        tuple(name for part in parts for name in part.names),
        tuple(photo for part in parts for photo in part.photos),
        tuple(printable_name(text) for text in all_problems),
    )
    return _checked(known, models, folder)


def apply_known(
    result: StoredResult, decisions: Decisions, known: KnownPeople, sure_from: float = SURE_FROM
) -> tuple[StoredResult, Decisions, tuple[Decision, ...]]:
    """Name the people of a result who are known.

    Args:
        result: as both stages made it.
        decisions: so far.
        known: of the same networks.
        sure_from: probability from which a name is given.

    Returns:
        The result under all decisions, these decisions, and those among them that are new.
    """
    new = decide_names(result, decisions, find_known(result, known), sure_from)
    if not new:
        return result, decisions, ()
    decisions = decisions.and_then(*new)
    return again(result, decisions), decisions, decisions.lines[-len(new) :]


def known_text(folder: Path, known: KnownPeople) -> tuple[str, ...]:
    """Write what of a folder of known people is left out, or to be looked at, a line each."""
    return tuple(f"Note: {folder}: {problem}" for problem in known.problems)


def stored_vectors(path: Path, models: ModelFacts) -> Faces | None:
    """Return the faces of known.parquet, None where other networks made their vectors.

    Raises:
        InputError: it is damaged.
    """
    faces, facts = read_faces(path)
    if facts.get("networks") != networks_of(models):
        return None
    wanted = max((last for _, last in models.face_columns.values()), default=None)
    if wanted is not None and len(faces) and faces.face_vector.shape[1] != wanted:
        raise InputError(
            f"{path}: expected vectors of {wanted} numbers as its networks make them, got"
            f" {faces.face_vector.shape[1]}; remove it, the portraits beside it do as photos"
        )
    return faces


def networks_of(models: ModelFacts) -> dict[str, list[int]]:
    """Return the face networks and their columns, as the table of a person keeps them."""
    return {name: list(columns) for name, columns in models.face_columns.items()}


def _names_of(folder: Path, photos: Sequence[Source], problems: list[str]) -> dict[str, str]:
    """Return the name of the person of each photo, by source."""
    names = {}
    for photo in photos:
        inside = photo.path.absolute().relative_to(folder.absolute())
        text = inside.parts[0] if len(inside.parts) > 1 else inside.stem
        try:
            names[photo.name] = clean_name(text)
        except InputError as error:
            problems.append(f"{inside}: {error}")
    return names


def _kept_vectors(
    path: Path, models: ModelFacts, photos: Sequence[Source], names: Mapping[str, str]
) -> KnownPeople:
    """Return the portraits of a person that came with vectors of the same networks."""
    kept = stored_vectors(path, models)
    if kept is None:
        kept = Faces.empty()  # the portraits do as photos
    here = {one.path.name: one.name for one in photos if one.path.parent == path.parent}
    rows = [row for row, name in enumerate(kept.source) if here.get(str(name), "") in names]
    sources = tuple(here[str(kept.source[row])] for row in rows)
    faces = without_clothes(kept[np.array(rows, dtype=np.int64)])
    return KnownPeople(faces, tuple(names[source] for source in sources), sources)


def _looked_at(
    photos: Sequence[Source],
    names: Mapping[str, str],
    config: Config,
    cache: Path,
    progress: ProgressHook,
) -> KnownPeople:
    """Return the one face of each photo; photos with none or with several are told."""
    seen = analyse_sources(photos, config, {}, cache, progress)
    faces, unread = seen.faces, {own.name: own.reason for own in seen.run.skipped}
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row in np.flatnonzero(faces.detection >= TrackConfig().photo_detection).tolist():
        rows_of[str(faces.source[row])].append(row)
    height = faces.box[:, 3] - faces.box[:, 1]
    kept, problems = [], []
    for photo in photos:
        rows = sorted(rows_of[photo.name], key=lambda row: -float(height[row]))
        if not rows:
            problems.append(f"{photo.name}: {unread.get(photo.name, 'no face found')}")
        elif len(rows) > 1 and height[rows[0]] < _LARGER * height[rows[1]]:
            problems.append(f"{photo.name}: more than one face, so nobody knows whose name it is")
        else:
            kept.append(rows[0])
    sources = tuple(str(name) for name in faces.source[kept])
    return KnownPeople(
        without_clothes(faces[np.array(kept, dtype=np.int64)]),
        tuple(names[source] for source in sources),
        sources,
        tuple(problems),
    )


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
        why = f" ({'; '.join(known.problems[:3])})" if known.problems else ""
        raise InputError(
            f"{folder}: expected photos of known people, a folder or a photo for each, found none"
            f" that can be used{why}"
        )
    return known
