"""Tracks of a result as clothes to train on."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from castlist.data.errors import InputError
from castlist.data.garments.pictures import read_garment
from castlist.data.garments.result_tracks import read_tracks
from castlist.data.result.facts import RunFacts, SourceFacts
from castlist.data.result.result import StoredResult
from castlist.data.tables import boxes
from castlist.data.tables.codes import DecidedBy
from castlist.data.tables.faces import Faces
from castlist.data.tables.turns import boxes_as_shown
from castlist.train.config import TrainConfig
from castlist.train.loading.datamodule import ClothData
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT = 640, 480
CROPS = "people/Ana"
"""Where somebody has moved every crop."""


def _result(
    root: Path, faces: list[dict[str, Any]], size: bool = True, turned_deg: int = 0
) -> Path:
    """Save a result: in each crop, the clothes are green and the rest black.

    Boxes are those in the upright picture; the film itself may lie on its side.
    """
    usual = {"source": "film.mp4", "shot": 0, "track": 0, "person": -1, "strength": 0.97}
    usual |= {"decided_by": DecidedBy.FACE, "box": (300, 100, 340, 140), "dressed": True}
    rows = [{**usual, "frame": number, **face} for number, face in enumerate(faces)]
    column = {name: [row[name] for row in rows] for name in rows[0]}
    box = np.array(column["box"], np.float32)
    cloth = boxes.cloth_boxes(box, WIDTH, HEIGHT)
    dressed = np.array(column.pop("dressed"))
    shown = (HEIGHT, WIDTH) if turned_deg % 180 else (WIDTH, HEIGHT)
    turn = -turned_deg // 90 % 4
    column["box"] = boxes_as_shown(box, turn, shown)
    table = Faces.of_detections(
        **column,
        time_s=np.array(column["frame"]) / 5,
        cloth_box=boxes_as_shown(np.where(dressed[:, None], cloth, np.nan), turn, shown),
        person_before=column["person"],
    )
    sources = tuple(
        SourceFacts(source, size_px=shown if size else None, turned_deg=turned_deg)
        for source in dict.fromkeys(column["source"])
    )
    crops = [_crop(*both) for both in zip(box, cloth, strict=True)]
    result = StoredResult(table, RunFacts(sources=sources), crops)
    result.save(root)
    (root / CROPS).mkdir()
    for path in result.crop_paths:
        (root / path).rename(root / CROPS / Path(path).name)
    return root


def _crop(box: NDArray[np.float32], cloth: NDArray[np.float32]) -> bytes:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    x1, y1, x2, y2 = np.round(cloth).astype(int)
    picture[y1:y2, x1:x2] = (0, 200, 0)
    (portrait,) = boxes.portrait_boxes(box[None], WIDTH, HEIGHT)
    left, top = np.floor(portrait[:2]).astype(int)
    right, bottom = np.ceil(portrait[2:]).astype(int)
    crop = Image.fromarray(picture[top:bottom, left:right])
    crop.thumbnail((256, 256))
    file = io.BytesIO()
    crop.save(file, "JPEG", quality=95)
    return file.getvalue()


def _crop_of_frame(root: Path, frame: int) -> Path:
    (path,) = (root / CROPS).glob(f"*_f{frame:06d}_0.jpg")
    return path


@pytest.mark.parametrize(
    ("size", "turned_deg"), [(True, 0), (False, 0), (True, 90), (True, 180), (True, 270)]
)
@pytest.mark.parametrize(
    "box",
    [
        (300, 100, 340, 140),  # a small face, whose crop was not shrunk
        (200, 20, 320, 170),  # a large one, cut off below
        (20, 60, 140, 200),  # at the left edge
        (520, 20, 630, 140),  # at the right edge
    ],
)
def test_the_cloth_box_is_found_again_in_the_crop(
    tmp_path: Path, box: tuple[int, ...], size: bool, turned_deg: int
) -> None:
    faces = [{"box": box, "track": track, "source": "film.mp4"} for track in (0, 1)]
    garments = read_tracks(_result(tmp_path, faces, size, turned_deg))
    picture, mask, found = read_garment(garments, 0)
    assert mask is None
    green = picture[..., 1] > 100
    rows, columns = np.flatnonzero(green.any(axis=1)), np.flatnonzero(green.any(axis=0))
    drawn = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
    np.testing.assert_allclose(found, drawn, atol=2)


def test_a_track_is_an_item_and_doubts_are_what_stage_1_is_not_sure_of(tmp_path: Path) -> None:
    tracks: list[dict[str, Any]] = [
        {"track": 0, "person": 0, "frame": 0},
        {"track": 1, "person": 0, "frame": 9},  # the same person again: perhaps the same clothes
        {"track": 2, "person": 1, "frame": 20},  # surely another
        {"track": 3, "person": 0, "frame": 0, "decided_by": DecidedBy.CLOTH},  # beside track 0
        {"track": 4, "person": 1, "frame": 30, "strength": 0.2},
        {"track": 5, "source": "other.mp4", "frame": 0},
    ]
    garments = read_tracks(_result(tmp_path, tracks))
    assert garments.item.tolist() == ["0", "1", "2", "3", "4", "5"]
    assert garments.doubts is not None
    doubts = garments.doubts.between([str(track) for track in range(6)])
    assert (doubts == doubts.T).all()
    sure = {(a, b) for a in range(6) for b in range(a + 1, 6) if not doubts[a, b]}
    assert sure == {(0, 2), (1, 2), (0, 3), (0, 5), (1, 5), (2, 5), (3, 5), (4, 5)}
    assert not doubts.diagonal().any()


def test_shots_of_sure_people_are_kept_to_validate_with(tmp_path: Path) -> None:
    faces: list[dict[str, Any]] = [
        {"track": shot, "shot": shot, "person": 0, "frame": 10 * shot + face}
        for shot in range(8)
        for face in range(6)
    ]
    faces += [{"track": 9, "shot": 0, "person": 1, "frame": 0}]
    garments = read_tracks(_result(tmp_path, faces))
    searched = garments[garments.split == "val"]
    assert sorted(set(searched.item.tolist())) == ["person 0"]
    assert [sorted(searched.role.tolist()).count(role) for role in ("gallery", "query")] == [4, 4]
    trained = garments[garments.split == "train"]
    assert sorted(set(trained.item.tolist())) == ["0", "2", "3", "4", "6", "7", "9"]
    assert (trained.item == "0").sum() == 6
    assert not set(trained.path) & set(searched.path)


def test_faces_without_clothes_or_crop_are_left_out(tmp_path: Path) -> None:
    faces: list[dict[str, Any]] = [
        {"track": 0},
        {"track": 1},
        {"track": 1, "dressed": False},
        {"track": 2},
    ]
    root = _result(tmp_path, faces)
    _crop_of_frame(root, 3).unlink()
    garments = read_tracks(root)
    assert garments.item.tolist() == ["0", "1"]
    assert garments.left_out == ("1 faces without a crop or a track",)


def test_broken_crops_are_left_to_who_reads_them(tmp_path: Path) -> None:
    root = _result(tmp_path, [{"track": track} for track in range(3)])
    _crop_of_frame(root, 1).write_bytes(b"no picture")
    garments = read_tracks(root)
    assert len(garments) == 3
    with pytest.raises(InputError, match=r"_f000001_0\.jpg: cannot be read as a picture"):
        read_garment(garments, 1)


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a result of castlist find, found no faces\.parquet"):
        read_tracks(tmp_path)
    (tmp_path / "faces.parquet").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"faces\.parquet: expected a Parquet file"):
        read_tracks(tmp_path)
    with pytest.raises(InputError, match="expected tracks with crops"):
        read_tracks(_result(tmp_path / "one", [{"track": 0}]))
    root = _result(tmp_path / "two", [{"track": 0}, {"track": 1}])
    (root / "run.json").write_text("[]")
    with pytest.raises(InputError, match=r"run\.json: expected what castlist find wrote"):
        read_tracks(root)


def test_doubts_reach_the_batch_also_beside_another_set(tmp_path: Path) -> None:
    tracks: list[dict[str, Any]] = [
        {"track": track, "person": track % 2, "frame": track} for track in range(6)
    ]
    garments = read_tracks(_result(tmp_path, tracks))
    config = TrainConfig(data=("tracks",), root=(str(tmp_path),), held_out=0.01)
    alone = ClothData([garments], 32, config).doubts(np.array([0, 0, 1, 2]))
    beside = ClothData([garments, garments], 32, config)
    assert alone is not None
    assert alone.tolist() == [
        [False, False, False, True],
        [False, False, False, True],
        [False, False, False, False],
        [True, True, False, False],
    ]
    shifted = beside.doubts(np.array([6, 6, 7, 8]))
    assert shifted is not None
    assert (shifted == alone).all()
