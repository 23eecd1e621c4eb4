"""Every fault there is, in a drawn room, is said within a minute; a stream with holes, too."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

import av
import av.error
import numpy as np
import pytest

from edge.core.types import Rgb
from models.faults.catalogue import CATALOGUE, Fault
from models.faults.inject import Injection, injected
from tests.edge.fit.rooms import HEIGHT, WIDTH, known, room, watch

# The weakest of each that is promised; what hides all of the view goes another way.
WHOLE = ("sprayed", "hand", "cloth")
EVERY = [(fault, fault.strengths[0]) for fault in CATALOGUE]
EVERY += [(fault, 1.0) for fault in CATALOGUE if fault.name in WHOLE]


@pytest.mark.parametrize(("fault", "strength"), EVERY, ids=[f"{f.name} {s}" for f, s in EVERY])
def test_it_is_said_within_a_minute_and_taken_back(fault: Fault, strength: float) -> None:
    state = known()
    if fault.windowed:
        state, _ = watch(fault.draw(room(at), at, 0.0, 5) for at in range(70))
    late = ((float(at), room(at)) for at in range(69, 131))
    hurt = injected(late, Injection(fault, strength, 70.0, 0.0, 5))
    next(hurt)
    state, said = watch((rgb for _, rgb in hurt), state, from_s=70)
    assert said[-1].reason in fault.reasons
    assert said[-1].detail
    assert 0.1 < said[-1].share <= 1.0
    well = (fault.draw(room(at), at, 0.0, 5) for at in range(131, 191))
    assert watch(well, state, from_s=131)[1][-1].reason == "ok"


def broken(pictures: list[Rgb], lost: float, seed: int) -> list[Rgb]:
    """Through H.264, with a share of the slices lost on the way, as the decoder mends them."""
    coder = av.CodecContext.create("libx264", "w")
    coder.width, coder.height, coder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    coder.time_base, coder.framerate = Fraction(1, 5), Fraction(5)
    coder.options = {"preset": "ultrafast", "g": "25", "slices": "4", "tune": "zerolatency"}
    packets = []
    for number, rgb in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
        frame.pts = number
        packets += coder.encode(frame)
    rng, decoder = np.random.default_rng(seed), av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    decoder.options = {"flags": "+output_corrupt", "flags2": "+showall"}
    out: list[Rgb] = []
    for number, packet in enumerate(packets):
        units = bytes(packet).split(b"\x00\x00\x01")
        kept = [one for one in units if not number or one[:1] != b"\x41" or rng.random() > lost]
        with suppress(av.error.InvalidDataError):  # all of it was lost
            shown = decoder.decode(av.Packet(b"\x00\x00\x01".join(kept)))
            out += [np.asarray(one.to_ndarray(format="rgb24"), np.uint8) for one in shown]
    return out


def test_a_stream_with_holes_is_a_damaged_one() -> None:
    walked = [walker(at) for at in range(120)]
    _, said = watch(broken(walked, 0.4, 1), known(), from_s=70)
    assert "damaged" in {one.reason for one in said}


def walker(second: int) -> Rgb:
    """The room with somebody in it: a stream in which nothing changes hides its holes."""
    rgb = room(second)
    x = second * 23 % (WIDTH - 40)
    rgb[40:150, x : x + 34] = (40, 90, 150)
    rgb[50:70, x + 8 : x + 26] = (210, 170, 140)
    return rgb
