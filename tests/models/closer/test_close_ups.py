"""Close-ups on disk: what was cut off goes on, and sources' people are cut out with their box."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.models.synth import needs

needs.renderer()

from models.closer import close_ups, drawing  # noqa: E402 - imports MuJoCo
from models.closer.close_ups import NOTHING  # noqa: E402 - imports MuJoCo
from models.labels import STATES, Labelled  # noqa: E402 - imports MuJoCo
from models.stores import Sample, Writer, load  # noqa: E402 - imports MuJoCo
from models.synth.closeup_size import SIDE  # noqa: E402 - imports MuJoCo

DOWN = STATES.index("down")


def test_scenes_are_drawn_once_and_what_is_missing_is_drawn_again(tmp_path: Path) -> None:
    drawing.draw(tmp_path, 1)
    shown = drawing.drawn(tmp_path)
    assert {one.kind for one in shown} >= {DOWN, NOTHING}
    assert {one.place.split("/")[0] for one in shown} == {"rendered"}
    index, pictures = tmp_path / "00000-00001.json", tmp_path / "00000-00001.npy"
    before = pictures.stat().st_mtime_ns
    drawing.draw(tmp_path, 1)
    assert pictures.stat().st_mtime_ns == before
    short = index.rename(tmp_path / "00000-00000.json")  # a part of when fewer were asked for
    pictures.rename(short.with_suffix(".npy"))
    drawing.draw(tmp_path, 1)
    assert sorted(file.name for file in tmp_path.iterdir()) == [index.name, pictures.name]
    index.unlink()  # written last: as if it had been cut off
    drawing.draw(tmp_path, 1)
    again = drawing.drawn(tmp_path)
    assert [(one.box, one.kind) for one in again] == [(one.box, one.kind) for one in shown]
    assert all((a.rgb == b.rgb).all() for a, b in zip(again, shown, strict=True))


def test_people_of_a_source_are_cut_out_with_their_box(tmp_path: Path) -> None:
    """Somebody red at the left edge; beyond it the picture's last pixels go on."""
    rgb = np.zeros((360, 640, 3), np.uint8)
    rgb[200:240, 0:100] = (255, 0, 0)
    lies = Labelled(50 / 640, 220 / 360, 100 / 640, 40 / 360, DOWN)
    tiny = Labelled(0.5, 0.5, 10 / 640, 10 / 360, DOWN)
    unknown = Labelled(0.5, 0.5, 0.5, 0.5, -1)
    writer = Writer(tmp_path, 1, masks=False)
    writer.add(Sample("hospital_bed", "13_a.jpg", 640, 360, (lies, tiny, unknown)), rgb)
    writer.save()
    store = load(tmp_path)
    assert store is not None
    [one] = close_ups.cut(store)
    assert (one.kind, one.place) == (DOWN, "hospital_bed/13")
    x, y, w, h = (round(part * SIDE) for part in one.box)
    inside = one.rgb[y + 2 : y + h - 2, x + 2 : x + w - 2]
    assert (inside == (255, 0, 0)).all()
    red = (one.rgb == (255, 0, 0)).all(2)
    beyond = red[:, :x]
    assert red[:, x:].sum() == pytest.approx(w * h, rel=0.1)
    assert beyond.any(1).sum() == pytest.approx(h, abs=2)
    assert [*close_ups.cut(store, ("hospital_bed/13",))] == []
