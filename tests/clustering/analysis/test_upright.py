"""Which way up pictures are, by their faces; boxes are those that a viewer shows."""

from __future__ import annotations

import dataclasses
import weakref
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from castlist.clustering.analysis.analyse import analyse
from castlist.clustering.analysis.engine import Engine
from castlist.clustering.analysis.looking import look_at_photos
from castlist.clustering.analysis.upright import FilmWatch, OnItsSideError, Votes, turn_of_photo
from castlist.clustering.face_models.alignment import LANDMARKS_IN_CHIP
from castlist.clustering.face_models.base import Detections
from castlist.clustering.face_models.centerface import CenterFace, CenterFaceConfig
from castlist.clustering.face_models.cleaning import FaceCleaner
from castlist.clustering.face_models.side_by_side import FaceNetworks
from castlist.data.media.config import FramesConfig
from castlist.data.media.frames import Frame, open_film
from castlist.data.media.sources import find_sources
from castlist.data.progress import silent
from castlist.data.tables.boxes import iou
from cli_tools import SCENE, ColourEmbedder, NoClothes, write_film, write_photo
from PIL import Image

TURNS = pytest.mark.parametrize("turn", [1, 2, 3])


class Counted:
    """CenterFace as castlist find uses it; counts its looks."""

    max_side_px: int | None = 1280

    def __init__(self) -> None:
        self._inner = CenterFace(CenterFaceConfig(min_score=0.3))
        self.card, self.looks = self._inner.card, 0

    def detect(self, picture: Any) -> Detections:
        self.looks += 1
        return self._inner.detect(picture)


@pytest.fixture(scope="module")
def detector() -> Counted:
    return Counted()


@pytest.fixture(scope="module")
def scene() -> list[Frame]:
    """Eight frames of the demo, half a second apart, in as few pixels as their faces need."""
    with open_film(SCENE, source="scene.mp4", fps=2, end_s=4) as film:
        return [dataclasses.replace(frame, picture=smaller(frame.picture)) for frame in film]


def smaller(picture: Any) -> Any:
    return cv2.resize(picture, (448, 252), interpolation=cv2.INTER_AREA)


def on_its_side(frame: Frame, turn: int, **changes: Any) -> Frame:
    """A frame whose file has it turned the other way, so that ``turn`` brings it upright."""
    picture = np.ascontiguousarray(np.rot90(frame.picture, -turn))
    return dataclasses.replace(frame, picture=picture, **changes)


def photo(frame: Frame, turn: int = 0) -> Frame:
    return on_its_side(frame, turn, cuts=None)


def look_at_film(detector: Counted, frames: list[Frame], is_final: bool = False) -> list[Frame]:
    """Look at a whole film; returns its frames as they were looked at."""
    watch = FilmWatch(lambda: detector, is_final)
    for frame in frames:
        watch.add(frame, detector.detect(frame.picture))
    watch.finish(frames[-1].turn)
    return frames


# Photos


@TURNS
def test_a_photo_on_its_side_is_turned_upright(
    detector: Counted, scene: list[Frame], turn: int
) -> None:
    (seen, found), *_ = look_at_photos([detector], [photo(scene[0], turn)])
    (_, upright), *_ = look_at_photos([detector], [photo(scene[0])])
    assert seen.turn == turn
    np.testing.assert_array_equal(seen.picture, scene[0].picture)
    np.testing.assert_array_equal(found.boxes, upright.boxes)


def test_an_upright_photo_with_a_clear_face_is_looked_at_once(
    detector: Counted, scene: list[Frame]
) -> None:
    before = detector.looks
    ((seen, found),) = look_at_photos([detector], [photo(scene[0])])
    assert seen.turn == 0
    assert len(found) == 5
    assert detector.looks == before + 1


def test_a_photo_without_faces_stays_as_it_is(detector: Counted) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)
    ((seen, _),) = look_at_photos([detector], [Frame("a.jpg", 0, float("nan"), noise)])
    assert seen.turn == 0
    assert seen.picture is noise


def test_detectors_without_landmarks_turn_nothing(scene: list[Frame]) -> None:
    class NoPoints(Counted):
        def detect(self, picture: Any) -> Detections:
            found = super().detect(picture)
            return dataclasses.replace(found, landmarks=np.full_like(found.landmarks, np.nan))

    detector = NoPoints()
    ((seen, _),) = look_at_photos([detector], [photo(scene[0], 1)])
    assert seen.turn == 0
    before = detector.looks
    look_at_film(detector, scene)
    assert detector.looks == before + len(scene)


def test_one_face_aslant_among_upright_ones_turns_nothing(
    detector: Counted, scene: list[Frame]
) -> None:
    """Somebody lies down while the others stand."""
    picture = scene[0].picture
    (_, found), *_ = look_at_photos([detector], [photo(scene[0])])
    x1, y1, x2, y2 = found.boxes[0].astype(int) + np.array([-12, -12, 12, 12])
    side = min(x2 - x1, y2 - y1)
    lying = picture.copy()
    lying[y1 : y1 + side, x1 : x1 + side] = np.rot90(picture[y1 : y1 + side, x1 : x1 + side])
    frame = dataclasses.replace(photo(scene[0]), picture=lying)
    assert turn_of_photo(detector, frame, detector.detect(lying)) == 0


# Films


@TURNS
def test_a_film_on_its_side_is_recognised(detector: Counted, scene: list[Frame], turn: int) -> None:
    with pytest.raises(OnItsSideError) as raised:
        look_at_film(detector, [on_its_side(frame, turn) for frame in scene])
    assert (raised.value.turn, raised.value.is_final) == (turn, False)


def test_an_upright_film_is_looked_at_once(detector: Counted, scene: list[Frame]) -> None:
    before = detector.looks
    assert all(frame.turn == 0 for frame in look_at_film(detector, scene))
    assert detector.looks == before + len(scene)


def test_what_looks_in_other_ways_up_is_made_once_and_let_go_when_that_is_settled(
    detector: Counted, scene: list[Frame]
) -> None:
    made: list[weakref.ref[Counted]] = []

    def new_detector() -> Counted:
        other = Counted()
        made.append(weakref.ref(other))
        return other

    watch = FilmWatch(new_detector)
    watch.add(scene[0], Detections.empty())
    assert [reference() is not None for reference in made] == [True]
    for frame in scene[1:]:
        watch.add(frame, detector.detect(frame.picture))
    assert [reference() for reference in made] == [None]


def test_a_film_that_begins_with_nobody_upright_stays_upright(
    detector: Counted, scene: list[Frame]
) -> None:
    """Somebody lies in bed, then the others come: fewer pictures lie than stand."""
    film = [on_its_side(frame, 1) for frame in scene[:3]] + scene[3:]
    film = [dataclasses.replace(frame, time_s=number / 2) for number, frame in enumerate(film)]
    assert all(frame.turn == 0 for frame in look_at_film(detector, film))


def test_a_film_that_was_turned_too_early_is_turned_back(
    detector: Counted, scene: list[Frame]
) -> None:
    lying = [on_its_side(scene[0], 1, time_s=-2.0)]
    film = [frame.turned(1) for frame in lying + scene]
    with pytest.raises(OnItsSideError) as raised:
        look_at_film(detector, film)
    assert (raised.value.turn, raised.value.is_final) == (0, True)
    assert len(look_at_film(detector, lying + scene, is_final=True)) == 9  # and no more is asked


def test_a_film_upside_down_in_which_faces_seem_to_be_found_is_recognised() -> None:
    """What a detector takes for faces in such a film, unsurely, adds up over many pictures."""

    class Finds(Counted):
        def detect(self, picture: Any) -> Detections:
            clear, seeming = picture[-1, -1].any(), picture[0, 0].any()
            scores = np.float32([0.9, 0.9] if clear else [0.5] if seeming else [])
            points = np.tile(LANDMARKS_IN_CHIP, (len(scores), 1, 1)).astype(np.float32)
            boxes = np.tile(np.float32([0, 0, 112, 112]), (len(scores), 1))
            return Detections(boxes, points, scores)

    picture = np.zeros((8, 12, 3), np.uint8)
    picture[0, 0] = 255  # upside down it is the last pixel
    film = [Frame("a.mp4", number, number / 5, picture, ()) for number in range(20)]
    with pytest.raises(OnItsSideError) as raised:
        look_at_film(Finds(), [*film[:1], *film])
    assert raised.value.turn == 2


@pytest.mark.parametrize("aslant_deg", [-40, 0, 40])
@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_a_face_says_how_its_picture_is_to_be_turned(turn: int, aslant_deg: int) -> None:
    angle = np.radians(90 * turn + aslant_deg)  # with the clock, as y points down
    across, down = [np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]
    points = LANDMARKS_IN_CHIP @ np.array([across, down]) + 300
    box = np.array([[250, 250, 400, 400]], np.float32)
    votes = Votes.of(Detections(box, points[None].astype(np.float32), np.float32([0.8])))
    np.testing.assert_allclose(votes.of_turn, 0.8 * np.eye(4)[turn], atol=1e-6)
    assert votes.upright == pytest.approx(0.0 if turn else 0.8)
    assert votes.against == pytest.approx(0.8 if turn else 0.0)


def test_points_that_are_nothing_like_a_face_say_little() -> None:
    points = LANDMARKS_IN_CHIP[[0, 1, 2, 2, 2]] * [1.0, 1.4]
    box = np.array([[0, 0, 150, 150]], np.float32)
    of_face = Detections(box, points[None].astype(np.float32), np.float32([0.8]))
    assert Votes.of(of_face).upright < 0.3


# What comes out


@pytest.fixture
def engine(detector: Counted) -> Engine:
    colours = FaceNetworks({"colours": ColourEmbedder()}, FaceCleaner())  # type: ignore[dict-item]
    return Engine(detector, colours, NoClothes())  # type: ignore[arg-type]


@pytest.fixture
def seen_in(engine: Engine, tmp_path: Path) -> Any:
    def run(path: Path) -> Any:
        sources = find_sources([path])
        return analyse(sources, engine, FramesConfig(), {}, tmp_path / "cache", silent)

    return run


def crop(result: Any, row: int) -> Any:
    return np.asarray(Image.open(BytesIO(result.crops[row])))


@TURNS
def test_boxes_of_a_turned_photo_are_those_that_a_viewer_shows_and_crops_are_upright(
    seen_in: Any, scene: list[Frame], tmp_path: Path, turn: int
) -> None:
    upright = seen_in(write_photo(tmp_path / "a.png", scene[0].picture))
    shown = np.ascontiguousarray(np.rot90(scene[0].picture, -turn))
    result = seen_in(write_photo(tmp_path / "b.png", shown))
    (facts,) = result.sources
    assert facts.turned_deg == (360 - 90 * turn) % 360
    assert facts.size_px == shown.shape[1::-1]
    assert len(result.faces) == len(upright.faces) == 5
    as_shown = np.zeros(shown.shape[:2])
    for row in range(5):
        x1, y1, x2, y2 = np.round(upright.faces.box[row]).astype(int)
        mask = np.zeros(scene[0].picture.shape[:2], bool)
        mask[y1:y2, x1:x2] = True
        rows, columns = np.nonzero(np.rot90(mask, -turn))
        box = [[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]]
        assert iou(result.faces.box[row : row + 1], box)[0, 0] > 0.9
        np.testing.assert_array_equal(crop(result, row), crop(upright, row))
    inside = result.faces.landmarks.mean(axis=1)
    assert (inside > result.faces.box[:, :2]).all()
    assert (inside < result.faces.box[:, 2:]).all()
    assert as_shown.shape == shown.shape[:2]


def test_a_film_on_its_side_is_seen_upright_from_its_first_picture(
    seen_in: Any, scene: list[Frame], tmp_path: Path
) -> None:
    pictures = [np.ascontiguousarray(np.rot90(frame.picture)) for frame in scene[:6]]
    result = seen_in(write_film(tmp_path / "film.mp4", pictures, rate=2))
    (facts,) = result.sources
    assert (facts.turned_deg, facts.size_px) == (90, pictures[0].shape[1::-1])
    assert facts.num_frames == 6
    assert np.bincount(result.faces.frame).min() >= 4  # of five people
    assert len(result.crops) == len(result.faces)
    wide = crop(result, 0).shape
    assert wide[0] > wide[1] / 2  # head and shoulders, not shoulder and head
    again = seen_in(tmp_path / "film.mp4")  # from the cache
    np.testing.assert_array_equal(again.faces.box, result.faces.box)
    assert again.sources[0].turned_deg == 90
