"""CenterFace: faces as points of a heat map. Finds small and turned faces on one core."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from ... import checkpoints
from ...data.runtime.networks import PRECISIONS, Network
from .base import Detections, Picture
from .sifting import (
    SiftingConfig,
    check_picture,
    input_scale,
    is_whole,
    padded,
    resized,
    sift,
    without_parts,
)

_STRIDE = 4  # picture pixels per heat map cell
_OUTPUTS = ("537", "538", "539", "540")  # heat map, log size, offset, landmarks
_WEIGHTS = "centerface.onnx"
_WHOLE = 1, False  # what networks are used for: how many times smaller, and whether it is tall

PART_PX = 128
"""Side of the square parts of a picture that ``CenterFace.detect_parts`` looks at, in pixels of the
network's input; five times halved without a rest."""

# Of faces above some 400 px of its input the network sees parts (benchmarks/close_ups.py). Where no
# face that is sure has so much of the picture's shorter side, the picture is looked at in PART_PX,
# too. What is smaller than _SEEN_PX is seen better in full size.
_LARGE, _SURE = 0.35, 0.5
_CLOSE_UP, _CLOSE_UP_SCORE = 0.45, 0.6  # of the shorter side, and what is a face there
_SEEN_PX = 300


@dataclass(frozen=True)
class CenterFaceConfig(SiftingConfig):
    """What counts as a face, and how large the picture is when the network sees it.

    Ask for a ``min_score`` of 0.25 where something else, such as a track, can tell weak faces from
    mistakes; docs/detectors.md shows what each value costs. Faces of 20 pixels and more in the
    enlarged picture are found reliably.

    Attributes:
        precision: of the network, a name of ``PRECISIONS``; the others as of ``SiftingConfig``.
    """

    min_score: float = 0.4
    max_overlap: float = 0.35
    precision: str = "float32"

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ValueError(
                f"precision: expected one of {', '.join(PRECISIONS)}, got {self.precision!r}"
            )
        super().__post_init__()


class CenterFace:
    """Detector with the weights that ship. One instance serves one thread at a time.

    Source: Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point",
    arXiv:1911.03599.
    """

    def __init__(self, config: CenterFaceConfig | None = None) -> None:
        self.config = config or CenterFaceConfig()
        self.max_side_px: int | None = self.config.max_side_px
        self._weights = (resources.files(checkpoints) / _WEIGHTS).read_bytes()
        self._nets: dict[tuple[int, bool], Network] = {_WHOLE: self._load()}
        self._of_parts: Network | None = None
        sha256 = hashlib.sha256(self._weights).hexdigest()[:12]
        self.card = f"centerface sha256={sha256} {self.config}"

    def _load(self) -> Network:
        shape = (1, 3, None, None)
        return Network(self._weights, "onnx", shape, _OUTPUTS, self.config.precision)

    def scale_of(self, picture: Picture) -> float:
        """Return by how much a picture is enlarged before the network sees it."""
        return input_scale(picture, self.config.input_scale, self.config.max_side_px)

    def detect(
        self, picture: Picture, shrink: int = 1, min_score: float | None = None
    ) -> Detections:
        """Find the faces of one picture; see ``Detector``.

        In full size (``shrink`` 1), where no large face is found, it looks for one that fills the
        picture, too.

        Args:
            picture: (height, width, 3) uint8.
            shrink: the network sees it so many times smaller each way, and takes a square of that
                less time.
            min_score: lowest score of a face; None = the configuration's.
        """
        check_picture(picture)
        scale = self.scale_of(picture) / shrink
        # A film that may lie on its side is looked at turned, too.
        net = self._net_for(shrink, picture.shape[0] > picture.shape[1])
        shown = resized(picture, scale)
        found = self._found(net, padded(shown), min_score)
        found = self.sifted(found.before_resizing(scale), picture)
        return found if shrink > 1 else self._with_close_up(found, picture, shown)

    def _with_close_up(self, found: Detections, picture: Picture, shown: Picture) -> Detections:
        """Add a face that fills the picture, which is seen in a small one only."""
        shorter_side: int = min(picture.shape[:2])
        is_sure = found.scores >= _SURE
        largest_px = found.heights_px[is_sure].max(initial=0.0)
        if shown.shape[0] < _SEEN_PX or largest_px >= _LARGE * shorter_side:
            return found
        small = resized(shown, PART_PX / max(shown.shape[:2]))
        least = max(_CLOSE_UP_SCORE, self.config.min_score)
        faces = self._found(self._net_of_parts(), padded(small, (PART_PX, PART_PX)), least)
        faces = self.sifted(faces.before_resizing(PART_PX / max(picture.shape[:2])), picture)
        seen_px = _SEEN_PX / self.scale_of(picture)
        faces = faces.where(faces.heights_px >= max(_CLOSE_UP * shorter_side, seen_px))
        if not len(faces):
            return found
        return without_parts(self.sifted(Detections.concatenate([found, faces]), picture))

    def detect_parts(self, picture: Picture, corners: Sequence[tuple[int, int]]) -> Detections:
        """Find the faces in square parts of a picture, in the size in which ``detect`` sees it.

        Args:
            picture: as for ``detect``.
            corners: upper left ones of the parts, x y, pixels. A part has ``PART_PX`` pixels of the
                network's input each way.

        Returns:
            The faces that are whole in a part; one that two parts show comes twice.
        """
        check_picture(picture)
        net = self._net_of_parts()
        scale = self.scale_of(picture)
        side = math.ceil(PART_PX / scale)
        found = [Detections.empty()]
        for left, top in corners:
            part = resized(picture[top : top + side, left : left + side], scale)
            pixels = padded(part[:PART_PX, :PART_PX], (PART_PX, PART_PX))
            faces = self._found(net, pixels).before_resizing(scale).moved(np.array([left, top]))
            edges = left, top, left + side, top + side
            found.append(faces.where(is_whole(faces.boxes, edges, picture, scale)))
        return Detections.concatenate(found)

    def sifted(self, found: Detections, picture: Picture) -> Detections:
        """Drop small faces and those that a better one covers, as ``detect`` does; best first."""
        return sift(found, picture, self.config.min_height_px, self.config.max_overlap)

    def _net_for(self, shrink: int, is_tall: bool) -> Network:
        """Return the network for a use; for each one is compiled, which is the faster way.

        Where sizes vary, as in photos, one takes tall and wide pictures: each needs a quarter of a
        gigabyte.
        """
        other = self._nets.get((shrink, not is_tall))
        if other is not None and other.takes_any_size:
            self._nets[shrink, is_tall] = other
        elif (shrink, is_tall) not in self._nets:
            self._nets[shrink, is_tall] = self._load()
        return self._nets[shrink, is_tall]

    def _net_of_parts(self) -> Network:
        self._of_parts = self._of_parts or self._load()
        return self._of_parts

    def _found(self, net: Network, pixels: Picture, min_score: float | None = None) -> Detections:
        """Return all that a network sees."""
        shown = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], np.float32)
        heat, size, offset, landmarks = net.run(shown)
        least = self.config.min_score if min_score is None else min_score
        return decode(heat[0, 0], size[0], offset[0], landmarks[0], least)


def decode(
    heat: NDArray[np.float32],
    size: NDArray[np.float32],
    offset: NDArray[np.float32],
    landmarks: NDArray[np.float32],
    min_score: float,
) -> Detections:
    """Read faces off the network's four maps: one per cell of at least ``min_score``.

    A cell's face has its centre at the cell plus half a cell plus the offset. Neighbouring cells
    of one face give nearly equal boxes, so overlapping ones are still to be suppressed.

    Args:
        heat: (rows, columns), 0..1, how much a face has its centre here.
        size: (2, rows, columns), natural logarithm of the box's height and width in cells.
        offset: (2, rows, columns), y x, cells.
        landmarks: (10, rows, columns), five times y x, in box heights and widths from the box's
            upper left corner.
        min_score: cells below are no faces.

    Returns:
        Faces in pixels of the network's input, in no order.
    """
    row, column = np.nonzero(heat >= min_score)
    cells = np.stack([column, row], axis=1).astype(np.float32)
    centre = (cells + 0.5 + offset[::-1, row, column].T) * _STRIDE
    extent = np.exp(size[::-1, row, column].T) * _STRIDE
    corner = centre - extent / 2
    points = landmarks[:, row, column].T.reshape(-1, 5, 2)[:, :, ::-1]
    return Detections(
        boxes=np.concatenate([corner, corner + extent], axis=1).astype(np.float32),
        landmarks=(corner[:, None] + points * extent[:, None]).astype(np.float32),
        scores=heat[row, column].astype(np.float32),
    )
