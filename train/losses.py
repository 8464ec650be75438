"""The losses to train with, from pytorch-metric-learning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from pytorch_metric_learning.losses import (
    CrossBatchMemory,
    MultiSimilarityLoss,
    NTXentLoss,
    ProxyAnchorLoss,
)
from torch import nn

from .config import TrainConfig

PROXY_RATE = 100
"""How much faster the proxies learn than the head: as published."""


def make_loss(config: TrainConfig, num_items: int, dim: int) -> nn.Module:
    """Make the loss of a run: called with vectors, items and pairs, it returns a number.

    - NT-Xent: Sohn, "Improved Deep Metric Learning with Multi-class N-pair Loss", NIPS 2016; Chen
      et al., "A Simple Framework for Contrastive Learning of Visual Representations", ICML 2020.
    - Multi-similarity: Wang et al., CVPR 2019, with the library's alpha 2, beta 50 and base 0.5.
    - Proxy-anchor: Kim et al., CVPR 2020, with its margin 0.1 and alpha 32. It learns a vector for
      each item, and compares with these instead of pairs.
    - Over each, with ``config.memory``: Wang et al., "Cross-Batch Memory for Embedding Learning",
      CVPR 2020.

    Args:
        config: of the run.
        num_items: highest item number + 1.
        dim: length of the vectors.
    """
    makers: dict[str, Callable[[], object]] = {
        "nt-xent": lambda: NTXentLoss(temperature=config.temperature),
        "multi-similarity": lambda: MultiSimilarityLoss(alpha=2, beta=50, base=0.5),
        "proxy-anchor": lambda: ProxyAnchorLoss(num_items, dim, margin=0.1, alpha=32),
    }
    loss = cast(nn.Module, makers[config.loss]())
    return Memory(loss, dim, config.memory) if config.memory else loss


class Memory(CrossBatchMemory):  # type: ignore[misc]
    """Compares a batch with the vectors of earlier ones too.

    The library's, which keeps its vectors in a checkpoint, but not how far it is filled.
    """

    def get_extra_state(self) -> dict[str, Any]:
        """Return how far it is filled."""
        return {"queue_idx": self.queue_idx, "has_been_filled": self.has_been_filled}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Take that up."""
        self.queue_idx = int(state["queue_idx"])
        self.has_been_filled = bool(state["has_been_filled"])
