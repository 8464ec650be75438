"""Grain and darkness taken off a face before a network sees it.

Under grain all face vectors move towards one point, and in the dark they carry little: faces that
were cleaned first are told apart far better, but cleaning harms faces that need none. So the face
is measured as it lies in the picture (aligned and enlarged it is smoothed: its grain cannot be seen
any more) and only what is over a limit is cleaned; between two limits the face is a mixture, since
vectors of cleaned and of other faces of one film are hard to compare. ``benchmarks/vectors.py``
measures the gain.

Noise: J. Immerkær, "Fast Noise Variance Estimation", Computer Vision and Image Understanding 64
(1996). Denoising: C. Tomasi, R. Manduchi, "Bilateral Filtering for Gray and Color Images", ICCV
1998; non-local means smooth more and take ten times as long, and faces are told apart less well.
Brightening: contrast-limited adaptive histogram equalization (Zuiderveld 1994).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from .base import Detections, Picture

_DIFFERENCE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_MIDDLE_SHARE = 0.8
"""Noise and light are measured on so much of the box, about its middle: face, not background."""

_MIN_SIDE_PX = 4  # below that there is nothing to measure


@dataclass(frozen=True)
class CleaningConfig:
    """When a face is cleaned, and how.

    Attributes:
        noisy: Immerkær's sigma from which a face is denoised a little, and wholly; in steps of
            0..255. Faces of ordinary films have 0.2 to 3, with visible grain 6 to 10.
        dark: mean lightness below which a face is brightened a little, and wholly, 0..255.
        margin: how much of the picture around the face is cleaned with it, in box sizes.
        filter_px: side of the square that the bilateral filter looks at.
        filter_colours: how far apart colours may be to be averaged, steps of 0..255.
        filter_reach_px: how fast pixels count less with their distance.
        contrast_limit, tiles: of the adaptive equalization.
        max_side_px: what is larger is shrunk to this first, since time grows with the area, and
            networks see little more of a face.
    """

    noisy: tuple[float, float] = (3.0, 5.0)
    dark: tuple[float, float] = (30.0, 12.0)
    margin: float = 0.7
    filter_px: int = 9
    filter_colours: float = 60.0
    filter_reach_px: float = 3.0
    contrast_limit: float = 2.0
    tiles: int = 4
    max_side_px: int = 256

    @property
    def card(self) -> str:
        """Names everything that changes a face: same card, same faces."""
        return f"cleaning v1 {self}"


@dataclass(frozen=True, eq=False)
class Condition:
    """How the faces of a picture are.

    Attributes:
        noise: (num_faces,) float32, Immerkær's sigma, in steps of 0..255.
        brightness: (num_faces,) float32, mean lightness (Rec. 601), 0..255.
    """

    noise: NDArray[np.float32]
    brightness: NDArray[np.float32]

    def __getitem__(self, rows: NDArray[np.int64]) -> Condition:
        return Condition(self.noise[rows], self.brightness[rows])


@dataclass(frozen=True, eq=False)
class CleanedFace:
    """One face, and the picture it should be cut out of.

    Attributes:
        picture: the whole picture where nothing was done, else the cleaned part around the face.
        face: the face in that picture, one row.
        denoised: how far grain was taken off, 0..1.
        brightened: how far it was made lighter, 0..1.
    """

    picture: Picture
    face: Detections
    denoised: float
    brightened: float


@dataclass(frozen=True)
class FaceCleaner:
    """Measures faces, and cleans those that need it."""

    config: CleaningConfig = field(default_factory=CleaningConfig)

    def measure(self, picture: Picture, boxes: NDArray[np.float32]) -> Condition:
        """Measure noise and light of each face.

        Args:
            picture: (height, width, 3) uint8.
            boxes: (num_faces, 4) x1 y1 x2 y2 in pixels.

        Returns:
            Zeros, and the middle of the lightness, for a box with too little in the picture.
        """
        noise = np.zeros(len(boxes), np.float32)
        brightness = np.full(len(boxes), 127.5, np.float32)
        for row, box in enumerate(boxes):
            x1, y1, x2, y2 = _inside(picture, _scaled(box, _MIDDLE_SHARE))
            if min(x2 - x1, y2 - y1) < _MIN_SIDE_PX:
                continue
            grey = np.asarray(cv2.cvtColor(picture[y1:y2, x1:x2], cv2.COLOR_RGB2GRAY), np.uint8)
            noise[row] = noise_sigma(grey)
            brightness[row] = grey.mean()
        return Condition(noise, brightness)

    def clean(
        self, picture: Picture, faces: Detections, condition: Condition
    ) -> Iterator[CleanedFace]:
        """Yield each face with the picture to cut it out of, cleaned where it needs it.

        Args:
            picture: (height, width, 3) uint8.
            faces: the faces.
            condition: what ``measure`` said of them.
        """
        denoise = _share(condition.noise, *self.config.noisy)
        brighten = _share(condition.brightness, *self.config.dark)
        for row in range(len(faces)):
            face = faces[[row]]
            if denoise[row] or brighten[row]:
                yield self._cleaned(picture, face, float(denoise[row]), float(brighten[row]))
            else:
                yield CleanedFace(picture, face, denoised=0.0, brightened=0.0)

    def _cleaned(
        self, picture: Picture, face: Detections, denoise: float, brighten: float
    ) -> CleanedFace:
        x1, y1, x2, y2 = _inside(picture, _scaled(_extent(face), 1 + 2 * self.config.margin))
        part = np.ascontiguousarray(picture[y1:y2, x1:x2])
        corner = np.array([x1, y1], np.float32)
        if part.size == 0:
            return CleanedFace(picture, face, denoised=0.0, brightened=0.0)
        scale = min(1.0, self.config.max_side_px / max(part.shape[:2]))
        if scale < 1:
            part = np.asarray(
                cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
            )
        if denoise:
            part = _mixed(self._denoised(part), part, denoise)
        if brighten:
            part = _mixed(self._brightened(part), part, brighten)
        moved = Detections(
            (face.boxes - np.tile(corner, 2)) * scale,
            (face.landmarks - corner + 0.5) * scale - 0.5,  # pixel 0 has its middle at 0
            face.scores,
        )
        return CleanedFace(part, moved, denoise, brighten)

    def _denoised(self, part: Picture) -> Picture:
        config = self.config
        found = cv2.bilateralFilter(
            part, config.filter_px, config.filter_colours, config.filter_reach_px
        )
        return np.asarray(found, np.uint8)

    def _brightened(self, part: Picture) -> Picture:
        lab = np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2LAB), np.uint8)
        equalization = cv2.createCLAHE(self.config.contrast_limit, (self.config.tiles,) * 2)
        lab[..., 0] = equalization.apply(np.ascontiguousarray(lab[..., 0]))
        return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def noise_sigma(grey: NDArray[np.uint8]) -> float:
    """Estimate the standard deviation of the noise of a picture (Immerkær 1996).

    A difference of two Laplacians, which is blind to edges and slopes, sees little but noise.

    Args:
        grey: (height, width) uint8, 3 x 3 and larger.

    Returns:
        Sigma, in steps of 0..255.
    """
    seen = np.asarray(cv2.filter2D(grey, cv2.CV_32F, _DIFFERENCE))[1:-1, 1:-1]
    return float(np.sqrt(np.pi / 2) * np.abs(seen).mean() / 6)


def _share(values: NDArray[np.float32], nothing_at: float, all_at: float) -> NDArray[np.float32]:
    """Return how far values are from one limit to the other, 0..1."""
    return np.asarray(np.clip((values - nothing_at) / (all_at - nothing_at), 0, 1), np.float32)


def _mixed(cleaned: Picture, plain: Picture, share: float) -> Picture:
    if share >= 1:
        return cleaned
    return np.asarray(cv2.addWeighted(cleaned, share, plain, 1 - share, 0), np.uint8)


def _extent(face: Detections) -> NDArray[np.float32]:
    """Return the box that holds the face's box and its landmarks, (4,)."""
    corners = np.concatenate([face.boxes.reshape(-1, 2), face.landmarks[0]])
    return np.concatenate([np.nanmin(corners, axis=0), np.nanmax(corners, axis=0)])


def _scaled(box: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    middle, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2 * factor
    return np.concatenate([middle - half, middle + half])


def _inside(picture: Picture, box: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """Return the whole pixels of a box that are in the picture, x1 y1 x2 y2."""
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = np.round(np.clip(box, 0, [width, height, width, height])).astype(int).tolist()
    return x1, y1, x2, y2
