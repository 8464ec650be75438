"""dlib's layers as torch modules."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .dlib_format import Layer


def convolution(layer: Layer, scaling: Layer | None = None) -> nn.Conv2d:
    """Make a convolution, joined with the scaling after it: one pass over the features, not two.

    Args:
        layer: a ``con_4``.
        scaling: the ``affine_`` or ``bn_con2`` (batch normalization) that follows, or None.

    Raises:
        ValueError: the layers are of another kind.
    """
    if layer.name != "con_4":
        raise ValueError(f"expected the layer con_4, got {layer.name}")
    fields = layer.fields
    num_filters = fields["num_filters"]
    params = torch.from_numpy(fields["params"].ravel()).double()
    weight, bias = params[:-num_filters].view(fields["filters"]), params[-num_filters:]
    if scaling is not None:
        factor, shift = _factor_and_shift(scaling)
        weight, bias = weight * factor.view(-1, 1, 1, 1), bias * factor + shift
    made = nn.Conv2d(
        weight.shape[1],
        num_filters,
        kernel_size=(fields["rows"], fields["columns"]),
        stride=(fields["stride_y"], fields["stride_x"]),
        padding=(fields["padding_y"], fields["padding_x"]),
    )
    made.weight = nn.Parameter(weight.float(), requires_grad=False)
    made.bias = nn.Parameter(bias.float(), requires_grad=False)
    return made


def _factor_and_shift(scaling: Layer) -> tuple[Tensor, Tensor]:
    if scaling.name not in ("affine_", "bn_con2"):
        raise ValueError(f"expected affine_ or bn_con2 after a convolution, got {scaling.name}")
    fields = scaling.fields
    gamma, beta = torch.from_numpy(fields["params"].ravel()).double().view(2, -1)
    if scaling.name == "affine_":
        return gamma, beta
    mean = torch.from_numpy(fields["running_means"].ravel()).double()
    variance = torch.from_numpy(fields["running_variances"].ravel()).double()
    factor = gamma / torch.sqrt(variance + fields["eps"])
    return factor, beta - factor * mean
