"""Stage 1: people by face. Faces -> Faces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN, DecidedBy, Notice, NoticeCode
from ...data.tables.faces import STRONG_FROM, Faces, IntArray
from .config import FaceConfig
from .constraints import LinkRule, count_violations, split_at_weakest_links
from .density import density_links
from .face_space import LIMITS, FaceSpace, Limits, place_tracks
from .linkage import average_linkage
from .online import ONLINE_THRESHOLD, online_labels
from .people import (
    Nearness,
    by_first_row,
    have_a_neighbour,
    nearest_neighbours,
    picture_order,
    renumbering,
)

_CLEAR_MARGIN = 0.1  # of the threshold
_SLACK = 2.0  # thresholds, divided by the number of tracks


def threshold_of(config: FaceConfig) -> float:
    """Return the distance within which faces are one person: the one set, else the default.

    The default is that of the method or of the distance; "calibrated" estimates another.
    """
    if config.threshold is not None:
        return config.threshold
    if config.method.startswith("online"):
        return ONLINE_THRESHOLD
    return LIMITS.get(config.distance, LIMITS["film"]).threshold


def cluster_by_face(
    faces: Faces,
    config: FaceConfig | None = None,
    centre: NDArray[np.floating] | None = None,
) -> tuple[Faces, list[Notice]]:
    """Assign each face to a person by faces alone.

    Args:
        faces: the table with tracks.
        config: settings.
        centre: (face_dim,), mean of people in general in the vectors; see ``fit_film_space``.

    Returns:
        The table with ``person_before``, ``person``, ``second_person``, ``strength`` and
        ``decided_by`` filled, and notices. Person 0 has the most faces.
    """
    config = config or FaceConfig()
    order = picture_order(faces)
    ordered = faces[order]
    if config.method.startswith("online"):
        found, notices = _cluster_online(ordered, config)
    else:
        tracked = ordered.replace(track=by_first_row(ordered.track))
        found, notices = _cluster_tracks(tracked, config, centre)
    return found[np.argsort(order)].replace(track=faces.track), notices


def _cluster_tracks(
    faces: Faces, config: FaceConfig, centre: NDArray[np.floating] | None
) -> tuple[Faces, list[Notice]]:
    space = place_tracks(faces, config.distance, config.good_quality, centre)
    limits = Limits(
        config.threshold or space.limits.threshold,
        config.spread or space.limits.spread,
        config.doubt or space.limits.doubt,
    )
    person = _found_people(space, limits, config)
    person = _numbered(person[faces.track])[person]
    strength, second_person = _strengths(space, person, limits)
    found = _write_back(
        faces, person[faces.track], second_person[faces.track], strength[faces.track]
    )
    return found, space.notices


def _found_people(space: FaceSpace, limits: Limits, config: FaceConfig) -> IntArray:
    """Return the person of every track, (num_tracks,) int64, -1 = unknown."""
    tracks = space.tracks
    founders = np.flatnonzero(
        # A photo has one face of each person at the most.
        (tracks.num_good >= np.where(tracks.shot < 0, 1, config.min_good_faces))
        & tracks.has_face_vector
    )
    pictures = [tracks.pictures[row] for row in founders]
    vectors = tracks.face_vector[founders]
    if config.method == "agglomerative":
        group = average_linkage(vectors, pictures, limits.threshold)
    else:
        rule = LinkRule(
            max_spread=limits.spread,
            max_plain=config.another_person or np.inf,
            floor=limits.threshold / 2,
            slack=_SLACK * limits.threshold,
        )
        links = density_links(vectors, limits.threshold)
        group = split_at_weakest_links(links, pictures, vectors, rule, space.plain[founders])
    size = np.bincount(group)
    # A track alone is a person only when it is clearly none of the others.
    alone = (tracks.num_good[founders] >= config.lone_faces) & ~have_a_neighbour(
        vectors, pictures, group, Nearness(limits.doubt), rank=(size == 1).astype(np.int64)
    )[group]
    person = np.full(len(tracks), UNKNOWN, np.int64)
    person[founders] = np.where((size[group] > 1) | alone, group, UNKNOWN)
    return person


def _strengths(
    space: FaceSpace, person: IntArray, limits: Limits
) -> tuple[NDArray[np.float64], IntArray]:
    """Return how sure each track's person is, 0..1, and the second-best person.

    1 beside another track of its person, ``STRONG_FROM`` at the threshold, less where another
    person is nearly as near. Members of a person that may be the same as a larger one are not
    strong, whatever their neighbours.
    """
    vectors, pictures = space.tracks.face_vector, space.tracks.pictures
    largest_first = np.arange(person.max(initial=UNKNOWN) + 1)
    nearness = Nearness(limits.doubt, limits.threshold / 2, _SLACK * limits.threshold)
    near = have_a_neighbour(vectors, pictures, person, nearness, rank=largest_first)
    doubtful = np.flatnonzero(near)
    found = nearest_neighbours(vectors, pictures, person, no_rival=doubtful)
    alone = np.bincount(person[person >= 0], minlength=len(person))[person] == 1
    # The only evidence for a single track is its distance from the others: sure, not surest.
    nearest = np.where(alone, 0.7, found.own / limits.threshold)
    closeness = 1 - (1 - STRONG_FROM) * nearest**2
    rival = found.rival / limits.threshold
    clear = np.clip((rival - np.nan_to_num(nearest, posinf=2.0)) / _CLEAR_MARGIN, 0, 1)
    strength = np.clip(closeness, 0, 1) * (STRONG_FROM + (1 - STRONG_FROM) * clear)
    strength[np.isin(person, doubtful)] *= 0.9 * STRONG_FROM
    return np.where(person >= 0, strength, 0.0), found.rival_person


def _cluster_online(faces: Faces, config: FaceConfig) -> tuple[Faces, list[Notice]]:
    guarded = config.method == "online-guarded"
    labels = online_labels(
        faces.face_vector,
        threshold_of(config),
        faces.picture if guarded else None,
    )
    person = _numbered(labels)[labels]
    notices = []
    if violations := count_violations(faces, person):
        notices.append(Notice(NoticeCode.SHARED_PICTURES, {"num_pairs": violations, "by": "face"}))
    nobody = np.full(len(faces), UNKNOWN, np.int64)
    return _write_back(faces, person, nobody, np.ones(len(faces))), notices


def _numbered(person: IntArray) -> IntArray:
    """Number the people that have faces, the most frequent first; new number by old number."""
    new = renumbering(person, person)
    new[:-1][np.bincount(person[person >= 0], minlength=len(new) - 1) == 0] = UNKNOWN
    return new


def _write_back(
    faces: Faces, person: IntArray, second_person: IntArray, strength: NDArray[np.float64]
) -> Faces:
    known = person != UNKNOWN
    return faces.replace(
        person_before=person,
        person=person,
        second_person=second_person,
        strength=np.where(known, strength, 0.0),
        decided_by=np.where(known, int(DecidedBy.FACE), int(DecidedBy.NONE)),
    )
