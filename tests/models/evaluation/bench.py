"""How near `evaluate` comes to what decoding and the network, measured apart, allow.

    python -m tests.models.evaluation.bench [clips]

Decodes copies of the demo's clips on all cores, runs the network on the pictures on all cores, and
then has `floorwatch evaluate` do everything, with nothing kept from before. Prints the ratio of
(decoding + network) to evaluate, by the clock and by processor time, each the best of a few rounds,
since machines have other work too. The goal is 0.8.
"""

from __future__ import annotations

import csv
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event as StopEvent

from edge import wiring
from edge.config.schema import Config
from edge.core.preprocess import to_batch
from edge.cores import cores
from models.evaluation.workers import Network
from tests.house.tree import ROOT
from tests.support.site import PROGRAM

DEMO = ROOT / "configs" / "demo"
CLIPS = 8
BATCH = 4
ROUNDS = 3
Spent = tuple[float, float]  # seconds by the clock, and of processors


def network() -> Network:
    camera = {"name": "camera", "url": "."}
    config = Config.model_validate({"version": 1, "site": {"name": "bench"}, "cameras": (camera,)})
    return Network(config, wiring.model(config))


def decode(path: Path) -> int:
    """Reads a clip as the daemon does; how many pictures that is."""
    net = network()
    make = wiring.recording(path, net.config.cameras[0], wiring.fit(net.model.card), pace="fast")
    with make() as source:
        return sum(1 for _ in source.pictures(StopEvent()))


def infer(pictures: int) -> int:
    """Runs the network on so many."""
    net = network()
    make = wiring.recording(
        DEMO / "collapse.mp4", net.config.cameras[0], wiring.fit(net.model.card), pace="fast"
    )
    with make() as source:
        first = next(iter(source.pictures(StopEvent()))).rgb
    spec = net.model.card.input
    single = net.config.model.model_copy(update={"threads": 1})
    config = net.config.model_copy(update={"model": single})
    with wiring.backend(config, net.model) as backend:
        batch = to_batch([first] * BATCH, spec)
        for _ in range(pictures // BATCH):
            backend.infer(batch)
    return pictures


def spent(work: Callable[[], object]) -> Spent:
    """Seconds by the clock, and of processors, its children's included."""
    before, began_s = os.times(), time.monotonic()
    work()
    after = os.times()
    used_s = sum(after[:4]) - sum(before[:4])
    return time.monotonic() - began_s, used_s


def on_all_cores(task: Callable[..., int], given: list[Path] | list[int]) -> list[int]:
    with multiprocessing.get_context("spawn").Pool(cores()) as pool:
        found = pool.map(task, given, chunksize=1)
        pool.close()
        pool.join()
    return found


def copies(folder: Path, number: int) -> list[Path]:
    """So many clips of different content, and their truth."""
    rows = {row["clip"]: row for row in csv.DictReader((DEMO / "truth.csv").open())}
    paths = []
    with (folder / "truth.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["clip", "label", "onset_s", "end_s"])
        for count in range(number):
            row = rows[sorted(rows)[count % len(rows)]]
            path = folder / f"{count}.mp4"
            shutil.copy(DEMO / row["clip"], path)
            with path.open("ab") as clip:  # an empty box: other content, the same video
                clip.write((12).to_bytes(4, "big") + b"free" + count.to_bytes(4, "big"))
            table.writerow([path.name, row["label"], row["onset_s"], row["end_s"]])
            paths.append(path)
    return paths


def evaluate(folder: Path) -> None:
    words = ["--truth", folder / "truth.csv", "--out", folder / "out", "--cache", folder / "cache"]
    said = [PROGRAM, "evaluate", *(str(word) for word in words)]
    subprocess.run(said, check=True, capture_output=True)


def once(number: int) -> dict[str, Spent]:
    """Each of the three, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        paths = copies(Path(name), number)
        pictures: list[int] = []
        return {
            "decoding": spent(lambda: pictures.extend(on_all_cores(decode, paths))),
            "network": spent(lambda: on_all_cores(infer, pictures)),
            "evaluate": spent(lambda: evaluate(Path(name))),
        }


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else CLIPS
    rounds = [once(number) for _ in range(ROUNDS)]
    best = {what: [min(one[what][i] for one in rounds) for i in (0, 1)] for what in rounds[0]}
    for what, (clock_s, used_s) in best.items():
        print(f"{what:<9} {clock_s:6.1f} s by the clock, {used_s:6.1f} s of processors")
    for place, measure in enumerate(("by the clock", "by processor time")):
        allowed = best["decoding"][place] + best["network"][place]
        print(f"ratio {measure}: {allowed / best['evaluate'][place]:.2f}")


if __name__ == "__main__":
    main()
