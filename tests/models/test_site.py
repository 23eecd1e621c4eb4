"""A site's own pictures: read, kept apart in part, and learnt from end to end."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.core.types import Rgb
from models import seen, site, site_boxes, site_stores
from models.labels import STATES, UNKNOWN
from models.marks.marked import BadMarks
from models.site import BadSite
from models.site_names import BadName
from tests.support.clips import write_clip

CVAT = """<annotations><image id="0" name="{name}" width="64" height="48">
<box label="Down" xtl="16" ytl="24" xbr="48" ybr="36"/></image></annotations>"""


def _room(number: int) -> Rgb:
    """A grey room with a bright block in it."""
    rgb = np.full((48, 64, 3), 80 + number, np.uint8)
    rgb[24:36, 16:48] = 220
    return rgb


def _coco(names: list[str], label: str = "low") -> str:
    return json.dumps(
        {
            "images": [
                {"id": n, "file_name": name, "width": 64, "height": 48}
                for n, name in enumerate(names)
            ],
            "annotations": [
                {"image_id": n, "category_id": 1, "bbox": [16, 24, 32, 12]}
                for n in range(len(names))
            ],
            "categories": [{"id": 1, "name": label}],
        }
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site with twelve pictures of people, five of spills, and a recording of nothing."""
    people, spills = tmp_path / "people", tmp_path / "spills"
    for below in (people / "ward", spills / "images", spills / "masks", tmp_path / "normal"):
        below.mkdir(parents=True)
    names = [f"ward/{n}.png" for n in range(12)]
    for n, name in enumerate(names):
        cv2.imwrite(str(people / name), _room(n))
    (people / "boxes.json").write_text(_coco(names))
    for n in range(5):
        cv2.imwrite(str(spills / "images" / f"{n}.png"), _room(n))
        mask = np.zeros((48, 64), np.uint8)
        mask[24:36, 16:48] = 255 * (n > 0)
        cv2.imwrite(str(spills / "masks" / f"{n}.png"), mask)
    write_clip(tmp_path / "normal" / "day.mp4", [_room(n % 3) for n in range(40)], fps=5)
    return tmp_path


def test_a_site_becomes_what_is_learnt_from_and_a_fifth_kept_apart(
    folder: Path, tmp_path: Path
) -> None:
    found = site.read(folder)
    learn, apart = site_stores.build(found, tmp_path / "stores")
    counts = [
        {source: sum(s.source == source for s in side.samples) for source in ("people", "spills")}
        for side in (learn, apart)
    ]
    assert counts == [{"people": 10, "spills": 4}, {"people": 2, "spills": 1}]
    assert not {s.name for s in learn.samples} & {s.name for s in apart.samples}
    quiet = [[s for s in side.samples if s.source == "normal"] for side in (learn, apart)]
    last = max(float(s.name.split("@")[1]) for s in quiet[0])
    assert quiet[1]
    assert all(float(s.name.split("@")[1]) > last for s in quiet[1])
    person = next(s.people[0] for s in learn.samples if s.source == "people")
    assert person.state == STATES.index("low")
    assert (person.cx, person.cy, person.w, person.h) == (0.5, 0.625, 0.5, 0.25)
    wet = [learn.mask(n) is not None for n, s in enumerate(learn.samples) if s.source == "spills"]
    assert sum(wet) >= 3
    assert "people: 10 pictures to learn from, 2 kept apart" in site.told(
        found, learn.samples, apart.samples
    )


def test_what_a_site_holds_is_what_is_listed_as_seen(folder: Path) -> None:
    found = site.read(folder)
    assert set(seen.of_site(folder)) == {*found.people, *found.spills, *found.normal}


def test_cvat_says_the_same_as_coco(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(CVAT.format(name="a.png"))
    (tmp_path / "a.json").write_text(_coco(["a.png"], "down"))
    assert site_boxes.read(tmp_path / "a.xml") == site_boxes.read(tmp_path / "a.json")
    (tmp_path / "b.json").write_text(_coco(["a.png"], "person"))
    [person] = site_boxes.read(tmp_path / "b.json")["a.png"]
    assert person.state == UNKNOWN


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (_coco(["a.png"], "fallen"), "label 'fallen': call people upright, low, down, bed, person"),
        ('{"images": []}', "not COCO's JSON with boxes: annotations: Field required"),
        (_coco(["a.png"]).replace('"image_id": 0', '"image_id": 7'), "annotation 0: of no image"),
        ("<annotations/>", 'export it from CVAT as "CVAT for images 1.1"'),
        ("<annotations>", "not an XML file that can be read"),
        (CVAT.format(name="a").replace('xtl="16"', 'xtl="x"'), "<box>: xtl is no number"),
        (CVAT.format(name="a").replace('width="64"', 'width="0"'), "<image> a: width and height"),
        (CVAT.format(name="a").replace('height="48"', 'height="nan"'), "must be above 0"),
    ],
)
def test_boxes_that_cannot_be_used_are_said(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "boxes").write_text(text)
    with pytest.raises(BadMarks) as raised:
        site_boxes.read(tmp_path / "boxes")
    assert said in str(raised.value)


def test_what_is_missing_in_a_site_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadSite, match=r"holds none of people/, spills/ and normal/"):
        site.read(folder / "normal")
    (folder / "spills" / "masks" / "3.png").unlink()
    with pytest.raises(BadSite, match=r"3.png: has no .*masks/3.png; where the floor is dry"):
        site.read(folder)
    (folder / "spills" / "images" / "3.png").unlink()
    (folder / "people" / "ward" / "4.png").unlink()
    with pytest.raises(BadName, match=r"ward/4.png: no such picture below"):
        site.read(folder)
    (folder / "people" / "boxes.json").unlink()
    with pytest.raises(BadSite, match=r"no boxes beside its pictures; export COCO's JSON"):
        site.read(folder)


def test_a_file_that_is_no_recording_is_said(folder: Path, tmp_path: Path) -> None:
    (folder / "normal" / "notes.mp4").write_text("nothing to see")
    with pytest.raises(BadSite, match=r"notes.mp4: not a recording or a picture"):
        site_stores.build(site.read(folder), tmp_path / "stores")
