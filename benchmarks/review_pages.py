"""How long the pages of castlist review take to open, and its actions to be answered.

    python benchmarks/review_pages.py                  # 5,000 faces made up: one person has 3,000
    python benchmarks/review_pages.py --result result/ # a copy of yours

Opened in Chromium by Playwright (pip install playwright; a Chromium of the system is used): until
every picture in sight is there. An action is timed until its answer, and until both stages ran.
"""

from __future__ import annotations

import argparse
import io
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import uvicorn
from castlist.clustering.config import Config
from castlist.clustering.people import deciding
from castlist.clustering.pipeline import find_people
from castlist.clustering.report.write import write_report
from castlist.clustering.review.app import make_app
from castlist.clustering.review.session import Make, Session
from castlist.data.result.facts import RunFacts, SourceFacts
from castlist.data.result.result import StoredResult
from castlist.data.tables.faces import Faces
from PIL import Image

NUM_SHOTS, FACES_OF_SHOT, DIM = 1000, 5, 512
TOKEN = "benchmark"  # noqa: S105
SHARES = (0.6, 0.1, 0.1, *[0.02] * 10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--result", type=Path, help="a result; it is copied")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result"
        if options.result:
            shutil.copytree(options.result, out)
        else:
            make_result().save(out)
        session = Session(out, write_report, save_after_s=3600)
        num_faces, num_people = len(session.now.result.faces), len(session.now.result.people)
        print(f"{num_faces:,} faces, {num_people} people\n")
        try:
            with serving(session) as address:
                time_pages(address)
            time_actions(session)
        finally:
            began_s = time.perf_counter()
            session.close()
            print(f"\nsaved at the end in {time.perf_counter() - began_s:.2f} s")
        time_while_saving(out)


def time_pages(address: str) -> None:
    from playwright.sync_api import sync_playwright

    print("| page | open, s | elements |\n|---|---:|---:|")
    with sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        page.goto(address)
        for path in ("/people", "/person/person_001", "/same", "/leftovers"):
            began_s = time.perf_counter()
            page.goto(address.partition("/?")[0] + path)
            page.wait_for_load_state("networkidle")
            seconds = time.perf_counter() - began_s - 0.5  # of silence that networkidle waits for
            count = page.evaluate("document.querySelectorAll('*').length")
            print(f"| {path} | {seconds:.2f} | {count:,} |")
        browser.close()


def time_actions(session: Session) -> None:
    print("\n| action | answered, s | both stages, s |\n|---|---:|---:|")
    first, second = (int(own) for own in session.now.result.cast.ids[1:3])
    crops = [session.now.crop_names[int(session.now.result.people[0].rows[0])]]

    def act(name: str, do: Callable[[], object]) -> None:
        session.settled()
        began_s = time.perf_counter()
        do()
        answered_s = time.perf_counter() - began_s
        session.settled()
        print(f"| {name} | {answered_s:.2f} | {time.perf_counter() - began_s:.2f} |")

    def version() -> str:
        return session.now.version

    act("alike", lambda: session.now.alike(crops))
    act("name", lambda: session.act(version(), lambda now: deciding.name(
        now.result, first, "Anna", merge=False)))  # fmt: skip
    act("hide", lambda: session.act(version(), lambda now: [
        deciding.hidden(now.result, second, hide=True)]))  # fmt: skip
    act("not", lambda: session.act(version(), lambda now: deciding.denied(
        now.result, now.rows_of_shots(crops))))  # fmt: skip
    act("two people", lambda: session.act(version(), lambda now: [
        deciding.two_people(now.result, first, second)]))  # fmt: skip
    act("undo", lambda: session.undo(version()))


def time_while_saving(out: Path) -> None:
    """Name somebody every half second while the result is being saved."""
    session = Session(out, write_report, save_after_s=0.1)
    before, began_s, answered_s = session.now.stamp, time.perf_counter(), []
    while session.now.stamp == before:
        asked_s = time.perf_counter()
        session.act(session.now.version, named(session, f"Anna {len(answered_s)}"))
        answered_s.append(time.perf_counter() - asked_s)
        time.sleep(0.5)
    took_s = time.perf_counter() - began_s
    session.close()
    print(
        f"while it saves ({took_s:.1f} s): {len(answered_s)} names, answered in"
        f" {np.median(answered_s):.2f} s (median), {max(answered_s):.2f} s (worst)"
    )


def named(session: Session, text: str) -> Make:
    person = int(session.now.result.cast.ids[0])
    return lambda now: deciding.name(now.result, person, text, merge=False)


@contextmanager
def serving(session: Session) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        config = uvicorn.Config(make_app(session, TOKEN, port), log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}/?token={TOKEN}"
        finally:
            server.should_exit = True
            thread.join()


def make_result() -> StoredResult:
    """Make a film of shots of one person each, a few faces in every shot."""
    chance = np.random.default_rng(0)
    people = units(chance.normal(size=(len(SHARES), DIM)))
    who = chance.choice(len(SHARES), size=NUM_SHOTS, p=np.array(SHARES) / sum(SHARES))
    vectors = units(people[who] + 0.6 * units(chance.normal(size=(NUM_SHOTS, DIM))))
    shot = np.repeat(np.arange(NUM_SHOTS), FACES_OF_SHOT)
    time_s = shot + np.tile(np.arange(FACES_OF_SHOT) / FACES_OF_SHOT, NUM_SHOTS)
    faces = Faces.of_detections(
        source=np.full(len(shot), "film.mp4"),
        frame=np.round(time_s * 25).astype(np.int64),
        time_s=time_s,
        shot=shot,
        box=np.tile([10.0, 20, 60, 80], (len(shot), 1)),
        detection=np.full(len(shot), 0.9),
        quality=chance.uniform(0.1, 0.9, len(shot)),
        face_vector=vectors[shot],
    )
    film = SourceFacts(
        "film.mp4",
        content="made up",
        duration_s=float(NUM_SHOTS),
        fps=25.0,
        looked_at_fps=float(FACES_OF_SHOT),
        frames=tuple(faces.frame.tolist()),
        frames_s=tuple(time_s.tolist()),
        num_frames=len(shot),
        cuts_s=tuple(map(float, range(1, NUM_SHOTS))),
    )
    found = StoredResult(faces, RunFacts(sources=(film,)), Pictures(len(faces)))
    return find_people(found, Config())


class Pictures:
    """A crop of one colour per row."""

    def __init__(self, num_rows: int) -> None:
        self._num_rows = num_rows

    def __len__(self) -> int:
        return self._num_rows

    def __getitem__(self, row: int) -> bytes:
        file = io.BytesIO()
        colour = (row * 37 % 256, row * 91 % 256, 128)
        Image.new("RGB", (84, 102), colour).save(file, "JPEG")
        return file.getvalue()


def units(rows: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


if __name__ == "__main__":
    main()
