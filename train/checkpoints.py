"""Checkpoints of a run: the best and the last, whether one can be read, training from one."""

from __future__ import annotations

import errno
import io
import shlex
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from pytorch_lightning.plugins.io import TorchCheckpointIO
from torch import Tensor

from ..data.errors import InputError, brief
from ..data.files import replacing_file
from ..data.lock import is_in_use, marked_in_use
from .networks.checkpoint import refuse_no_numbers
from .run_file import LAST_FILE

BEST_FILE = "best.ckpt"

_PATHS = ("best_model_path", "kth_best_model_path", "last_model_path")


class Kept(ModelCheckpoint):
    """Keeps a checkpoint where the run is now, and of equally good ones the last.

    Lightning forgets the best figure where the folder of a run was copied or renamed, and keeps the
    first of equals: with few searches, the start of the training.
    """

    def check_monitor_top_k(self, trainer: pl.Trainer, current: Tensor | None = None) -> bool:
        """Say whether a figure is as good as the best, or better."""
        best = self.best_model_score
        as_good = current is not None and best is not None and bool(current >= best.to(current))
        return bool(super().check_monitor_top_k(trainer, current)) or as_good

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what was, with the paths of this folder."""
        state = dict(state_dict)
        for name in _PATHS:
            state[name] = self._here(state.get(name, ""))
        best = {self._here(path): score for path, score in state.get("best_k_models", {}).items()}
        super().load_state_dict({**state, "best_k_models": best, "dirpath": self.dirpath})

    def _here(self, path: str) -> str:
        return str(Path(str(self.dirpath)) / Path(path).name) if path else ""


class Patience(EarlyStopping):
    """Stops after so many checks without a higher figure, once for all.

    Lightning trains a run further that had stopped and is resumed, for one check at least: it would
    end with other weights than one that was not killed after its last check.
    """

    def __init__(self, figure: str, checks: int) -> None:
        super().__init__(figure, mode="max", patience=checks, check_on_train_epoch_end=True)

    def on_train_start(self, trainer: pl.Trainer, *_: Any) -> None:
        """Stop at once where the run had stopped."""
        if self.wait_count >= self.patience:
            trainer.should_stop = True


def best_and_last(out: Path, figure: str) -> tuple[Kept, Kept]:
    """Return what keeps best.ckpt, by the highest figure, and last.ckpt in the folder of a run."""

    def kept(name: str, **monitored: Any) -> Kept:
        return Kept(
            dirpath=out,
            filename=Path(name).stem,
            enable_version_counter=False,
            save_on_train_epoch_end=True,
            **monitored,
        )

    # Best before last, so that the last checkpoint contains the figure of the best one.
    return kept(BEST_FILE, monitor=figure, mode="max"), kept(LAST_FILE)


class WholeFiles(TorchCheckpointIO):
    """Writes a checkpoint beside the earlier one, and replaces that once it is on the disk.

    Lightning writes into the system's folder for temporary files and moves it over: from one disk
    to another this is a copy, which a full disk or a kill leaves half written, and the earlier one
    is gone.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Write a checkpoint."""
        del storage_options
        content = io.BytesIO()
        torch.save(checkpoint, content)  # straight to a file, a full disk would raise another error
        with replacing_file(Path(path)) as partial:
            partial.write_bytes(content.getbuffer())


class _Progress(pl.Callback):
    """Remembers whether a batch was trained: an error before that is the checkpoint's fault.

    Attributes:
        has_begun: whether one was.
    """

    def __init__(self) -> None:
        self.has_begun = False

    def on_train_batch_end(self, *_: Any) -> None:
        """Remember it."""
        self.has_begun = True


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint, whole.

    Raises:
        InputError: it is missing, damaged, or has no weights, or such as are no numbers.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if (damaged := archive.testzip()) is not None:
                raise ValueError(f"{damaged} is damaged")
        saved = torch.load(path, map_location="cpu", weights_only=True)
        weights, epoch = saved["state_dict"], saved["epoch"]
        if not isinstance(weights, dict) or type(epoch) is not int:
            raise TypeError("no weights or no epoch")
    # a broken file makes torch's reader and unpickler raise nearly anything
    except Exception as error:
        raise unreadable(path, error) from error
    refuse_no_numbers(weights, path)
    return dict(saved)


def load_best(module: pl.LightningModule, out: Path) -> dict[str, Any]:
    """Give a module the best weights of its run; returns the checkpoint.

    Raises:
        InputError: the checkpoint is damaged, or is of another module.
    """
    path = out / BEST_FILE
    saved = read_checkpoint(path)
    try:
        module.load_state_dict(saved["state_dict"])
    except (RuntimeError, KeyError, TypeError, AttributeError) as error:
        raise unreadable(path, error) from error
    return saved


def unreadable(path: Path, error: Exception) -> InputError:
    """Return the error for a checkpoint that cannot be taken up."""
    found = "a file of another kind" if "weights_only" in str(error) else brief(error)
    return InputError(
        f"{path}: expected a checkpoint of this run, got {found}; copy the run again, or"
        " begin another"
    )


def run_trainer(
    trainer: pl.Trainer,
    module: pl.LightningModule,
    data: pl.LightningDataModule,
    last: Path | None,
) -> None:
    """Train, from a checkpoint if there is one.

    Raises:
        InputError: it cannot go on from the checkpoint.
    """
    progress = _Progress()
    trainer.callbacks.append(progress)  # type: ignore[attr-defined]
    try:
        trainer.fit(module, datamodule=data, ckpt_path=last)
    # whatever a checkpoint that holds something else makes Lightning and torch raise
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        if last is None or progress.has_begun:
            raise
        raise unreadable(last, error) from error


@contextmanager
def going_on(out: Path) -> Iterator[None]:
    """Hold the folder of a run that has a run.json, and say how to go on where the block stops.

    Raises:
        InputError: another process trains there, the user stopped this one, or the disk is full.
    """
    if is_in_use(out):
        raise InputError(f"{out}: another castlist trains there; wait, or take another --out")
    with marked_in_use(out):
        for left in (LAST_FILE, BEST_FILE):  # of a run that was killed
            for partial in out.glob(f".{left}.partial-*"):
                partial.unlink(missing_ok=True)
        try:
            yield
        except KeyboardInterrupt:
            raise InputError(f"stopped; {_to_go_on(out)}") from None
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            raise InputError(
                f"{out}: the disk is full, or a file larger than is allowed; make room; "
                f"{_to_go_on(out)}"
            ) from error


def _to_go_on(out: Path) -> str:
    return f"to go on: castlist train --resume {shlex.quote(str(out))}"
