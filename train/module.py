"""ClothModule: wiring of encoder, loss, optimizer and search for Lightning."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_lightning.utilities.types import OptimizerLRSchedulerConfig
from pytorch_metric_learning.utils.loss_and_miner_utils import get_all_pairs_indices
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel

from ..data.errors import InputError, brief
from .checkpoints import read_checkpoint, unreadable
from .config import TrainConfig
from .loading.views import Batch
from .losses import PROXY_RATE, make_loss
from .networks.checkpoint import build_encoder
from .networks.encoder import ClothEncoder, planes
from .rates import course, layer_rates, layers
from .retrieval import KS, search
from .trainer_settings import PretrainedModule

_AVERAGE_WARM_UP = 10  # steps: with few steps done, an average over many would be the start


class ClothModule(PretrainedModule):
    """Trains a cloth encoder, and validates a moving average of its weights.

    Args:
        encoder: to start from; it is trained in place.
        config: of the run.
        num_steps: of the whole run, for the schedule of the learning rate.
        num_items: of the data, for a loss that learns a vector for each.
        doubts: returns which views, given their items (n,) int64, are neither positives nor
            negatives, (n, n) bool; None = all differ, as for None itself.
        keep_head: ship the head too.
        architecture: of the encoder, as ``build_encoder`` takes it, for ``load_from_checkpoint``.
        ks: of Recall@k.

    Attributes:
        average: the moving average.
        searched: vectors (num_views, dim) and items (num_views,) of the last search; None before.
    """

    def __init__(
        self,
        encoder: ClothEncoder,
        config: TrainConfig,
        num_steps: int,
        num_items: int = 0,
        doubts: Callable[[NDArray[np.int64]], NDArray[np.bool_] | None] | None = None,
        keep_head: bool = True,
        architecture: dict[str, Any] | None = None,
        ks: Sequence[int] = KS,
    ) -> None:
        super().__init__()
        self.save_hyperparameters(
            {
                "architecture": architecture,
                "config": {**dataclasses.asdict(config), "data": [*config.data], "root": []},
                "num_steps": num_steps,
                "num_items": num_items,
                "keep_head": keep_head,
            },
            logger=False,
        )
        for layer in list(layers(encoder).values())[: config.frozen]:
            for parameter in layer:
                parameter.requires_grad = False
        self.encoder = encoder
        self.average = AveragedModel(encoder, avg_fn=partial(_move, decay=config.average))
        self.average.requires_grad_(False)
        self._keep_head = keep_head
        self.config = config
        self.num_steps = num_steps
        self._doubts = doubts
        self._loss = make_loss(config, num_items, encoder.dim)
        self._found: list[tuple[Tensor, ...]] = []
        self.searched: tuple[Tensor, Tensor] | None = None
        self._random: dict[str, Tensor] = {}
        self._ks = tuple(ks)

    @classmethod
    def load_from_checkpoint(  # type: ignore[override]
        cls, checkpoint_path: str | Path, map_location: Any = "cpu"
    ) -> ClothModule:
        """Make the module of best.ckpt or last.ckpt, with its weights and their moving average.

        Raises:
            InputError: it is no checkpoint of such a module.
        """
        path = Path(checkpoint_path)
        saved = read_checkpoint(path)
        try:
            wanted = saved["hyper_parameters"]
            roots = tuple("" for _ in wanted["config"]["data"])  # of no use to others
            config = TrainConfig.from_dict({**wanted["config"], "root": roots})
            module = cls(
                build_encoder(wanted["architecture"]),
                config,
                wanted["num_steps"],
                wanted["num_items"],
                keep_head=wanted["keep_head"],
                architecture=wanted["architecture"],
            )
            module.load_state_dict(saved["state_dict"])
        except (KeyError, TypeError, ValueError, RuntimeError, InputError) as error:
            raise unreadable(path, error) from error
        return module.to(map_location)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the state of torch's random numbers, which some backbones draw."""
        checkpoint["random"] = {"cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            checkpoint["random"]["cuda"] = torch.cuda.get_rng_state(self.device)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take the state up; it is set when training begins."""
        self._random = checkpoint["random"]

    def on_train_start(self) -> None:
        """Go on drawing where the checkpoint was written."""
        if "cpu" in self._random:
            torch.set_rng_state(self._random["cpu"].cpu())
        if "cuda" in self._random and self.device.type == "cuda":
            torch.cuda.set_rng_state(self._random["cuda"].cpu(), self.device)

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Log the learning rate of the head, or of the last layer without one."""
        group = [params for params in optimizer.param_groups if not params.get("proxies")][-1]
        self.log("rate", group["lr"], on_step=True, on_epoch=False)

    def on_fit_start(self) -> None:
        """Switch to training, and compile."""
        super().on_fit_start()
        if self.config.compile:
            self._compile()

    def _compile(self) -> None:
        """Compile the encoder in place, and try it: torch compiles at the first batch.

        Raises:
            InputError: it cannot be compiled here.
        """
        side, num_views = self.encoder.input_size, self.config.views_per_item
        num_crops = self.config.items_per_batch * num_views
        crops = torch.zeros(num_crops, side, side, 4, dtype=torch.uint8, device=self.device)
        try:
            self.encoder.compile()
            self.encoder(*planes(crops)).sum().backward()
        # whatever torch, its compilers and theirs raise
        except Exception as error:
            raise InputError(
                "compile: expected that torch.compile works here, which needs a C++ compiler, but"
                f" {brief(error)}; leave that out"
            ) from error
        self.encoder.zero_grad()

    def training_step(self, batch: Batch) -> Tensor:
        """Return the loss of a batch."""
        crops, items, _, _ = batch
        vectors = self.encoder(*planes(crops)).float()
        if self.config.devices > 1:
            # gradients come back summed over the ranks, and are averaged over them afterwards
            vectors = cast(Tensor, self.all_gather(vectors, sync_grads=True)).flatten(0, 1)
            items = cast(Tensor, self.all_gather(items)).flatten()
        loss: Tensor = self._loss(vectors, items, self._pairs(items))
        self.log("loss", loss, on_step=True, on_epoch=True, batch_size=len(crops))
        return loss

    def _pairs(self, items: Tensor) -> tuple[Tensor, ...] | None:
        """Return the pairs to learn from: anchors, positives, anchors, negatives; None = all."""
        doubts = self._doubts(items.cpu().numpy()) if self._doubts else None
        if doubts is None:
            return None
        anchors, positives, others, negatives = get_all_pairs_indices(items)
        sure = ~torch.from_numpy(doubts).to(items.device)[others, negatives]
        return anchors, positives, others[sure], negatives[sure]

    def on_train_batch_end(self, _: Any, __: Any, batch_idx: int) -> None:
        """Move the average, if there was a step."""
        every = self.config.accumulate
        if (batch_idx + 1) % every == 0 or batch_idx + 1 == self.trainer.num_training_batches:
            self.average.update_parameters(self.encoder)

    @property
    def shipped(self) -> ClothEncoder:
        """The encoder to ship: the moving average, with or without its head."""
        average = cast(ClothEncoder, self.average.module)
        return average if self._keep_head else average.without_head()

    def describe(self, crops: Tensor) -> Tensor:
        """Return the vectors that the encoder to ship gives crops, in full precision."""
        with torch.no_grad(), torch.autocast(self.device.type, enabled=False):
            vectors: Tensor = self.shipped(*planes(crops))
        return vectors

    def validation_step(self, batch: Batch) -> None:
        """Compute the vectors of views."""
        crops, items, is_query, is_gallery = batch
        if len(crops):
            self._found.append((self.describe(crops), items, is_query, is_gallery))

    def on_validation_epoch_end(self) -> None:
        """Search, and log the figures."""
        found, self._found = self._found, []
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            found = _of_all_ranks(found, self.device)
        if not found:
            return
        vectors, items, is_query, is_gallery = map(torch.cat, zip(*found, strict=True))
        self.searched = (vectors.cpu(), items.cpu())
        figures = search(vectors, items, is_query, is_gallery, self._ks)
        self.log_dict({f"recall_at_{k}": share for k, share in figures.recall.items()})
        if figures.map_at_r is not None:
            self.log("map_at_r", figures.map_at_r)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """Return AdamW with a rate for each layer, and the schedule of the rates."""
        groups = layer_rates(self.encoder, self.config)
        if proxies := list(self._loss.parameters()):
            groups.append({"params": proxies, "lr": PROXY_RATE * self.config.rate, "proxies": True})
        optimizer = torch.optim.AdamW(groups, lr=self.config.rate)
        schedule = LambdaLR(optimizer, course(self.num_steps, self.config.warm_up))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def _of_all_ranks(
    found: list[tuple[Tensor, ...]], device: torch.device
) -> list[tuple[Tensor, ...]]:
    """Return what every process computed, as each has only its share of the views."""
    mine = [tuple(part.cpu() for part in batch) for batch in found]
    every: list[list[tuple[Tensor, ...]]] = [[] for _ in range(torch.distributed.get_world_size())]
    torch.distributed.all_gather_object(every, mine)
    return [tuple(part.to(device) for part in batch) for rank in every for batch in rank]


def _move(average: Tensor, now: Tensor, num_moves: Tensor, decay: float) -> Tensor:
    step = int(num_moves)
    weight = min(decay, (1 + step) / (_AVERAGE_WARM_UP + step))
    return average.lerp(now, 1 - weight)
