"""One file fetched from the network: given up soon, never half-written."""

from __future__ import annotations

import errno
import logging
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import InputError
from ..progress import ProgressHook
from .model_cards import ModelFile

SILENCE_S = 5.0
"""Seconds that a server may stay silent before it is given up."""

_LEAST_BYTES = 10_000  # the least in that time: a slower network is as good as none
_CHUNK = 1 << 16


class UnreachableError(InputError):
    """The server cannot be reached: asking it again would only take time."""


def download(file: ModelFile, url: str, folder: Path, progress: ProgressHook) -> Path:
    """Fetch a file into a folder; it is there whole and right, or not at all.

    ``pooch`` writes it under another name first, compares the checksum and renames it, so that two
    programs at once do no harm.

    Args:
        file: what it must be.
        url: http or https.
        folder: made when missing.
        progress: called with what is fetched, the bytes that came and the bytes there are.

    Raises:
        UnreachableError: no answer, or no more of it, for ``SILENCE_S``.
        InputError: another answer than the file, or it cannot be written.
    """
    import pooch  # with the requests it brings, a fifth of a second to import
    import requests

    pooch.get_logger().setLevel(logging.WARNING)
    host = urlsplit(url).netloc
    try:
        kept = pooch.retrieve(
            url,
            known_hash=f"sha256:{file.sha256}",
            fname=file.name,
            path=folder,
            downloader=_Downloader(file, progress),
        )
    except requests.exceptions.ChunkedEncodingError as error:
        raise InputError(
            f"{file.name}: expected {file.size} bytes from {host}, but it ended early; try again"
            " later"
        ) from error
    except (requests.ConnectionError, requests.Timeout) as error:
        raise UnreachableError(
            f"{file.name}: {host} does not answer; {_by_hand(file.name)}, or go on with --offline"
        ) from error
    except requests.RequestException as error:
        raise InputError(
            f"{file.name}: expected the file at {url}, got {_why(error)}; {_by_hand(file.name)}"
        ) from error
    except ValueError as error:  # pooch's, of the checksum
        raise InputError(
            f"{file.name}: expected sha256 {file.sha256[:12]}..., got another file from {host};"
            f" nothing was kept; {_by_hand(file.name)}"
        ) from error
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "the disk is full" if full else error.strerror or str(error)
        raise InputError(
            f"{folder}: cannot keep {file.name} there ({why}); nothing was kept; make room, or let"
            " CASTLIST_CACHE name another folder"
        ) from error
    return Path(kept)


def _by_hand(name: str) -> str:
    return f"put {name} into a folder that CASTLIST_MODELS names"


def _why(error: Exception) -> str:
    response = getattr(error, "response", None)
    return f"HTTP {response.status_code}" if response is not None else str(error).split("\n")[0]


class _Downloader:
    """What pooch asks to write the content of an address into a file."""

    def __init__(self, file: ModelFile, progress: ProgressHook) -> None:
        self._file = file
        self._progress = progress

    def __call__(self, url: str, output_file: str, _pooch: Any) -> None:
        step = f"fetching {self._file.name}"
        response = _opened(url)
        try:
            response.raise_for_status()
            received, since, counted = 0, time.monotonic(), 0
            self._progress(step, 0, self._file.size)
            with Path(output_file).open("wb") as out:
                for chunk in response.iter_content(_CHUNK):
                    out.write(chunk)
                    received += len(chunk)
                    if received > self._file.size:
                        raise ValueError("more bytes than the file has")
                    self._progress(step, received, self._file.size)
                    if time.monotonic() - since > SILENCE_S:
                        _refuse_trickle(received - counted)
                        since, counted = time.monotonic(), received
        finally:
            response.close()


def _refuse_trickle(num_bytes: int) -> None:
    import requests

    if num_bytes < _LEAST_BYTES:
        raise requests.Timeout(f"{num_bytes} bytes in {SILENCE_S:g} s")


def _opened(url: str) -> Any:
    """Return the answer, its content still to be read.

    The time-out of requests does not hold while a name is looked up, which without a network can
    take half a minute: so the question is asked by a thread that may be left behind.
    """
    import requests

    answers: list[Any] = []

    def ask() -> None:
        try:
            answers.append(requests.get(url, stream=True, timeout=SILENCE_S))
        except requests.RequestException as error:
            answers.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(SILENCE_S)
    if not answers:
        raise requests.Timeout(f"no answer in {SILENCE_S:g} s")
    if isinstance(answers[0], Exception):
        raise answers[0]
    return answers[0]
