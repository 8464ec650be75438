from __future__ import annotations

import errno
import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from castlist.data.errors import InputError
from castlist.data.runtime import download
from castlist.data.runtime.model_cards import ModelCard, ModelFile, known_models
from castlist.data.runtime.models import ModelStore, default_models_cache

RIGHT = bytes(range(256)) * 400
SECOND = b"the other file of the network"


class Server(ThreadingHTTPServer):
    """Serves on the loopback address; ``asked`` counts questions by path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.stop = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        kind = self.path.split("/")[1]
        content = SECOND if self.path.endswith(".bin") else RIGHT
        if kind == "missing":
            self.send_error(404)
            return
        if kind == "silent":
            self.server.stop.wait(20)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if kind == "truncated":
            self.wfile.write(content[: len(content) // 2])
        elif kind == "altered":
            self.wfile.write(content[:-1] + b"?")
        elif kind == "stalled":
            self.wfile.write(content[:10])
            self.server.stop.wait(20)
        elif kind == "trickling":
            for byte in content:
                if self.server.stop.wait(0.05):
                    break
                self.wfile.write(bytes([byte]))
        else:
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "*")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.stop.set()
        running.shutdown()
        thread.join()


def file_of(name: str, content: bytes, url: str = "http://nowhere.invalid/x") -> ModelFile:
    return ModelFile(name, hashlib.sha256(content).hexdigest(), len(content), url)


def card_of(*files: ModelFile) -> ModelCard:
    return ModelCard("net", "face vectors", "CC0-1.0", "made up", "tests", files, {})


@pytest.fixture
def make_store(tmp_path: Path) -> Any:
    def make(url: str = "http://nowhere.invalid", **settings: Any) -> ModelStore:
        files = [
            file_of("net.xml", RIGHT, f"{url}/net.xml"),
            file_of("net.bin", SECOND, f"{url}/net.bin"),
        ]
        settings = {"cache": tmp_path / "cache", **settings}
        return ModelStore(cards={"net": card_of(*files)}, **settings)

    return make


def only_whole_files(folder: Path) -> bool:
    kept = {path.name: path.read_bytes() for path in folder.glob("*")} if folder.exists() else {}
    return all(content in (RIGHT, SECOND) for content in kept.values())


def test_a_network_is_fetched_once_and_found_afterwards(server: Server, make_store: Any) -> None:
    said: list[tuple[str, float, float | None]] = []
    store = make_store(f"{server.url}/right", progress=lambda *step: said.append(step))
    assert not store.find("net").is_here
    assert store.contents("net") == (RIGHT, SECOND)
    assert store.contents("net") == (RIGHT, SECOND)
    assert server.asked == ["/right/net.xml", "/right/net.bin"]
    assert said[0] == ("fetching net.xml", 0, len(RIGHT))
    assert ("fetching net.bin", len(SECOND), len(SECOND)) in said
    assert make_store().find("net").is_here


def test_folders_of_the_user_come_first(server: Server, make_store: Any, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "net.xml").write_bytes(RIGHT)
    store = make_store(f"{server.url}/right", folders=[tmp_path / "not there", folder])
    paths = store.get("net").paths
    assert paths[0] == folder / "net.xml"
    assert server.asked == ["/right/net.bin"]


def test_a_damaged_file_does_not_count(server: Server, make_store: Any, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "net.xml").write_bytes(RIGHT[:-1] + b"?")
    assert make_store(f"{server.url}/right").contents("net") == (RIGHT, SECOND)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("truncated", "ended early"),
        ("altered", "another file"),
        ("missing", "HTTP 404"),
    ],
)
def test_what_is_not_the_file_is_said_and_not_kept(
    server: Server, make_store: Any, tmp_path: Path, kind: str, said: str
) -> None:
    store = make_store(f"{server.url}/{kind}")
    with pytest.raises(InputError, match=said) as error:
        store.get("net")
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "cache").glob("*"))
    with pytest.raises(InputError):
        store.get("net")
    assert len(server.asked) == 2  # the server answers: it may be asked again


@pytest.mark.parametrize("kind", ["silent", "stalled", "trickling"])
def test_silence_is_given_up_and_not_asked_again(
    server: Server, make_store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(download, "SILENCE_S", 0.3)
    monkeypatch.setattr(download, "_CHUNK", 1)
    store = make_store(f"{server.url}/{kind}")
    for _ in range(2):
        with pytest.raises(InputError, match="does not answer"):
            store.get("net")
    assert server.asked == [f"/{kind}/net.xml"]
    assert not list((tmp_path / "cache").glob("*"))


def test_a_refused_connection_is_said(make_store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(InputError, match="does not answer"):
        make_store(f"http://127.0.0.1:{port}/right").get("net")


def test_a_name_that_takes_long_to_look_up_is_given_up(
    make_store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = threading.Event()

    def lookup(*_: Any, **__: Any) -> Any:
        looked_up.wait(5)
        raise socket.gaierror

    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(download, "SILENCE_S", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    start = time.monotonic()
    with pytest.raises(InputError, match="does not answer"):
        make_store().get("net")
    assert time.monotonic() - start < 4
    looked_up.set()


def test_offline_asks_nobody(server: Server, make_store: Any) -> None:
    store = make_store(f"{server.url}/right", offline=True)
    with pytest.raises(InputError, match="castlist is offline"):
        store.get("net")
    assert not server.asked


def test_from_a_folder_even_offline(make_store: Any, tmp_path: Path) -> None:
    usb = tmp_path / "usb"
    usb.mkdir()
    (usb / "net.xml").write_bytes(RIGHT)
    store = make_store(offline=True)
    with pytest.raises(InputError, match=r"expected net\.bin there"):
        store.get("net", source=str(usb))
    (usb / "net.bin").write_bytes(SECOND)
    store.get("net", source=str(usb))
    assert make_store().contents("net") == (RIGHT, SECOND)


def test_from_another_address(server: Server, make_store: Any) -> None:
    store = make_store("http://nowhere.invalid")
    assert store.get("net", source=f"{server.url}/right/").is_here


def test_two_programs_at_once(server: Server, make_store: Any, tmp_path: Path) -> None:
    found: list[tuple[bytes, ...]] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(make_store(f"{server.url}/right").contents("net"))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(RIGHT, SECOND)] * 4
    assert only_whole_files(tmp_path / "cache")


def test_a_full_disk_is_said(
    server: Server, make_store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(download._Downloader, "__call__", full)
    with pytest.raises(InputError, match="the disk is full"):
        make_store(f"{server.url}/right").get("net")
    assert not list((tmp_path / "cache").glob("*"))


def test_an_unknown_name_lists_the_known_ones(make_store: Any) -> None:
    with pytest.raises(InputError, match="expected a network of net; got 'nit'"):
        make_store().find("nit")


def test_every_card_can_be_read_and_names_its_licence() -> None:
    models = known_models()
    assert {"faceres", "face-reidentification-retail-0095"} <= models.keys()
    for card in models.values():
        assert card.licence
        assert card.use or card.ships, f"{card.name}: say what it is used for"
        assert all(file.url.startswith("https://") for file in card.files) or card.ships


def test_what_ships_is_there_and_right() -> None:
    store = ModelStore()
    for card in (card for card in store.cards.values() if card.ships):
        (path,) = store.find(card.name).paths
        assert hashlib.sha256(path.read_bytes()).hexdigest() == card.files[0].sha256
        assert path.stat().st_size == card.files[0].size


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"licence": None}, "licence"),
        ({"files": [{"name": "../net.bin", "sha256": "0" * 64, "size": 1}]}, "name of a file"),
        ({"files": [{"name": "net.bin", "sha256": "0" * 63, "size": 1}]}, "64 digits"),
        ({"files": [{"name": "net.bin", "sha256": "0" * 64, "size": 0}]}, "size in bytes"),
        ({"files": [{"name": "net.bin", "size": 1}]}, "sha256"),
    ],
)
def test_a_card_that_lacks_something_is_refused(changes: dict[str, Any], said: str) -> None:
    card: dict[str, Any] = {
        "name": "net",
        "task": "face vectors",
        "licence": "CC0-1.0",
        "origin": "made up",
        "files": [{"name": "net.bin", "sha256": "0" * 64, "size": 1}],
    }
    card.update(changes)
    text = json.dumps({key: value for key, value in card.items() if value is not None})
    with pytest.raises(ValueError, match=said):
        ModelCard.of_json(text)


def test_the_cache_is_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path))
    assert default_models_cache() == tmp_path / "models"
    monkeypatch.delenv("CASTLIST_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_models_cache() == tmp_path / "castlist" / "models"


def test_folders_are_those_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "net.xml").write_bytes(RIGHT)
    monkeypatch.setenv("CASTLIST_MODELS", f"{tmp_path / 'none'}:{tmp_path}")
    store = ModelStore.of_environment(offline=True)
    store.cards["net"] = card_of(file_of("net.xml", RIGHT))
    assert store.get("net").paths == (tmp_path / "net.xml",)


def test_after_a_failure_nothing_is_fetched_patiently_for_a_while(
    make_store: Any, server: Server
) -> None:
    with pytest.raises(InputError, match="404"):
        make_store(f"{server.url}/missing").fetch_patiently("net")
    asked = len(server.asked)
    with pytest.raises(InputError, match="fetching failed in the last 10 minutes"):
        make_store(f"{server.url}/right").fetch_patiently("net")
    assert len(server.asked) == asked
    assert make_store(f"{server.url}/right").get("net").is_here
    assert make_store(f"{server.url}/right").fetch_patiently("net").is_here


def test_offline_nothing_counts_as_a_failure(make_store: Any, server: Server) -> None:
    with pytest.raises(InputError, match="offline"):
        make_store(f"{server.url}/right", offline=True).fetch_patiently("net")
    assert make_store(f"{server.url}/right").fetch_patiently("net").is_here
