"""What tests of shots share: films at any rate, and results with people in some of their frames."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
from castlist.data.result.facts import RunFacts, SourceFacts
from castlist.data.result.result import StoredResult
from castlist.data.tables.faces import Faces
from result_tools import PlainCrops

NTSC_24, NTSC_30, NTSC_60 = (Fraction(n * 1000, 1001) for n in (24, 30, 60))


class NamedResult(StoredResult):
    """A result in which somebody gave names."""

    NAMES = ("Anna Å", "Carl & <Co>", "Ö")

    def name_of(self, person):
        return self.NAMES[person] if person >= 0 else "unknown"


def grid(rate, length, looked_at_fps=5):
    """The frames that are analysed: the first at or after each k / 5 seconds."""
    points = range(int(length / rate * looked_at_fps) + 1)
    frames = sorted({-int(-rate * point // looked_at_fps) for point in points})
    return tuple(frame for frame in frames if frame < length)


def film_of(rate=Fraction(25), length=200, cuts=(52, 120), **facts):
    frames = grid(rate, length)
    return SourceFacts(
        **{
            "name": "a.mov",
            "path": "/films/a.mov",
            "duration_s": float(length / rate),
            "fps": float(rate),
            "looked_at_fps": 5,
            "rate": rate,
            "cuts": cuts,
            "cuts_s": tuple(float(cut / rate) for cut in cuts),
            "frames": frames,
            "frames_s": tuple(round(float(frame / rate), 3) for frame in frames),
            "length_frames": length,
            "size_px": (640, 360),
            **facts,
        },
    )


def uneven_film(length=900, **facts):
    """A film whose frames take 30 and 45 ms in turn, of which every sixth was analysed."""
    times = np.cumsum([0, *np.where(np.arange(length) % 2, 0.045, 0.030)])
    frames = tuple(range(0, length, 6))
    cuts = (201, 540)
    varying = {
        "rate": None,
        "fps": round(length / times[-1], 3),
        "duration_s": float(times[-1]),
        "looked_at_fps": 4.4,
        "frames": frames,
        "frames_s": tuple(round(float(times[frame]), 3) for frame in frames),
        "cuts": cuts,
        "cuts_s": tuple(float(times[cut]) for cut in cuts),
    }
    return replace(film_of(Fraction(25), length), **varying, **facts)


def late_by(seconds, film):
    """The same film with sound that begins earlier than its pictures."""
    later = {
        name: tuple(time_s + seconds for time_s in getattr(film, name))
        for name in ("frames_s", "cuts_s")
    }
    return replace(film, duration_s=film.duration_s + seconds, **later)


def faces_at(film, frames, **columns):
    frames = np.asarray(frames)
    known = dict(zip(film.frames, film.frames_s, strict=True))
    count = len(frames)
    usual = {
        "source": [film.name] * count,
        "time_s": [known[frame] for frame in frames.tolist()],
        "box": np.tile([10, 20, 58, 80], (count, 1)),
        "shot": np.searchsorted(film.cuts, frames, side="right"),
        "person": np.zeros(count, np.int64),
        "strength": np.full(count, 0.9),
        "decided_by": np.ones(count),
        "track": np.zeros(count),
    }
    return Faces.of_detections(frame=frames, **{**usual, **columns})


def result_at(*films, photos=()):
    """Two people in films: they come and go, take turns at a cut, and share a take."""
    tables = []
    for film in films:
        for person, (first, last) in enumerate([(0.1, 0.45), (0.3, 0.8)]):
            length = len(film.frames)
            frames = film.frames[int(first * length) : int(last * length)]
            tables.append(
                faces_at(
                    film,
                    frames,
                    person=[person] * len(frames),
                    strength=[0.97 - person / 10] * len(frames),
                )
            )
        tables.append(faces_at(film, [film.frames[-1]]))
    for number, photo in enumerate(photos):
        tables.append(
            Faces.of_detections(
                source=[photo.name] * 2,
                frame=[0, 0],
                time_s=[photo.taken_s or np.nan] * 2,
                box=[[10, 20, 30, 50], [40, 5, 60, 25]],
                person=[0, 1 + number],
                strength=[0.9, 0.8],
                decided_by=[1, 2],
            )
        )
    faces = Faces.concatenate(tables)
    return NamedResult(faces, RunFacts((*films, *photos)), PlainCrops(len(faces)), name="result")


FILMS = {
    "23.976": film_of(NTSC_24, 3000, (700, 1501), start_timecode="01:00:00:00"),
    "25": film_of(Fraction(25), 3000, (700, 1501), start_timecode="10:00:00:00"),
    "29.97 drop-frame": film_of(NTSC_30, 4000, (700, 1501), start_timecode="00:59:20;02"),
    "29.97 without": film_of(NTSC_30, 4000, (700, 1501), start_timecode="00:59:20:00"),
    "30": film_of(Fraction(30), 4000, (700, 1501)),
    "59.94": film_of(NTSC_60, 8000, (1400, 3002)),
    "variable": uneven_film(),
}
"""A film of each kind, with timecode of its own or none."""
