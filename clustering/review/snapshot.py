"""One state of a result under review: never changed, so that all its pages agree."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...data.errors import InputError
from ...data.result.cast import Churn
from ...data.result.crops import Crops
from ...data.result.decisions import Decisions
from ...data.result.portraits import portrait_units
from ...data.result.result import StoredResult
from ...data.runtime.blas import one_blas_thread
from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import IntArray
from ..asking import called, what_is_known
from ..people import deciding
from ..people.parts import Known, Part, people_and_parts
from ..people.questions import Question, like_these, questions


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What a page shows.

    Attributes:
        result: with both stages run, or, where ``is_settled`` is False, as before the last
            decision.
        decisions: all of them.
        version: tells it from every other state.
        stamp: of the table in the folder.
        is_settled: whether the result follows the decisions.
        churn: what the last decision did; None = there was none yet.
    """

    result: StoredResult
    decisions: Decisions
    version: str
    stamp: tuple[int, int]
    is_settled: bool = True
    churn: Churn | None = None
    _asking: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _asking_questions: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _asked: dict[tuple[tuple[int, int], ...], list[Question]] = field(
        default_factory=dict, repr=False
    )

    def decided(self, decisions: Decisions, version: str) -> Snapshot:
        """Return the state after a decision, before both stages have run."""
        return Snapshot(self.result, decisions, version, self.stamp, False).with_evidence_of(self)

    def settled(self, result: StoredResult, churn: Churn) -> Snapshot:
        """Return the state once they have."""
        return Snapshot(result, self.decisions, self.version, self.stamp, True, churn)

    def with_evidence_of(self, other: Snapshot) -> Snapshot:
        """Take over the evidence of a state with the same people, where it is computed already."""
        if computed := vars(other).get("_computed"):
            known, track = computed
            vars(self)["_computed"] = (called(known, self.result.cast), track)
        return self

    def saved(self, crops: Crops, stamp: tuple[int, int]) -> Snapshot:
        """Return the same state once it is in the folder.

        Args:
            crops: of the same rows, where they are now.
            stamp: of the table there.
        """
        result = dataclasses.replace(self.result, crops=crops, folder=None)
        saved = dataclasses.replace(self, result=result, stamp=stamp)
        return saved.with_evidence_of(self)

    @cached_property
    def crop_names(self) -> list[str]:
        """The name of each row's crop."""
        return self.result.crop_names

    @cached_property
    def rows_of_crops(self) -> dict[str, int]:
        """The row of each crop, by its name."""
        return {name: row for row, name in enumerate(self.crop_names)}

    @cached_property
    def places_of_sources(self) -> dict[str, int]:
        """The place of each film and photo among the sources of the result, by its name."""
        return {source.name: place for place, source in enumerate(self.result.sources)}

    @cached_property
    def portrait_units(self) -> NDArray[np.float64]:
        """(num_faces,) float64, side of the portrait of each face, face units."""
        return portrait_units(self.result.faces)

    @property
    def known(self) -> Known:
        """What is known of the tracks."""
        return self._evidence[0]

    @property
    def track(self) -> IntArray:
        """(num_faces,) int64, the track of ``known`` that a face is in, -1 = none."""
        return self._evidence[1]

    @property
    def _evidence(self) -> tuple[Known, IntArray]:
        with self._asking:
            return self._computed

    @cached_property
    def _computed(self) -> tuple[Known, IntArray]:
        return what_is_known(self.result, self.decisions)

    @cached_property
    def people_and_parts(self) -> tuple[list[Part], list[Part]]:
        """People, and the parts that may be somebody else."""
        return people_and_parts(self.known)

    @cached_property
    def unknown(self) -> list[Part]:
        """Groups of unknown faces, the largest first."""
        return [part for part in self.people_and_parts[1] if part.person == UNKNOWN]

    def questions(self, skipped: Sequence[tuple[str, str]] = ()) -> list[Question]:
        """Return what is worth asking, best first; computed once.

        Args:
            skipped: pairs of crops, one of each part, that the user does not want to answer.
        """
        pairs = [
            (int(self.track[self.rows_of_crops[one]]), int(self.track[self.rows_of_crops[other]]))
            for one, other in skipped
            if one in self.rows_of_crops and other in self.rows_of_crops
        ]
        with self._asking_questions, one_blas_thread():
            key = tuple(pairs)
            if key not in self._asked:
                self._asked[key] = questions(self.known, pairs)
            return self._asked[key]

    @cached_property
    def _rows_of_tracks(self) -> list[IntArray]:
        order = np.argsort(self.track, kind="stable")
        ends = np.searchsorted(self.track[order], np.arange(len(self.known.tracks) + 1))
        return [order[first:last] for first, last in pairwise(ends.tolist())]

    def rows_of_track(self, track: int) -> IntArray:
        """Return the rows of all faces of a track of ``known``."""
        return self._rows_of_tracks[track]

    def rows_of(self, part: Part) -> IntArray:
        """Return the rows of all faces of a part."""
        return np.concatenate([self.rows_of_track(track) for track in part.tracks.tolist()])

    def best_row_of(self, part: Part) -> int:
        """Return the best face of the track that stands for a part."""
        return self.best_row(self.rows_of_track(int(part.tracks[0])))

    def best_row(self, rows: IntArray) -> int:
        """Return the face of best quality."""
        return int(rows[np.argmax(self.result.faces.quality[rows])])

    def sure_of_name(self, person_id: int) -> float | None:
        """Return how sure known people are of a name, 0..1; None where they did not give it."""
        return deciding.sure_of_name(self.result, self.decisions, person_id)

    def id_of(self, text: str) -> int:
        """Return the id of a person, by id or name.

        Raises:
            InputError: there is nobody of that name.
        """
        return self.result.cast.find(text)

    def rows_of_shots(self, crops: Sequence[str]) -> IntArray:
        """Return all rows of the tracks that crops are in.

        Raises:
            InputError: one is no crop of the result, or none was given.
        """
        if not crops:
            raise InputError("expected at least one face, got none; select one first")
        missing = [name for name in crops if name not in self.rows_of_crops]
        if missing:
            raise InputError(f"{missing[0][:80]}: no face of {self.result.name}")
        rows = np.array([self.rows_of_crops[name] for name in crops], dtype=np.int64)
        faces = self.result.faces
        tracks = faces.track[rows]
        whole = np.isin(faces.track, tracks[tracks >= 0]) & faces.is_face
        whole[rows] = True
        return np.flatnonzero(whole)

    def alike(self, crops: Sequence[str]) -> list[str]:
        """Return the best crop of each other shot of a person that is like these."""
        tracks = np.unique(self.track[self.rows_of_shots(crops)])
        near = like_these(self.known, tracks[tracks >= 0])
        names = self.crop_names
        return [names[self.best_row(self.rows_of_track(int(track)))] for track in near]
