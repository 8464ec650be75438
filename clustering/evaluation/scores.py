"""Agreement of people found and true people: counts that add over films, ratios as properties.

Every count is over found faces (labelled and detected). An unknown face is a separate person
(a singleton) in pairs, B-cubed, NMI and ARI, and wrong in the one-to-one accuracy; it is in no
person for WCP_known, character precision and recall. Results add: people of two are never
the same, and pairs and information are taken inside one. docs/metrics.md works each one out.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ...data.tables.codes import UNKNOWN

Figure = int | float | None
"""A count, or a ratio; None = a ratio over nothing."""

_Codes = NDArray[np.int64]


class Additive:
    """A dataclass of counts: tables of them add field by field."""

    def __add__(self, other: Self) -> Self:
        if type(other) is not type(self):
            return NotImplemented
        mine, theirs = self.counts(), other.counts()
        return type(self)(**{name: mine[name] + theirs[name] for name in mine})

    def counts(self) -> dict[str, int | float]:
        """Return every count by name."""
        fields = dataclasses.fields(self)  # type: ignore[arg-type]
        return {field.name: getattr(self, field.name) for field in fields}

    def ratios(self) -> dict[str, Figure]:
        """Return every ratio by name."""
        names = [name for name, what in vars(type(self)).items() if isinstance(what, property)]
        return {name: getattr(self, name) for name in names}


def ratio(part: float, whole: float) -> float | None:
    """Return part / whole, None over nothing."""
    return part / whole if whole else None


def f_measure(precision: float | None, recall: float | None) -> float | None:
    """Return the harmonic mean of both, None if one is, 0 if both are 0."""
    if precision is None or recall is None:
        return None
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@dataclass(frozen=True)
class ClusterCounts(Additive):
    """Counts of one column of people.

    Attributes:
        faces: found faces.
        missed: labelled faces that no detection met.
        known: found faces with a person.
        people: people found, that is, with at least one found face.
        true_people: people labelled, with at least one found face.
        in_majority: sum over people found of their most frequent true person's faces.
        one_to_one_right: faces that agree when people are matched one to one (Hungarian).
        bcubed_precision_sum: sum over faces of their B-cubed precision.
        bcubed_recall_sum: sum over faces of their B-cubed recall.
        pairs: pairs of faces of one result.
        pairs_found: of these, in one person found.
        pairs_true: of these, of one true person.
        pairs_both: of these, both.
        mutual_nats: mutual information of people found and true, times faces, nats.
        found_nats: entropy of people found, times faces, nats.
        true_nats: entropy of true people, times faces, nats.
        character_precision_sum: sum over true people of the precision of the person matched.
        character_recall_sum: sum over true people of the recall of the person matched.
    """

    faces: int = 0
    missed: int = 0
    known: int = 0
    people: int = 0
    true_people: int = 0
    in_majority: int = 0
    one_to_one_right: int = 0
    bcubed_precision_sum: float = 0.0
    bcubed_recall_sum: float = 0.0
    pairs: int = 0
    pairs_found: int = 0
    pairs_true: int = 0
    pairs_both: int = 0
    mutual_nats: float = 0.0
    found_nats: float = 0.0
    true_nats: float = 0.0
    character_precision_sum: float = 0.0
    character_recall_sum: float = 0.0

    @property
    def known_share(self) -> float | None:
        """Faces with a person, of the found ones."""
        return ratio(self.known, self.faces)

    @property
    def unknown_share(self) -> float | None:
        """Faces without a person, of the found ones."""
        return ratio(self.faces - self.known, self.faces)

    @property
    def wcp_known(self) -> float | None:
        """Weighted clustering purity of the faces with a person (Tapaswi et al. 2019)."""
        return ratio(self.in_majority, self.known)

    @property
    def one_to_one(self) -> float | None:
        """One-to-one accuracy, unknown is wrong (clustering accuracy, Xie et al. 2016)."""
        return ratio(self.one_to_one_right, self.faces)

    @property
    def one_to_one_all_labels(self) -> float | None:
        """The same with missed faces as wrong ones."""
        return ratio(self.one_to_one_right, self.faces + self.missed)

    @property
    def bcubed_precision(self) -> float | None:
        """Mean share of a face's person that is truly the same (Bagga and Baldwin 1998)."""
        return ratio(self.bcubed_precision_sum, self.faces)

    @property
    def bcubed_recall(self) -> float | None:
        """Mean share of a face's true person that is in its person (Bagga and Baldwin 1998)."""
        return ratio(self.bcubed_recall_sum, self.faces)

    @property
    def bcubed_f(self) -> float | None:
        """Harmonic mean of B-cubed precision and recall."""
        return f_measure(self.bcubed_precision, self.bcubed_recall)

    @property
    def pairwise_precision(self) -> float | None:
        """Of the pairs put together, the share that belongs together."""
        return ratio(self.pairs_both, self.pairs_found)

    @property
    def pairwise_recall(self) -> float | None:
        """Of the pairs that belong together, the share put together."""
        return ratio(self.pairs_both, self.pairs_true)

    @property
    def pairwise_f(self) -> float | None:
        """Harmonic mean of pairwise precision and recall."""
        return f_measure(self.pairwise_precision, self.pairwise_recall)

    @property
    def nmi(self) -> float | None:
        """Normalised mutual information, arithmetic mean (as in scikit-learn)."""
        if not self.faces:
            return None
        if not self.found_nats and not self.true_nats:
            return 1.0  # one person, found as one
        return max(0.0, 2 * self.mutual_nats / (self.found_nats + self.true_nats))

    @property
    def ari(self) -> float | None:
        """Adjusted Rand index (Hubert and Arabie 1985)."""
        if not self.pairs:
            return None
        only_found = self.pairs_found - self.pairs_both
        only_true = self.pairs_true - self.pairs_both
        neither = self.pairs - self.pairs_both - only_found - only_true
        if not only_found and not only_true:
            return 1.0
        return (
            2
            * (self.pairs_both * neither - only_true * only_found)
            / (self.pairs_true * (only_true + neither) + self.pairs_found * (only_found + neither))
        )

    @property
    def character_precision(self) -> float | None:
        """Mean over true people of their matched person's precision (Brown et al. 2021)."""
        return ratio(self.character_precision_sum, self.true_people)

    @property
    def character_recall(self) -> float | None:
        """Mean over true people of their matched person's recall (Brown et al. 2021)."""
        return ratio(self.character_recall_sum, self.true_people)

    @property
    def cluster_ratio(self) -> float | None:
        """People found over true people; 1 is right."""
        return ratio(self.people, self.true_people)


def count_clusters(true: _Codes, person: _Codes, missed: int = 0) -> ClusterCounts:
    """Compare the people found with the true ones, inside one result.

    Args:
        true: (num_faces,) int64, code of the true person of each found face, any codes >= 0.
        person: (num_faces,) int64, the person found, UNKNOWN = -1.
        missed: labelled faces that no detection met.
    """
    if not len(true):
        return ClusterCounts(missed=missed)
    table, num_unknown = contingency(true, person)[2:]
    true_sizes, sizes = table.sum(axis=1) + num_unknown, table.sum(axis=0)
    num_faces = len(true)
    matched_true, matched = linear_sum_assignment(table, maximize=True)
    agreeing = table[matched_true, matched]
    squares = table.astype(np.float64) ** 2
    num_lost = int(num_unknown.sum())
    return ClusterCounts(
        faces=num_faces,
        missed=missed,
        known=num_faces - num_lost,
        people=len(sizes),
        true_people=len(true_sizes),
        in_majority=int(table.max(axis=0).sum()) if len(sizes) else 0,
        one_to_one_right=int(agreeing.sum()),
        # A singleton is pure; it holds one face of its true person.
        bcubed_precision_sum=float((squares / sizes).sum()) + num_lost,
        bcubed_recall_sum=float(((squares.sum(axis=1) + num_unknown) / true_sizes).sum()),
        pairs=_pairs(np.array([num_faces])),
        pairs_found=_pairs(sizes),
        pairs_true=_pairs(true_sizes),
        pairs_both=_pairs(table),
        mutual_nats=_mutual_nats(table, num_unknown),
        found_nats=_entropy_nats(sizes, num_lost, num_faces),
        true_nats=_entropy_nats(true_sizes, 0, num_faces),
        character_precision_sum=float((agreeing / sizes[matched]).sum()),
        character_recall_sum=float((agreeing / true_sizes[matched_true]).sum()),
    )


def contingency(true: NDArray[Any], person: _Codes) -> tuple[NDArray[Any], _Codes, _Codes, _Codes]:
    """Count faces by true person and person found.

    Args:
        true: (num_faces,) codes or names.
        person: (num_faces,) int64, the person found, UNKNOWN = -1.

    Returns:
        (num_true,) the true people and (num_people,) int64 the people found, both sorted,
        (num_true, num_people) int64 faces of each true person in each person found, and
        (num_true,) int64 unknown faces of each true person.
    """
    names, row = np.unique(true, return_inverse=True)
    is_known = person != UNKNOWN
    people, column = np.unique(person[is_known], return_inverse=True)
    table = np.zeros((len(names), len(people)), dtype=np.int64)
    np.add.at(table, (row[is_known], column), 1)
    unknown = np.bincount(row[~is_known], minlength=len(names)).astype(np.int64)
    return names, people, table, unknown


def _pairs(sizes: _Codes) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def _entropy_nats(sizes: _Codes, num_singletons: int, num_faces: int) -> float:
    """Entropy of a partition times its faces: sum of n log(N / n)."""
    if len(sizes) == 1 and not num_singletons:
        return 0.0  # exactly, without rounding of the logarithm
    in_people = (sizes * np.log(num_faces / sizes)).sum()
    return float(in_people + num_singletons * np.log(num_faces))


def _mutual_nats(table: _Codes, num_unknown: _Codes) -> float:
    """Mutual information times faces: sum of n_ij log(N n_ij / (n_i n_j)), singletons included."""
    true_sizes, sizes = table.sum(axis=1) + num_unknown, table.sum(axis=0)
    num_faces = true_sizes.sum()
    row, column = np.nonzero(table)
    cells = table[row, column]
    shared = (cells * np.log(num_faces * cells / (true_sizes[row] * sizes[column]))).sum()
    return float(shared + (num_unknown * np.log(num_faces / true_sizes)).sum())
