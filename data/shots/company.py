"""Who is seen with whom."""

from __future__ import annotations

from collections.abc import Sequence

from ..result.result import StoredResult
from .shots import InPhoto, Shot, ShotRules, person_photos, person_shots


def in_company(
    result: StoredResult,
    shots: Sequence[Shot],
    photos: Sequence[InPhoto],
    together: Sequence[int],
    without: Sequence[int],
) -> tuple[list[Shot], list[InPhoto]]:
    """Keep the shots and photos in which all of some people are seen, and none of others.

    Two people share a shot when their own shots overlap in time.

    Args:
        result: it has the other people's shots.
        shots: of one person.
        photos: of the same person.
        together: people of whom each must be seen.
        without: people of whom none may be seen.
    """
    kept_shots, kept_photos = list(shots), list(photos)
    for other in (*together, *without):
        wanted = other in together
        theirs = person_shots(result, other, ShotRules())
        in_photos = {photo.source for photo in person_photos(result, other)}
        kept_shots = [
            shot
            for shot in kept_shots
            if any(shot.overlaps(their_shot) for their_shot in theirs) == wanted
        ]
        kept_photos = [photo for photo in kept_photos if (photo.source in in_photos) == wanted]
    return kept_shots, kept_photos
