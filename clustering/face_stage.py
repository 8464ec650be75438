"""Stage 1: people by face. Faces -> Faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data.faces import STRONG_FROM, UNKNOWN, Evidence, Faces, IntArray
from .adaptation import fit_film_space, unit_rows
from .constraints import count_violations, split_at_weakest_links
from .density import density_clusters
from .linkage import average_linkage
from .online import ONLINE_THRESHOLD, online_labels
from .people import (
    by_first_row,
    distances_between,
    nearest_neighbours,
    picture_order,
    renumbering,
)
from .track_table import Tracks, table_of_tracks

METHODS = ("hdbscan", "agglomerative", "online", "online-guarded")


@dataclass(frozen=True)
class FaceConfig:
    """How people are found by face. Distances are euclidean.

    Attributes:
        method: one of ``METHODS``.
        threshold: faces within this distance are one person; None = the method's own. The online
            methods measure it between the vectors as they are (0.36), the others between tracks
            in the film's own space, 0..2, where strangers are about 1.4 apart.
        spread: two groups further apart than this on average are never joined by ``hdbscan``, so
            that a chain of near pairs does not make one person of two.
        doubt: two people within this distance of each other, in that space, may be one: the
            smaller one is low-confidence.
        good_quality: faces of at least this quality may found a person, 0..1.
        min_good_faces: good faces that a track needs to take part in founding a person.
        lone_faces: good faces with which a track alone is a person.
    """

    method: str = "hdbscan"
    threshold: float | None = None
    spread: float = 1.2
    doubt: float = 1.3
    good_quality: float = 0.2
    min_good_faces: int = 2
    lone_faces: int = 8

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(
                f"face.method: expected one of {', '.join(METHODS)}, got {self.method!r}"
            )
        if self.threshold is not None and self.threshold <= 0:
            raise ValueError(f"face.threshold: expected more than 0, got {self.threshold}")
        if not 0 <= self.good_quality <= 1:
            raise ValueError(f"face.good_quality: expected 0 to 1, got {self.good_quality}")
        if self.min_good_faces < 1 or self.lone_faces < 1:
            raise ValueError("face: expected min_good_faces and lone_faces of 1 or more")


DEFAULT_THRESHOLD = 1.05
_CLEAR_MARGIN = 0.1


def own_threshold(config: FaceConfig) -> float:
    """Return the distance within which faces are one person: the one set, else the method's."""
    if config.threshold is not None:
        return config.threshold
    return ONLINE_THRESHOLD if config.method.startswith("online") else DEFAULT_THRESHOLD


def cluster_by_face(
    faces: Faces,
    config: FaceConfig | None = None,
    centre: NDArray[np.floating] | None = None,
) -> tuple[Faces, list[str]]:
    """Give each face its person as far as faces alone can tell.

    Args:
        faces: the table with tracks.
        config: settings.
        centre: (face_dim,), where people in general lie in the vectors; see ``fit_film_space``.

    Returns:
        The table with ``person_before``, ``person``, ``runner_up``, ``strength`` and ``evidence``
        filled, and what is worth saying of it. Person 0 has the most faces.
    """
    config = config or FaceConfig()
    order = picture_order(faces)
    ordered = faces[order]
    if config.method.startswith("online"):
        found, said = _cluster_online(ordered, config)
    else:
        tracked = ordered.replace(track=by_first_row(ordered.track))
        found, said = _cluster_tracks(tracked, config, centre), []
    return found[np.argsort(order)].replace(track=faces.track), said


def _cluster_tracks(faces: Faces, config: FaceConfig, centre: NDArray[np.floating] | None) -> Faces:
    tracks = _in_film_space(faces, config, centre)
    person = _found_people(tracks, config)
    person = _numbered(person[faces.track])[person]
    strength, runner_up = _strengths(tracks, person, config)
    return _write_back(faces, person[faces.track], runner_up[faces.track], strength[faces.track])


def _in_film_space(faces: Faces, config: FaceConfig, centre: NDArray[np.floating] | None) -> Tracks:
    good = faces.has_face_vector & (faces.quality >= config.good_quality)
    space = fit_film_space(faces.face_vector, faces.track, good, centre=centre)
    vectors = space.transform(faces.face_vector)
    tracks = table_of_tracks(faces.replace(face_vector=vectors), config.good_quality)
    return tracks.with_face_vectors(unit_rows(tracks.face_vector))


def _found_people(tracks: Tracks, config: FaceConfig) -> IntArray:
    """Return the person of every track, (num_tracks,) int64, -1 = unknown."""
    founders = np.flatnonzero(
        # A photo has one face of each person at the most.
        (tracks.num_good >= np.where(tracks.shot < 0, 1, config.min_good_faces))
        & tracks.has_face_vector
    )
    vectors = tracks.face_vector[founders]
    pictures = [tracks.pictures[row] for row in founders]
    group = _group(vectors, pictures, config)
    sizes = np.bincount(group)
    apart = distances_between(vectors, pictures, group) >= config.doubt
    person = np.full(len(tracks), UNKNOWN, np.int64)
    for number in range(len(sizes)):
        members = founders[group == number]
        # A track alone is a person only when it is clearly none of the others.
        alone = tracks.num_good[members[0]] >= config.lone_faces and apart[number][sizes > 1].all()
        if len(members) > 1 or alone:
            person[members] = number
    return person


def _group(
    vectors: NDArray[np.float64], pictures: Sequence[set[int]], config: FaceConfig
) -> IntArray:
    threshold = own_threshold(config)
    if config.method == "agglomerative":
        return average_linkage(vectors, pictures, threshold)
    clusters = density_clusters(vectors, epsilon=threshold)
    labels = clusters.labels
    links = [
        (int(first), int(second), float(distance))
        for first, second, distance in clusters.links
        if distance < threshold and labels[int(first)] == labels[int(second)] >= 0
    ]
    return split_at_weakest_links(links, pictures, vectors, config.spread)


def _strengths(
    tracks: Tracks, person: IntArray, config: FaceConfig
) -> tuple[NDArray[np.float64], IntArray]:
    """Return how sure each track's person is, 0..1, and the second-best person.

    1 beside another track of its person, ``STRONG_FROM`` at the threshold, less where another
    person is nearly as near. Members of a person that may be the same as a larger one are not
    strong, whatever their neighbours say.
    """
    between = distances_between(tracks.face_vector, tracks.pictures, person)
    doubtful = np.flatnonzero(np.tril(between < config.doubt, k=-1).any(axis=1))
    firm = np.where(np.isin(person, doubtful), UNKNOWN, person)
    own = nearest_neighbours(tracks.face_vector, tracks.pictures, person).own
    others = nearest_neighbours(tracks.face_vector, tracks.pictures, firm)
    alone = np.bincount(person[person >= 0], minlength=len(tracks))[person] == 1
    # Nothing but its distance from the others speaks for a track alone: sure, but not surest.
    own = np.where(alone, 0.7 * (config.threshold or DEFAULT_THRESHOLD), own)
    closeness = 1 - (1 - STRONG_FROM) * (own / (config.threshold or DEFAULT_THRESHOLD)) ** 2
    own = np.nan_to_num(own, posinf=2.0)  # as far apart as unit rows can be
    clear = np.clip((others.rival - own) / _CLEAR_MARGIN, 0, 1)
    strength = np.clip(closeness, 0, 1) * (STRONG_FROM + (1 - STRONG_FROM) * clear)
    strength[np.isin(person, doubtful)] *= 0.9 * STRONG_FROM
    return np.where(person >= 0, strength, 0.0), others.rival_person


def _cluster_online(faces: Faces, config: FaceConfig) -> tuple[Faces, list[str]]:
    guarded = config.method == "online-guarded"
    labels = online_labels(
        faces.face_vector,
        own_threshold(config),
        faces.picture if guarded else None,
    )
    person = _numbered(labels)[labels]
    said = []
    if violations := count_violations(faces, person):
        said.append(
            f"the online method put two faces of one picture into one person {violations} times"
        )
    nobody = np.full(len(faces), UNKNOWN, np.int64)
    return _write_back(faces, person, nobody, np.ones(len(faces))), said


def _numbered(person: IntArray) -> IntArray:
    """Number the people that have faces, the most frequent first; new number by old number."""
    new = renumbering(person, person)
    new[:-1][np.bincount(person[person >= 0], minlength=len(new) - 1) == 0] = UNKNOWN
    return new


def _write_back(
    faces: Faces, person: IntArray, runner_up: IntArray, strength: NDArray[np.float64]
) -> Faces:
    known = person != UNKNOWN
    return faces.replace(
        person_before=person,
        person=person,
        runner_up=runner_up,
        strength=np.where(known, strength, 0.0),
        evidence=np.where(known, int(Evidence.FACE), int(Evidence.NONE)),
    )
