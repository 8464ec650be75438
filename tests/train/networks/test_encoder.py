from __future__ import annotations

import pytest
import torch
from castlist.train.networks.checkpoint import build_encoder
from castlist.train.networks.encoder import ClothEncoder, EfficientNetLite0, _normed, _relu6, folded
from torch import Tensor, nn


class FirstPlane(nn.Module):
    """A backbone of one level, whose features are red and green."""

    level_dims = (2,)
    mean = (0.0, 0.0, 0.0)
    std = (1.0, 1.0, 1.0)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        return [pictures[:, :2]]


@pytest.fixture(scope="module")
def lite0() -> ClothEncoder:
    torch.manual_seed(0)
    architecture = {"backbone": "efficientnet_lite0", "levels": [0, 2], "input_size": 32}
    return build_encoder({**architecture, "head_dim": 8}).eval()


def test_only_the_masked_pixels_are_pooled_worked_by_hand() -> None:
    picture = torch.zeros(1, 3, 2, 2)
    picture[0, 0] = torch.tensor([[0.3, 1.0], [1.0, 1.0]])  # red
    picture[0, 1] = torch.tensor([[0.4, 0.0], [0.0, 0.0]])  # green
    mask = torch.zeros(1, 1, 2, 2)
    mask[0, 0, 0, 0] = 1
    vector = ClothEncoder(FirstPlane(), input_size=2)(picture, mask)
    torch.testing.assert_close(vector, torch.tensor([[0.6, 0.8]]), atol=1e-4, rtol=0)


def test_half_a_mask_weighs_half() -> None:
    picture = torch.tensor([[[[1.0, 0.0]], [[0.0, 1.0]], [[0.0, 0.0]]]])
    mask = torch.tensor([[[[1.0, 0.5]]]])
    vector = ClothEncoder(FirstPlane(), input_size=2)(picture, mask)
    # the picture is faded by the mask too: red 1 * 1, green 0.5 * 0.5
    torch.testing.assert_close(vector[0, 1] / vector[0, 0], torch.tensor(0.25), atol=1e-4, rtol=0)


def test_what_the_mask_hides_changes_nothing(lite0: ClothEncoder) -> None:
    torch.manual_seed(1)
    picture, other = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)
    mask = torch.zeros(1, 1, 32, 32)
    mask[..., :16] = 1
    with torch.inference_mode():
        same = lite0(picture, mask)
        changed = lite0(torch.where(mask > 0, picture, other), mask)
        seen = lite0(torch.where(mask > 0, other, picture), mask)
    torch.testing.assert_close(same, changed)
    assert (same - seen).norm() > 0.01


def test_rows_are_unit_vectors_of_the_right_length(lite0: ClothEncoder) -> None:
    vectors = lite0(torch.rand(3, 3, 32, 32))
    assert vectors.shape == (3, lite0.dim) == (3, 8)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))


def test_no_mask_is_a_mask_of_ones(lite0: ClothEncoder) -> None:
    pictures = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(lite0(pictures), lite0(pictures, torch.ones(2, 1, 32, 32)))


def test_a_picture_is_described_alike_alone_and_in_a_batch(lite0: ClothEncoder) -> None:
    pictures = torch.rand(4, 3, 32, 32)
    with torch.inference_mode():
        alone = torch.cat([lite0(pictures[row : row + 1]) for row in range(4)])
        torch.testing.assert_close(lite0(pictures), alone, atol=1e-5, rtol=1e-4)


def test_channels_last_changes_nothing(lite0: ClothEncoder) -> None:
    pictures = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        last = lite0(pictures.contiguous(memory_format=torch.channels_last))
        torch.testing.assert_close(lite0(pictures), last, atol=1e-5, rtol=1e-4)


def test_gradients_reach_the_stem(lite0: ClothEncoder) -> None:
    lite0(torch.rand(2, 3, 32, 32), torch.rand(2, 1, 32, 32))[:, 0].sum().backward()
    stem = lite0.backbone.get_parameter("_conv_stem.weight")
    assert stem.grad is not None
    assert stem.grad.abs().sum() > 0
    lite0.zero_grad()


def test_levels_halve_in_size_and_nothing_is_built_beyond_the_last() -> None:
    backbone = EfficientNetLite0(levels=(0, 2, 4)).eval()
    maps = backbone(torch.rand(1, 3, 33, 33))
    assert [tuple(level.shape[1:]) for level in maps] == [(16, 17, 17), (24, 9, 9), (40, 5, 5)]
    assert backbone.level_dims == (16, 24, 40)
    assert not any(name.startswith("_blocks.5") for name in backbone.state_dict())


def test_the_last_convolution_is_level_16() -> None:
    backbone = EfficientNetLite0(levels=(11, 16)).eval()
    assert backbone.level_dims == (192, 1280)
    assert [level.shape[1] for level in backbone(torch.rand(1, 3, 64, 64))] == [192, 1280]


@pytest.mark.parametrize("levels", [(), (4, 2), (2, 17)])
def test_levels_that_do_not_exist_are_refused(levels: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="levels: expected ascending indices from 0 to 16"):
        EfficientNetLite0(levels)


def test_same_padding_puts_the_odd_pixel_right_and_below() -> None:
    # TensorFlow pads 4 px under stride 2 and kernel 3 by 0 before and 1 after: the first window
    # begins on the first pixel
    stem = EfficientNetLite0(levels=(0,))._conv_stem
    nn.init.zeros_(stem.weight)
    stem.weight.data[0, 0, 0, 0] = 1  # picks the upper left pixel of each window
    picture = torch.zeros(1, 3, 4, 4)
    picture[0, 0] = torch.arange(16.0).view(4, 4)
    torch.testing.assert_close(stem(picture)[0, 0], torch.tensor([[0.0, 2.0], [8.0, 10.0]]))


@pytest.mark.parametrize(
    ("backbone", "levels"), [("efficientnet_lite0", [1, 16]), ("resnet18", [0, 2])]
)
def test_folding_leaves_no_normalisation_and_the_same_vectors(
    backbone: str, levels: list[int]
) -> None:
    torch.manual_seed(0)
    architecture = {"backbone": backbone, "levels": levels, "input_size": 64}
    encoder = build_encoder({**architecture, "head_dim": None})
    for module in encoder.modules():
        if isinstance(module, nn.BatchNorm2d):  # fresh ones do nothing, and could not be missed
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.3, 0.3)
            nn.init.uniform_(module.running_mean, -0.3, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    encoder.eval()
    pictures = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        before = encoder(pictures)
        torch.testing.assert_close(folded(encoder)(pictures), before, atol=1e-5, rtol=1e-3)
        torch.testing.assert_close(encoder(pictures), before)  # the original is not touched
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded(encoder).modules())


def test_a_convolution_and_its_kept_statistics_are_one_step_and_learn_as_two(
    lite0: ClothEncoder,
) -> None:
    conv, norm = lite0.backbone._conv_stem, lite0.backbone._bn0
    with torch.no_grad():
        for values in (norm.running_mean, norm.running_var, norm.weight, norm.bias):
            values.uniform_(0.5, 1.5)
    picture, learning = torch.rand(2, 3, 9, 9), [conv.weight, norm.weight, norm.bias]
    for joined, apart in zip(
        *(
            (features, *torch.autograd.grad(features.square().sum(), learning))
            for features in (_normed(conv, norm, picture), norm(conv(picture)))
        ),
        strict=True,
    ):
        torch.testing.assert_close(joined, apart, atol=1e-4, rtol=1e-4)


def test_our_relu6_learns_as_the_library_s() -> None:
    numbers = torch.linspace(-2, 8, 41).requires_grad_()
    (ours,) = torch.autograd.grad(_relu6(numbers * 1).square().sum(), numbers)
    (theirs,) = torch.autograd.grad(nn.functional.relu6(numbers).square().sum(), numbers)
    assert torch.equal(ours, theirs)
    assert torch.equal(_relu6(numbers.detach().clone()), nn.functional.relu6(numbers))
