"""GarmentNet: a small net from pictures of people to which pixels are garments."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from .encoder import EfficientNetLite0

_LEVELS = (0, 2, 4, 10)  # at a half, a quarter, an eighth and a sixteenth of the side
_WIDTH = 32


class GarmentNet(nn.Module):
    """A U-Net over EfficientNet-Lite0: each level of the backbone is added in the decoder.

    Source: Ronneberger et al., "U-Net", MICCAI 2015; levels are added as in Lin et al., "Feature
    Pyramid Networks", CVPR 2017, which needs fewer channels.
    """

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.backbone = EfficientNetLite0(_LEVELS)
        dims = self.backbone.level_dims
        self.to_width = nn.ModuleList(nn.Conv2d(dim, _WIDTH, 1) for dim in dims)
        self.smooth = nn.ModuleList(nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1) for _ in dims)
        self.last = nn.Conv2d(_WIDTH, 1, 1)
        self.register_buffer("mean", torch.tensor(self.backbone.mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(self.backbone.std).view(1, 3, 1, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        """Find garments.

        Args:
            pictures: (n, 3, side, side) float, red green blue, 0..1; side a multiple of 16.

        Returns:
            (n, side, side) float, logits: above 0 a pixel is more likely a garment's.
        """
        levels = self.backbone((pictures - self.mean) / self.std)
        joined: Tensor | None = None
        steps = zip(reversed(levels), reversed(self.to_width), reversed(self.smooth), strict=True)
        for level, to_width, smooth in steps:
            narrow = to_width(level)
            if joined is not None:
                narrow = narrow + functional.interpolate(joined, scale_factor=2.0, mode="nearest")
            joined = functional.relu(smooth(narrow))
        logits = self.last(cast(Tensor, joined))
        whole: Tensor = functional.interpolate(
            logits, scale_factor=2.0, mode="bilinear", align_corners=False
        )
        return whole[:, 0]
