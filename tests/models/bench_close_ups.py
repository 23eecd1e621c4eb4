"""What a second look costs beside a first one, on one thread.

python -m tests.models.bench_close_ups
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from edge.backends.close_ups import OnnxCloser
from edge.backends.onnx import OnnxBackend
from edge.core import second
from edge.core.types import Box
from edge.zoo import find

TIMES, ROUNDS = 40, 5
BOX = Box(0.4, 0.5, 0.12, 0.1)


def main() -> None:
    """Prints milliseconds of processor time, and the ratio."""
    model = find("first", None)
    of = model.card.close_ups
    if of is None:
        raise SystemExit("the shipped model has no network for close-ups")
    rng = np.random.default_rng(0)
    full = rng.integers(0, 255, (1080, 1920, 3)).astype(np.uint8)
    view = rng.integers(0, 255, (1, 384, 640, 3)).astype(np.uint8)
    closer = OnnxCloser(model, of)
    with OnnxBackend(model, threads=1) as backend:
        first_ms = _ms(lambda: backend.infer(view))
        again_ms = _ms(lambda: closer.down(second.close_up(full, BOX, of.side, of.span)[None]))
    print(
        f"a first look {first_ms:.2f} ms, a close-up cut out of 1080p and looked at {again_ms:.2f} "
        f"ms: {again_ms / first_ms:.2f} of it"
    )


def _ms(work: Callable[[], object]) -> float:
    """The least of some rounds, each a mean."""
    found = []
    for _ in range(ROUNDS):
        began_s = time.process_time()
        for _ in range(TIMES):
            work()
        found.append((time.process_time() - began_s) * 1000 / TIMES)
    return min(found)


if __name__ == "__main__":
    main()
