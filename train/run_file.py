"""run.json of a training run: the data that a stopped run continues from."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..data.errors import InputError, shortened
from ..data.files import json_of, openable, replacing_file
from .config import TrainConfig

RUN_FILE, LAST_FILE = "run.json", "last.ckpt"


def write_run(out: Path, config: TrainConfig, **more: Any) -> None:
    """Write the configuration of a run into its folder, and further facts."""
    run = {"config": dataclasses.asdict(config), **more}
    with replacing_file(out / RUN_FILE) as partial:
        partial.write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")


def write_changed(out: Path, config: TrainConfig, run: Mapping[str, Any]) -> None:
    """Write another configuration of a run; ``run`` is all that ``read_run`` found."""
    write_run(out, config, **{name: value for name, value in run.items() if name != "config"})


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
        run = json_of(openable(out / RUN_FILE).read_text(encoding="utf-8"))
        if not all(isinstance(value, float) for value in run.get("before", {}).values()):
            raise TypeError("before: expected figures")
        return TrainConfig.from_dict(run["config"]), run
    except FileNotFoundError:
        raise InputError(f"{out}: expected a run to continue, found no {RUN_FILE}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError) as error:
        raise InputError(
            f"{out / RUN_FILE}: expected what castlist train wrote, but"
            f" {shortened(repr(error), 120)}"
        ) from None


def task_of(out: Path) -> str | None:
    """Return the task of a run, None where it is the usual one or there is no run."""
    try:
        found = json_of(openable(out / RUN_FILE).read_text(encoding="utf-8")).get("task")
    except (OSError, ValueError, AttributeError):
        return None
    return found if isinstance(found, str) else None


def refuse_other_data(out: Path, began_with: Any, now: Sequence[Mapping[str, Any]]) -> None:
    """Refuse to continue on other data than a run began with.

    Args:
        out: folder of the run.
        began_with: ``Garments.digest`` of each set, as run.json has it.
        now: the same of the sets as they are.

    Raises:
        InputError: one has changed; the run would end with weights that no run has.
    """
    if began_with == list(now):
        return
    after = "; ".join(f"{table['rows']} garments of {table['items']} items" for table in now)
    try:
        before = "; ".join(
            f"{table['rows']} garments of {table['items']} items" for table in began_with
        )
        same_lists = [table["lists"] for table in began_with] == [table["lists"] for table in now]
    except (KeyError, TypeError):
        before, same_lists = "others", False
    changed = "the content of pictures has" if same_lists else "pictures or lists have"
    raise InputError(
        f"{out}: expected the data that the run began with ({shortened(before)}), but {changed}"
        f" changed since ({shortened(after)}); put them back, or begin a run with --out"
    )


def last_checkpoint(out: Path) -> Path | None:
    """Return the checkpoint that a run continues from, None where there is none yet."""
    last = out / LAST_FILE
    return last if last.is_file() else None
