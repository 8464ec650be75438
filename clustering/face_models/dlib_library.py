"""dlib itself, for its HOG detector and what goes with it: the extra ``dlib``."""

from __future__ import annotations

import importlib
from typing import Any

from ...data.errors import InputError


def import_dlib(what: str) -> Any:
    """Return the library.

    Args:
        what: needs it, for the message.

    Raises:
        InputError: it cannot be imported.
    """
    try:
        return importlib.import_module("dlib")
    except ImportError as error:
        raise InputError(
            f"{what} needs dlib, which cannot be imported ({error}); run: pip install"
            " 'castlist[dlib]'"
        ) from error
