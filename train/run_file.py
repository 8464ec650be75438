"""run.json of a training run: the data that a stopped run continues from."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from ..data.errors import InputError
from .config import TrainConfig

RUN_FILE, LAST_FILE = "run.json", "last.ckpt"


def write_run(out: Path, config: TrainConfig, **more: Any) -> None:
    """Write the configuration of a run into its folder, and further facts."""
    run = {"config": dataclasses.asdict(config), **more}
    (out / RUN_FILE).write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")


def refuse_a_run(out: Path) -> None:
    """Raise an InputError where a folder holds a run."""
    if (out / RUN_FILE).exists():
        raise InputError(f"{out}: holds a run already; continue it with --resume {out}")


def read_run(out: Path) -> tuple[TrainConfig, dict[str, Any]]:
    """Return the configuration of a run, and all that run.json holds.

    Raises:
        InputError: there is no run, or its file cannot be read.
    """
    try:
        run = json.loads((out / RUN_FILE).read_text(encoding="utf-8"))
        return TrainConfig.from_dict(run["config"]), run
    except FileNotFoundError:
        raise InputError(f"{out}: expected a run to continue, found no {RUN_FILE}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{out / RUN_FILE}: expected what train wrote, but {error!r}") from None


def task_of(out: Path) -> str | None:
    """Return the task of a run, None where it is the usual one or there is no run."""
    try:
        found = json.loads((out / RUN_FILE).read_text(encoding="utf-8")).get("task")
    except (OSError, ValueError, AttributeError):
        return None
    return None if found is None else str(found)


def last_checkpoint(out: Path) -> Path:
    """Return the checkpoint that a run continues from.

    Raises:
        InputError: it was stopped within its first epoch.
    """
    last = out / LAST_FILE
    if not last.is_file():
        raise InputError(
            f"{out}: expected {last.name}, but the run was stopped within its first epoch; remove"
            " the folder and start again"
        )
    return last
