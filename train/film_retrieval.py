"""Recall of people by cloth vectors in labelled films, measured at every check of a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray

from ..data.clothes.cloth_crop import ClothCropper
from ..data.clothes.person_mask import PersonMask
from ..data.garments.labelled_films import LabelledFilm, find_labelled_films
from .loading.views import Notify
from .module import ClothModule

_BATCH = 64


def film_recall(film: LabelledFilm, vectors: NDArray[np.float32]) -> float:
    """Return Recall@1 of the queries of a film (``LabelledFilm.questions``), 0..1.

    Args:
        film: the labelled faces.
        vectors: (num_faces, dim) float32, unit rows; NaN rows where no clothes are in sight, which
            count as not found. The nearest face must be of the same person.

    Returns:
        The share of faces whose nearest is the same person; NaN if the film has no query.
    """
    seen = np.asarray(np.isfinite(vectors).all(axis=1))
    rows, candidates = film.questions(seen)
    if not len(rows):
        return float("nan")
    similarity = np.nan_to_num(vectors[rows]) @ np.nan_to_num(vectors).T
    nearest = np.where(candidates[rows], similarity, -np.inf).argmax(axis=1)
    return float(np.mean((film.person[nearest] == film.person[rows]) & seen[rows]))


class FilmCheck(pl.Callback):
    """Logs ``film_recall`` of every film, of the network's vectors alone, at every check.

    Nothing is chosen by these figures; otherwise they would be tuned on the films.

    Args:
        folder: of labelled films.
        side: of the encoder's crops, pixels.
        notify: called with the number of faces of each film.

    Raises:
        InputError: there are no such films.
    """

    def __init__(self, folder: str | Path, side: int, notify: Notify) -> None:
        # The crops of inference, person mask and all, cut out once and kept.
        cropper = ClothCropper(side, PersonMask())
        self._films = [(film, film.crop(cropper.crop)) for film in find_labelled_films(folder)]
        for film, crops in self._films:
            num_queries = len(film.questions(_seen(crops))[0])
            notify(
                f"{film.name}: at every check, {num_queries} of {len(crops)} faces are searched for"
            )

    def on_validation_epoch_end(self, _: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Compute vectors of the films' clothes by the moving average, and search."""
        assert isinstance(pl_module, ClothModule)
        for film, crops in self._films:
            vectors = _describe(pl_module, crops)
            pl_module.log(f"film_recall_at_1/{film.name}", film_recall(film, vectors))


def _seen(crops: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray(crops[..., 3].any(axis=(1, 2)))


def _describe(module: ClothModule, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    vectors = np.full((len(crops), module.shipped.dim), np.nan, np.float32)
    rows = np.flatnonzero(_seen(crops))
    for part in np.split(rows, range(_BATCH, len(rows), _BATCH)):
        batch = torch.from_numpy(crops[part]).to(module.device)
        vectors[part] = module.describe(batch).cpu().numpy()
    return vectors
