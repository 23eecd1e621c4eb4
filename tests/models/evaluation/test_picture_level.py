"""Single pictures: spills found at a fixed share of dry pictures, and masks, drawn in truth."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation import masks
from models.evaluation.alarms import Watched
from models.evaluation.masks import BadMask
from models.evaluation.picture_level import Numbers, limits, numbers, shots
from tests.models.evaluation.scenes import SpanRow, picture, recording

WET: list[SpanRow] = [("spill", 0.0, 0.0)]
eighths = st.integers(0, 8).map(lambda n: n / 8)


def one(name: str, score: float, spans: list[SpanRow], **more: object) -> Watched:
    return picture(recording(name, spans, kind="picture", **more), score)  # type: ignore[arg-type]


def measured(watched: list[Watched]) -> Numbers:
    found = shots(watched)
    return numbers(found, limits(found))


def test_the_limit_lets_no_more_dry_pictures_through_than_it_says() -> None:
    dry = [one(f"dry{n}.jpg", n / 100, []) for n in range(100)]
    wet = [one(f"wet{n}.jpg", score, WET) for n, score in enumerate((0.98, 0.985, 0.95, 0.5))]
    found = measured([*dry, *wet])
    at = found["recall_at_fpr"]
    assert [at[key]["threshold"] for key in at] == pytest.approx([0.98, 0.94, 0.89])
    assert [at[key]["recall"] for key in at] == [0.25, 0.75, 0.75]
    assert [at[key]["false_positive_rate"] for key in at] == [0.01, 0.05, 0.1]
    assert at["0.01"]["recall_lower95"] == pytest.approx(1 - 0.95**0.25)
    assert (found["recall"], found["false_positive_rate"]) == (1.0, 0.5)
    assert (found["pictures"], found["spills"], found["dry"]) == (104, 4, 100)


@given(st.lists(eighths, min_size=1, max_size=40), st.lists(eighths, max_size=10))
def test_the_limit_is_the_lowest_that_holds(dry: list[float], wet: list[float]) -> None:
    scenes = [one(f"dry{n}.jpg", score, []) for n, score in enumerate(dry)]
    scenes += [one(f"wet{n}.jpg", score, WET) for n, score in enumerate(wet)]
    for key, at in measured(scenes)["recall_at_fpr"].items():
        allowed = float(key) * len(dry)
        assert sum(score > at["threshold"] for score in dry) <= allowed + 1e-9
        lower = max((score for score in dry if score < at["threshold"]), default=None)
        if lower is not None:
            assert sum(score > lower for score in dry) > allowed
        if wet:
            assert at["recall"] == sum(score > at["threshold"] for score in wet) / len(wet)


def test_dry_pictures_of_training_set_no_limit() -> None:
    seen = [one(f"seen{n}.jpg", 0.1, [], trained=True) for n in range(50)]
    unseen = [one(f"new{n}.jpg", 0.6, []) for n in range(2)]
    found = measured([*seen, *unseen, one("wet.jpg", 0.5, WET)])
    assert found["recall_at_fpr"]["0.05"]["recall"] == 0
    alone = measured([*seen, one("wet.jpg", 0.5, WET)])
    assert alone["recall_at_fpr"]["0.05"]["recall"] == 1


def test_without_dry_pictures_or_spills_there_is_nothing_to_say() -> None:
    wet, dry = measured([one("a.jpg", 0.9, WET)]), measured([one("a.jpg", 0.9, [])])
    assert wet["recall_at_fpr"]["0.01"] == dict.fromkeys(
        ("threshold", "recall", "recall_lower95", "false_positive_rate")
    )
    assert (wet["recall"], wet["roc_auc"]) == (1, None)
    assert dry["recall_at_fpr"]["0.01"]["recall"] is None
    assert measured([])["pictures"] == 0


def test_what_is_to_be_ignored_and_what_lasts_take_no_part() -> None:
    ignored = one("a.jpg", 0.9, [("ignore", 0.0, 0.0)])
    clip = picture(recording("a.mp4", WET), 0.9)
    assert measured([ignored, clip])["pictures"] == 0


def drawn(folder: Path, columns: int) -> Path:
    """A mask of 320×180 whose first columns are liquid."""
    mask = np.zeros((180, 320, 3), np.uint8)
    mask[:, :columns] = (0, 0, 255)
    assert cv2.imwrite(str(folder / "mask.png"), mask)
    return folder / "mask.png"


def test_masks_are_compared_cell_by_cell(tmp_path: Path) -> None:
    grid = np.zeros((18, 32), np.float32)
    grid[:, :8] = 0.4
    grid[:, :4] = 0.9
    half = recording("wet.jpg", WET, kind="picture", mask=drawn(tmp_path, 164))  # 16 columns
    dry = [one(f"dry{n}.jpg", 0.3, []) for n in range(20)]
    found = measured([picture(half, 0.9, grid), *dry])["mask_iou"]
    assert found == {"masks": 1, "at_fpr_0.05": 8 / 16, "at_threshold": 4 / 16}


def test_an_outline_is_as_good_as_a_mask(tmp_path: Path) -> None:
    assert cv2.imwrite(str(tmp_path / "wet.png"), np.zeros((180, 320, 3), np.uint8))
    outline = ((0.0, 0.0, 159.0, 0.0, 159.0, 179.0, 0.0, 179.0), (300, 0, 319, 0, 319, 9))
    by_outline = recording("wet.png", WET, kind="picture")
    by_outline = by_outline.__class__(
        **{**vars(by_outline), "path": tmp_path / "wet.png", "outline": outline}
    )
    cells = masks.wet(by_outline, (18, 32))
    assert cells is not None
    assert cells[:, :16].all()
    assert not cells[:, 16:30].any()
    assert cells[0, 31]
    assert masks.wet(recording("a.jpg", WET, kind="picture"), (18, 32)) is None


def test_a_mask_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "mask.png").write_text("no picture")
    bad = recording("wet.jpg", WET, kind="picture", mask=tmp_path / "mask.png")
    with pytest.raises(BadMask, match=r"mask\.png: not a picture; the mask of wet\.jpg"):
        shots([picture(bad, 0.9)])


def test_nothing_said_and_nothing_there_overlap_in_nothing() -> None:
    nothing = np.zeros((2, 2), np.bool_)
    assert masks.overlap(nothing, nothing) == 0
    assert masks.overlap(~nothing, ~nothing) == 1
