"""Train a net that separates garments from everything else: ``castlist train --task segment``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.lr_scheduler import OneCycleLR

from .. import __version__
from ..data.errors import InputError
from ..data.garments.garments import Garments
from .checkpoints import (
    WholeFiles,
    best_and_last,
    going_on,
    load_best,
    read_checkpoint,
    run_trainer,
)
from .config import SEGMENT, TrainConfig
from .loading.segment_data import SegmentData
from .loading.views import Notify, to_stderr
from .networks.checkpoint import load_encoder, write_with_card
from .networks.export import LARGEST_DIFFERENCE, to_onnx
from .networks.segmenter import GarmentNet
from .run_file import (
    last_checkpoint,
    read_run,
    refuse_a_run,
    refuse_other_data,
    write_changed,
    write_run,
)
from .trainer_settings import (
    PretrainedModule,
    loggers,
    need_device,
    need_logger,
    quiet,
    trainer_arguments,
)

MASK_FILE = "mask.onnx"
INPUT, OUTPUT = "pictures", "garment"
_START = "efficientnet_lite0"


def fit_segmenter(config: TrainConfig, out: Path, notify: Notify = to_stderr) -> Path:
    """Train a GarmentNet.

    These settings are used: data, root, input_size, items_per_batch x views_per_item (photos in
    a batch), epochs, rate, weight_decay, held_out, workers, seed, precision, accelerator.

    Args:
        config: of the run.
        out: folder that gets run.json, log/, last.ckpt, best.ckpt, mask.onnx and
            its card mask.json.
        notify: called with what the user should know.

    Returns:
        The path of mask.onnx: pictures (n, side, side, 3) uint8 in, garment (n, side, side)
        float32 out, 0..1; the weights of the best mean IoU over held-out photos.

    Raises:
        InputError: the data cannot be used, onnx or onnxruntime is missing, or ``out`` holds a run.
    """
    refuse_a_run(out)
    need_logger(config.logger)
    need_device(config)
    return _begin(SegmentData(config, notify), out, notify)


def _begin(data: SegmentData, out: Path, notify: Notify) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    with going_on(out):
        write_run(out, data.config, task=SEGMENT, digests=data.digests(), castlist=__version__)
        return _train(data, out, None, notify)


def resume_segmenter(
    out: Path,
    notify: Notify = to_stderr,
    changed: Mapping[str, Any] | None = None,
) -> Path:
    """Continue a run that was stopped, from its last check, or from the start before its first.

    It ends with the weights that it would have had without the stop.

    Args:
        out: folder of the run.
        notify: as for ``fit_segmenter``.
        changed: settings that are otherwise from now on, as for ``fit.resume``.

    Returns:
        As ``fit_segmenter``.

    Raises:
        InputError: there is no run, its data has changed, a file of it is damaged, or ``changed``
            has epochs, which its learning rates depend on.
    """
    config, run = read_run(out)
    if changed and "epochs" in changed:
        raise InputError("--epochs: expected as many as a mask's run began with; leave that out")
    config = dataclasses.replace(config, **(changed or {}))
    need_logger(config.logger)
    need_device(config)
    last = last_checkpoint(out)
    if last is not None:
        read_checkpoint(last)
    data = SegmentData(config, notify)
    if last is None:  # nothing was learnt yet
        return _begin(data, out, notify)
    refuse_other_data(out, run.get("digests"), data.digests())
    with going_on(out):
        if changed:
            write_changed(out, config, run)
        return _train(data, out, last, notify)


class SegmentModule(PretrainedModule):
    """Trains a GarmentNet on cross-entropy and the Dice loss (Milletari et al., 3DV 2016)."""

    def __init__(self, config: TrainConfig, num_steps: int) -> None:
        super().__init__()
        self.config, self.num_steps = config, num_steps
        self.net = GarmentNet()
        weights = load_encoder(_START)[0].backbone.state_dict()
        known = self.net.backbone.state_dict()
        self.net.backbone.load_state_dict({**known, **{k: weights[k] for k in known}})
        self._ious: list[Tensor] = []

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
        """Compare with the labelled masks."""
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
        rest = [p for name, p in self.net.named_parameters() if not name.startswith("backbone")]
        groups = [{"params": rest}, {"params": backbone}]
        rates, decay = [self.config.rate, self.config.rate / 10], self.config.weight_decay
        optimizer = torch.optim.AdamW(groups, lr=self.config.rate, weight_decay=decay)
        course = OneCycleLR(optimizer, max_lr=rates, total_steps=max(2, self.num_steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": course, "interval": "step"}}


def _train(data: SegmentData, out: Path, last: Path | None, notify: Notify) -> Path:
    config = data.config
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)  # of the initial weights
        module = SegmentModule(config, num_steps=data.steps_per_epoch * config.epochs)
    best, last_kept = best_and_last(out, "iou")
    with quiet():
        trainer = pl.Trainer(
            max_epochs=config.epochs,
            logger=loggers(out, config.logger),
            callbacks=[best, last_kept],
            plugins=[WholeFiles()],
            log_every_n_steps=1,
            reload_dataloaders_every_n_epochs=1,
            precision=config.precision,  # type: ignore[arg-type]
            **trainer_arguments(config),
        )
        run_trainer(trainer, module, data, last)
    saved = load_best(module, out)
    iou = float(best.best_model_score) if best.best_model_score is not None else float("nan")
    notify(f"mean IoU of held-out photos {iou:.3f}, after epoch {int(saved['epoch']) + 1}")
    _save(module.net.cpu().eval(), data.side, _card(config, data.garments, iou), out / MASK_FILE)
    return out / MASK_FILE


class _OfPictures(nn.Module):
    def __init__(self, net: GarmentNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, pictures: Tensor) -> Tensor:
        return torch.sigmoid(self.net(_planes(pictures)))


def _save(net: GarmentNet, side: int, card: dict[str, Any], path: Path) -> None:
    of_pictures = _OfPictures(net).eval().requires_grad_(False)
    content, difference = to_onnx(of_pictures, (side, side, 3), INPUT, OUTPUT)
    if not difference <= LARGEST_DIFFERENCE:
        raise InputError(
            f"{path}: expected the same masks from onnxruntime, but they differ by"
            f" {difference:.1e}; best.ckpt beside it is kept"
        )
    write_with_card(path, content, {**card, "input_size": side})


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
