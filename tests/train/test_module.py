from __future__ import annotations

import copy
import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from castlist.data.errors import InputError
from castlist.train.config import LOSSES, TrainConfig
from castlist.train.losses import make_loss
from castlist.train.module import ClothModule, _move
from castlist.train.networks.checkpoint import build_encoder
from castlist.train.networks.encoder import ClothEncoder, planes
from castlist.train.rates import course, layer_rates
from castlist.train.whitening import whiten_head
from torch import Tensor, nn

SIDE = 32
CONFIG = TrainConfig(data=("folder",), root=("nowhere",))
LEVELS = {
    "efficientnet_lite0": [0, 2],
    "resnet18": [0, 1],
    "resnet50": [0],
    "convnext_tiny": [0],
    "vit_small": [0, 5],
}


def _encoder(backbone: str = "efficientnet_lite0", head_dim: int | None = 8) -> ClothEncoder:
    torch.manual_seed(0)
    architecture = {"backbone": backbone, "levels": LEVELS[backbone], "input_size": SIDE}
    return build_encoder({**architecture, "head_dim": head_dim})


def _crops(count: int = 8) -> Tensor:
    random = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (count, SIDE, SIDE, 4), dtype=torch.uint8, generator=random)


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ClothModule:
    return _module(_encoder(), monkeypatch)


def _module(encoder: ClothEncoder, monkeypatch: pytest.MonkeyPatch) -> ClothModule:
    module = ClothModule(encoder, CONFIG, num_steps=10)
    monkeypatch.setattr(module, "log", lambda *args, **kwargs: None)
    return module.train()


def _step(module: ClothModule, optimizer: torch.optim.Optimizer | None = None) -> float:
    nothing = torch.zeros(8, dtype=torch.bool)
    optimizer = optimizer or module.configure_optimizers()["optimizer"]
    optimizer.zero_grad()
    loss = module.training_step((_crops(), torch.arange(8) // 2, nothing, nothing))
    loss.backward()
    optimizer.step()
    module.on_train_batch_end(loss, None, 0)
    return loss.item()


@pytest.mark.parametrize(
    ("backbone", "head_dim"),
    [*((name, 8) for name in LEVELS), ("efficientnet_lite0", None)],  # the head is no backbone's
)
def test_a_step_with_each_backbone_changes_every_layer(
    backbone: str, head_dim: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = _module(_encoder(backbone, head_dim), monkeypatch)
    before = copy.deepcopy(module.encoder.state_dict())
    assert math.isfinite(_step(module))
    for name, parameter in module.encoder.named_parameters():
        assert not torch.equal(parameter, before[name]), name


@pytest.mark.parametrize("loss", LOSSES)
def test_a_step_with_each_loss_changes_the_encoder(
    loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = dataclasses.replace(CONFIG, loss=loss)
    module = ClothModule(_encoder(), config, num_steps=10, num_items=4).train()
    monkeypatch.setattr(module, "log", lambda *args, **kwargs: None)
    before = copy.deepcopy(module.state_dict())
    optimizer = module.configure_optimizers()["optimizer"]
    losses = [_step(module, optimizer) for _ in range(4)]
    assert losses[-1] < losses[0]
    learning = [name for name, value in module.named_parameters() if value.requires_grad]
    assert ("_loss.proxies" in learning) == (loss == "proxy-anchor")
    assert not any(torch.equal(module.state_dict()[name], before[name]) for name in learning)


def test_the_average_moves_when_there_was_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    config = dataclasses.replace(CONFIG, accumulate=3)
    module = ClothModule(_encoder(), config, num_steps=10)
    monkeypatch.setattr(ClothModule, "trainer", SimpleNamespace(num_training_batches=7))
    moved = []
    for batch in range(7):
        module.on_train_batch_end(None, None, batch)
        moved.append(int(module.average.n_averaged))
    assert moved == [0, 0, 1, 1, 1, 2, 3]


def test_frozen_layers_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = _encoder()
    module = ClothModule(encoder, dataclasses.replace(CONFIG, frozen=3), num_steps=10)
    monkeypatch.setattr(module, "log", lambda *args, **kwargs: None)
    before = copy.deepcopy(encoder.state_dict())
    _step(module.train())
    changed = {
        name for name, value in encoder.named_parameters() if not torch.equal(value, before[name])
    }
    frozen = ("backbone._conv_stem", "backbone._bn0", "backbone._blocks.0.")
    assert changed == {
        name for name, _ in encoder.named_parameters() if not name.startswith(frozen)
    }


def test_batch_normalisation_keeps_its_statistics(module: ClothModule) -> None:
    before = {name: value.clone() for name, value in module.encoder.named_buffers()}
    assert any("running_mean" in name for name in before)
    _step(module)
    for name, value in module.encoder.named_buffers():
        assert torch.equal(value, before[name]), name
    assert not any(part.training for part in module.modules() if isinstance(part, nn.BatchNorm2d))
    assert module.encoder.head.training


def test_steps_on_one_batch_bring_the_loss_down(module: ClothModule) -> None:
    optimizer = torch.optim.AdamW(
        layer_rates(module.encoder, dataclasses.replace(CONFIG, rate=0.01))
    )
    losses = [_step(module, optimizer) for _ in range(8)]
    assert losses[-1] < 0.7 * losses[0]


def test_validation_finds_pairs_and_logs_figures(
    module: ClothModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: dict[str, float] = {}
    monkeypatch.setattr(module, "log_dict", logged.update)
    monkeypatch.setattr(module, "log", lambda name, value: logged.update({name: value}))
    crops = _crops(4).repeat_interleave(2, dim=0)  # each picture twice
    everything = torch.ones(8, dtype=torch.bool)
    with torch.no_grad():
        module.validation_step((crops[:5], torch.arange(8)[:5] // 2, *[everything[:5]] * 2))
        module.validation_step((crops[5:], torch.arange(8)[5:] // 2, *[everything[5:]] * 2))
        module.validation_step((crops[:0], torch.arange(0), *[everything[:0]] * 2))
    module.on_validation_epoch_end()
    assert logged == {"recall_at_1": 1, "recall_at_10": 1, "recall_at_20": 1, "map_at_r": 1}
    module.on_validation_epoch_end()  # nothing is left over from the check before


def test_lower_layers_learn_slower_and_scales_are_not_pulled_to_zero() -> None:
    encoder = _encoder()
    groups = layer_rates(encoder, CONFIG)
    rate_of = {id(one): group["lr"] for group in groups for one in group["params"]}
    decay_of = {id(one): group["weight_decay"] for group in groups for one in group["params"]}
    assert len(rate_of) == sum(1 for _ in encoder.parameters())
    head, last, stem = (
        encoder.get_parameter(name)
        for name in (
            "head.weight",
            "backbone._blocks.2._project_conv.weight",
            "backbone._conv_stem.weight",
        )
    )
    assert rate_of[id(head)] == CONFIG.rate
    assert rate_of[id(last)] == pytest.approx(CONFIG.rate * 0.9)
    # head, blocks 2 1 0, normalisation of the stem, stem
    assert rate_of[id(stem)] == pytest.approx(CONFIG.rate * 0.9**5)
    for parameter in encoder.parameters():
        assert decay_of[id(parameter)] == (CONFIG.weight_decay if parameter.ndim > 1 else 0)


def test_the_rate_rises_then_falls_worked_by_hand() -> None:
    factor = course(num_steps=12, warm_up=0.3)  # 4 steps of rising, 8 of falling
    assert [factor(step) for step in range(4)] == [0.25, 0.5, 0.75, 1]
    assert factor(4) == 1
    assert factor(8) == pytest.approx(0.5)
    assert factor(12) == pytest.approx(0)
    assert course(num_steps=4, warm_up=0)(0) == 1


def test_the_moving_average_worked_by_hand() -> None:
    average, now = torch.tensor([1.0]), torch.tensor([3.0])
    # with 2 moves behind it, 3/12 of the average stay; after many, the asked half
    assert _move(average, now, torch.tensor(2), 0.5).item() == pytest.approx(1 * 0.25 + 3 * 0.75)
    assert _move(average, now, torch.tensor(1000), 0.5).item() == pytest.approx(2)


def test_the_average_follows_the_weights(module: ClothModule) -> None:
    start = module.encoder.head.weight.detach().clone()
    for _ in range(3):
        _step(module)
    average, now = module.average.module.head.weight, module.encoder.head.weight
    assert not torch.equal(average, now)
    assert (average - now).norm() < (start - now).norm()


@pytest.mark.parametrize(("keep_head", "dim"), [(True, 8), (False, 40)])
def test_views_are_searched_with_the_vectors_that_ship(keep_head: bool, dim: int) -> None:
    config = TrainConfig(data=("folder",), root=("x",))
    module = ClothModule(_encoder(head_dim=8), config, 1, keep_head=keep_head)
    assert module.shipped.dim == dim
    assert module.describe(_crops(3)).shape == (3, dim)


def test_without_its_head_an_encoder_gives_the_pooled_levels_of_the_same_backbone() -> None:
    encoder, headless = _encoder(head_dim=8).eval(), _encoder(head_dim=None).eval()
    headless.backbone.load_state_dict(encoder.backbone.state_dict())
    without = encoder.without_head()
    assert without.dim == headless.dim != encoder.dim
    assert not without.training
    with torch.no_grad():
        torch.testing.assert_close(without(*planes(_crops(4))), headless(*planes(_crops(4))))


def test_a_whitened_head_gives_vectors_of_mean_zero_and_equal_variances() -> None:
    encoder = _encoder(head_dim=4)
    crops = _crops(64)
    whiten_head(encoder, crops.split(24))
    seen: list[Tensor] = []
    encoder.head.register_forward_hook(lambda *hook: seen.append(hook[2]))
    with torch.no_grad():
        encoder.eval()(*planes(crops))
    outputs = seen[0].double()
    torch.testing.assert_close(outputs.mean(dim=0), torch.zeros(4).double(), atol=1e-3, rtol=0)
    covariance = outputs.T @ outputs / len(outputs)
    covariance /= covariance.diagonal().mean()
    # not quite, for what is added to each variance
    torch.testing.assert_close(covariance, torch.eye(4).double(), atol=0.05, rtol=0)


def test_a_whitened_head_has_weights_of_the_size_that_an_optimizer_expects() -> None:
    fresh, whitened = _encoder(head_dim=4), _encoder(head_dim=4)
    whiten_head(whitened, [_crops(64)])
    size = fresh.head.in_features**-0.5  # what nn.Linear draws from, give or take
    assert whitened.head.weight.square().mean().sqrt().item() == pytest.approx(size)


def test_whitening_keeps_the_strongest_directions() -> None:
    encoder = _encoder(head_dim=4)
    whiten_head(encoder, [_crops(64)])
    longer = _encoder(head_dim=6)
    whiten_head(longer, [_crops(64)])
    scale = longer.head.weight[-4:].norm() / encoder.head.weight.norm()
    torch.testing.assert_close(longer.head.weight[-4:], scale * encoder.head.weight)
    # the stronger a direction, the less it is stretched
    lengths = longer.head.weight.norm(dim=1)
    assert (lengths.diff() <= 0).all()


def test_whitening_refuses_what_it_cannot_do() -> None:
    with pytest.raises(InputError, match=r"head_dim: expected at most 40.* got 99"):
        whiten_head(_encoder(head_dim=99), [_crops()])
    with pytest.raises(InputError, match="expected at least 2 pictures"):
        whiten_head(_encoder(), [])
    with pytest.raises(TypeError, match="expected one with a linear head"):
        whiten_head(_encoder(head_dim=None), [_crops()])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("views_per_item", 1),
        ("patience", -1),
        ("rate", 0.0),
        ("held_out", 1.0),
        ("average", -0.1),
        ("temperature", float("nan")),
        ("weight_decay", -1.0),
    ],
)
def test_settings_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(InputError, match=f"{name}: expected"):
        TrainConfig.from_dict({"data": ["folder"], "root": ["."], name: value})


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(InputError, match=r"expected settings among data, root.* got 'lr'"):
        TrainConfig.from_dict({"data": ["folder"], "root": ["."], "lr": 0.1})


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"memory": 63}, "expected 0, or 64 or more, a batch; got 63"),
        ({"memory": 64, "loss": "proxy-anchor"}, "a loss that compares pairs, got proxy-anchor"),
        ({"memory": 64, "data": ("ccp",) * 2, "root": ("x",) * 2}, "expected one set, got 2"),
    ],
)
def test_a_memory_of_earlier_batches_is_refused_where_it_does_not_fit(
    more: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=f"memory: .*{message}"):
        dataclasses.replace(CONFIG, **more)


def test_a_batch_is_compared_with_the_vectors_of_earlier_ones() -> None:
    random = torch.Generator().manual_seed(0)
    vectors = nn.functional.normalize(torch.randn(8, 8, generator=random), dim=1)
    items = torch.arange(8) // 2
    sizes = {"items_per_batch": 2, "views_per_item": 2}
    alone, remembering = (
        make_loss(dataclasses.replace(CONFIG, memory=memory, **sizes), 4, 8) for memory in (0, 8)
    )
    first = remembering(vectors[:4], items[:4], None)
    torch.testing.assert_close(first, alone(vectors[:4], items[:4], None))
    with_memory = remembering(vectors[4:], items[4:], None)
    similarity = (vectors[4:] @ vectors.T / CONFIG.temperature).exp()
    terms = []
    for anchor in range(4):
        positive = similarity[anchor, 4 + (anchor ^ 1)]
        negatives = similarity[anchor, items != items[4 + anchor]].sum()
        terms.append(-(positive / (positive + negatives)).log())
    torch.testing.assert_close(with_memory, torch.stack(terms).mean())


def test_doubtful_pairs_are_neither_positives_nor_negatives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nothing = torch.zeros(8, dtype=torch.bool)
    items, crops = torch.arange(8) // 2, _crops()

    def loss(doubts: np.ndarray | None) -> float:
        module = ClothModule(_encoder(), CONFIG, 10, 0, lambda _: doubts)
        monkeypatch.setattr(module, "log", lambda *args, **kwargs: None)
        return module.train().training_step((crops, items, nothing, nothing)).item()

    vectors = _encoder().eval()(*planes(crops)).detach().numpy()
    similarity = np.exp(vectors @ vectors.T / CONFIG.temperature)
    group = np.arange(8) // 4  # items 0 and 1 may be the same, and 2 and 3
    terms = []
    for anchor in range(8):
        positive = similarity[anchor, anchor ^ 1]
        negatives = similarity[anchor, group != group[anchor]].sum()
        terms.append(-np.log(positive / (positive + negatives)))
    doubts = (group[:, None] == group) & (np.arange(8)[:, None] // 2 != np.arange(8) // 2)
    assert loss(doubts) == pytest.approx(np.mean(terms), rel=1e-4)
    assert loss(np.zeros((8, 8), bool)) == pytest.approx(loss(None))
