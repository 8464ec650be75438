"""Backbones of torchvision without their classifiers."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


class ResNet(nn.Module):
    """A torchvision ResNet without its classifier, the baseline of the original project.

    Args:
        name: ``resnet18`` or ``resnet50``.
        levels: which of the four stages (0..3) are returned before the last one, which always is.
    """

    mean = (0.485, 0.456, 0.406)
    std = (0.229, 0.224, 0.225)

    def __init__(self, name: str, levels: Sequence[int] = (0, 1)) -> None:
        super().__init__()
        import torchvision  # takes seconds to import, and few need it

        net = getattr(torchvision.models, name)(weights=None)
        self.levels = tuple(levels)
        self.stem = nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool)
        self.stages = nn.ModuleList([net.layer1, net.layer2, net.layer3, net.layer4])
        stage_dims = [net.fc.in_features // 8 * 2**stage for stage in range(4)]
        self.level_dims = (*(stage_dims[level] for level in self.levels), stage_dims[-1])

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return the maps of ``levels`` and of the last stage."""
        features = self.stem(pictures)
        maps = []
        for number, stage in enumerate(self.stages):
            features = stage(features)
            if number in self.levels:
                maps.append(features)
        return [*maps, features]

    def load_published(self, weights: dict[str, Tensor]) -> None:
        """Take over weights that carry torchvision's names."""
        renamed = {}
        for key, tensor in weights.items():
            part, _, rest = key.partition(".")
            if part == "fc":
                continue
            place = {"conv1": "stem.0", "bn1": "stem.1"}.get(part) or f"stages.{int(part[-1]) - 1}"
            renamed[f"{place}.{rest}"] = tensor
        self.load_state_dict(renamed)


class ConvNeXt(nn.Module):
    """A torchvision ConvNeXt without its classifier.

    Args:
        name: ``convnext_tiny``.
        levels: which of the four stages (0..3) are returned before the last one, which always is.
    """

    mean = (0.485, 0.456, 0.406)
    std = (0.229, 0.224, 0.225)

    def __init__(self, name: str, levels: Sequence[int] = (0, 1)) -> None:
        super().__init__()
        import torchvision  # takes seconds to import, and few need it

        net = getattr(torchvision.models, name)(weights=None)
        self.levels = tuple(levels)
        self.features = net.features  # in pairs: shrink, then a stage
        stage_dims = [stage[-1].block[0].out_channels for stage in net.features[1::2]]
        self.level_dims = (*(stage_dims[level] for level in self.levels), stage_dims[-1])

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return the maps of ``levels`` and of the last stage."""
        features, maps = pictures, []
        for number, part in enumerate(self.features):
            features = part(features)
            if number % 2 and number // 2 in self.levels:
                maps.append(features)
        return [*maps, features]

    def load_published(self, weights: dict[str, Tensor]) -> None:
        """Take over weights that carry torchvision's names."""
        kept = {key: value for key, value in weights.items() if key.startswith("features.")}
        self.load_state_dict(kept)
