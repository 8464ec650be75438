"""What a test leaves as it found it: modules, the environment, threads, caches, the product.

A test that puts something there and does not take it back fails itself, instead of another one that
happens to run after it.
"""

from __future__ import annotations

import builtins
import functools
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

ONE_ENTRY = "castlist.data.runtime.networks._core"
"""A cache whose only key is the real OpenVINO: a second entry would be of a stand-in."""

_OF_LIBRARIES = (
    "PYTEST_CURRENT_TEST",
    "KMP_DUPLICATE_LIB_OK",  # scikit-learn, as the next
    "KMP_INIT_AT_FORK",
    "NO_ALBUMENTATIONS_UPDATE",  # ours, before albumentations is imported
)
"""Variables that are set once for the whole process, whichever test comes to import them first."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SETTINGS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "threads of cv2": ("cv2", lambda cv2: cv2.getNumThreads()),
    "threads of torch": ("torch", lambda torch: torch.get_num_threads()),
    "default type of torch": ("torch", lambda torch: torch.get_default_dtype()),
    "gradients of torch": ("torch", lambda torch: torch.is_grad_enabled()),
    "determinism of torch": ("torch", lambda torch: torch.are_deterministic_algorithms_enabled()),
    "half photos in Pillow": ("PIL.ImageFile", lambda file: file.LOAD_TRUNCATED_IMAGES),
    "largest photo of Pillow": ("PIL.Image", lambda image: image.MAX_IMAGE_PIXELS),
    "open": ("builtins", lambda _: (builtins.open, io.open)),
}
"""What is looked at in modules of others, once they are imported."""


class State:
    """Everything that is watched, at one moment."""

    def __init__(self) -> None:
        self.modules = dict(sys.modules)
        self.environment = {
            name: value for name, value in os.environ.items() if name not in _OF_LIBRARIES
        }
        self.places = (list(sys.path), str(Path.cwd()))
        self.handlers = {own.name: signal.getsignal(own) for own in _SIGNALS}
        self.settings = {
            name: ask(sys.modules[module])
            for name, (module, ask) in _SETTINGS.items()
            if module in sys.modules
        }
        self.attributes: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, Any] = {}
        self.caches: dict[str, int] = {}
        for owner, module in self.modules.items():
            if owner.startswith("castlist.") and isinstance(module, ModuleType):
                self._note(owner, module)

    def _note(self, owner: str, module: ModuleType) -> None:
        self.attributes[owner] = attributes = dict(vars(module))
        for name, value in attributes.items():
            kind = type(value)
            if isinstance(value, type) and value.__module__ == owner:
                self.attributes[f"{owner}.{name}"] = dict(vars(value))
            elif kind in (dict, list, set) and not name.startswith("__"):
                self.contents[f"{owner}.{name}"] = kind(value)
            elif kind is _Cache and value.__module__ == owner:
                self.caches[f"{owner}.{name}"] = value.cache_info().currsize

    def changes(self, later: State, stand_ins: Path) -> Iterator[str]:
        """Say what differs later; what has been imported meanwhile is no difference.

        Args:
            later: the state to compare.
            stand_ins: folder of the tests' own files: no module may come from there.
        """
        if later.modules != self.modules:
            yield from self._changed_modules(later, stand_ins)
        if later.places != self.places:
            yield f"sys.path or the folder: {self.places} -> {later.places}"
        for name in _differ(self.environment, later.environment):
            yield f"os.environ: {name}"
        before, after = self.handlers | self.settings, later.handlers | later.settings
        yield from (name for name in before if before[name] != after.get(name, before[name]))
        yield from self._changed_product(later)

    def _changed_product(self, later: State) -> Iterator[str]:
        for name, found in self.contents.items():
            if not _same(found, later.contents.get(name, found)):
                yield f"the contents of {name}"
        for owner, attributes in self.attributes.items():
            for name in _differ(attributes, later.attributes.get(owner, attributes)):
                imported = f"{owner}.{name}" in later.modules.keys() - self.modules.keys()
                if not imported and not name.startswith("__"):
                    yield f"{owner}.{name}"
        for name, size in later.caches.items():
            if size < self.caches.get(name, 0) or (size > 1 and name == ONE_ENTRY):
                yield f"the cache {name}: {self.caches.get(name, 0)} -> {size} entries"

    def _changed_modules(self, later: State, stand_ins: Path) -> Iterator[str]:
        for name, module in self.modules.items():
            if later.modules.get(name, self) is not module:
                yield f"sys.modules: {name} was replaced or removed"
        for name in later.modules.keys() - self.modules.keys():
            file = getattr(later.modules[name], "__file__", None) or ""
            if later.modules[name] is None or Path(file).is_relative_to(stand_ins):
                yield f"sys.modules: {name} is a stand-in"


_Cache = type(functools.cache(State))


def _same(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)  # identical entries are equal without being compared
    except (ValueError, RuntimeError):  # of arrays and tensors, which are then not identical
        return False


def _differ(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    if _same(before, after):
        return []
    names = before.keys() | after.keys()
    nothing = object()
    return sorted(
        name for name in names if not _same(before.get(name, nothing), after.get(name, nothing))
    )
