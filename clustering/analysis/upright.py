"""Which way up a picture is, by its faces: some lie on their side and do not say so.

The landmarks of a face tell how far it is turned, also where the detector finds it in a picture
that lies on its side: it does so for about half of the faces. A face counts for a picture being
upright as far as it is surely one, aslant by less than 45 degrees, and its points are where those
of a face are. Where that is not enough, the picture is looked at in all four ways up. The limits
come from ``benchmarks/turned.py``: they turn none of its pictures that is upright.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.media.frames import Frame
from ..face_models.alignment import LANDMARKS_IN_CHIP
from ..face_models.base import Detections, Detector
from ..face_models.geometry import has_landmarks, similarity

_SURE = 0.5  # score from which a face counts
_ASLANT_DEG = 45.0
# How far landmarks are from where they are in most faces, over the distance of the eyes. Frontal
# faces have 0.05, profiles 0.2 to 0.35; faces in pictures that are upside down 0.25 to 0.35.
_MISFIT = (0.35, 0.15)
_BETWEEN_EYES = float(LANDMARKS_IN_CHIP[1, 0] - LANDMARKS_IN_CHIP[0, 0])

_PHOTO_NEEDS, _PHOTO_RATIO = 0.7, 1.5
_FILM_NEEDS, _FILM_RATIO = 2.0, 3.0
_TRY_EVERY_S, _CHECK_EVERY_S = 0.5, 2.0  # where something was found, and where nothing was
_MOST_TRIES = 30  # 15 s of film at least; three more looks each


class OnItsSideError(Exception):
    """A film is not upright as it is looked at.

    Attributes:
        turn: quarter turns against the clock that bring it upright.
        is_final: whether another such decision must not follow.
    """

    def __init__(self, turn: int, is_final: bool = False) -> None:
        super().__init__(turn, is_final)
        self.turn, self.is_final = turn, is_final


@dataclass(frozen=True)
class Votes:
    """What faces say about a picture being upright.

    Attributes:
        upright: the sum of what they say for it; a clear frontal face counts nearly 1.
        of_turn: (4,) float64, the scores of the faces that say how the picture is to be turned,
            quarter turns against the clock; entry 0 is of those aslant by less than 45 degrees.
    """

    upright: float
    of_turn: NDArray[np.float64]

    @classmethod
    def of(cls, found: Detections) -> Votes:
        """Count the votes of the faces of one picture; those without landmarks have none."""
        upright, of_turn = 0.0, np.zeros(4)
        for landmarks, score in zip(found.landmarks, found.scores.tolist(), strict=True):
            if score < _SURE or not has_landmarks(landmarks):
                continue
            aslant_deg, misfit = _stance(landmarks.astype(np.float64))
            of_turn[-round(aslant_deg / 90) % 4] += score
            if abs(aslant_deg) <= _ASLANT_DEG:
                worst, best = _MISFIT
                upright += score * min(max((worst - misfit) / (worst - best), 0.0), 1.0)
        return cls(upright, of_turn)

    @property
    def against(self) -> float:
        """The sum of the scores of faces that say that the picture is not upright."""
        return float(self.of_turn[1:].sum())

    def __add__(self, other: Votes) -> Votes:
        return Votes(self.upright + other.upright, self.of_turn + other.of_turn)


NO_VOTES = Votes(0.0, np.zeros(4))


def _stance(landmarks: NDArray[np.float64]) -> tuple[float, float]:
    """Return by how much a face has to be turned with the clock, degrees, and its misfit."""
    transform = similarity(landmarks, LANDMARKS_IN_CHIP)
    fitted = landmarks @ transform[:, :2].T + transform[:, 2]
    misfit = float(np.sqrt(((fitted - LANDMARKS_IN_CHIP) ** 2).sum(axis=1).mean()))
    aslant_deg = float(np.degrees(np.arctan2(transform[1, 0], transform[0, 0])))
    return aslant_deg, misfit / _BETWEEN_EYES


def turn_of_photo(detector: Detector, frame: Frame, found: Detections) -> int:
    """Return how a photo is to be turned: quarter turns against the clock, 0 = it is upright.

    Args:
        detector: finds its faces in the other ways up.
        frame: the photo, as it is stored.
        found: the faces found in it as it is stored.
    """
    as_it_is = Votes.of(found)
    if as_it_is.upright >= max(_PHOTO_NEEDS, as_it_is.against):
        return 0
    if not _can_tell(found):
        return 0
    votes = [as_it_is, *_turned_votes(detector, frame)]
    return _chosen([way.upright for way in votes], _PHOTO_NEEDS, _PHOTO_RATIO)


def _turned_votes(detector: Detector, frame: Frame) -> list[Votes]:
    return [Votes.of(detector.detect(frame.turned(turn).picture)) for turn in (1, 2, 3)]


def _chosen(upright: Sequence[float], needs: float, ratio: float) -> int:
    """Return the best of four ways up if it is clearly the best, else 0."""
    best = int(np.argmax(upright))
    others = max(itertools.chain(upright[:best], upright[best + 1 :]))
    return best if upright[best] >= max(needs, ratio * others) else 0


class FilmWatch:
    """Finds out which way up a film is, by its faces.

    It costs nothing once some faces are upright. Until then, pictures are looked at in the other
    ways up too, at most ``_MOST_TRIES``. A film that was turned is watched to its end: where more
    speaks for how it was, it is turned back.

    Args:
        new_detector: makes the detector that looks in the other ways up, whose networks for them
            need a tenth of a gigabyte: it is made when it is needed, and gone once nothing is open.
        is_final: whether it was decided before and stays so.
    """

    def __init__(self, new_detector: Callable[[], Detector], is_final: bool = False) -> None:
        self._new_detector = new_detector
        self._detector: Detector | None = None
        self._is_settled = is_final
        self._seen = NO_VOTES
        self._tried = np.zeros(4)  # what speaks for each way up, in the pictures that were tried
        self._num_tries, self._last_s = 0, -np.inf

    def kept(self) -> dict[str, NDArray[np.float64]]:
        """Return all that it knows, for ``go_on``."""
        numbers = [self._is_settled, self._seen.upright, self._num_tries, self._last_s]
        return {
            "numbers": np.array(numbers, np.float64),
            "of_turn": self._seen.of_turn,
            "tried": self._tried,
        }

    def go_on(self, kept: Mapping[str, NDArray[np.float64]]) -> None:
        """Go on from what another FilmWatch kept."""
        is_settled, upright, num_tries, last_s = kept["numbers"].tolist()
        self._is_settled, self._num_tries, self._last_s = bool(is_settled), int(num_tries), last_s
        self._seen = Votes(upright, kept["of_turn"])
        self._tried = kept["tried"].copy()

    def add(self, frame: Frame, found: Detections) -> None:
        """Take the faces of the next picture, as it was looked at.

        Raises:
            OnItsSideError: the film is to be turned.
        """
        self._is_settled |= not _can_tell(found)
        if self._is_settled:
            self._detector = None
            return
        votes = Votes.of(found)
        self._seen += votes
        since_s = frame.time_s - self._last_s
        if frame.turn:
            if since_s >= _CHECK_EVERY_S:
                self._last_s = frame.time_s
                as_it_was = frame.turned(-frame.turn)
                before = Votes.of(self._looking().detect(as_it_was.picture))
                self._tried[[0, frame.turn]] += [before.upright, votes.upright]
        elif self._is_upright():
            self._is_settled = True
        elif since_s >= (_TRY_EVERY_S if len(found) else _CHECK_EVERY_S):
            self._last_s = frame.time_s
            self._num_tries += 1
            turned = [way.upright for way in _turned_votes(self._looking(), frame)]
            self._tried += [votes.upright, *turned]
            if self._num_tries == _MOST_TRIES:
                self._decide()

    def finish(self, turn: int) -> None:
        """Decide at the end of the film, which was looked at turned by so many quarter turns.

        Raises:
            OnItsSideError: the film is to be turned.
        """
        if self._is_settled:
            return
        if not turn:
            self._decide()
        elif self._tried[0] > self._tried[turn]:
            raise OnItsSideError(0, is_final=True)

    def _looking(self) -> Detector:
        self._detector = self._detector or self._new_detector()
        return self._detector

    def _is_upright(self) -> bool:
        # In pictures that are upside down some faces are found, too, and many pictures add up: the
        # ways up are compared in the pictures that were looked at in all of them.
        others = float(self._tried[1:].max())
        enough = self._seen.upright >= max(_FILM_NEEDS, 2 * self._seen.against)
        return enough and others <= _FILM_RATIO * self._tried[0]

    def _decide(self) -> None:
        self._is_settled = True
        chosen = _chosen(self._tried.tolist(), _FILM_NEEDS, _FILM_RATIO)
        if chosen:
            raise OnItsSideError(chosen)


def _can_tell(found: Detections) -> bool:
    """Say whether the detector gives landmarks, as far as is known."""
    return not len(found) or bool(np.isfinite(found.landmarks).any())
