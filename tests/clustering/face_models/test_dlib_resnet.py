"""The converted network against dlib's own."""

import dlib
import numpy as np
import pytest
from castlist.clustering.face_models.base import Detections
from castlist.clustering.face_models.dlib_resnet import DlibEmbedder
from dlib_format import WeightsFile

WEIGHTS = WeightsFile(
    "dlib_face_recognition_resnet_model_v1.dat",
    "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
)


@pytest.fixture(scope="module")
def embedder():
    return DlibEmbedder()


@pytest.fixture(scope="module")
def chips():
    """Pictures of nothing, sharp and smooth: the network must agree on any pixels."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (3, 150, 150, 3), dtype=np.uint8)
    coarse = rng.integers(0, 256, (3, 10, 10, 3), dtype=np.uint8)
    flat = np.stack([np.full((150, 150, 3), 1), np.full((150, 150, 3), 255)]).astype(np.uint8)
    return np.concatenate([noise, coarse.repeat(15, axis=1).repeat(15, axis=2), flat])


def test_vectors_equal_those_of_dlib(embedder, chips):
    reference = dlib.face_recognition_model_v1(str(WEIGHTS.path()))
    expected = np.stack([reference.compute_face_descriptor(chip) for chip in chips])
    found = embedder.embed(chips)
    assert found.shape == (len(chips), 128)
    assert found.dtype == np.float32
    # the file's weights are in half precision, on which two persons' 0.6 does not depend
    assert np.abs(found - expected).max() < 1e-3


def test_batches_do_not_change_vectors(embedder, chips):
    in_threes = DlibEmbedder(batch=3)
    np.testing.assert_allclose(in_threes.embed(list(chips)), embedder.embed(chips), atol=1e-6)


def test_no_chips_give_no_vectors(embedder):
    assert embedder.embed([]).shape == (0, 128)


def test_a_black_chip_has_no_vector(embedder):
    assert np.isnan(embedder.embed(np.zeros((1, 150, 150, 3), np.uint8))).all()


@pytest.mark.parametrize(
    "chip", [np.zeros((112, 112, 3), np.uint8), np.zeros((150, 150, 3), np.float32)]
)
def test_a_chip_of_another_kind_is_refused(embedder, chip):
    with pytest.raises(ValueError, match="expected uint8 pictures of shape"):
        embedder.embed([chip])


def test_align_and_embed_fit_together(embedder):
    picture = np.random.default_rng(1).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    faces = Detections(
        boxes=np.array([[20, 10, 60, 65], [70, 20, 100, 60]], dtype=np.float32),
        landmarks=np.full((2, 5, 2), np.nan, dtype=np.float32),
        scores=np.ones(2, dtype=np.float32),
    )
    cut_out = embedder.align(picture, faces)
    assert cut_out.shape == (2, 150, 150, 3)
    assert np.isfinite(embedder.embed(cut_out)).all()
