"""COCO: pictures, boxes and people as categories. https://cocodataset.org/#format-data.

The fields ``video_id``, ``frame_id`` and ``track_id`` are those of COCO-style sets of videos.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ....data.result.names import source_slugs
from ....data.result.result import StoredResult
from ....data.tables.codes import DecidedBy
from ....data.tables.faces import IntArray
from ..options import ExportOptions
from ..selection import chosen_rows


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write every picture with a face of the people wanted. Boxes are x, y, width, height."""
    rows = chosen_rows(result, options)
    images, image_of = _images(result, rows)
    content = {
        "info": {"description": options.title, "version": "1.0", "contributor": "castlist"},
        "videos": [
            {"id": number, "name": film.name, "file_name": film.path or film.name}
            for number, film in enumerate(result.run.films, 1)
        ],
        "images": images,
        "annotations": [
            _annotation(result, row, number, image_of[_key(result, row)])
            for number, row in enumerate(rows.tolist(), 1)
        ],
        "categories": [
            {
                "id": person + 1,
                "name": result.name_of(person),
                "supercategory": "person",
                "person": result.cast.id_of(person),
            }
            for person in sorted(set(result.faces.person[rows].tolist()))
        ],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")


def _images(
    result: StoredResult, rows: IntArray
) -> tuple[list[dict[str, Any]], dict[tuple[str, int], int]]:
    """Return the pictures, and the id of each by film and frame."""
    sources = {source.name: source for source in result.run.sources}
    video_ids = {film.name: number for number, film in enumerate(result.run.films, 1)}
    slugs = source_slugs(sources)
    images: list[dict[str, Any]] = []
    ids: dict[tuple[str, int], int] = {}
    for row in rows.tolist():
        name, frame = key = _key(result, row)
        if key in ids:
            continue
        ids[key] = len(ids) + 1
        width, height = sources[name].size_px or (0, 0)
        image: dict[str, Any] = {"id": ids[key], "width": width, "height": height}
        if name in video_ids:
            image["file_name"] = f"{slugs[name]}/{frame:06d}.jpg"
            image |= {"video_id": video_ids[name], "frame_id": frame}
            image["time_s"] = round(float(result.faces.time_s[row]), 6)
        else:
            image["file_name"] = name
        images.append(image)
    return images, ids


def _key(result: StoredResult, row: int) -> tuple[str, int]:
    return str(result.faces.source[row]), int(result.faces.frame[row])


def _annotation(result: StoredResult, row: int, number: int, image: int) -> dict[str, Any]:
    faces = result.faces
    x1, y1, x2, y2 = (round(float(side), 2) for side in faces.box[row])
    width, height = round(x2 - x1, 2), round(y2 - y1, 2)
    return {
        "id": number,
        "image_id": image,
        "category_id": int(faces.person[row]) + 1,
        "bbox": [x1, y1, width, height],
        "area": round(width * height, 2),
        "iscrowd": 0,
        "score": round(float(faces.strength[row]), 4),
        "track_id": int(faces.track[row]),
        "decided_by": DecidedBy(int(faces.decided_by[row])).name.lower(),
    }
