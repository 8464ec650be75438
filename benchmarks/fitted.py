"""Writes what was fitted, and ships in checkpoints/, with its card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import safetensors.numpy
from castlist.data.files import replacing_file
from numpy.typing import NDArray
from places import ROOT


def write_fitted(file: str, tensors: Mapping[str, NDArray[Any]], card: Mapping[str, Any]) -> None:
    """Write a file of tensors into checkpoints/, and its card, with date, licence and checksum."""
    path = ROOT / "checkpoints" / file
    content = safetensors.numpy.save(dict(tensors))
    with replacing_file(path) as partial:
        partial.write_bytes(content)
    card = {
        "name": path.stem,
        **card,
        "date": datetime.now(UTC).date().isoformat(),
        "licence": "MIT, as castlist; no picture that it was fitted on ships",
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    with replacing_file(path.with_suffix(".json")) as partial:
        partial.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
