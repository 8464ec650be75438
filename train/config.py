"""TrainConfig: everything that a training run depends on, kept beside its results."""

from __future__ import annotations

import dataclasses
import importlib.resources
import tomllib
from dataclasses import dataclass
from typing import Any

from ..data.errors import InputError, shortened
from ..data.settings import check_settings, setting

LOSSES = ("nt-xent", "multi-similarity", "proxy-anchor")
RECIPES = ("film-lite0", "proxy-anchor-resnet50", "sphere-convnext-tiny", "sphere-vit-small")
PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")
ACCELERATORS = ("auto", "cpu", "gpu", "mps")
LOGGERS = ("auto", "csv", "tensorboard", "none")

EMBED, SEGMENT = "embed", "segment"
"""The tasks: a cloth encoder, or a mask of garments."""

_EMBED: dict[str, Any] = {"only_for": (EMBED,)}


@dataclass(frozen=True)
class TrainConfig:
    """How a cloth encoder, or a mask of garments, is trained.

    Attributes:
        data: names of the sets, keys of ``data.garments.sets.READERS``.
        root: folders of the sets, as many.

    The others are described where they are declared; a mask takes those that are not ``_EMBED``.
    """

    data: tuple[str, ...]
    root: tuple[str, ...]
    encoder: str = setting(
        "efficientnet_lite0",
        "start from: efficientnet_lite0, resnet18, resnet50, convnext_tiny, vit_small, a"
        " .safetensors",
        **_EMBED,
    )
    input_size: int = setting(
        0, "side of the crops, pixels; 0 = as in what it starts from", at_least=0
    )
    head_dim: int = setting(
        128,
        "length of the vectors that the loss compares, for a start without a head of its own",
        at_least=1,
        **_EMBED,
    )
    # Without real pairs of pictures of one garment the head learns to overlook what only the
    # augmentation changes, and clothes are told apart better without it (Chen et al., "A Simple
    # Framework for Contrastive Learning of Visual Representations", ICML 2020, section 4.2).
    keep_head: bool = setting(
        False, "ship the head too; better with many real pictures of each garment", **_EMBED
    )
    person_mask: bool = setting(False, "cut out people, in sets without masks", **_EMBED)
    items_per_batch: int = setting(
        32, "items in a batch, each a negative of all others", at_least=2
    )
    views_per_item: int = setting(
        2, "views of each item in a batch, positives of each other", at_least=2
    )
    one_category: bool = setting(
        False,
        "fill a batch with items of one category, which are harder to tell apart; for sets that"
        " name categories",
        **_EMBED,
    )
    epochs: int = setting(20, "how often every item is shown", at_least=1)
    max_steps: int = setting(
        0, "stop after so many batches, as a trial; 0 = when the epochs end", at_least=0, **_EMBED
    )
    # A check is also what can be resumed from.
    steps_per_check: int = setting(
        0,
        "batches between two checks; 0 = as many as show every item once",
        at_least=0,
        **_EMBED,
    )
    patience: int = setting(
        0,
        "stop after so many checks in a row without a better Recall@1; 0 = never",
        at_least=0,
        **_EMBED,
    )
    # They have the largest maps, so they take the most time.
    frozen: int = setting(
        0,
        "layers next to the pixels that stay as they are, which saves time",
        at_least=0,
        **_EMBED,
    )
    rate: float = setting(3e-4, "learning rate of the head", above=0)
    layer_decay: float = setting(
        0.9,
        "each layer below the head learns this much slower than the one above it, as a factor",
        above=0,
        **_EMBED,
    )
    weight_decay: float = setting(
        0.01, "of AdamW, on weights that are not of one dimension", at_least=0
    )
    # Then it falls along a cosine.
    warm_up: float = setting(
        0.05,
        "share of all steps in which the learning rate rises to its full height",
        at_least=0,
        below=1,
        **_EMBED,
    )
    loss: str = setting("nt-xent", "what is minimised", one_of=LOSSES, **_EMBED)
    temperature: float = setting(
        0.1,
        "of nt-xent, cosine units; lower gives more weight to similar clothes",
        above=0,
        **_EMBED,
    )
    memory: int = setting(
        0,
        "vectors of earlier batches that a batch is compared with too; 0 = none",
        at_least=0,
        **_EMBED,
    )
    average: float = setting(
        0.99,
        "the shipped weights are a moving average with this decay a step",
        at_least=0,
        below=1,
        **_EMBED,
    )
    held_out: float = setting(
        0.1,
        "share of the items to validate with, where a set has no val split",
        at_least=0,
        below=1,
    )
    films: str = setting(
        "",
        "folder of labelled films (sub-folders with video.mp4, labels.csv and, where there is one,"
        " shots.csv): how well people are found again is logged; nothing is chosen by it",
        **_EMBED,
    )
    # The items of two of these batches are no negatives of each other.
    accumulate: int = setting(
        1, "batches whose gradients are added up for one step", at_least=1, **_EMBED
    )
    clip: float = setting(
        0.0, "longest gradient of a step, longer ones are shortened; 0 = any", at_least=0, **_EMBED
    )
    # bf16-mixed is for hardware that multiplies bfloat16 faster.
    precision: str = setting("32-true", "of the numbers", one_of=PRECISIONS)
    # All items of all batches are negatives of each other.
    devices: int = setting(
        1, "processes or cards that train together, on a batch each", at_least=1, **_EMBED
    )
    accelerator: str = setting(
        "auto", "what Lightning runs on, auto = the best there is", one_of=ACCELERATORS
    )
    prepare: str = setting(
        "",
        "folder for crops of 256 px, made when a garment is first read and read by all later runs",
        **_EMBED,
    )
    compile: bool = setting(
        False, "compile the network with torch.compile: a slow start, then faster steps", **_EMBED
    )
    logger: str = setting(
        "auto",
        "where the curves go, auto = csv, and tensorboard too where it is installed",
        one_of=LOGGERS,
    )
    workers: int = setting(
        0, "processes that read pictures; 0 = the main one reads them", at_least=0
    )
    seed: int = setting(0, "of what is held out, drawn and augmented", at_least=0)

    def __post_init__(self) -> None:
        if not self.data or len(self.data) != len(self.root):
            raise InputError(
                f"expected a --root for each --data, got {len(self.data)} --data and"
                f" {len(self.root)} --root"
            )
        check_settings(self, error=InputError)
        views = self.items_per_batch * self.views_per_item * self.devices
        if 0 < self.memory < views:
            raise InputError(f"memory: expected 0, or {views} or more, a batch; got {self.memory}")
        if self.memory and self.loss == "proxy-anchor":
            raise InputError("memory: expected a loss that compares pairs, got proxy-anchor")
        if self.memory and len(self.data) > 1:  # a batch is of one set, see ItemBatches
            raise InputError(f"memory: expected one set, got {len(self.data)} --data")

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
            names = ", ".join(known)
            raise InputError(f"expected settings among {names}, got {shortened(repr(unknown[0]))}")
        defaults = {field.name: field.default for field in dataclasses.fields(cls)}
        for name, value in settings.items():
            kind = type(defaults[name])
            if name in ("data", "root"):
                fits = isinstance(value, list | tuple) and all(
                    isinstance(item, str) for item in value
                )
            else:
                fits = type(value) is kind or (kind is float and type(value) is int)
            if not fits:
                raise InputError(f"{name}: expected another type, got {shortened(repr(value))}")
        lists = {"data", "root"} & settings.keys()  # as JSON has them
        return cls(**{**settings, **{name: tuple(settings[name]) for name in lists}})
