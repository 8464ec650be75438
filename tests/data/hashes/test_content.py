"""The hash of a file's content."""

import hashlib

import pytest
from castlist.data.errors import InputError
from castlist.data.hashes import content
from castlist.data.hashes.content import hash_source


def test_hash_of_a_small_file_is_its_sha256(tmp_path):
    path = tmp_path / "small"
    path.write_bytes(b"abc")
    assert hash_source(path) == "sha256:" + hashlib.sha256(b"abc").hexdigest()


@pytest.fixture
def tiny_samples(monkeypatch):
    monkeypatch.setattr(content, "WHOLE_UP_TO", 99)
    monkeypatch.setattr(content, "SAMPLE", 4)
    monkeypatch.setattr(content, "NUM_SAMPLES", 3)


def test_hash_of_a_large_file_is_of_its_size_and_samples(tmp_path, tiny_samples):
    path = tmp_path / "large"
    written = bytes(range(104))
    path.write_bytes(written)
    # Samples of 4 bytes: at the beginning, in the middle and at the end.
    samples = b"104" + written[:4] + written[50:54] + written[100:]
    assert hash_source(path) == "sha256-sampled:" + hashlib.sha256(samples).hexdigest()


def test_hash_of_a_large_file_changes_with_its_size_beginning_and_end(tmp_path, tiny_samples):
    contents = [bytes(200), bytes(201), b"x" + bytes(199), bytes(199) + b"x"]
    hashes = set()
    for written in contents:
        (tmp_path / "large").write_bytes(written)
        hashes.add(hash_source(tmp_path / "large"))
    assert len(hashes) == 4


def test_hash_of_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        hash_source(tmp_path / "nowhere")
