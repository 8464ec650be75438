"""Runs both stages on a table of faces, under the decisions of its user."""

from __future__ import annotations

import dataclasses
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from ..data.result.facts import ModelFacts
from ..data.runtime.blas import one_blas_thread
from ..data.tables.codes import Notice, NoticeCode
from ..data.tables.faces import BoolArray, Faces, IntArray
from ..data.tables.pictures import count_violations, once_a_picture
from ..data.tables.tracks import Tracks
from ..data.tables.vectors import Vectors
from .config import Config
from .evidence.curves import ANY, ClothCurve, Curves, FaceCurve
from .evidence.repeats import first_of_repeats
from .evidence.vectors import Columns
from .grouping.constraints import Constraints
from .people.cast_of import FOUND, without_people
from .people.limits import limits_of
from .people.standing import Standing, split_tracks
from .stages.both import Remarks, cloth_evidence, people_by_cloth_evidence, people_by_face
from .stages.config import PeopleConfig
from .stages.in_pictures import in_pictures, note_pictured
from .stages.nearly_same import find_nearly_same
from .stages.one_person import split_two_people
from .stages.online import people_online
from .tracking.config import TrackConfig
from .tracking.follow import follow_tracks


def run_decided(
    faces: Faces, models: ModelFacts, config: Config, standing: Standing, clock: StageClock
) -> tuple[Faces, Remarks]:
    """Run both stages under the decisions of a user, on the faces that may be somebody."""
    if standing.no_face.any():
        rest = np.flatnonzero(~standing.no_face)
        track = np.full(len(faces), -1)
        track[rest] = followed(faces[rest], models).track
        faces = faces.replace(track=track)
    faces = faces.replace(track=split_tracks(faces, standing))
    given = faces.track[sorted(standing.given)]  # the user knows better what is a picture
    return run_seen(
        faces,
        standing.is_seen(faces.track),
        models,
        config,
        clock,
        lambda tracks, track: limits_of(tracks, track, standing),
        never_pictured=np.isin(faces.track, given),
    )


def run_seen(
    faces: Faces,
    is_seen: BoolArray,
    models: ModelFacts,
    config: Config,
    clock: StageClock,
    limits: Callable[[Tracks, IntArray], Constraints] | None = None,
    never_pictured: BoolArray | None = None,
) -> tuple[Faces, Remarks]:
    """Run both stages on the rows that may be somebody, without faces in pictures of the film."""
    pictured = is_seen & (config.people.face_method != "online") & in_pictures(faces)
    if never_pictured is not None:
        pictured &= ~never_pictured
    rows = np.flatnonzero(is_seen & ~pictured)
    track = np.full(len(faces), -1)
    track[rows] = np.unique(faces.track[rows], return_inverse=True)[1]
    found, remarks = run_stages(
        faces.replace(track=track)[rows],
        models,
        config.people,
        clock,
        (lambda tracks: limits(tracks, track)) if limits else None,
    )
    faces, notices = note_pictured(without_people(faces).put(rows, found, FOUND), pictured)
    return faces, dataclasses.replace(remarks, notices=(*remarks.notices, *notices))


def track_config(models: ModelFacts) -> TrackConfig:
    """Return how faces are followed by the vectors of these networks."""
    if models.other_person_distance is None:
        return TrackConfig()
    return TrackConfig(max_face_distance=models.other_person_distance)


def followed(faces: Faces, models: ModelFacts) -> Faces:
    """Follow each face through its shot, and split tracks that turn out to be of two people."""
    faces = follow_tracks(faces, track_config(models))
    columns = columns_of(models, faces).face
    return split_two_people(faces, columns, Curves.load().of_faces(columns))


class _LastFollowed:
    """The tracks that were found last, kept for the next call on the same columns of a table."""

    def __init__(self) -> None:
        self._kept: tuple[list[weakref.ref[object]], IntArray] | None = None

    def tracks_of(self, faces: Faces, models: ModelFacts) -> IntArray:
        columns = faces.columns()
        given = [column for name, column in columns.items() if name not in ("track", *FOUND)]
        # Compared by identity: the arrays of a table are never written to.
        if (kept := self._kept) and all(
            held() is column for held, column in zip(kept[0], (models, *given), strict=True)
        ):
            return kept[1]
        track = followed(faces, models).track
        self._kept = [weakref.ref(column) for column in (models, *given)], track
        return track


_LAST = _LastFollowed()


def followed_again(faces: Faces, models: ModelFacts) -> Faces:
    """Follow each face, or take the tracks of the last call where only people have changed since.

    That is what a decision changes, and following the faces takes most of the time after one.
    """
    return faces.replace(track=_LAST.tracks_of(faces, models))


def run_stages(
    faces: Faces,
    models: ModelFacts,
    config: PeopleConfig,
    clock: StageClock | None = None,
    limits: Callable[[Tracks], Constraints] | None = None,
) -> tuple[Faces, Remarks]:
    """Find people by face, then by clothing.

    Args:
        faces: the table with tracks.
        models: what is known of the networks that made its vectors.
        config: how people are found.
        clock: takes the time of each stage.
        limits: says what no evidence outranks; None = what pictures forbid. The rule ``online``
            knows none.

    Returns:
        The table with people, and what else there is to say.
    """
    clock = clock or StageClock()
    with one_blas_thread():
        if config.face_method == "online":
            with clock.stage("stage 1, faces"):
                faces = people_online(faces, config.online_threshold)
            return faces, Remarks(_shared_pictures(faces))
        tracks, curves = Tracks.of(faces), Curves.load()
        with clock.stage("stage 1, faces"):
            columns = columns_of(models, faces)
            constraints = limits(tracks) if limits else Constraints(tracks.pictures)
            of_both = curves.of_faces(columns.face), curves.of_clothes(columns.cloth)
            tracks, constraints, place = without_repeats(tracks, columns, of_both, constraints)
            by_face = people_by_face(tracks, columns.face, curves, config, constraints)
        with clock.stage("stage 2, clothing"):
            cloth = cloth_evidence(tracks, by_face, columns.cloth, curves, config)
            people, notices = people_by_cloth_evidence(tracks, by_face, cloth, config)
            nearly_same = find_nearly_same(tracks, people.person, by_face, cloth)
    faces = once_a_picture(people.of(place).written_to(faces))
    return faces, Remarks((*notices, *_shared_pictures(faces)), nearly_same)


def without_repeats(
    tracks: Tracks,
    columns: tuple[Columns, Columns],
    curves: tuple[FaceCurve, ClothCurve],
    constraints: Constraints,
) -> tuple[Tracks, Constraints, IntArray]:
    """Leave out the tracks that show again what an earlier one shows, so that each counts once.

    Args:
        tracks: all tracks.
        columns: first and last column (exclusive) of each network of faces, and of each of clothes.
        curves: of faces, and of clothes.
        constraints: what no evidence outranks of all tracks.

    Returns:
        The tracks that are left, what no evidence outranks of them, and the place among them of
        each track, (num_tracks,) int64.
    """
    first = first_of_repeats(tracks, columns, curves, constraints.decided)
    kept = tracks.without_repeats(first)
    place = np.unique(first, return_inverse=True)[1]
    return kept, constraints.without_repeats(first), place


class VectorColumns(NamedTuple):
    """First and last column (exclusive) of each network in both kinds of vectors, by its name."""

    face: Columns
    cloth: Columns


def columns_of(models: ModelFacts, faces: Faces) -> VectorColumns:
    """Return which network made which columns; all are of ``ANY`` where that is not known."""
    return VectorColumns(
        models.face_columns or _any_network(faces.face_vector),
        models.cloth_columns or _any_network(faces.cloth_vector),
    )


def _any_network(vectors: Vectors) -> dict[str, tuple[int, int]]:
    return {ANY: (0, vectors.shape[1])}


def _shared_pictures(faces: Faces) -> tuple[Notice, ...]:
    count = count_violations(faces, faces.person)
    return (Notice(NoticeCode.SHARED_PICTURES, {"num_pairs": count}),) if count else ()


class StageClock:
    """Takes the time of stages.

    Attributes:
        seconds: per stage, in the order they ran.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Take the time of the block."""
        began_s = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - began_s, 3)
