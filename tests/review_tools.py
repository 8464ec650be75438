"""What tests of castlist review share: a small result of four people, and a browser's requests."""

import dataclasses
import re
import socket
import threading
from contextlib import contextmanager

import av
import numpy as np
import uvicorn
from castlist.clustering.config import Config
from castlist.clustering.pipeline import find_people
from castlist.clustering.review.app import make_app
from castlist.clustering.review.session import Session
from decision_tools import analysed, no_pages, who
from starlette.testclient import TestClient

PORT = 8765
TOKEN = "secret-of-this-test"
ORIGIN = f"http://127.0.0.1:{PORT}"


def save_with_leftovers(folder):
    """Save a result of three people in which somebody is seen once, and poorly."""
    found = analysed(shots=("AB", "C", "AB", "C", "A", "B", "C", "A", "AD", "B", "C", "A"))
    quality = np.where(who(found) == "D", 0.05, found.faces.quality)
    found = dataclasses.replace(found, faces=found.faces.replace(quality=quality))
    find_people(found, Config()).save(folder, write_pages=no_pages)
    return folder


def split_people(num_people=14, alike=0.5, dim=128):
    """Return a result in which each of many people has two looks, seen in two shots each."""
    chance = np.random.default_rng(1)

    def direction():
        vector = chance.normal(size=dim)
        return vector / np.linalg.norm(vector)

    people = [(direction(), (direction(), direction())) for _ in range(num_people)]
    shots = [(person, look) for _ in range(2) for person in range(num_people) for look in range(2)]
    vectors, time_s, shot, left = [], [], [], []
    for number, (person, look) in enumerate(shots):
        same, looks = people[person]
        vector = np.sqrt(alike) * same + np.sqrt(0.9 - alike) * looks[look]
        vector = vector + np.sqrt(0.1) * direction()
        for step in range(5):
            vectors.append(vector / np.linalg.norm(vector))
            time_s.append(number + step / 5)
            shot.append(number)
            left.append(10.0 + 60 * person)
    base = analysed(shots=["A"] * len(shots))
    left = np.array(left)
    faces = base.faces.replace(
        face_vector=np.array(vectors),
        box=np.stack([left, 0 * left + 20, left + 50, 0 * left + 80], axis=1),
    )
    return find_people(dataclasses.replace(base, faces=faces), Config())


@contextmanager
def session_of(folder, save_after_s=3600.0):
    session = Session(folder, no_pages, save_after_s)
    try:
        yield session
    finally:
        session.close()


def served(session, film=None):
    """Serve a session in a thread; gives the address with the token."""
    return serving(lambda port: make_app(session, TOKEN, port, film))


@contextmanager
def serving(app_of):
    """Serve the application of a port in a thread; gives the address with the token."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # before the server is up, who comes waits
        port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app_of(port), log_level="error", access_log=False))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}/?token={TOKEN}"
        finally:
            server.should_exit = True
            thread.join()


class Browser:
    """A browser that was given the address with the token."""

    def __init__(self, session, film=None, learn=None):
        self.client = TestClient(
            make_app(session, TOKEN, PORT, film, learn), base_url=ORIGIN, follow_redirects=False
        )
        self.client.get(f"/?token={TOKEN}")

    def get(self, path, **headers):
        return self.client.get(path, headers=headers)

    def html(self, path):
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def version(self):
        return re.search(r'data-version="([^"]+)"', self.html("/people")).group(1)

    def do(self, what, version=None, **fields):
        """Do something and wait for both stages; returns the answer."""
        answer = self.client.post(
            f"/do/{what}",
            json={"version": version or self.version(), **fields},
            headers={"origin": ORIGIN, "x-castlist-token": TOKEN},
        )
        if answer.status_code == 200:
            self.client.get("/state")
        return answer


def crops_on(html):
    """Return the crop of every shot of a page, in its order."""
    return re.findall(r'data-crop="([^"]+)"', html)


def groups_on(html):
    """Return the crops of every group of leftovers."""
    return [crops_on(part) for part in html.split("data-group ")[1:]]


def write_unplayable(path, num_seconds):
    """Write a film that no browser plays: MPEG-2 in AVI, each second brighter."""
    with av.open(str(path), "w", format="avi") as container:
        video = container.add_stream("mpeg2video", rate=25)
        video.width, video.height, video.pix_fmt = 1024, 576, "yuv420p"
        video.bit_rate = 4_000_000
        for second in range(num_seconds):
            grey = np.full((576, 1024, 3), 16 + 8 * second, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24").reformat(format="yuv420p")
            for number in range(25):
                frame.pts = 25 * second + number
                container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path
