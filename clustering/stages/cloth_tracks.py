"""Clothes of each piece, window by window: the input of the votes of stage 2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...data.tables.events import folder_of
from ...data.tables.faces import BoolArray, Faces, IntArray
from ...data.tables.tracks import Tracks, pictures_of_people, table_of_tracks
from ...data.tables.vectors import unit_rows
from .adaptation import fit_film_space
from .likeness import METHODS, Method
from .votes import Votes, vote
from .windows import Window, film_windows, photo_windows


@dataclass(frozen=True, eq=False)
class ClothTracks:
    """One row per piece: the faces of one track to which stage 1 gives one person.

    Attributes:
        tracks: the table of pieces, face and cloth vectors in the spaces of the film, unit rows.
        person: (num_pieces,) int64, after stage 1, -1 = unknown.
        strong: (num_pieces,) bool, stage 1 is sure; such pieces vote and never change.
        windows: within which clothes are compared.
        method: how they are compared.
    """

    tracks: Tracks
    person: IntArray
    strong: BoolArray
    windows: list[Window]
    method: Method = METHODS["window"]

    @property
    def votes_for(self) -> BoolArray:
        """(num_pieces,) bool, pieces that vote: strong, with clothes in sight."""
        return self.strong & self.tracks.has_cloth_vector

    @cached_property
    def film(self) -> IntArray:
        """(num_pieces,) int64, 0-based, the film of each piece; all photos together are one."""
        film = np.where(self.tracks.shot < 0, -1, self.tracks.source)
        return np.asarray(np.unique(film, return_inverse=True)[1], dtype=np.int64)

    @property
    def windows_of_films(self) -> list[list[Window]]:
        """The windows of each film."""
        films: list[list[Window]] = [[] for _ in range(int(self.film.max(initial=-1)) + 1)]
        for window in self.windows:
            films[self.film[window.context[0]]].append(window)
        return films

    @cached_property
    def seen(self) -> list[set[int]]:
        """The pictures that each person is seen in after stage 1."""
        return pictures_of_people(self.tracks.pictures, self.person)

    def may_be(self, rows: IntArray, people: IntArray) -> BoolArray:
        """Return which people a piece shares no picture with, (len(rows), len(people)) bool."""
        seen, pictures = [self.seen[person] for person in people], self.tracks.pictures
        apart = [[pictures[row].isdisjoint(of_person) for of_person in seen] for row in rows]
        allowed = np.array(apart, dtype=bool).reshape(len(rows), len(people))
        return np.asarray(allowed | (self.person[rows][:, None] == people), dtype=bool)

    def similarity(self, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
        """Return the similarity of pieces, (len(rows), len(others)), -1 to 1."""
        return self.method.likeness(self.tracks, rows, others)


def describe_clothes(
    faces: Faces,
    piece: IntArray,
    good_quality: float,
    window_s: float,
    centre: NDArray[np.floating] | None = None,
    method: Method = METHODS["window"],
) -> ClothTracks:
    """Average the clothes of each piece, in a space fitted to the film.

    Args:
        faces: the table after stage 1.
        piece: (num_faces,) int64, the piece of each row, 0-based.
        good_quality: faces of at least this quality are clear, 0..1.
        window_s: length of a window in films, seconds.
        centre: (face_dim,), mean of people in general in the face vectors; None = not known.
        method: how clothes will be compared.
    """
    pieces = faces.replace(track=piece)
    if method.film_space:
        cloth_space = fit_film_space(faces.cloth_vector, faces.track, faces.has_cloth_vector)
        clear = faces.has_face_vector & (faces.quality >= good_quality)
        face_space = fit_film_space(faces.face_vector, faces.track, clear, centre=centre)
        pieces = pieces.replace(
            face_vector=face_space.transform(faces.face_vector),
            cloth_vector=cloth_space.transform(faces.cloth_vector),
        )
    tracks = table_of_tracks(pieces, good_quality)
    first = np.unique(piece, return_index=True)[1]
    return ClothTracks(
        tracks.with_face_vectors(unit_rows(tracks.face_vector)),
        faces.person[first],
        faces.is_strong[first],
        _windows(faces, first, tracks, window_s),
        method,
    )


def held_out_votes(
    clothes: ClothTracks, windows: Sequence[Window]
) -> tuple[NDArray[np.float64], BoolArray]:
    """Hold each strong piece out with its whole shot, and let clothing vote for its person.

    Args:
        clothes: the clothes of every piece.
        windows: those in which to vote.

    Returns:
        margin: (num_held_out,) float64, -inf = no vote.
        right: (num_held_out,) bool.
    """
    margins, rights = [np.empty(0)], [np.empty(0, dtype=bool)]
    tracks = clothes.tracks
    for window in windows:
        voters = window.context[clothes.votes_for[window.context]]
        held_out = window.decided[clothes.votes_for[window.decided]]
        elsewhere = (tracks.shot[held_out][:, None] != tracks.shot[voters][None]) | (
            tracks.source[held_out][:, None] != tracks.source[voters][None]
        )
        votes = votes_in(clothes, held_out, voters, elsewhere)
        margins.append(votes.margin)
        rights.append(votes.person == clothes.person[held_out])
    return np.concatenate(margins), np.concatenate(rights)


def votes_in(clothes: ClothTracks, rows: IntArray, voters: IntArray, eligible: BoolArray) -> Votes:
    """Let voters vote for pieces, except where a picture shows piece and person side by side.

    Args:
        clothes: the clothes of every piece.
        rows: (num_rows,) int64, pieces that are voted for.
        voters: (num_voters,) int64, pieces that vote for their person.
        eligible: (num_rows, num_voters) bool, voters that may vote for a row.
    """
    people, column = np.unique(clothes.person[voters], return_inverse=True)
    allowed = clothes.may_be(rows, people)[:, column]
    return vote(
        clothes.similarity(rows, voters),
        clothes.person[voters],
        eligible & allowed,
        clothes.method.nearest_voters,
        clothes.method.against_second,
    )


def _windows(faces: Faces, first: IntArray, tracks: Tracks, window_s: float) -> list[Window]:
    film = np.flatnonzero(tracks.shot >= 0)
    windows = film_windows(tracks.source[film], tracks.start_s[film], tracks.end_s[film], window_s)
    photo = np.flatnonzero(tracks.shot < 0)
    folders = np.array([folder_of(name) for name in faces.source[first][photo].tolist()])
    _, folder = np.unique(folders, return_inverse=True)
    events = photo_windows(folder.astype(np.int64), tracks.start_s[photo])
    return [Window(film[part.context], film[part.decided]) for part in windows] + [
        Window(photo[event.context], photo[event.decided]) for event in events
    ]
