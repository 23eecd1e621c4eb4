"""Frames and decisions for tests of the rooms between camera and broker."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge.core.card import Card
from edge.core.types import Box, Decision, Frame, Label, Phase, Rgb, Small
from edge.zoo import find
from tests.support.site import pattern_model

NS = 1_000_000_000
LYING = Box(0.2, 0.62, 0.36, 0.16)


def blank(width: int = 64, height: int = 36) -> Rgb:
    return np.full((height, width, 3), 128, np.uint8)


def frame(camera: str, seq: int = 0, at_ns: int = 0, rgb: Rgb | None = None) -> Frame:
    picture = blank() if rgb is None else rgb
    return Frame(camera, seq, at_ns, Small(lambda: picture), lambda: picture)


def pattern_card(folder: Path) -> Card:
    return find(None, pattern_model(folder)).card


def decision(
    phase: Phase = "opened",
    *,
    camera: str = "hall",
    label: Label = "collapse",
    zone: str | None = "ward",
    ordinal: int = 0,
    seq: int = 0,
    since_s: float = 4.0,
    opened_s: float = 10.0,
    at_s: float = 10.0,
    box: Box = LYING,
) -> Decision:
    return Decision(
        camera, label, zone, ordinal, phase, seq, int(since_s * NS), int(opened_s * NS),
        int(at_s * NS), 0.91, 0.5, box, "fast",
    )  # fmt: skip
