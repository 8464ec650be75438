"""What tests of libraries share: small results with people who come back, and no network."""

import functools

import numpy as np
from castlist.clustering.config import Config
from castlist.clustering.library.library import Library
from castlist.clustering.pipeline import find_people
from castlist.data.result.facts import ModelFacts, RunFacts
from castlist.data.result.result import TABLE, StoredResult
from castlist.data.tables.codes import UNKNOWN
from result_tools import PlainCrops, followed

DIM, FPS = 64, 5
LETTERS = "ABCDEFGH"


@functools.cache
def direction(letter):
    return _unit(np.random.default_rng(LETTERS.index(letter)).normal(size=DIM))


def film_result(name, shots, **options):
    """Return what is found in a film: ``shots`` has the people of each second, such as "AB".

    Nothing changes a result, so that tests may share one.
    """
    return _film_result(name, tuple(shots), **options)


@functools.cache
def _film_result(name, shots, content=None, path="", noise=0.4, card="test network"):
    rows = []
    for shot, cast in enumerate(shots):
        for step in range(FPS):
            time_s = shot + step / FPS
            for place, who in enumerate(cast):
                chance = np.random.default_rng([*name.encode(), shot, LETTERS.index(who)])
                vector = _unit(direction(who) + noise * _unit(chance.normal(size=DIM)))
                left = 10 + 100 * place + 4 * (time_s % 1)
                rows.append((round(time_s * 25), time_s, shot, left, vector))
    cuts = tuple(25 * cut for cut in range(1, len(shots)))
    content = content or f"sha256:{_hex(name)}"
    faces, film = followed(name, rows, len(shots), FPS, content=content, path=path, cuts=cuts)
    models = ModelFacts({"embedder": card}, face_columns={"any": (0, DIM)})
    run = RunFacts(sources=(film,), models=models)
    return find_people(StoredResult(faces, run, PlainCrops(len(faces))), Config())


def save_film(folder, shots, **options):
    """Save such a result without its report; named after its folder."""
    film_result(f"{folder.name}.mp4", shots, **options).save(folder)
    return folder


def library_of(tmp_path, **films):
    """Return a library of films: name = shots."""
    folders = [save_film(tmp_path / "results" / name, shots) for name, shots in films.items()]
    library = Library(tmp_path / "lib")
    library.add(folders)
    return library


def letters(library):
    """Return {letter: ids of the library}, by whom each person of a film is nearest to."""
    found, films = {}, {}
    for member in library.everybody.members:
        if member.film not in films:
            films[member.film] = _letters_of(library.folder / "films" / member.film)
        found.setdefault(films[member.film][member.person], set()).add(member.library_id)
    return found


_KNOWN = {}
"""Content of a table: the letter of each person. Most tests look at the same ones again."""


def _letters_of(folder):
    content = (folder / TABLE).read_bytes()
    if content not in _KNOWN:
        result = StoredResult.load(folder)
        people = result.cast.of_faces(result.faces)
        means = {
            person: result.faces.face_vector[np.flatnonzero(people == person)].mean(axis=0)
            for person in set(people.tolist()) - {UNKNOWN}
        }
        _KNOWN[content] = {
            person: max(LETTERS, key=lambda letter: float(mean @ direction(letter)))
            for person, mean in means.items()
        }
    return _KNOWN[content]


def _hex(name):
    import hashlib

    return hashlib.sha256(name.encode()).hexdigest()


def _unit(vector):
    return vector / np.linalg.norm(vector)
