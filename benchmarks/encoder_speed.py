"""How long cloth encoders take a crop, the mask apart: milliseconds by the clock and of processors.

    python benchmarks/encoder_speed.py
    python benchmarks/encoder_speed.py --encoder runs/mine/encoder.onnx --threads 2

Batches of 32 crops of noise, as many as inference could be given; medians of 15 rounds.
"""

from __future__ import annotations

import argparse
import time

import cv2
import numpy as np
from castlist.clustering.analysis.config import EngineConfig
from castlist.clustering.cloth_models.cloth_network import ClothNetwork, load_cloth_network

BATCH, ROUNDS = 32, 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    encoders = [EngineConfig().cloth_model, "film_lite0"]
    parser.add_argument("--encoder", nargs="+", default=encoders)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    print("| encoder | side | threads | ms a crop | processor ms a crop |")
    print("|---|--:|--:|--:|--:|")
    for name in options.encoder:
        network = load_cloth_network(name)
        shape = (BATCH, network.input_size, network.input_size, 4)
        crops = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        for threads in options.threads:
            cv2.setNumThreads(threads)
            network(crops)
            clock, processors = np.median([timed(network, crops) for _ in range(ROUNDS)], axis=0)
            print(f"| {name} | {shape[1]} | {threads} | {clock:.1f} | {processors:.1f} |")


def timed(network: ClothNetwork, crops: np.ndarray) -> tuple[float, float]:
    clock, processors = time.perf_counter(), time.process_time()
    network(crops)
    spent = time.perf_counter() - clock, time.process_time() - processors
    return 1000 * spent[0] / BATCH, 1000 * spent[1] / BATCH


if __name__ == "__main__":
    main()
