"""From a site's folder to a model of its own, by the command, with what it was before and after."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from alerts.main import main
from edge.core.types import Rgb
from edge.zoo import find
from models import seen
from tests.support.clips import write_clip

pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("scipy", reason="the extra `evaluate` is not installed")

RECIPE = """\
version: 1
learns_from: site
init: shipped
steps: 3
batch: 2
quiet: 1
side_px: 64
rates: { heads: 1e-3, trunk: 1e-4 }
warm_up_steps: 1
mean_steps: 1
frozen: [stem, stage4, stage8, stage16, stage32, neck]
shares: { people: 1, spills: 1, normal: 1 }
own_view: { steps: 2, batch: 1, pictures: 2, guests: 2, close_up_steps: 1 }
start_share: 0.5
"""


def _room(number: int) -> Rgb:
    rng = np.random.default_rng(number)
    rgb = np.full((96, 160, 3), 90, np.uint8)
    rgb[50:] = 140
    return np.asarray(rgb + rng.integers(0, 20, rgb.shape, dtype=np.uint8), np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn site: three marked pictures, three wet floors, a quiet recording, and its truth."""
    site = tmp_path_factory.mktemp("mysite")
    for below in ("people", "spills/images", "spills/masks", "normal", "clips"):
        (site / below).mkdir(parents=True)
    marks = {"images": [], "annotations": [], "categories": [{"id": 0, "name": "down"}]}
    for n in range(3):
        picture = _room(n)
        picture[60:80, 40:110] = (40, 60, 140)
        cv2.imwrite(str(site / "people" / f"{n}.png"), picture)
        image = {"id": n, "file_name": f"{n}.png", "width": 160, "height": 96}
        mark = {"image_id": n, "category_id": 0, "bbox": [40, 60, 70, 20]}
        marks["images"].append(image)
        marks["annotations"].append(mark)
        cv2.imwrite(str(site / "spills/images" / f"{n}.png"), picture[:, ::-1])
        mask = np.zeros((96, 160), np.uint8)
        mask[60:80, 50:120] = 255
        cv2.imwrite(str(site / "spills/masks" / f"{n}.png"), mask)
    (site / "people" / "boxes.json").write_text(json.dumps(marks))
    write_clip(site / "normal" / "day.mp4", [_room(n) for n in range(15)], fps=5)
    write_clip(site / "clips" / "night.mp4", [_room(n) for n in range(10)], fps=5)
    (site / "truth.csv").write_text("clip,label,onset_s,end_s\nclips/night.mp4,none,,\n")
    return site


def test_a_sites_pictures_become_a_model_told_before_and_after(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, out = tmp_path / "quick.yaml", tmp_path / "site"
    recipe.write_text(RECIPE)
    assert main(["train", str(recipe), "--data", str(folder), "--out", str(out)]) == 0
    told, aside = capsys.readouterr()
    assert "nobody was rendered, so nobody can be shown lying there" in aside
    assert "pictures with liquid found" in told
    assert "before, on" in told
    assert "A  " in told  # the comparison of both evaluations
    model = find(None, out / "model")
    shipped = find("first", None)
    assert model.card.version.endswith("+site")
    assert model.card.sha256 != shipped.card.sha256
    assert model.card.origins[-1].name == "pictures of the site"
    learnt = seen.read(out / "model") - seen.read(shipped.path.parent)
    assert len(learnt) == 7  # three of people, three wet, one recording; not the truth's
    numbers = json.loads((out / "numbers.json").read_text())
    assert any(name.endswith("after") for name in numbers)
    assert numbers["people kept apart"] == "1 picture from the end of the only place"
    assert "spills: what is kept apart (1 picture) is of the very place" in told
    assert (out / "after" / "metrics.json").is_file()


def test_a_folder_with_nothing_in_it_costs_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    said = ["train", "--init", "shipped", "--data", str(tmp_path / "empty")]
    assert main([*said, "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err.splitlines()
    assert "holds none of people/, spills/ and normal/" in told[-1]


def test_a_place_that_a_site_has_not_cannot_be_held_out(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is misspelt would be learnt from."""
    recipe, out = tmp_path / "quick.yaml", tmp_path / "out"
    recipe.write_text(f"{RECIPE}hold_out: [poeple/2]\n")
    assert main(["train", str(recipe), "--data", str(folder), "--out", str(out)]) == 2
    told = capsys.readouterr().err.splitlines()
    assert "hold_out: poeple/2: no picture is from there; did you mean people/2" in told[-1]
    assert not (out / "last.pt").exists()
