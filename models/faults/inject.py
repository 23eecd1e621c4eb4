"""One fault put into a run of pictures, from some second on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2

from edge.core.types import Rgb
from models.faults.catalogue import Fault

Timed = tuple[float, Rgb]  # seconds from the first picture, and the picture


@dataclass(frozen=True)
class Injection:
    """`ramp_s` is how long the fault takes to come to its strength; 0 is at once."""

    fault: Fault
    strength: float
    onset_s: float
    ramp_s: float
    seed: int

    @property
    def whole_s(self) -> float:
        """When the fault is as strong as it gets."""
        return self.onset_s + self.ramp_s

    def strength_at(self, at_s: float) -> float:
        """How strong the fault is at that second."""
        if at_s < self.onset_s:
            return 0.0
        return self.strength * (min(1.0, (at_s - self.onset_s) / self.ramp_s) if self.ramp_s else 1)


def injected(pictures: Iterable[Timed], injection: Injection) -> Iterator[Timed]:
    """The same pictures with the fault in them. Those before the onset go through the fault too, at
    strength 0: a camera that will be pushed aside is seen through a window all the time."""
    fault, last = injection.fault, None
    for at_s, rgb in pictures:
        if fault.repeats:
            if at_s < injection.onset_s or last is None:
                last = rgb
            yield at_s, clocked(last, at_s) if "clock" in fault.repeats else last
        else:
            yield at_s, fault.draw(rgb, at_s, injection.strength_at(at_s), injection.seed)


def clocked(rgb: Rgb, at_s: float) -> Rgb:
    """With the time written into a corner, as recorders do."""
    out: Rgb = rgb.copy()
    words = f"12:{int(at_s) // 60 % 60:02}:{int(at_s) % 60:02}"
    where, face = (6, max(12, rgb.shape[0] // 24)), cv2.FONT_HERSHEY_SIMPLEX
    size = rgb.shape[0] / 800
    cv2.putText(out, words, where, face, size, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(out, words, where, face, size, (255, 255, 255), 1, cv2.LINE_AA)
    return out
