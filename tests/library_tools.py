"""What tests of libraries share: small results with people who come back, and no network."""

import numpy as np
from castlist.clustering.config import Config
from castlist.clustering.library.library import Library
from castlist.clustering.pipeline import find_people
from castlist.data.result.facts import ModelFacts, RunFacts, SourceFacts
from castlist.data.result.result import StoredResult
from castlist.data.tables.faces import Faces
from result_tools import PlainCrops

DIM, FPS = 64, 5
LETTERS = "ABCDEFGH"


def direction(letter):
    return _unit(np.random.default_rng(LETTERS.index(letter)).normal(size=DIM))


def film_result(name, shots, content=None, path="", noise=0.4, card="test network"):
    """Return what is found in a film: ``shots`` has the people of each second, such as "AB"."""
    rows = []
    for shot, cast in enumerate(shots):
        for step in range(FPS):
            time_s = shot + step / FPS
            for place, who in enumerate(cast):
                chance = np.random.default_rng([*name.encode(), shot, LETTERS.index(who)])
                vector = _unit(direction(who) + noise * _unit(chance.normal(size=DIM)))
                left = 10 + 100 * place + 4 * (time_s % 1)
                rows.append((round(time_s * 25), time_s, shot, left, vector))
    frame, time_s, shot, left, vectors = map(np.array, zip(*rows, strict=True))
    faces = Faces.of_detections(
        source=np.full(len(rows), name),
        frame=frame,
        time_s=time_s,
        shot=shot,
        box=np.stack([left, 0 * left + 20, left + 50, 0 * left + 80], axis=1),
        detection=np.full(len(rows), 0.9),
        quality=np.full(len(rows), 0.9),
        face_vector=vectors,
    )
    film = SourceFacts(
        name,
        content=content or f"sha256:{_hex(name)}",
        path=path,
        duration_s=float(len(shots)),
        fps=25.0,
        looked_at_fps=float(FPS),
        frames=tuple(np.unique(frame).tolist()),
        frames_s=tuple(np.unique(time_s).tolist()),
        num_frames=len(np.unique(frame)),
        cuts=tuple(25 * cut for cut in range(1, len(shots))),
        cuts_s=tuple(float(cut) for cut in range(1, len(shots))),
    )
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
    found = {}
    for member in library.everybody.members:
        result = StoredResult.load(library.folder / "films" / member.film)
        rows = np.flatnonzero(result.cast.of_faces(result.faces) == member.person)
        mean = result.faces.face_vector[rows].mean(axis=0)
        letter = max(LETTERS, key=lambda own: float(mean @ direction(own)))
        found.setdefault(letter, set()).add(member.own)
    return found


def _hex(name):
    import hashlib

    return hashlib.sha256(name.encode()).hexdigest()


def _unit(vector):
    return vector / np.linalg.norm(vector)
