"""What tests of the report share: tables of films and photos made of chance."""

import numpy as np
from castlist.data.result.facts import SourceFacts
from castlist.data.tables.codes import DecidedBy, Reason
from castlist.data.tables.faces import Faces


def film_table(name, num_people, num_shots, seed=0, fps=5, first_track=0):
    """Make a film of two-second shots with one or two people each, unknown and by clothing too."""
    rng = np.random.default_rng(seed)
    rows = []
    for shot in range(num_shots):
        together = rng.choice(num_people, min(2, num_people), replace=False)
        for place, person in enumerate(together):
            track = first_track + 2 * shot + place
            case = rng.choice(["strong", "low", "cloth", "refused"], p=[0.5, 0.1, 0.25, 0.15])
            rows.extend(
                (shot, track, place, person, case, 2 * shot + step / fps, rng.random())
                for step in range(2 * fps)
            )
    shot, track, place, person, case, time_s, quality = (
        np.array(column) for column in zip(*rows, strict=True)
    )
    is_cloth, is_unknown = case == "cloth", case == "refused"
    by = np.select([is_unknown, is_cloth], [DecidedBy.NONE, DecidedBy.CLOTH], DecidedBy.FACE)
    has_reason = is_cloth | is_unknown
    return Faces.of_detections(
        source=np.full(len(rows), name),
        frame=np.round(time_s * fps).astype(int),
        time_s=time_s,
        shot=shot,
        track=track,
        box=np.stack([60 * place, place + 10, 60 * place + 24, place + 34], axis=1),
        quality=quality,
        person_before=np.where(is_cloth | is_unknown, -1, person),
        person=np.where(is_unknown, -1, person),
        strength=np.select([is_unknown, case == "low"], [0, 0.3], 0.97),
        decided_by=by,
        reason=np.select([is_cloth, is_unknown], [Reason.SAME_CLOTHES, Reason.NOT_CLEAR], 0),
        about=np.where(has_reason, person, -1),
        cloth_evidence=np.where(has_reason, 3.0, np.nan),
    )


def film_facts(name, num_shots, **columns):
    usual = {
        "duration_s": 2.0 * num_shots,
        "fps": 25.0,
        "looked_at_fps": 5.0,
        "num_frames": 10 * num_shots,
        "cuts_s": tuple(2.0 * shot for shot in range(1, num_shots)),
    }
    return SourceFacts(name, **{**usual, **columns})


def photo_table(names):
    return Faces.of_detections(
        source=names,
        frame=np.zeros(len(names)),
        time_s=np.full(len(names), np.nan),
        box=np.tile([0, 0, 9, 9], (len(names), 1)),
        person=np.arange(len(names)) % 2,
        person_before=np.arange(len(names)) % 2,
        strength=np.full(len(names), 0.9),
        decided_by=np.full(len(names), DecidedBy.FACE),
    )
