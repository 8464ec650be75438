"""The networks of a run, chosen by name."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from ...data.errors import InputError
from ...data.media.frames import Frame
from ...data.progress import ProgressHook, silent
from ...data.result.facts import ModelFacts
from ...data.runtime.models import ModelStore
from ...data.settings import settings_of
from ..cloth_models import bodies
from ..cloth_models.bodies import BodyNetwork
from ..cloth_models.clothes import ClothConfig, ClothDescriber
from ..face_models.base import Detections, Detector, Embedder
from ..face_models.catalogue import AUTO, load_detector, load_embedder
from ..face_models.centerface import CenterFace
from ..face_models.cleaning import FaceCleaner
from ..face_models.side_by_side import FaceNetworks
from .config import EngineConfig
from .film_detector import FilmDetector

BASE_FACES, MORE_FACES = ("faceres", "sface"), "face-reidentification-retail-0095"
"""What auto uses for faces: what ships, and beside it what the store of networks may have."""

BASE_CLOTHES = "film_lite0"

BEST_FACES, BEST_BODIES = 5, 3
"""Faces of a track, and how many with their clothes, that are described (docs/performance.md)."""

_BLANK_PX = 128  # side of the face that networks are warmed up with

_DESCRIBED = f"the best {BEST_FACES} of each track, the best {BEST_BODIES} with their clothes"


@dataclass(frozen=True)
class Engine:
    """The networks, loaded.

    Attributes:
        detector: finds faces.
        faces: turns them into vectors.
        clothes: turns what people wear into vectors.
        lost: networks that ``auto`` would have used besides and could not have, and why.
        every_face: describe every face, not only the best of each track.
        smaller_pictures: look at most pictures of a film in a smaller size, see ``FilmDetector``.
    """

    detector: Detector
    faces: FaceNetworks
    clothes: ClothDescriber
    lost: Mapping[str, str] = field(default_factory=dict)
    every_face: bool = False
    smaller_pictures: bool = True

    def detect_in_film(
        self, frames: Iterable[Frame]
    ) -> Generator[tuple[Frame, Detections], None, None]:
        """Find the faces of one film's frames, in their order."""
        if self.smaller_pictures and self._pair:
            yield from FilmDetector(*self._pair).detect(frames)
        else:
            for frame in frames:
                yield frame, self.detector.detect(frame.picture)

    @property
    def detectors(self) -> Sequence[Detector]:
        """The detector, and once more where that may be used at the same time."""
        return self._pair or (self.detector,)

    def warm_up(self) -> None:
        """Describe a grey picture, since networks are compiled when they are used first.

        That takes one to two seconds. Nothing else changes.
        """
        picture = np.full((2 * _BLANK_PX, 2 * _BLANK_PX, 3), 128, np.uint8)
        eyes_nose_mouth = [[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]]
        face = Detections(
            np.array([[0, 0, _BLANK_PX, _BLANK_PX]], np.float32),
            np.array([eyes_nose_mouth], np.float32) * _BLANK_PX,
            np.ones(1, np.float32),
        )
        condition = self.faces.cleaner.measure(picture, face.boxes)
        self.faces.embed(self.faces.align(picture, face, condition))
        worn = self.clothes.crop(picture, face.boxes)
        self.clothes.describe(replace(worn, clothes=np.full_like(worn.clothes, 128)))

    @cached_property
    def _pair(self) -> tuple[CenterFace, CenterFace] | None:
        if isinstance(self.detector, CenterFace):
            return self.detector, CenterFace(self.detector.config)
        return None

    def new_detector(self) -> Detector:
        """Return the same detector with memory of its own if it can have one, for a second use."""
        if isinstance(self.detector, CenterFace):
            return CenterFace(self.detector.config)
        return self.detector

    @property
    def card(self) -> dict[str, str]:
        """Names everything that decides what the networks see."""
        is_shrinking = self.smaller_pictures and isinstance(self.detector, CenterFace)
        sizes = ", most pictures of a film smaller, with parts" if is_shrinking else ""
        return {
            "detector": self.detector.card + sizes,
            "embedder": self.faces.card,
            "clothes": self.clothes.card,
            "described": "every face" if self.every_face else _DESCRIBED,
        }

    @property
    def facts(self) -> ModelFacts:
        """What the stages and the report need of the networks."""
        return ModelFacts(
            cards=self.card,
            other_person_distance=self.faces.other_person_distance,
            face_columns=self.faces.columns,
            cloth_columns=self.clothes.columns,
            lost=self.lost,
        )


def load_engine(
    config: EngineConfig, every_face: bool = False, progress: ProgressHook = silent
) -> Engine:
    """Load the networks; one that is not here is fetched.

    ``auto`` takes what ships, and beside it what the store has or can fetch; it never fails for
    want of a network.

    Args:
        config: which.
        every_face: describe every face, not only the best of each track.
        progress: called while a network is fetched.

    Raises:
        InputError: a network that was asked for, or its library, cannot be had; the message says
            what to do.
    """
    store = ModelStore.of_environment(config.offline, progress)
    lost: dict[str, str] = {}
    try:
        faces = _face_networks(config.face_model, store, lost)
        body_network = _bodies(store, lost) if config.cloth_model == AUTO else None
        encoder = BASE_CLOTHES if config.cloth_model == AUTO else config.cloth_model
        clothes = ClothConfig(encoder=encoder, garment_mask=config.cloth_mask)
        return Engine(
            load_detector(config.detector, config.min_detection, config.detector_precision),
            FaceNetworks(faces, FaceCleaner()),
            ClothDescriber(clothes, body_network),
            lost,
            every_face,
            config.smaller_pictures,
        )
    except (FileNotFoundError, ValueError) as error:
        raise InputError(str(error)) from error


def _face_networks(names: str, store: ModelStore, lost: dict[str, str]) -> dict[str, Embedder]:
    if names != AUTO:
        return {column: load_embedder(name, store) for column, name in _columns_of(names).items()}
    found = {name: load_embedder(name, store) for name in BASE_FACES}
    try:
        store.fetch_patiently(MORE_FACES)
        found[MORE_FACES] = load_embedder(MORE_FACES, store)
    except InputError as error:
        lost[MORE_FACES] = str(error)
    return found


def _bodies(store: ModelStore, lost: dict[str, str]) -> BodyNetwork | None:
    try:
        found = store.fetch_patiently(bodies.NETWORK)
        contents = [path.read_bytes() for path in found.paths]
        return BodyNetwork(contents, found.card.files[-1].sha256)
    except InputError as error:
        lost[bodies.NETWORK] = str(error)
        return None


def _columns_of(names: str) -> dict[str, str]:
    """Return the networks that a text joins, by their columns.

    Raises:
        ValueError: one is there twice, or ``auto`` beside others.
    """
    parts = settings_of(EngineConfig)["face_model"].split(names)
    if AUTO in parts:
        raise ValueError(f"--face-model: expected {AUTO} alone, or networks by name, got {names!r}")
    columns = {_column(name): name for name in parts}
    if len(columns) < len(parts):
        raise ValueError(
            f"--face-model: expected each network once (face_recognition's is dlib's), and files of"
            f" different names, got {names!r}"
        )
    return columns


def _column(name: str) -> str:
    """Return the name of a network's column, that of its curve of evidence."""
    return {"dlib": "dlib_resnet", "face_recognition": "dlib_resnet"}.get(name, _file(name))


def _file(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]
