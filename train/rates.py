"""The learning rate of each layer, and its course over a run."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from torch import nn

from .config import TrainConfig
from .networks.encoder import ClothEncoder


def layer_rates(encoder: ClothEncoder, config: TrainConfig) -> list[dict[str, Any]]:
    """Group parameters: the nearer to the pixels, the slower they learn.

    Args:
        encoder: whose backbone's parameters come in the order of its layers.
        config: of the run.

    Returns:
        Groups for an optimizer, from the pixels to the head.
    """
    groups = []
    for below, parameters in enumerate(reversed(layers(encoder).values())):
        learning = [parameter for parameter in parameters if parameter.requires_grad]
        for decays in (True, False):  # scales and offsets are not pulled towards zero
            group = [parameter for parameter in learning if (parameter.ndim > 1) is decays]
            groups.append(
                {
                    "params": group,
                    "lr": config.rate * config.layer_decay**below,
                    "weight_decay": config.weight_decay if decays else 0.0,
                }
            )
    return [group for group in reversed(groups) if group["params"]]


def layers(encoder: ClothEncoder) -> dict[str, list[nn.Parameter]]:
    """Return the parameters of each layer by its name, from the pixels to the head."""
    found: dict[str, list[nn.Parameter]] = {}
    for name, parameter in encoder.backbone.named_parameters():
        parts = name.split(".")
        number = next((place for place, part in enumerate(parts) if part.isdigit()), 0)
        found.setdefault(".".join(parts[: number + 1]), []).append(parameter)
    if head := list(encoder.head.parameters()):
        found["head"] = head
    return found


def course(num_steps: int, warm_up: float) -> Callable[[int], float]:
    """Return the factor of the learning rates at each step: it rises, then falls along a cosine.

    Args:
        num_steps: of the whole run.
        warm_up: share of them in which it rises.
    """
    rising = math.ceil(num_steps * warm_up)

    def factor(step: int) -> float:
        if step < rising:
            return (step + 1) / rising
        done = (step - rising) / max(1, num_steps - rising)
        return (1 + math.cos(math.pi * min(1.0, done))) / 2

    return factor
