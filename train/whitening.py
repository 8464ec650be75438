"""An initial head: principal components of the backbone's features, of equal variance."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from ..data.errors import InputError
from .networks.encoder import ClothEncoder, planes

_SHRINK = 1e-3  # of the mean variance, added to each: rare directions are not enlarged too much


def whiten_head(encoder: ClothEncoder, batches: Iterable[Tensor]) -> None:
    """Set an encoder's linear head so that its outputs are whitened features.

    A random head destroys features of the backbone before it is trained. Source: Jegou and
    Chum, "Negative evidences and co-occurences in image retrieval", ECCV 2012.

    Args:
        encoder: with a head.
        batches: of crops (n, side, side, 4) uint8 to take the features' statistics of.

    Raises:
        InputError: the vectors would be longer than the features, or there are fewer than two
            crops.
    """
    head = encoder.head
    if not isinstance(head, nn.Linear):
        raise TypeError("encoder: expected one with a linear head")
    if head.out_features > head.in_features:
        raise InputError(
            f"head_dim: expected at most {head.in_features}, as many as this backbone has features,"
            f" got {head.out_features}"
        )
    features = _features(encoder, head, batches).double()
    if len(features) < 2:
        raise InputError("expected at least 2 pictures that can be read to begin with")
    mean = features.mean(dim=0)
    covariance = (features - mean).T @ (features - mean) / len(features)
    shrink = _SHRINK * covariance.diagonal().mean().clamp_min(1e-12)
    variances, directions = torch.linalg.eigh(covariance)  # ascending
    variances = variances.clamp_min(0)[-head.out_features :] + shrink
    weight = (directions[:, -head.out_features :] / variances.sqrt()).T
    # Vectors become unit rows, so the scale is free; at the size of a fresh layer's weights the
    # steps of an optimizer have the usual effect.
    weight /= weight.square().mean().sqrt() * head.in_features**0.5
    with torch.no_grad():
        head.weight.copy_(weight)
        head.bias.copy_(-weight @ mean)


def _features(encoder: ClothEncoder, head: nn.Linear, batches: Iterable[Tensor]) -> Tensor:
    seen: list[Tensor] = []
    hook = head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    was_training = encoder.training
    encoder.eval()
    try:
        with torch.no_grad():
            for crops in batches:
                encoder(*planes(crops))
    finally:
        hook.remove()
        encoder.train(was_training)
    return torch.cat(seen) if seen else torch.zeros(0, head.in_features)
