"""Several face networks side by side: each face is cleaned once, and every network sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .base import Detections, Embedder, Picture, columns_side_by_side
from .cleaning import Condition, FaceCleaner

Chips = tuple[NDArray[np.uint8], ...]
"""One face as each network wants it."""


@dataclass(frozen=True, eq=False)
class FaceNetworks:
    """Turns faces into the vectors of all networks side by side, in two steps.

    Attributes:
        embedders: by name.
        cleaner: takes grain and darkness off faces that need it.
    """

    embedders: Mapping[str, Embedder]
    cleaner: FaceCleaner

    @property
    def card(self) -> str:
        """Names weights and settings: same card, same vectors."""
        cards = " + ".join(embedder.card for embedder in self.embedders.values())
        return f"{cards}, {self.cleaner.config.card}"

    @property
    def columns(self) -> dict[str, tuple[int, int]]:
        """First and last column (exclusive) of each network in a vector."""
        return columns_side_by_side({name: one.dim for name, one in self.embedders.items()})

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return sum(embedder.dim for embedder in self.embedders.values())

    @property
    def other_person_distance(self) -> float:
        """Euclidean distance from which two vectors are of two people, by the networks' authors."""
        apart = [embedder.other_person_distance for embedder in self.embedders.values()]
        return float(np.linalg.norm(apart))

    def align(self, picture: Picture, faces: Detections, condition: Condition) -> list[Chips]:
        """Cut out faces, cleaned where they need it, as each network wants them.

        Args:
            picture: (height, width, 3) uint8.
            faces: the faces.
            condition: of these faces, as ``cleaner.measure`` gives it.
        """
        plain = [embedder.align(picture, faces) for embedder in self.embedders.values()]
        chips = [tuple(of_network[row] for of_network in plain) for row in range(len(faces))]
        for row, cleaned in enumerate(self.cleaner.clean(picture, faces, condition)):
            if cleaned.denoised or cleaned.brightened:
                chips[row] = tuple(
                    embedder.align(cleaned.picture, cleaned.face)[0]
                    for embedder in self.embedders.values()
                )
        return chips

    def embed(self, chips: Sequence[Chips]) -> NDArray[np.float32]:
        """Turn aligned faces into vectors.

        Returns:
            (len(chips), dim) float32; a NaN row where any network gives no vector.
        """
        if not chips:
            return np.empty((0, self.dim), np.float32)
        networks = self.embedders.values()
        with ThreadPoolExecutor(len(networks)) as pool:  # each takes one core
            parts = list(
                pool.map(
                    lambda embedder, of_network: embedder.embed(list(of_network)),
                    networks,
                    zip(*chips, strict=True),
                )
            )
        vectors = np.concatenate(parts, axis=1)
        vectors[~np.isfinite(vectors).all(axis=1)] = np.nan
        return np.asarray(vectors, np.float32)
