"""ViT-S of timm, without its classifier, as a backbone; the extra ``vit``."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Sequence
from typing import Any

import safetensors.torch
from torch import Tensor, nn

from ...data.errors import InputError

_TIMM_NAME = "vit_small_patch16_224.augreg_in21k_ft_in1k"
_BLOCKS = 12


class VisionTransformer(nn.Module):
    """ViT-S/16 (Dosovitskiy et al., ICLR 2021): maps of the outputs for patches of 16 pixels.

    Args:
        levels: which of the twelve blocks (0..11) are returned before the last one, which always
            is.

    Raises:
        InputError: timm is not installed.
    """

    mean = (0.5, 0.5, 0.5)
    std = (0.5, 0.5, 0.5)

    def __init__(self, levels: Sequence[int] = (3, 7)) -> None:
        super().__init__()
        self.levels = tuple(levels)
        # Without the classifier and the normalisation before it, which maps do not pass through.
        self.net = _timm().create_model(_TIMM_NAME, dynamic_img_size=True, num_classes=0)
        self.net.norm = nn.Identity()
        self.level_dims = (self.net.embed_dim,) * (len(self.levels) + 1)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return the maps of ``levels`` and of the last block; sides must be multiples of 16."""
        maps: list[Tensor] = self.net.forward_intermediates(
            pictures, indices=[*self.levels, _BLOCKS - 1], norm=False, intermediates_only=True
        )
        return maps

    def load_published(self, weights: dict[str, Tensor]) -> None:
        """Take over weights that carry timm's names."""
        known = self.net.state_dict()
        self.net.load_state_dict({name: weights[name] for name in known})


def published_weights() -> tuple[dict[str, Tensor], str]:
    """Return timm's ImageNet weights, fetched by timm if they are not in its cache, and a sha256.

    Raises:
        InputError: timm is not installed, or the weights are not there and cannot be fetched.
    """
    timm = _timm()
    try:
        net = timm.create_model(_TIMM_NAME, pretrained=True)
    except (OSError, RuntimeError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(
            f"vit_small: expected timm's weights {_TIMM_NAME}, and could not fetch them ({reason});"
            f" put those of https://huggingface.co/timm/{_TIMM_NAME} into Hugging Face's cache, or"
            " use efficientnet_lite0, whose weights come with castlist"
        ) from error
    weights: dict[str, Tensor] = net.state_dict()
    content = safetensors.torch.save({k: v.contiguous() for k, v in sorted(weights.items())})
    return weights, hashlib.sha256(content).hexdigest()


def _timm() -> Any:
    try:
        return importlib.import_module("timm")
    except ImportError as error:
        raise InputError(
            "vit_small: expected the package timm, found none; pip install 'castlist[vit]'"
        ) from error
