"""Train a net that tells garments from everything else: ``castlist train --task segment``."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader

from .. import __version__
from ..data.errors import InputError
from ..data.garment_sets import read_garments
from ..data.garments import Garments, hold_out, join
from ..data.replacing import replacing_file
from .checkpoint import load_encoder
from .config import TrainConfig
from .export import LARGEST_DIFFERENCE, import_onnx, onnx_difference, write_onnx
from .segment_data import GarmentPhotos, Photo, collate
from .segmenter import GarmentNet
from .trainer_settings import loggers, our_way, quiet
from .views import to_stderr

MASK_FILE, RUN_FILE = "mask.onnx", "run.json"
INPUT, OUTPUT = "pictures", "garment"
_SIDE_PX = 128
_START = "efficientnet_lite0"


def fit_segmenter(config: TrainConfig, out: Path, say: Callable[[str], None] = to_stderr) -> Path:
    """Train a GarmentNet.

    Of the configuration count: data, root, input_size, items_per_batch x views_per_item (photos in
    a batch), epochs, rate, weight_decay, held_out, workers, seed, precision, accelerator.

    Args:
        config: of the run.
        out: folder that gets run.json, log/, best.ckpt, mask.onnx and its card mask.json.
        say: called with what the user should know.

    Returns:
        The path of mask.onnx: pictures (n, side, side, 3) uint8 in, garment (n, side, side)
        float32 out, 0..1; the weights of the best mean IoU over held-out photos.

    Raises:
        InputError: the data cannot be used, onnx or onnxruntime is missing, or ``out`` holds a run.
    """
    if (out / RUN_FILE).exists():
        raise InputError(f"{out}: holds a run already; choose another folder")
    side = config.input_size or _SIDE_PX
    if side % 16:
        raise InputError(f"input_size: expected a multiple of 16 for this task, got {side}")
    import_onnx()
    tables = [read_garments(*own) for own in zip(config.data, config.root, strict=True)]
    garments = join([hold_out(table, config.held_out, config.seed) for table in tables])
    say(garments.describe())
    photos = {split: GarmentPhotos(garments, split, side, say) for split in ("train", "val")}
    train = _Batches(config, len(photos["train"]))
    module = SegmentModule(config, num_steps=len(train) * config.epochs)
    out.mkdir(parents=True, exist_ok=True)
    settings = json.dumps({"task": "segment", "config": dataclasses.asdict(config)}, indent=2)
    (out / RUN_FILE).write_text(settings + "\n", encoding="utf-8")
    iou = _train(module, photos, train, out, say)
    _save(module.net.cpu().eval(), side, _card(config, garments, iou), out / MASK_FILE)
    return out / MASK_FILE


class SegmentModule(pl.LightningModule):
    """Trains a GarmentNet on cross-entropy and the Dice loss (Milletari et al., 3DV 2016)."""

    def __init__(self, config: TrainConfig, num_steps: int) -> None:
        super().__init__()
        self.config, self.num_steps = config, num_steps
        self.net = GarmentNet()
        weights = load_encoder(_START)[0].backbone.state_dict()
        known = self.net.backbone.state_dict()
        self.net.backbone.load_state_dict({**known, **{k: weights[k] for k in known}})
        self._ious: list[Tensor] = []

    def train(self, mode: bool = True) -> SegmentModule:
        """Switch modes; batch normalisation keeps the statistics of its pretraining."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def on_fit_start(self) -> None:
        """Switch to training, which Lightning leaves to us."""
        self.train()

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Return the loss of a batch."""
        pictures, masks = batch
        logits, wanted = self.net(_planes(pictures)).float(), masks.float()
        share = torch.sigmoid(logits)
        dice = 2 * (share * wanted).sum() / (share.sum() + wanted.sum()).clamp_min(1)
        loss = functional.binary_cross_entropy_with_logits(logits, wanted) + 1 - dice
        self.log("loss", loss, on_step=True, on_epoch=True, batch_size=len(pictures))
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor]) -> None:
        """Compare with what was drawn."""
        pictures, masks = batch
        found, drawn = self.net(_planes(pictures)) > 0, masks > 0
        both = (found & drawn).sum(dim=(1, 2))
        either = (found | drawn).sum(dim=(1, 2))
        self._ious.append(both / either.clamp_min(1))

    def on_validation_epoch_end(self) -> None:
        """Log the mean over photos of intersection over union."""
        ious, self._ious = self._ious, []
        self.log("iou", torch.cat(ious).mean())

    def configure_optimizers(self) -> Any:
        """Return AdamW, the backbone at a tenth of the rate, and one cycle over the run."""
        backbone = list(self.net.backbone.parameters())
        own = [p for name, p in self.net.named_parameters() if not name.startswith("backbone")]
        groups = [{"params": own}, {"params": backbone}]
        rates, decay = [self.config.rate, self.config.rate / 10], self.config.weight_decay
        optimizer = torch.optim.AdamW(groups, lr=self.config.rate, weight_decay=decay)
        course = OneCycleLR(optimizer, max_lr=rates, total_steps=max(2, self.num_steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": course, "interval": "step"}}


class _Batches:
    """Photos in another order in every epoch, each changed by a seed of its own."""

    def __init__(self, config: TrainConfig, num_photos: int) -> None:
        self._seed, self._num_photos, self._epoch = config.seed, num_photos, 0
        self._size = min(num_photos, config.items_per_batch * config.views_per_item)

    def __len__(self) -> int:
        return self._num_photos // self._size

    def __iter__(self) -> Any:
        random = np.random.default_rng([self._seed, self._epoch])
        self._epoch += 1
        order = random.permutation(self._num_photos)[: len(self) * self._size]
        for batch in np.split(order, len(self)):
            yield [Photo(int(own), int(random.integers(2**31))) for own in batch]


def _train(
    module: SegmentModule,
    photos: dict[str, GarmentPhotos],
    batches: _Batches,
    out: Path,
    say: Callable[[str], None],
) -> float:
    config = module.config
    common: dict[str, Any] = {"num_workers": config.workers, "collate_fn": collate}
    train: DataLoader[Any] = DataLoader(photos["train"], batch_sampler=batches, **common)
    plain = [Photo(number, None) for number in range(len(photos["val"]))]
    val: DataLoader[Any] = DataLoader(photos["val"], sampler=plain, batch_size=32, **common)
    best = ModelCheckpoint(out, filename="best", monitor="iou", mode="max")
    with quiet():
        trainer = pl.Trainer(
            max_epochs=config.epochs,
            logger=loggers(out),
            callbacks=[best],
            log_every_n_steps=1,
            precision=config.precision,  # type: ignore[arg-type]
            **our_way(config),
        )
        try:
            trainer.fit(module, train, val)
        except SystemExit:  # Lightning's answer to Ctrl+C
            raise InputError(f"stopped; this task begins anew: remove {out} first") from None
    saved = torch.load(best.best_model_path, map_location="cpu", weights_only=True)
    module.load_state_dict(saved["state_dict"])
    iou = float(best.best_model_score) if best.best_model_score is not None else float("nan")
    say(f"mean IoU of held-out photos {iou:.3f}, after epoch {int(saved['epoch']) + 1}")
    return iou


class _OfPictures(nn.Module):
    def __init__(self, net: GarmentNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, pictures: Tensor) -> Tensor:
        return torch.sigmoid(self.net(_planes(pictures)))


def _save(net: GarmentNet, side: int, card: dict[str, Any], path: Path) -> None:
    of_pictures = _OfPictures(net).eval().requires_grad_(False)
    with replacing_file(path) as partial:
        write_onnx(of_pictures, (side, side, 3), INPUT, OUTPUT, partial)
        content = partial.read_bytes()
        difference = onnx_difference(content, of_pictures, (side, side, 3))
        if not difference <= LARGEST_DIFFERENCE:
            raise InputError(
                f"{path}: expected the same masks from onnxruntime, but they differ by"
                f" {difference:.1e}; best.ckpt beside it is kept"
            )
    card = {**card, "input_size": side, "sha256": hashlib.sha256(content).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def _card(config: TrainConfig, garments: Garments, iou: float) -> dict[str, Any]:
    settings = dataclasses.asdict(config)
    for name in ("root", "films"):
        settings.pop(name)
    return {
        "name": f"garment-mask-{'+'.join(config.data)}",
        "data": f"masks of {garments.name}; started from ImageNet weights of {_START}",
        "licence": f"{garments.licence}; started from weights under Apache-2.0",
        "metrics": {"iou": iou},
        "training": settings,
        "versions": {"castlist": __version__, "torch": torch.__version__},
    }


def _planes(pictures: Tensor) -> Tensor:
    return pictures.permute(0, 3, 1, 2).float() / 255
