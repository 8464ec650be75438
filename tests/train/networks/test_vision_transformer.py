from __future__ import annotations

import sys

import pytest
import timm
import torch
from castlist.data.errors import InputError
from castlist.train.config import TrainConfig
from castlist.train.module import layer_rates
from castlist.train.networks.checkpoint import build_encoder, load_encoder
from castlist.train.networks.vision_transformer import VisionTransformer

ARCHITECTURE = {"backbone": "vit_small", "levels": [3, 7], "input_size": 64, "head_dim": None}


def test_each_level_is_a_map_with_one_place_for_every_patch() -> None:
    maps = VisionTransformer(levels=(3, 7))(torch.zeros(2, 3, 64, 96))
    assert [tuple(level.shape) for level in maps] == [(2, 384, 4, 6)] * 3


def test_what_lies_under_the_mask_does_not_change_where_the_others_are_pooled() -> None:
    encoder = build_encoder(ARCHITECTURE).eval()
    pictures, masks = torch.rand(2, 3, 64, 64), torch.zeros(2, 1, 64, 64)
    masks[:, :, :32] = 1
    other = torch.where(masks > 0, pictures, torch.rand(2, 3, 64, 64))
    with torch.inference_mode():
        vectors = encoder(pictures, masks)
        assert vectors.shape == (2, 3 * 384)
        torch.testing.assert_close(encoder(other, masks), vectors)


def test_timms_weights_give_the_maps_that_timm_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    create = timm.create_model
    original = create("vit_small_patch16_224", dynamic_img_size=True)
    monkeypatch.setattr(
        timm,
        "create_model",
        lambda *args, pretrained=False, **kwargs: (
            original if pretrained else create(*args, **kwargs)
        ),
    )
    encoder, card = load_encoder("vit_small")
    assert card["licence"] == "Apache-2.0 (timm)"
    assert len(card["sha256"]) == 64
    pictures = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        last = original.eval().forward_intermediates(pictures, indices=[11], norm=False)[1][0]
        torch.testing.assert_close(encoder.backbone(pictures)[-1], last)


def test_without_timm_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(InputError, match=r"pip install 'castlist\[vit\]'"):
        build_encoder(ARCHITECTURE)


def test_weights_that_cannot_be_fetched_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise OSError("no network\nand more lines")

    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(InputError, match=r"could not fetch them \(no network\)"):
        load_encoder("vit_small")


def test_each_block_has_a_rate_of_its_own() -> None:
    config = TrainConfig(data=("folder",), root=("nowhere",), rate=1.0, layer_decay=0.5)
    groups = layer_rates(build_encoder({**ARCHITECTURE, "head_dim": 8}), config)
    # patches, twelve blocks and the head
    assert len({group["lr"] for group in groups}) == 14
