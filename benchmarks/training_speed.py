"""Where the time of training goes: milliseconds of processor time a view, part by part.

    python benchmarks/training_speed.py --data ccp --root ../shared/data/ccp
    python benchmarks/training_speed.py --data ccp --root ../shared/data/ccp --frozen 5

One thread, and the least of several rounds, which other programs disturb less than the clock's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import cv2
import torch
from castlist.data.garments.sets import READERS, read_garments
from castlist.train.config import TrainConfig
from castlist.train.loading.datamodule import ClothData
from castlist.train.module import ClothModule
from castlist.train.networks.checkpoint import build_encoder, load_encoder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=READERS, required=True)
    parser.add_argument("--root", required=True)
    parser.add_argument("--frozen", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    config = TrainConfig(data=(options.data,), root=(options.root,), frozen=options.frozen)
    encoder, card = load_encoder(config.encoder)
    headed = build_encoder({**card["architecture"], "head_dim": config.head_dim})
    headed.backbone.load_state_dict(encoder.backbone.state_dict())
    data = ClothData([read_garments(options.data, options.root)], headed.input_size, config)
    module = ClothModule(headed, config, num_steps=100).train()
    module.log = lambda *_, **__: None
    optimizer = module.configure_optimizers()["optimizer"]
    batches = iter(data.batches(0))
    least: dict[str, float] = {}
    for _ in range(options.rounds):
        for part, ms in step(data, module, optimizer, next(batches)).items():
            least[part] = min(ms, least.get(part, ms))
    print(", ".join(f"{part} {ms:.1f}" for part, ms in least.items()), end="; ")
    print(f"together {sum(least.values()):.1f} ms a view")


def step(
    data: ClothData, module: ClothModule, optimizer: torch.optim.Optimizer, keys: list
) -> dict[str, float]:
    spent: dict[str, float] = {}

    def timed(part: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        done = work()
        spent[part] = 1000 * (time.process_time() - start) / len(keys)
        return done

    batch = timed("views", lambda: data.views.collate([data.views[key] for key in keys]))
    loss = timed("forward", lambda: module.training_step(batch))
    timed("backward", loss.backward)

    def update() -> None:
        optimizer.step()
        optimizer.zero_grad()
        module.on_train_batch_end(loss, None, 0)

    timed("update", update)
    return spent


if __name__ == "__main__":
    main()
