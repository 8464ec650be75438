"""What tests of decisions share: a small result of four people, made without any network."""

import dataclasses
import json

import numpy as np
from castlist.clustering.config import Config
from castlist.clustering.pipeline import find_people
from castlist.clustering.report.write import write_report
from castlist.data.result.facts import RunFacts
from castlist.data.result.result import StoredResult
from result_tools import PlainCrops, followed

CONTENT = "c0ffee"
SHOTS = ("AB", "C", "AB", "CD", "A", "B", "CD", "A", "AD", "B", "C", "A")
"""Who is in each shot of a second."""

FOUR = {"A": {0}, "B": {1}, "C": {2}, "D": {3}}
"""The ids of the faces of each, before anybody decides."""

DIM = 64
FPS = 5


def analysed(fps=FPS, seed=0, shots=SHOTS, order=None, name="film.mp4"):
    """Return what the networks saw: two noisy directions a person, faces side by side."""
    chance = np.random.default_rng(seed)
    people = sorted({who for cast in shots for who in cast})
    direction = {who: _unit(chance.normal(size=DIM)) for who in people}
    rows = []
    for shot, cast in enumerate(shots):
        for step in range(fps):
            time_s = shot + step / fps
            for who in cast:
                left = 10 + 100 * people.index(who) + 4 * (time_s % 1)
                noise = np.random.default_rng([seed, shot, people.index(who)]).normal(size=DIM)
                vector = _unit(direction[who] + 0.4 * _unit(noise))
                rows.append((round(time_s * 25), time_s, shot, left, vector))
    order = np.arange(len(rows)) if order is None else np.array(order)
    rows = [rows[row] for row in order]
    faces, film = followed(name, rows, len(shots), fps, content=CONTENT)
    return StoredResult(faces, RunFacts(sources=(film,)), PlainCrops(len(faces)))


def who(result):
    """Return the letter of each face, by where it is in the picture."""
    return np.array(list("ABCD"))[((result.faces.box[:, 0] - 10) // 100).astype(int)]


def people_by_letter(result):
    """Return {letter: the ids of its faces}; -1 = unknown."""
    ids, letters = result.cast.of_faces(result.faces), who(result)
    return {
        letter: set(ids[letters == letter].tolist()) for letter in sorted(set(letters.tolist()))
    }


def save(folder, config=None, **options):
    """Cluster that film and save it as castlist find does."""
    result = find_people(analysed(**options), config or Config())
    result.save(folder, write_pages=write_report)
    return folder


def no_pages(_result, _out):
    """Leave the report out: it takes most of the time of saving."""


def crops_of(folder, letter, rows=slice(None)):
    """Return the crop files of somebody, as strings."""
    result = StoredResult.load(folder)
    found = np.flatnonzero(who(result) == letter)[rows]
    return [str(result.crops.path(row)) for row in found.tolist()]


def table_of(folder):
    """Return what a user sees of each face: id, name, strength, decision."""
    result = StoredResult.load(folder)
    faces = result.faces
    return [
        (frame, round(left), result.cast.id_of(person), result.name_of(person), *rest)
        for frame, left, person, *rest in zip(
            faces.frame.tolist(),
            faces.box[:, 0].tolist(),
            faces.person.tolist(),
            faces.person_before.tolist(),
            faces.second_person.tolist(),
            np.round(faces.strength, 5).tolist(),
            faces.decided_by.tolist(),
            faces.reason.tolist(),
            faces.track.tolist(),
            strict=True,
        )
    ]


def people_of(folder):
    return json.loads((folder / "people.json").read_text())


def edits_of(folder):
    return [json.loads(line) for line in (folder / "edits.jsonl").read_text().splitlines()]


def without_crops(result):
    return dataclasses.replace(result, crops=PlainCrops(len(result.faces)))


def _unit(vector):
    return vector / np.linalg.norm(vector)
