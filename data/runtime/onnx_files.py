"""ONNX files that the user gives; errors in one line."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, shortened
from ..files import json_of
from .networks import Network, Shape


@dataclass(frozen=True)
class Wanted:
    """What a file should be, for messages.

    Attributes:
        expected: what the file should be.
        remedy: what to do when it is not.
    """

    expected: str
    remedy: str

    def but(self, path: Path, got: str, having: str = "") -> InputError:
        """Return the error for a file that is something else, or has not what was expected."""
        return InputError(f"{path}: expected {self.expected}{having}, got {got}; {self.remedy}")

    def but_fails(self, path: Path, error: Exception) -> InputError:
        """Return the error for a network that fails when it is run."""
        return self.but(path, f"a network that does not run ({_one_line(error)})")


def open_onnx(
    path: Path, wanted: Wanted, shape: Shape | None = None, outputs: Sequence[str] = ()
) -> tuple[Network, str]:
    """Open a network.

    Args:
        path: the file; its numbers may lie in files beside it.
        wanted: for messages.
        shape: as of ``Network``.
        outputs: as of ``Network``.

    Returns:
        The network, and 12 hexadecimal digits of the sha256 of the file and of its numbers.

    Raises:
        InputError: there is no such file, or it is no network.
    """
    if not path.is_file():
        raise wanted.but(path, "no such file")
    try:
        network = Network(path, shape=shape, outputs=outputs)
    except InputError as error:
        why = shortened(_one_line(error).rpartition(" (")[2].rstrip(")"))
        raise wanted.but(path, f"a file that is no ONNX network ({why})") from error
    digest = hashlib.sha256(path.read_bytes())
    if _stated(path) not in ("", digest.hexdigest()):
        raise wanted.but(path, f"other bytes than {path.with_suffix('.json').name} says")
    digest.update(network.hash_numbers().encode())
    return network, digest.hexdigest()[:12]


def _stated(path: Path) -> str:
    """Return the sha256 that the card beside a file states, "" = there is no such card."""
    try:
        card = json_of(path.with_suffix(".json").read_text(encoding="utf-8"))
        stated = card["sha256"] if "exported_from_sha256" in card else ""
    except (OSError, ValueError, LookupError, TypeError):
        return ""
    return str(stated)


def num_outputs(path: Path) -> int | None:
    """Return how many outputs a network in a file has; None where that is not known."""
    try:
        return len(Network(path).output_shapes)
    except InputError:  # whoever opens the file for good says what is wrong with it
        return None


def _one_line(error: Exception) -> str:
    """Return the message of an error in one line."""
    return " ".join(str(error).split()) or type(error).__name__
