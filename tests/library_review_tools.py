"""What tests of the pages of a library share: three films, a browser's requests."""

import re

from castlist.clustering.library.library import Library
from castlist.clustering.library_review.app import make_app
from castlist.clustering.library_review.session import LibrarySession
from library_tools import save_film
from review_tools import ORIGIN, PORT, TOKEN, serving
from starlette.testclient import TestClient

FILMS = {"one": ["AB", "A", "B", "A", "B"], "two": ["AC", "A", "C", "A", "C"], "three": ["B"] * 3}


def save_library(tmp_path, films=None):
    """Make a library of films, whose own results are in tmp_path; returns its folder."""
    named = (films or FILMS).items()
    folders = [save_film(tmp_path / name, shots) for name, shots in named]
    Library(tmp_path / "lib").add(folders)
    return tmp_path / "lib"


def session_of(folder):
    return LibrarySession(Library(folder, writes_names=False))


def served(session):
    """Serve a session in a thread; gives the address with the token."""
    return serving(lambda port: make_app(session, TOKEN, port))


class LibraryBrowser:
    """A browser that was given the address with the token."""

    def __init__(self, session):
        self.client = TestClient(
            make_app(session, TOKEN, PORT), base_url=ORIGIN, follow_redirects=False
        )
        self.client.get(f"/?token={TOKEN}")

    def html(self, path):
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def do(self, what, version=None, base="", **fields):
        """Do something; returns the answer."""
        page = self.html(f"{base}/people")
        version = version or re.search(r'data-version="([^"]+)"', page).group(1)
        return self.client.post(
            f"{base}/do/{what}",
            json={"version": version, **fields},
            headers={"origin": ORIGIN, "x-castlist-token": TOKEN},
        )

    def send(self, path, content, **query):
        """Send a file; returns the answer."""
        headers = {"origin": ORIGIN, "x-castlist-token": TOKEN}
        return self.client.post(path, content=content, params=query, headers=headers)
