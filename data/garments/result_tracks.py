"""Reader of a castlist result: the clothes under the faces of each track.

Faces of one track have the same clothes for certain. Two tracks may be of one person, and then they
are no negatives; they are of two people for certain if stage 1 is sure of two people, if a picture
shows both, or if they are from different films.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import InputError
from ..result.people_folder import find_crops
from ..result.result import StoredResult
from ..tables.boxes import portrait_boxes
from ..tables.codes import UNKNOWN
from ..tables.faces import Faces
from ..tables.turns import boxes_upright, size_upright
from .garments import Garments, Row

LICENCE = "these are crops of your own films and photos: castlist does not know their terms"

_NOT_KNOWN = (math.inf, math.inf)
_LONG_SIDE_PX = 256  # of a crop; smaller ones were not shrunk
_SEARCHED_SHARE = 0.25  # of a person's shots, at least two, to validate with
_SEARCHED_FACES = 4  # of each track: neighbouring faces are nearly the same


class _Face(NamedTuple):
    source: str
    frame: int
    shot: int
    track: int
    person: int
    box: tuple[float, ...]
    cloth_box: tuple[float, ...]
    crop: str


@dataclass(frozen=True, eq=False)
class TrackDoubts:
    """Which tracks may be of the same person though they are different items.

    Attributes:
        source: of each track, by its item.
        person: of each track, UNKNOWN where stage 1 was not sure.
        together: pairs of items that appear in one picture, each pair once.
    """

    source: dict[str, str]
    person: dict[str, int]
    together: frozenset[frozenset[str]]

    def between(self, items: Sequence[str]) -> NDArray[np.bool_]:
        """Return (num_items, num_items) bool, pairs neither the same nor certainly different."""
        return np.array([[self._doubt(one, other) for other in items] for one in items], bool)

    def _doubt(self, one: str, other: str) -> bool:
        if one == other or self.source[one] != self.source[other]:
            return False
        people = {self.person[one], self.person[other]}
        differ = len(people) == 2 and UNKNOWN not in people
        return not differ and frozenset((one, other)) not in self.together


def read_tracks(root: str | Path) -> Garments:
    """Read the tracks of a result that ``castlist find`` wrote.

    The training rows of a track are one item. Where a sure person is in four shots and more, a
    quarter of these, at least two, are kept out of training to validate with: the faces in all but
    one of them are searched for among those in the last one, as clothes are in a film.

    Args:
        root: the folder of the result; its crops may have been moved from one person's folder to
            another's.

    Returns:
        One row per face whose clothes are in sight and whose crop is there.

    Raises:
        InputError: there is no result, or it has fewer than two tracks.
    """
    root = Path(root)
    result = StoredResult.load(root)
    crops = find_crops(root)
    faces = _faces(result)
    tracks: dict[str, list[_Face]] = defaultdict(list)
    for face in faces:
        if face.crop in crops:
            tracks[str(face.track)].append(face)
    if len(tracks) < 2:
        raise InputError(
            f"{root}: expected tracks with crops in {root / 'people'}, found {len(tracks)}"
        )
    people = {item: _person(track) for item, track in tracks.items()}
    sizes = {
        source.name: size_upright(source.size_px, source.turn)
        for source in result.sources
        if source.size_px
    }
    rows = []
    searched = _searched(tracks, people)
    for item, track in tracks.items():
        trains = item not in searched
        named, split = (item, "train") if trains else (f"person {people[item]}", "val")
        for face in track if trains else _spread(track):
            path = crops[face.crop]
            name, role = path.relative_to(root).as_posix(), searched.get(item, "any")
            box = _in_crop(face, sizes.get(face.source, _NOT_KNOWN), path)
            rows.append(Row(name, named, split, role, box=box))
    sources = {item: track[0].source for item, track in tracks.items()}
    num_left_out = len(faces) - sum(map(len, tracks.values()))
    notes = (f"{num_left_out} faces without a crop or a track",) if num_left_out else ()
    doubts = TrackDoubts(sources, people, _together(tracks))
    return Garments.of_rows("tracks", LICENCE, root, rows, left_out=notes, doubts=doubts)


def _person(track: list[_Face]) -> int:
    """Return the person that stage 1 is sure of; UNKNOWN if there is none, or if there are two."""
    people = {face.person for face in track} - {UNKNOWN}
    return people.pop() if len(people) == 1 else UNKNOWN


def _searched(tracks: dict[str, list[_Face]], people: dict[str, int]) -> dict[str, str]:
    """Choose the tracks to validate with, and what each of them is."""
    shots: dict[int, dict[tuple[str, int], list[str]]] = defaultdict(lambda: defaultdict(list))
    for item, track in tracks.items():
        if people[item] != UNKNOWN and track[0].shot >= 0:
            shots[people[item]][track[0].source, track[0].shot].append(item)
    roles: dict[str, str] = {}
    for of_person in shots.values():
        if len(of_person) < 4:
            continue
        spread = list(of_person.values())[1 :: math.ceil(1 / _SEARCHED_SHARE)]
        kept = spread if len(spread) > 1 else list(of_person.values())[:2]
        roles.update(dict.fromkeys(kept[0], "gallery"))
        roles.update({item: "query" for shot in kept[1:] for item in shot})
    return roles


def _spread(track: list[_Face]) -> list[_Face]:
    places = np.linspace(0, len(track) - 1, min(_SEARCHED_FACES, len(track)))
    return [track[round(place)] for place in places.tolist()]


def _together(tracks: dict[str, list[_Face]]) -> frozenset[frozenset[str]]:
    pictures: dict[tuple[str, int], set[str]] = defaultdict(set)
    for item, track in tracks.items():
        for face in track:
            pictures[face.source, face.frame].add(item)
    return frozenset(
        frozenset((one, other))
        for shown in pictures.values()
        for one in shown
        for other in shown
        if one < other
    )


def _in_crop(face: _Face, size: tuple[float, float], path: Path) -> tuple[float, ...] | None:
    """Return the cloth box in the pixels of the crop, a shrunk portrait; None if it is broken."""
    x1, y1, x2, y2 = portrait_boxes([face.box], *size)[0].tolist()
    left, top = math.floor(x1), math.floor(y1)
    try:
        with Image.open(path) as image:  # of which only the header is read
            wide, tall = image.size
    except Exception:  # any error of a broken file; reading the whole picture reports it
        return None
    # The edge of a picture of unknown size may cut off what lies right and below, not both as a
    # rule: the whole side gives the scale.
    shrunk = max(wide / (math.ceil(x2) - left), tall / (math.ceil(y2) - top))
    scale = shrunk if max(wide, tall) >= _LONG_SIDE_PX else 1.0
    a, b, c, d = face.cloth_box
    return (a - left) * scale, (b - top) * scale, (c - left) * scale, (d - top) * scale


def _upright(result: StoredResult) -> Faces:
    """Return the faces with boxes as in the pictures that crops are cut out of."""
    faces = result.faces
    box, cloth_box = faces.box.copy(), faces.cloth_box.copy()
    for source in result.sources:
        if source.turn and source.size_px:
            rows = faces.source == source.name
            box[rows] = boxes_upright(box[rows], source.turn, source.size_px)
            cloth_box[rows] = boxes_upright(cloth_box[rows], source.turn, source.size_px)
    return faces.replace(box=box, cloth_box=cloth_box)


def _faces(result: StoredResult) -> list[_Face]:
    """Return the faces whose clothes are in sight."""
    faces = _upright(result)
    sure = np.where(faces.is_strong, faces.person, UNKNOWN)
    return [
        _Face(
            source=str(faces.source[row]),
            frame=int(faces.frame[row]),
            shot=int(faces.shot[row]),
            track=int(faces.track[row]),
            person=int(sure[row]),
            box=tuple(faces.box[row].tolist()),
            cloth_box=tuple(faces.cloth_box[row].tolist()),
            crop=PurePosixPath(result.crop_paths[row]).name,
        )
        for row in np.flatnonzero(np.isfinite(faces.cloth_box).all(axis=1)).tolist()
    ]
