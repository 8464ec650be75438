"""What small children have in common: networks that were taught adults take it for one person's.

In each network it is a few directions. Taken off like those of nuisance, they leave what tells
children apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

import numpy as np
import safetensors.numpy

from ... import checkpoints
from .vectors import FloatRows

FILE = "curves/children.safetensors"
"""The directions in checkpoints/, float32: (num_directions, dim) by network; beside it a card."""


def load_children() -> dict[str, FloatRows]:
    """Load the directions that ship, (num_directions, dim) float64 orthonormal rows by network."""
    kept = safetensors.numpy.load((resources.files(checkpoints) / FILE).read_bytes())
    return {network: rows.astype(np.float64) for network, rows in kept.items()}


def fit_children(children: FloatRows, others: FloatRows, number: int) -> FloatRows:
    """Return the directions in which children differ most from the mean of others.

    These are the first eigenvectors of the second moment of children about the mean of others,
    less the scatter of others: where others vary, too, there is something to tell people by.

    Args:
        children: (num_children, dim) unit rows of one network, different children.
        others: (num_others, dim) unit rows, of anybody else.
        number: how many directions.

    Returns:
        (number, dim) float64, orthonormal rows.
    """
    centre = others.mean(axis=0)
    about, scatter = children - centre, others - centre
    moment = about.T @ about / len(about) - scatter.T @ scatter / len(scatter)
    return np.asarray(np.linalg.eigh(moment)[1][:, ::-1][:, :number].T)


def with_directions(
    nuisance: Mapping[str, FloatRows], more: Mapping[str, FloatRows]
) -> dict[str, FloatRows]:
    """Return orthonormal rows that span both, of each network that has some already.

    Args:
        nuisance: (num_directions, dim) orthonormal rows, by network.
        more: the same.
    """
    return {
        network: np.linalg.qr(np.vstack([rows, more[network]]).T)[0].T if network in more else rows
        for network, rows in nuisance.items()
    }
