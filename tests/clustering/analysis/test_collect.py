"""From pictures with faces to the table: which faces are described, in what order, by whom."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from castlist.clustering.analysis import collect
from castlist.clustering.analysis.collect import FaceCollector
from castlist.clustering.analysis.describing import choose
from castlist.clustering.analysis.engine import BEST_BODIES, BEST_FACES, Engine
from castlist.clustering.cloth_models.clothes import Worn
from castlist.clustering.face_models.base import Detections
from castlist.clustering.face_models.cleaning import FaceCleaner
from castlist.clustering.face_models.side_by_side import FaceNetworks
from castlist.data.media.frames import Frame
from castlist.data.result.crops import CropFile, CropWriter
from castlist.data.tables.faces import Faces

FACE_PX, PLACES = 24, (10, 70)
POINTS = np.array([[6, 9], [18, 9], [12, 14], [8, 19], [16, 19]], np.float32)


class Shade:
    """A vector is (1, how bright the middle of the box is)."""

    card, dim, other_person_distance = "shade", 2, 200.0

    def align(self, picture: Any, faces: Detections) -> Any:
        middles = ((faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2).astype(int)
        return np.array([picture[y - 2 : y + 2, x - 2 : x + 2] for x, y in middles], np.uint8)

    def embed(self, chips: Sequence[Any]) -> Any:
        return np.array([[1, chip.mean()] for chip in chips], np.float32)


class Below:
    """A vector of clothes is the brightness of the face above; the box of clothes is known."""

    card, dim, columns = "below", 1, {"below": (0, 1)}

    def crop(self, picture: Any, boxes: Any, rows: Any) -> Worn:
        crops = np.zeros((len(rows), 1, 1, 4), np.uint8)
        crops[:, 0, 0, 0] = [picture[int(y) + 3, int(x) + 3, 0] for x, y, *_ in boxes[rows]]
        return Worn(boxes[rows] + 1, crops, np.zeros((len(rows), 0, 1, 1, 3), np.uint8))

    def describe(self, worn: Worn) -> Any:
        return worn.clothes[:, 0, 0, :1].astype(np.float32)


class NoDetector:
    card, max_side_px = "none", None

    def detect(self, _picture: Any) -> Detections:
        return Detections(
            np.empty((0, 4), np.float32),
            np.empty((0, 5, 2), np.float32),
            np.empty(0, np.float32),
        )


def engine(every_face: bool = False) -> Engine:
    faces = FaceNetworks({"shade": Shade()}, FaceCleaner())
    return Engine(NoDetector(), faces, Below(), {}, every_face)  # type: ignore[arg-type]


def seen(index: int, count: int = 1, source: str = "film.mp4") -> tuple[Frame, Detections]:
    """A picture, of a brightness that says which, with faces side by side."""
    picture = np.full((90, 120, 3), 40 + index, np.uint8)
    boxes = np.array([[x, 8, x + FACE_PX, 8 + FACE_PX] for x in PLACES[:count]], np.float32)
    points = np.array([POINTS + box[:2] for box in boxes], np.float32).reshape(-1, 5, 2)
    found = Detections(boxes.reshape(-1, 4), points, np.full(count, 0.9, np.float32))
    return Frame(source, index, index / 5, picture), found


@pytest.fixture
def collected(tmp_path: Path) -> Callable[..., Faces]:
    """Collect the faces of pictures."""

    def run(pictures: Any, cuts: tuple[int, ...] | None = (), every_face: bool = False) -> Faces:
        with (
            CropWriter(tmp_path / "crops") as crops,
            FaceCollector(engine(every_face), crops) as collector,
        ):
            for frame, found in pictures:
                collector.add(dataclasses.replace(frame, cuts=cuts), found)
            return collector.finish(cuts)

    return run


def table(make_faces: Any, quality: Any, **columns: Any) -> Faces:
    count = len(quality)
    given = {"shot": [0] * count, "cloth_box": [[0, 20, 20, 60]] * count}
    given |= {"detection": [0.9] * count, **columns}
    faces: Faces = make_faces(count, quality=quality, **given)
    return faces


def test_the_best_of_a_track_are_described_and_fewer_with_clothes(make_faces: Any) -> None:
    quality = np.random.default_rng(0).permutation(10) / 10
    faces = table(make_faces, quality, time_s=np.arange(10) / 6)
    wanted, dressed = choose(faces)
    assert wanted.sum() == BEST_FACES
    assert set(quality[dressed]) == set(np.sort(quality)[-BEST_BODIES:])


def test_the_best_of_other_moments_come_before_the_next_best_of_one(make_faces: Any) -> None:
    quality = [0.8, 0.9, 0.7, 0.9, 0.2, 0.1, 0.3, 0.1, 0.4, 0.3]  # two in each stretch of .4 s
    wanted, _ = choose(table(make_faces, quality, time_s=np.arange(10) / 5))
    assert np.flatnonzero(wanted).tolist() == [1, 3, 4, 6, 8]


def test_a_track_of_few_moments_has_several_faces_of_one(make_faces: Any) -> None:
    quality = [0.8, 0.9, 0.7, 0.6, 0.2, 0.1, 0.3]
    wanted, _ = choose(table(make_faces, quality, time_s=np.arange(7) / 20))
    assert np.flatnonzero(wanted).tolist() == [0, 1, 2, 3, 6]


def test_each_track_has_its_best(make_faces: Any) -> None:
    quality = [0.9] * 10 + [0.1] * 10
    faces = table(make_faces, quality, shot=[0] * 10 + [1] * 10)
    wanted, dressed = choose(faces)
    assert wanted[:10].sum() == wanted[10:].sum() == BEST_FACES
    assert dressed[:10].sum() == dressed[10:].sum() == BEST_BODIES


def test_the_earlier_of_equally_good_faces_are_described(make_faces: Any) -> None:
    wanted, dressed = choose(table(make_faces, [0.5] * 10, time_s=np.arange(10) / 10))
    assert np.flatnonzero(wanted).tolist() == [0, 1, 2, 4, 8]
    assert np.flatnonzero(dressed).tolist() == [0, 1, 2]


def test_what_may_be_no_face_is_not_described(make_faces: Any) -> None:
    weak = table(make_faces, [0.9] * 4, detection=[0.5, 0.4, 0.5, 0.3])
    assert not np.any(choose(weak))
    strong = table(make_faces, [0.9] * 4, detection=[0.5, 0.4, 0.7, 0.3])
    assert choose(strong)[0].all()


def test_at_least_one_face_in_two_seconds_is_described(make_faces: Any) -> None:
    quality = [0.9] * 10 + [0.1] * 10
    wanted, _ = choose(table(make_faces, quality, time_s=np.arange(20) / 5))
    assert np.flatnonzero(wanted).tolist() == [0, 2, 4, 6, 8, 10]


def test_every_face_of_photos_is_described_with_its_clothes(make_faces: Any) -> None:
    wanted, dressed = choose(table(make_faces, [0.5] * 20, shot=[-1] * 20, frame=[0] * 20))
    assert wanted.all()
    assert dressed.all()


def test_every_face_is_described_where_that_is_asked_for(make_faces: Any) -> None:
    wanted, dressed = choose(table(make_faces, [0.5] * 20), every_face=True)
    assert wanted.all()
    assert dressed.sum() == BEST_BODIES


def test_rows_are_in_the_order_of_the_pictures_with_their_own_vectors(collected: Any) -> None:
    faces = collected([seen(0, 2), seen(1, 0), seen(2, 1), seen(5, 2)])
    assert faces.frame.tolist() == [0, 0, 2, 5, 5]
    assert faces.box[:, 0].tolist() == [10, 70, 10, 10, 70]
    np.testing.assert_allclose(faces.face_vector[:, 1], 40 + faces.frame)
    np.testing.assert_allclose(faces.cloth_vector[:, 0], 40 + faces.frame)
    np.testing.assert_allclose(faces.cloth_box, faces.box + 1)
    np.testing.assert_allclose(faces.time_s, faces.frame / 5)
    assert set(faces.track) == set(faces.shot) == {-1}
    assert faces.landmarks.shape == (5, 5, 2)


def test_noise_and_light_are_in_the_table(collected: Any) -> None:
    faces = collected([seen(0), seen(60)])
    np.testing.assert_allclose(faces.brightness, [40, 100])
    np.testing.assert_allclose(faces.noise, 0)


def test_a_face_that_is_not_described_has_its_row_without_vectors(collected: Any) -> None:
    faces = collected([seen(index) for index in range(10)])
    assert len(faces) == 10
    assert faces.has_face_vector.sum() == BEST_FACES
    assert faces.has_cloth_vector.sum() == BEST_BODIES
    assert np.isfinite(faces.cloth_box).all(axis=1).all()


def test_faces_without_any_clothes_in_sight_are_described(collected: Any) -> None:
    frame, found = seen(0)
    close_up = dataclasses.replace(frame, picture=frame.picture[:34])
    faces = collected([(close_up, found)], cuts=None)
    assert faces.has_face_vector.tolist() == [True]
    assert np.isnan(faces.cloth_vector).all()


def test_no_faces_at_all_keep_the_length_of_vectors(collected: Any) -> None:
    faces = collected([seen(0, 0)])
    assert (faces.face_vector.shape, faces.cloth_vector.shape) == ((0, 2), (0, 1))


@pytest.mark.parametrize(
    ("limit", "value"),
    [("_MOST_PICTURES", 3), ("_MOST_FACES", 5), ("_MOST_BYTES", 3 * 90 * 120 * 3)],
)
def test_a_small_buffer_gives_the_table_of_a_large_one(
    collected: Any, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    pictures = [seen(index, 1 + index % 2) for index in range(BEST_FACES)]
    whole = collected(pictures)
    with monkeypatch.context() as patch:
        patch.setattr(collect, limit, value)
        parts = collected(pictures)
    assert whole.has_face_vector.all()
    for name, column in whole.columns().items():
        if name not in ("cloth_vector", "cloth_box"):  # of five faces of a track in each buffer
            np.testing.assert_array_equal(column, getattr(parts, name), err_msg=name)
    both = whole.has_cloth_vector & parts.has_cloth_vector
    np.testing.assert_array_equal(whole.cloth_vector[both], parts.cloth_vector[both])
    assert parts.has_cloth_vector.sum() >= whole.has_cloth_vector.sum()


def test_photos_are_all_described_also_beyond_a_buffer(
    collected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "_MOST_PICTURES", 4)
    faces = collected([seen(0, 2, f"{number}.jpg") for number in range(9)], cuts=None)
    assert faces.source.tolist() == [f"{row // 2}.jpg" for row in range(18)]
    assert faces.has_face_vector.all()
    assert faces.has_cloth_vector.all()


def test_a_short_shot_next_to_a_long_one_is_described(collected: Any) -> None:
    pictures = [seen(index) for index in range(10)]
    faces = collected(pictures, cuts=(8,))
    assert faces.has_face_vector[8:].all()
    assert faces.has_face_vector[:8].sum() == BEST_FACES


def test_a_face_that_a_picture_shows_twice_is_taken_once(tmp_path: Path) -> None:
    frame, found = seen(0, 2)
    half = np.random.default_rng(0).integers(0, 255, (90, 60, 3), np.uint8)
    picture = np.tile(half, (1, 2, 1))
    with CropWriter(tmp_path / "crops") as crops, FaceCollector(engine(), crops) as collector:
        collector.add(dataclasses.replace(frame, picture=picture), found)
        assert len(collector.finish()) == 1
    assert len(CropFile(tmp_path / "crops")) == 1


def test_every_face_has_a_portrait(tmp_path: Path) -> None:
    with CropWriter(tmp_path / "crops") as crops, FaceCollector(engine(), crops) as collector:
        for index in range(3):
            collector.add(*seen(index, 2))
        assert len(collector.finish()) == 6
    assert len(CropFile(tmp_path / "crops")) == 6


def test_an_error_while_describing_reaches_the_caller(
    collected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("in the network")

    monkeypatch.setattr(Shade, "embed", fail)
    with pytest.raises(ZeroDivisionError, match="in the network"):
        collected([seen(0)])


def test_leaving_early_ends_the_describing_thread_before_all_is_described(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "_MOST_PICTURES", 40)
    monkeypatch.setattr(Engine, "warm_up", lambda _self: None)
    began, calls = threading.Event(), []
    collector = FaceCollector(engine(), CropWriter(tmp_path / "crops"))

    def slow(_self: Shade, chips: Sequence[Any]) -> Any:
        calls.append(len(chips))
        began.set()
        assert collector._stopped.wait(30)
        return np.zeros((len(chips), 2), np.float32)

    monkeypatch.setattr(Shade, "embed", slow)
    before = set(threading.enumerate())

    def leave() -> None:
        with collector._crops, collector:
            for index in range(40):
                collector.add(*seen(index, source=f"{index}.jpg"))
            assert began.wait(30)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave()
    assert calls == [16]
    assert set(threading.enumerate()) <= before


def test_in_every_stretch_of_two_seconds_a_face_of_a_track_is_described(make_faces: Any) -> None:
    quality = [0.9] * 20 + [0.1] * 20
    wanted, _ = choose(table(make_faces, quality, time_s=np.arange(40) / 5))
    assert np.flatnonzero(wanted[20:]).tolist() == [0, 10]


def test_faces_without_clothes_in_sight_leave_theirs_to_others(make_faces: Any) -> None:
    quality = np.arange(20, 0, -1) / 20
    faces = table(make_faces, quality)
    boxes = faces.cloth_box.copy()
    boxes[:3], boxes[3:] = np.nan, [0, 0, 10, 10]
    _, dressed = choose(faces.replace(cloth_box=boxes))
    assert np.flatnonzero(dressed).tolist() == [3, 4, 5]


def test_pictures_whose_shot_is_not_known_yet_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_faces: Any
) -> None:
    monkeypatch.setattr(collect, "_MOST_PICTURES", 40)
    described: list[int] = []

    def note(_engine: Any, pictures: Sequence[Any], *_: Any) -> Faces:
        described.append(len(pictures))
        return Faces.concatenate([make_faces(len(picture.found)) for picture in pictures])

    monkeypatch.setattr(collect, "describe", note)
    with CropWriter(tmp_path / "crops") as crops, FaceCollector(engine(), crops) as collector:
        for index in range(0, 200, 5):
            frame, found = seen(index)
            collector.add(dataclasses.replace(frame, cuts=()), found)
        collector.finish(())
    assert described == [27, 13]  # frames up to 195 - 64, then the others


def test_pictures_are_gone_while_their_faces_are_described(
    collected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe, embed = collect.describe, Shade.embed
    handed: list[Any] = []
    left: list[int] = []

    def note(_engine: Engine, pictures: Any, *more: Any) -> Faces:
        handed.append(pictures)
        return describe(_engine, pictures, *more)

    def count(network: Shade, chips: Sequence[Any]) -> Any:
        left.extend(map(len, handed))
        return embed(network, chips)

    monkeypatch.setattr(Engine, "warm_up", lambda _self: None)
    monkeypatch.setattr(collect, "describe", note)
    monkeypatch.setattr(Shade, "embed", count)
    assert len(collected([seen(index) for index in range(3)])) == 3
    assert left == [0]
