"""ClothEncoder: a plain torch net from pictures of clothes to unit vectors.

Feature maps of several levels of a backbone are pooled over the pixels of the clothes and joined:
early levels encode colour and texture, late ones encode shape. Nothing here depends on training.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval


class ClothEncoder(nn.Module):
    """Turns pictures of clothes into unit vectors.

    Args:
        backbone: turns normalised pictures (n, 3, H, W) into a list of maps (n, level_dim, h, w);
            its ``level_dims``, ``mean`` and ``std`` (red green blue, 0..1) state their sizes and
            the normalisation.
        input_size: side of the square pictures that it is meant for, pixels.
        head_dim: length of the vectors after a linear head; None = no head, the pooled levels
            themselves, each scaled to unit length.

    Attributes:
        dim: length of the vectors.
        input_size: side of the square pictures, pixels.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, backbone: nn.Module, input_size: int, head_dim: int | None = None) -> None:
        super().__init__()
        self.backbone = backbone
        self.input_size = input_size
        joined = sum(cast(tuple[int, ...], backbone.level_dims))
        self.head = nn.Linear(joined, head_dim) if head_dim else nn.Identity()
        self.dim = head_dim or joined
        # Buffers, so that a loaded net contains its normalisation, also through ONNX.
        self.register_buffer("mean", torch.tensor(backbone.mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(backbone.std).view(1, 3, 1, 1))

    def forward(self, pictures: Tensor, masks: Tensor | None = None) -> Tensor:
        """Compute the vectors of pictures.

        Args:
            pictures: (n, 3, H, W) float, red green blue, 0..1.
            masks: (n, 1, H, W) float, 0..1, how much a pixel counts; None = all alike. What it
                hides gets the mean colour too, or it would have an effect through the borders.

        Returns:
            (n, dim) float, unit rows.
        """
        pictures = (pictures - self.mean) / self.std
        if masks is not None:
            pictures = pictures * masks
        levels = [_pool(level, masks) for level in self.backbone(pictures)]
        joined = torch.cat([functional.normalize(level, dim=1) for level in levels], dim=1)
        vectors: Tensor = self.head(joined)
        return functional.normalize(vectors, dim=1)

    def without_head(self) -> ClothEncoder:
        """Return an encoder of the pooled levels themselves, with the same backbone."""
        device = self.mean.device
        return ClothEncoder(self.backbone, self.input_size).to(device).train(self.training)


def folded(encoder: ClothEncoder) -> ClothEncoder:
    """Return a copy for inference with every batch normalisation folded into its convolution.

    The same vectors but for rounding, in about half the time on a CPU.

    Args:
        encoder: in eval mode; in each of its modules a normalisation must directly follow the
            convolution that it belongs to, as in all of our backbones.
    """
    copied = copy.deepcopy(encoder)
    for module in list(copied.modules()):
        children = list(module.named_children())
        for (conv_name, conv), (norm_name, norm) in itertools.pairwise(children):
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(module, conv_name, fuse_conv_bn_eval(conv, norm))
                setattr(module, norm_name, nn.Identity())
    return copied


def _pool(level: Tensor, masks: Tensor | None) -> Tensor:
    if masks is None:
        return level.mean(dim=(2, 3))
    weights = _shrunk(masks, int(level.shape[2]), int(level.shape[3])) + 1e-6
    return (level * weights).sum(dim=(2, 3)) / weights.sum(dim=(2, 3))


def _shrunk(masks: Tensor, height: int, width: int) -> Tensor:
    if not torch.onnx.is_in_onnx_export():
        return functional.adaptive_avg_pool2d(masks, (height, width))
    # ONNX cannot pool to any size, but multiply by matrices that average rows and columns
    down = _averages(int(masks.shape[2]), height)
    return down.T @ masks @ _averages(int(masks.shape[3]), width)


def _averages(before: int, after: int) -> Tensor:
    return functional.adaptive_avg_pool1d(torch.eye(before)[None], after)[0]


# kernel, stride of the first, expansion, channels out, repeats: EfficientNet-B0's table, which
# Lite0 shares (Tan & Le 2019; Lite: no squeeze-and-excitation, ReLU6 instead of swish).
_LITE0_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
_LITE0_HEAD = 1280
_BATCH_NORM_EPSILON = 1e-3  # TensorFlow's, in which these weights were trained


class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite0 without its classifier, named so that the published weights fit.

    Args:
        levels: which outputs are returned, ascending: the blocks 0..15, and 16, the last
            convolution. What comes after the last of them is not built.
    """

    mean = (127 / 255,) * 3
    std = (128 / 255,) * 3

    def __init__(self, levels: Sequence[int] = (2, 5, 11)) -> None:
        super().__init__()
        self.levels = tuple(levels)
        if not self.levels or list(self.levels) != sorted(set(self.levels) & set(range(17))):
            raise ValueError(f"levels: expected ascending indices from 0 to 16, got {levels}")
        self._conv_stem = _SameConv(3, 32, 3, stride=2)
        self._bn0 = _norm(32)
        blocks, channels = [], 32
        for kernel, first_stride, expansion, out, repeats in _LITE0_STAGES:
            for repeat in range(repeats):
                stride = first_stride if repeat == 0 else 1
                blocks.append(_Block(channels, out, kernel, stride, expansion))
                channels = out
        self._blocks = nn.ModuleList(blocks[: self.levels[-1] + 1])
        dims = [block.channels for block in blocks]
        if self.levels[-1] == len(blocks):
            self._conv_head = _SameConv(channels, _LITE0_HEAD, 1)
            self._bn1 = _norm(_LITE0_HEAD)
        self.level_dims = tuple([*dims, _LITE0_HEAD][level] for level in self.levels)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return the maps of ``levels``, the largest first."""
        features = _relu6(_normed(self._conv_stem, self._bn0, pictures))
        maps = []
        for number, block in enumerate(self._blocks):
            features = block(features)
            if number in self.levels:
                maps.append(features)
        if len(maps) < len(self.levels):
            maps.append(_relu6(_normed(self._conv_head, self._bn1, features)))
        return maps

    def load_published(self, weights: dict[str, Tensor]) -> None:
        """Take over the published weights of the whole net, as far as it is built here."""
        self.load_state_dict({name: weights[name] for name in self.state_dict()})


class _Block(nn.Module):
    """Inverted residual: expand, convolve each channel by itself, project."""

    def __init__(
        self, inputs: int, channels: int, kernel: int, stride: int, expansion: int
    ) -> None:
        super().__init__()
        inner = inputs * expansion
        self.channels = channels
        self.adds_input = stride == 1 and inputs == channels
        if expansion > 1:
            self._expand_conv = _SameConv(inputs, inner, 1)
            self._bn0 = _norm(inner)
        self.expands = expansion > 1
        self._depthwise_conv = _SameConv(inner, inner, kernel, stride=stride, groups=inner)
        self._bn1 = _norm(inner)
        self._project_conv = _SameConv(inner, channels, 1)
        self._bn2 = _norm(channels)

    def forward(self, inputs: Tensor) -> Tensor:
        features = inputs
        if self.expands:
            features = _relu6(_normed(self._expand_conv, self._bn0, features))
        features = _relu6(_normed(self._depthwise_conv, self._bn1, features))
        projected = _normed(self._project_conv, self._bn2, features)
        return projected + inputs if self.adds_input else projected


class _SameConv(nn.Conv2d):
    """TensorFlow's SAME padding: what is odd goes to the right and the bottom."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__(inputs, outputs, kernel, stride=stride, groups=groups, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        return self.convolve(features, self.weight, self.bias)

    def convolve(self, features: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Convolve with other weights than those of the module."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        missing = [
            max((-(-size // stride) - 1) * stride + kernel - size, 0)
            for size in map(int, features.shape[2:])
        ]
        odd = [pixels % 2 for pixels in missing]
        both_sides = [pixels // 2 for pixels in missing]
        if any(odd) and torch.onnx.is_in_onnx_export():  # it takes kernels as they are only
            features = functional.pad(features, (0, odd[1], 0, odd[0]))
        elif any(odd):
            # One more pixel on both sides, and a kernel that ignores the first: the same as
            # padding the right alone, without a copy of all features.
            weight = functional.pad(weight, (odd[1], 0, odd[0], 0))
            both_sides = [pixels + more for pixels, more in zip(both_sides, odd, strict=True)]
        return functional.conv2d(
            features, weight, bias, stride=stride, padding=both_sides, groups=self.groups
        )


def _normed(conv: _SameConv, norm: nn.Module, features: Tensor) -> Tensor:
    """Convolve, then normalise.

    With fixed statistics this is one convolution with other weights; both are still trained. Each
    map is read and written once less, forward and backward.
    """
    if not isinstance(norm, nn.BatchNorm2d) or norm.training:
        normed: Tensor = norm(conv(features))
        return normed
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    bias = norm.bias - norm.running_mean * scale
    return conv.convolve(features, conv.weight * scale[:, None, None, None], bias)


def _relu6(features: Tensor) -> Tensor:
    # in place: memory, not arithmetic, is what takes time
    if torch.is_grad_enabled() and features.requires_grad:
        learning: Tensor = _Relu6.apply(features)
        return learning
    return functional.relu6(features, inplace=True)


class _Relu6(torch.autograd.Function):
    """ReLU6 whose gradient comes from its output; torch's, in place, copies its input first."""

    @staticmethod
    def forward(ctx: Any, features: Tensor) -> Tensor:
        features.clamp_(0, 6)
        ctx.mark_dirty(features)
        ctx.save_for_backward(features)
        return features

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (output,) = ctx.saved_tensors
        passed: Tensor = torch.ops.aten.hardtanh_backward(gradient, output, 0.0, 6.0)
        return passed


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_BATCH_NORM_EPSILON)


def planes(crops: Tensor) -> tuple[Tensor, Tensor]:
    """Turn crops (n, side, side, 4) uint8 into the input of a ClothEncoder: pictures and masks."""
    both = crops.permute(0, 3, 1, 2).float() / 255
    return both[:, :3], both[:, 3:]
