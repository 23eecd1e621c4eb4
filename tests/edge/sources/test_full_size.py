"""A frame in full size, asked for by several threads: who looks again, and who makes snapshots."""

from __future__ import annotations

import subprocess
import sys

# In a process of its own: what goes wrong hangs inside FFmpeg, where no time-out of ours reaches.
BOTH_AT_ONCE = """
from concurrent.futures import ThreadPoolExecutor
import av, numpy as np
from edge.sources.scaling import full_size

noise = np.random.default_rng(1).integers(0, 256, (720, 1280, 3), dtype=np.uint8)
frame = av.VideoFrame.from_ndarray(noise, format="rgb24").reformat(format="yuv420p")
with ThreadPoolExecutor(4) as threads:
    seen = set(threads.map(lambda _: full_size(frame).tobytes(), range(200)))
print(len(seen))
"""


def test_several_threads_may_ask_for_one_frame_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BOTH_AT_ONCE],
        timeout=120,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "1\n"
