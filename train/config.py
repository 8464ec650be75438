"""TrainConfig: everything that a training run depends on, kept beside its results."""

from __future__ import annotations

import dataclasses
import importlib.resources
import tomllib
from dataclasses import dataclass
from typing import Any

from ..data.errors import InputError

LOSSES = ("nt-xent", "multi-similarity", "proxy-anchor")
RECIPES = ("film-lite0", "proxy-anchor-resnet50", "sphere-convnext-tiny", "sphere-vit-small")
PRECISIONS = ("32-true", "bf16-mixed")
ACCELERATORS = ("auto", "cpu", "gpu", "mps")


@dataclass(frozen=True)
class TrainConfig:
    """How a cloth encoder is trained.

    Attributes:
        data: names of the sets, keys of ``data.garment_sets.READERS``.
        root: folders of the sets, as many.
        encoder: what to start from, for ``checkpoint.load_encoder``: a name, for ImageNet weights,
            or a .safetensors file, to train that one further.
        input_size: side of the crops, pixels; 0 = as in what it starts from.
        head_dim: length of the vectors that the loss compares, for a start without a head of its
            own.
        keep_head: ship the new head too. Without real pairs of pictures of one garment it learns
            to overlook what only the augmentation changes, and clothes are told apart better
            without it (Chen et al., "A Simple Framework for Contrastive Learning of Visual
            Representations", ICML 2020, section 4.2).
        person_mask: cut out the person where the set has no masks; for sets whose clothes are worn.
        items_per_batch: items in a batch, each a negative of all others.
        views_per_item: views of each item in a batch, positives of each other.
        epochs: how often every item is shown.
        steps_per_check: batches between two checks, which are also what can be resumed from; 0 = as
            many as show every item once.
        patience: stop after so many checks in a row without a better Recall@1 of the held-out
            garments; 0 = never.
        frozen: layers next to the pixels that stay as they are. They have the largest maps, so they
            take the most time.
        rate: learning rate of the head.
        layer_decay: each layer below the head learns this much slower than the one above it.
        weight_decay: of AdamW, on weights that are not of one dimension.
        warm_up: share of all steps in which the rate rises to its full height, 0..1; then it falls
            along a cosine.
        loss: one of ``LOSSES``.
        temperature: of NT-Xent, cosine units: lower looks harder at the most similar negatives.
        average: the shipped weights are a moving average with this decay a step, 0..1.
        held_out: share of the items to validate with where a set has no val split, 0..1.
        films: folder of labelled films to measure on at every check, of
            ``data.labelled_films.find_labelled_films``; "" = none. Nothing is chosen by it.
        accumulate: batches whose gradients are added up for one step; their items are no negatives
            of each other.
        precision: ``32-true``, or ``bf16-mixed`` for hardware that multiplies bfloat16 faster.
        devices: processes or cards that train together; each has a batch of its own, and all items
            of all batches are negatives of each other.
        accelerator: of Lightning: ``cpu``, ``gpu``, ``mps``, or ``auto`` for the best there is.
        workers: processes that read pictures; 0 = read in the main one.
        seed: of what is held out, drawn and augmented.
    """

    data: tuple[str, ...]
    root: tuple[str, ...]
    encoder: str = "efficientnet_lite0"
    input_size: int = 0
    head_dim: int = 128
    keep_head: bool = False
    person_mask: bool = False
    items_per_batch: int = 32
    views_per_item: int = 2
    epochs: int = 20
    steps_per_check: int = 0
    patience: int = 0
    frozen: int = 0
    rate: float = 3e-4
    layer_decay: float = 0.9
    weight_decay: float = 0.01
    warm_up: float = 0.05
    loss: str = "nt-xent"
    temperature: float = 0.1
    average: float = 0.99
    held_out: float = 0.1
    films: str = ""
    accumulate: int = 1
    precision: str = "32-true"
    devices: int = 1
    accelerator: str = "auto"
    workers: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.data or len(self.data) != len(self.root):
            raise InputError(
                f"expected a --root for each --data, got {len(self.data)} --data and"
                f" {len(self.root)} --root"
            )
        for name, known in (
            ("loss", LOSSES),
            ("precision", PRECISIONS),
            ("accelerator", ACCELERATORS),
        ):
            if getattr(self, name) not in known:
                raise InputError(
                    f"{name}: expected one of {', '.join(known)}, got {getattr(self, name)!r}"
                )
        self._check_numbers()

    def _check_numbers(self) -> None:
        for name, at_least in (
            ("input_size", 0),
            ("head_dim", 1),
            ("items_per_batch", 2),
            ("views_per_item", 2),
            ("epochs", 1),
            ("steps_per_check", 0),
            ("patience", 0),
            ("frozen", 0),
            ("accumulate", 1),
            ("devices", 1),
            ("workers", 0),
            ("seed", 0),
        ):
            if getattr(self, name) < at_least:
                raise InputError(f"{name}: expected {at_least} or more, got {getattr(self, name)}")
        for name in ("rate", "temperature", "layer_decay"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name}: expected more than 0, got {getattr(self, name)}")
        if self.weight_decay < 0:
            raise InputError(f"weight_decay: expected 0 or more, got {self.weight_decay}")
        for name in ("warm_up", "average", "held_out"):
            if not 0 <= getattr(self, name) < 1:
                raise InputError(f"{name}: expected 0 or more, below 1, got {getattr(self, name)}")

    @classmethod
    def from_recipe(cls, name: str, settings: dict[str, Any]) -> TrainConfig:
        """Make a configuration of a recipe that ships, with some settings of one's own.

        Args:
            name: one of ``RECIPES``.
            settings: what is otherwise than in the recipe, ``root`` among it.

        Raises:
            InputError: as ``from_dict``.
        """
        recipe = importlib.resources.files(__package__) / "recipes" / f"{name}.toml"
        return cls.from_dict({**tomllib.loads(recipe.read_text(encoding="utf-8")), **settings})

    @classmethod
    def from_dict(cls, settings: dict[str, Any]) -> TrainConfig:
        """Make a configuration of what ``dataclasses.asdict`` gave.

        Raises:
            InputError: an unknown key, or a value that is out of range.
        """
        known = [field.name for field in dataclasses.fields(cls)]
        if unknown := sorted(set(settings) - set(known)):
            raise InputError(f"expected settings among {', '.join(known)}, got {unknown[0]!r}")
        lists = {"data", "root"} & settings.keys()  # as JSON has them
        return cls(**{**settings, **{name: tuple(settings[name]) for name in lists}})
