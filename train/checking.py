"""How well an encoder finds the same clothes in a data set, by its protocol, without training."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from ..data.errors import InputError
from ..data.garments.garments import Garments
from ..data.garments.sets import read_garments
from .config import TrainConfig
from .loading.datamodule import validation_keys, worker_settings
from .loading.views import Key, Notify, Views, to_stderr
from .networks.checkpoint import load_encoder
from .networks.encoder import ClothEncoder, planes
from .retrieval import search
from .trainer_settings import need_device
from .wrong_answers import write_wrong_answers

_BATCH = 64


@dataclass(frozen=True)
class Checked:
    """Figures of an encoder on a data set.

    Attributes:
        data: name of the set.
        root: its folder.
        split: of it that was searched; "all" where it has no split to search.
        num_queries: pictures searched for that have an answer.
        num_gallery: pictures searched among.
        recall: share of the queries with an answer among the first k, by k.
        map_at_r: mean average precision at R.
        label: where an item is not what the published protocol compares, what it is; else "".
    """

    data: str
    root: str
    split: str
    num_queries: int
    num_gallery: int
    recall: dict[int, float]
    map_at_r: float
    label: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it in the types of JSON."""
        return dataclasses.asdict(self)

    def to_text(self) -> str:
        """Return it in lines."""
        recall = ", ".join(f"@{k} {100 * share:.1f}" for k, share in self.recall.items())
        lines = [
            f"{self.data} in {self.root}, {self.split}: Recall{recall},"
            f" mAP@R {100 * self.map_at_r:.1f};"
            f" {self.num_queries} queries among {self.num_gallery} pictures",
        ]
        if self.label:
            lines.append(f"Note: an item is {self.label}")
        if self.split == "all":
            lines.append("Note: this set has no split to test with: all its pictures were searched")
        return "\n".join(lines)


def check_encoder(
    encoder: str,
    config: TrainConfig,
    out: Path | None = None,
    notify: Notify = to_stderr,
) -> list[Checked]:
    """Search the test split of each set, or its val split, by the published queries and gallery.

    Args:
        encoder: as for ``load_encoder``.
        config: data, root, input_size, person_mask, workers, accelerator and seed are used.
        out: folder that gets a sheet of wrong answers a set, ``wrong-NAME.png``, the second set of
            a name ``wrong-NAME-2.png``; None = none.
        notify: called with what the user should know, such as pictures that cannot be read.

    Raises:
        InputError: the encoder or the data cannot be used, or no query has an answer.
    """
    device = need_device(config)
    net, _ = load_encoder(encoder)
    net.input_size = config.input_size or net.input_size
    found = []
    for number, (name, root) in enumerate(zip(config.data, config.root, strict=True)):
        earlier = config.data[:number].count(name)
        sheet = out / f"wrong-{name}{f'-{earlier + 1}' if earlier else ''}.png" if out else None
        found.append(_checked(net, read_garments(name, root), config, device, sheet, notify))
    return found


def _checked(
    net: ClothEncoder,
    garments: Garments,
    config: TrainConfig,
    device: str,
    sheet: Path | None,
    notify: Notify,
) -> Checked:
    split = next((name for name in ("test", "val") if (garments.split == name).any()), "")
    if not split:
        garments = dataclasses.replace(garments, split=np.full(len(garments), "test"))
    views = Views(garments, net.input_size, config.person_mask, notify)
    keys = validation_keys(garments, split or "test", config.seed)
    vectors, items, is_query, is_gallery = _described(net, views, keys, config, device)
    found = search(vectors, items, is_query, is_gallery, garments.ks)
    if found.map_at_r is None:
        raise InputError(
            f"{garments.root}: expected pictures to search with, but no query has an answer in the"
            " gallery"
        )
    if sheet:
        sheet.parent.mkdir(parents=True, exist_ok=True)
        read = [key for key in keys if not views.is_bad(key.row)]
        write_wrong_answers(vectors, items, read, views, sheet)
    return Checked(
        garments.name,
        str(garments.root),
        split or "all",
        found.num_queries,
        int(is_gallery.sum()),
        found.recall,
        found.map_at_r,
        garments.label,
    )


def _described(
    net: ClothEncoder, views: Views, keys: list[Key], config: TrainConfig, device: str
) -> tuple[torch.Tensor, ...]:
    """Return the vectors of views, and what ``Views.collate`` says of them."""
    loader: DataLoader[Any] = DataLoader(
        views, sampler=keys, batch_size=_BATCH, collate_fn=views.collate, **worker_settings(config)
    )
    net = net.to(device).eval()
    parts: list[tuple[torch.Tensor, ...]] = []
    with torch.inference_mode():
        for crops, *rest in loader:
            parts.append((net(*planes(crops.to(device))).float().cpu(), *rest))
    return tuple(torch.cat(part) for part in zip(*parts, strict=True))
