"""The command line with the networks themselves."""

import itertools

import av
import numpy as np
import pytest
from castlist.clustering.analysis.engine import BEST_BODIES, BEST_FACES
from cli_tools import SCENE, table_of, write_film, write_photo


@pytest.fixture(scope="module")
def close_up():
    """Twelve frames of one face, of the film that ships."""
    with av.open(str(SCENE)) as container:
        frames = itertools.islice(container.decode(video=0), 78, 90)
        return [frame.to_ndarray(format="rgb24") for frame in frames]


def test_a_film_of_one_face(castlist, networks, close_up, tmp_path):
    film = write_film(tmp_path / "one.mp4", close_up, rate=12)
    run = castlist("cluster", film, "--out", tmp_path / "out", "--fps", 12)
    assert run.code == 0
    assert run.out.splitlines()[0] == "1 person in one.mp4"
    faces = table_of(tmp_path / "out")
    assert faces.frame.tolist() == list(range(12))
    assert set(faces.person) == {0}
    assert np.isfinite(faces.face_vector[faces.has_face_vector]).all()
    assert BEST_FACES <= faces.has_face_vector.sum() < 12
    assert faces.has_cloth_vector.sum() == BEST_BODIES


def test_a_photo_of_one_face(castlist, networks, close_up, tmp_path):
    photo = write_photo(tmp_path / "one.jpg", close_up[0])
    for method in ("hdbscan", "online"):
        out = tmp_path / method
        run = castlist("cluster", photo, "--out", out, "--face-method", method)
        assert run.code == 0
        assert run.out.splitlines()[1].startswith("1 face, ")
        assert len(table_of(out)) == 1
        assert len(list((out / "people").glob("*/one_*.jpg"))) == 1


def test_a_film_of_no_face(castlist, networks, tmp_path):
    grey = np.full((90, 160, 3), 100, np.uint8)
    film = write_film(tmp_path / "grey.mp4", [grey] * 4)
    run = castlist("cluster", film, "--out", tmp_path / "out")
    assert run.code == 0
    assert run.out.splitlines()[0] == "No face was found in grey.mp4"
    assert table_of(tmp_path / "out").face_vector.shape == (0, 1152)
