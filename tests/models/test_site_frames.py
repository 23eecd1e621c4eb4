"""However much a site's quiet days hold, and whatever its containers say of their length, there is
room for it, and it is looked at from end to end."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from edge.core.types import Rgb
from models import site, site_stores
from tests.support.clips import write_clip

ROOM = 20


def _shade(number: int) -> Rgb:
    return np.full((16, 32, 3), number % 256, np.uint8)


def _moments(folder: Path, room: int = ROOM) -> dict[str, list[float]]:
    """Of each file of normal/, when it was looked at."""
    learn, apart = site_stores.build(site.read(folder), folder / "stores", frames_max=room)
    found: dict[str, list[float]] = {}
    for sample in (*learn.samples, *apart.samples):
        name, _, at_s = sample.name.rpartition("@")
        found[name] = sorted([*found.get(name, []), float(at_s)])
    return found


def test_a_recording_that_does_not_say_how_long_it_is_has_room(tmp_path: Path) -> None:
    (tmp_path / "normal").mkdir()
    pictures = [_shade(n) for n in range(60)]
    # As a recorder leaves it that writes until the power goes: no duration in its head.
    write_clip(tmp_path / "normal/a.mkv", pictures, fps=1, options={"live": "1"})
    [moments] = _moments(tmp_path).values()
    assert ROOM / 2 <= len(moments) <= ROOM
    assert moments[-1] >= 50
    assert len({round(b - a, 2) for a, b in pairwise(moments)}) == 1


def test_a_recording_without_times_has_room(tmp_path: Path) -> None:
    (tmp_path / "normal").mkdir()
    write_clip(tmp_path / "normal/a.h264", [_shade(n) for n in range(60)], fps=5)
    [moments] = _moments(tmp_path).values()
    assert ROOM / 2 <= len(moments) <= ROOM


def test_many_pictures_and_a_long_recording_share_the_room(tmp_path: Path) -> None:
    (tmp_path / "normal").mkdir()
    for n in range(8):
        cv2.imwrite(str(tmp_path / f"normal/{n}.png"), _shade(n))
    write_clip(tmp_path / "normal/long.mp4", [_shade(n) for n in range(60)], fps=1)
    write_clip(tmp_path / "normal/short.mp4", [_shade(n) for n in range(4)], fps=2)
    found = _moments(tmp_path)
    assert all(len(found[f"{n}.png"]) == 1 for n in range(8))
    assert len(found["short.mp4"]) == 4
    assert ROOM - 8 - 4 - 1 <= len(found["long.mp4"]) <= ROOM - 8 - 4
    assert found["long.mp4"][-1] > 50


def test_of_too_many_pictures_some_are_chosen_from_all_over_and_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "normal").mkdir()
    for n in range(50):
        cv2.imwrite(str(tmp_path / f"normal/{n:02d}.png"), _shade(n))
    found = site.read(tmp_path)
    learn, apart = site_stores.build(found, tmp_path / "stores", frames_max=ROOM)
    taken = sorted(int(sample.name[:2]) for sample in (*learn.samples, *apart.samples))
    assert len(taken) == ROOM
    assert {b - a for a, b in pairwise(taken)} <= {2, 3}
    assert taken[-1] >= 47
    assert "normal: 20 of 50 files, from all over" in site.told(found, learn.samples, apart.samples)
