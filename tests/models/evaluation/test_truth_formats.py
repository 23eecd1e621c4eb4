"""One truth in every format is one truth."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.evaluation.masks import wet
from models.evaluation.recording import Recording
from models.evaluation.truth import BadTruth, Wanted, gather
from tests.models.evaluation.truths import (
    FPS,
    Said,
    as_activitynet,
    as_cvat,
    as_label_studio,
    as_table,
    clip,
    grey,
    picture,
    table,
)
from tests.support.clips import write_clip

TRUTH = (
    Said("front/one.mp4", "collapse", 5, 30, "i1"),
    Said("front/one.mp4", "ignore", 32, 38, "i2"),
    Said("front/two.mp4", "none"),
    Said("side/three.mp4", "spill", 10, 40, "i3"),
)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    for shade, name in enumerate(dict.fromkeys(said.clip for said in TRUTH)):
        clip(folder / name, 80 + 20 * shade)
    return folder


def read(clips: Path, text: str, name: str = "truth", **wanted: Any) -> tuple[Recording, ...]:
    file = clips / name
    file.write_text(text)
    return gather(Wanted((file,), **wanted))


def plain(found: Sequence[Recording]) -> list[Recording]:
    """Without the places and further columns, in which formats differ."""
    return [
        replace(one, columns={}, spans=tuple(replace(s, where="", columns={}) for s in one.spans))
        for one in found
    ]


@pytest.mark.parametrize("write", [as_activitynet, as_cvat, as_label_studio])
def test_the_same_truth_gives_equal_recordings(
    clips: Path, write: Callable[[Sequence[Said]], str]
) -> None:
    known = read(clips, as_table(TRUTH))
    assert [(s.label, s.onset_s, s.end_s, s.incident) for one in known for s in one.spans] == [
        ("collapse", 0.5, 3.0, "i1"),
        ("ignore", 3.2, 3.8, "i2"),
        ("spill", 1.0, 4.0, "i3"),
    ]
    assert [one.source for one in known] == ["front", "front", "side"]
    assert plain(read(clips, write(TRUTH))) == plain(known)


@st.composite
def truths(draw: st.DrawFn) -> list[Said]:
    """Spans that do not touch, each an incident of its own, in some of the clips."""
    said: list[Said] = []
    for name in draw(
        st.lists(st.sampled_from(sorted({s.clip for s in TRUTH})), min_size=1, unique=True)
    ):
        edges = sorted(draw(st.sets(st.integers(0, 40), max_size=6)))
        spans = list(zip(edges[::2], edges[1::2], strict=False))
        for number, (first, end) in enumerate(spans):
            label = draw(st.sampled_from(["collapse", "spill", "ignore"]))
            said.append(Said(name, label, first, end, f"{name}, {number}"))
        said += [] if spans else [Said(name, "none")]
    return said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(said=truths())
def test_any_truth_gives_equal_recordings(clips: Path, said: list[Said]) -> None:
    known = {one.key: one for one in plain(read(clips, as_table(said)))}
    assert len(known) == len({one.clip for one in said})
    for write in (as_activitynet, as_cvat, as_label_studio):
        assert {one.key: one for one in plain(read(clips, write(said)))} == known


def cvat(meta: str, tracks: str) -> str:
    return f"<annotations><meta>{meta}</meta>{tracks}</annotations>"


TASK = (
    "<task><id>1</id><name>one</name><size>8</size><start_frame>4</start_frame>"
    "<stop_frame>32</stop_frame><frame_filter>step=4</frame_filter><source>one.mp4</source></task>"
)


def test_cvat_what_no_task_holds_is_not_scored(clips: Path) -> None:
    track = '<track id="0" label="collapse"><box frame="8" outside="0"/></track>'
    [one] = read(clips, cvat(TASK, track))
    found = [(s.label, s.onset_s, s.end_s) for s in one.spans]
    assert found == [("ignore", 0.0, 0.4), ("collapse", 0.8, 1.2), ("ignore", 3.3, 4.0)]


def test_cvat_a_track_that_is_gone_for_a_while_is_two_spans(clips: Path) -> None:
    marks = ((4, 0), (8, 0), (12, 1), (20, 0), (24, 1), (28, 1))
    boxes = "".join(f'<box frame="{f}" outside="{o}"/>' for f, o in marks)
    [one] = read(clips, cvat(TASK, f'<track id="0" label="spill">{boxes}</track>'))
    spans = [(s.onset_s, s.end_s) for s in one.spans if s.label == "spill"]
    assert spans == [(0.4, 1.2), (2.0, 2.4)]


@pytest.mark.parametrize(
    ("track", "fault"),
    [
        ('<track id="5" label="spill"><box frame="60" outside="0"/></track>', "track 5: frame 60"),
        ('<track id="5" label="spill"><box frame="x" outside="0"/></track>', "track 5: a frame"),
        ('<track id="5" task_id="9" label="spill"/>', "track 5: of which task?"),
        ('<track id="5" label="dog"><box frame="8" outside="0"/></track>', "unknown label 'dog'"),
    ],
)
def test_cvat_faults(clips: Path, track: str, fault: str) -> None:
    with pytest.raises(BadTruth, match=fault):
        read(clips, cvat(TASK, track))


def test_other_words_can_be_renamed_away(clips: Path) -> None:
    tracks = (
        '<track id="0" label="Fall"><box frame="8" outside="0"/></track>'
        '<track id="1" label="dog"><box frame="8" outside="0"/></track>'
    )
    [one] = read(clips, cvat(TASK, tracks), rename={"Fall": "collapse", "dog": "none"})
    assert [s.label for s in one.spans] == ["ignore", "collapse", "ignore"]


def test_frames_are_timed_by_the_clips_own_pictures(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.2, 1.7, 1.8, 2.9, 3.0]
    write_clip(tmp_path / "odd.mp4", grey(len(times)), times_s=times)
    task = "<task><id>1</id><name>odd.mp4</name><stop_frame>6</stop_frame></task>"
    boxes = '<box frame="2" outside="0"/><box frame="4" outside="1"/>'
    [one] = read(tmp_path, cvat(task, f'<track label="spill">{boxes}</track>'))
    assert [(s.onset_s, s.end_s) for s in one.spans] == [pytest.approx((0.2, 1.8), abs=1e-3)]


def studio(data: dict[str, object], *results: list[dict[str, object]], truth: int = -1) -> str:
    annotations = [
        {"result": result, "ground_truth": number == truth} for number, result in enumerate(results)
    ]
    return json.dumps([{"id": 4, "data": data, "annotations": annotations}])


def seconds(start: float, end: float, label: str) -> dict[str, object]:
    value = {"start": start, "end": end, "labels": [label], "channel": 0}
    return {"id": "r", "from_name": "label", "type": "labels", "value": value}


def test_label_studio_seconds_and_which_annotation_counts(clips: Path) -> None:
    data: dict[str, object] = {"audio": "s3://bucket/front/one.mp4"}
    results = [seconds(1, 2, "spill")], [seconds(1, 3, "collapse")]
    for truth, end_s in ((-1, 3), (0, 2), (1, 3)):
        [one] = read(clips, studio(data, *results, truth=truth))
        assert [s.end_s for s in one.spans] == [end_s]
    assert read(clips, studio(data)) == ()


def test_label_studio_pictures_are_counted_at_the_regions_rate(clips: Path) -> None:
    value = {
        "framesCount": 100,
        "duration": 4.0,
        "labels": ["spill"],
        "sequence": [{"frame": 26, "enabled": True}],
    }
    box: dict[str, object] = {"id": "r", "type": "videorectangle", "value": value}
    [one] = read(clips, studio({"video": "/data/local-files/?d=mine/front/one.mp4"}, [box]))
    assert [(s.onset_s, s.end_s) for s in one.spans] == [(1.0, 4.0)]


def test_label_studio_choices_are_columns_of_the_clip(clips: Path) -> None:
    dim: dict[str, object] = {
        "id": "c",
        "from_name": "light",
        "type": "choices",
        "value": {"choices": ["dim"]},
    }
    [one] = read(clips, studio({"video": "two.mp4"}, [dim]))
    assert (one.spans, dict(one.columns)) == ((), {"light": "dim"})


@pytest.mark.parametrize(
    ("region", "fault"),
    [
        ({"type": "rectanglelabels", "value": {}}, "task 4: region of type rectanglelabels"),
        ({"type": "labels", "value": {"labels": ["spill"]}}, r"region r \(labels\) has no time"),
        ({"type": "timelinelabels", "value": {"ranges": [{"start": 1, "end": 9}]}}, "has no label"),
        (
            {"type": "timelinelabels", "value": {"ranges": [{"start": 1}]}},
            "ranges.0.end: Field req",
        ),
    ],
)
def test_label_studio_faults(clips: Path, region: dict[str, object], fault: str) -> None:
    with pytest.raises(BadTruth, match=fault):
        read(clips, studio({"video": "one.mp4"}, [{"id": "r", **region}]))


def test_activitynet_leaves_out_what_is_kept_back(clips: Path) -> None:
    testing = {"subset": "testing", "annotations": []}
    empty = {"subset": "validation", "duration": 4.0, "annotations": []}
    found = read(clips, json.dumps({"database": {"one": testing, "two": empty}}))
    said = [(one.name, one.spans, dict(one.columns)) for one in found]
    assert said == [("front/two.mp4", (), {"subset": "validation", "duration": "4.0"})]


def test_a_name_that_two_clips_have_is_a_fault(clips: Path) -> None:
    clip(clips / "side" / "two.mkv", 200)
    try:
        with pytest.raises(BadTruth, match=r"two: may be front/two.mp4 or side/two.mkv"):
            read(clips, json.dumps({"database": {"two": {"annotations": []}}}))
    finally:
        (clips / "side" / "two.mkv").unlink()


NAMES = ("wet.png", "hole.png", "dry.png", "box.png")
RING = np.zeros((48, 64), np.uint8)
RING[10:20, 5:30] = 1
RING[12:18, 8:20] = 0


def coco() -> str:
    """An outline of two liquids and a mat, run lengths with a hole, nothing, and a mere box."""
    flat = RING.T.ravel()
    edges = np.flatnonzero(np.diff(flat)) + 1
    counts = np.diff([0, *edges, flat.size]).tolist()
    square, corner = [10, 10, 19, 10, 19, 29, 10, 29], [40.0, 0, 63, 0, 63, 9]
    runs = {"counts": counts, "size": [48, 64]}
    kinds = enumerate(("tea", "oil", "mat"), 1)
    return json.dumps(
        {
            "images": [{"id": number, "file_name": name} for number, name in enumerate(NAMES)],
            "categories": [{"id": number, "name": name} for number, name in kinds],
            "annotations": [
                {"image_id": 0, "category_id": 2, "segmentation": [square]},
                {"image_id": 0, "category_id": 1, "segmentation": [corner]},
                {"image_id": 0, "category_id": 3, "segmentation": [[0, 0, 5, 0, 5, 5]]},
                {"image_id": 1, "category_id": 1, "segmentation": runs},
                {"image_id": 3, "category_id": 1, "bbox": [0, 0, 9, 9]},
            ],
        }
    )


def test_coco_outlines_are_the_liquid(tmp_path: Path) -> None:
    for shade, name in enumerate(NAMES):
        picture(tmp_path / name, 60 + shade)
    both, hole, dry, box = read(tmp_path, coco(), rename={"mat": "none"})
    assert [len(one.spans) for one in (both, hole, dry, box)] == [1, 1, 0, 1]
    assert (both.columns["kind"], hole.columns["kind"]) == ("mat+oil+tea", "tea")
    marked, ringed = wet(both, RING.shape), wet(hole, RING.shape)
    assert marked is not None
    assert marked[10:30, 10:20].all()
    assert marked[2, 60]
    assert not marked[:9, :40].any()
    assert ringed is not None
    assert np.array_equal(ringed, RING > 0)
    assert wet(dry, RING.shape) is None
    assert wet(box, RING.shape) is None


@pytest.mark.parametrize(
    ("mark", "fault"),
    [
        ({"segmentation": {"counts": "abc", "size": [4, 4]}}, "image wet.png: compressed run"),
        ({"segmentation": {"counts": [0, 10**15], "size": [4, 4]}}, "do not make 4×4 pixels"),
        ({"segmentation": [[1, 2, 3, 4]]}, "image wet.png: a polygon needs three corners"),
        ({"category_id": 9}, "image wet.png: category_id 9 is no category"),
        ({"image_id": 9}, "annotations of image_id 9, which is no image"),
    ],
)
def test_coco_faults(tmp_path: Path, mark: dict[str, object], fault: str) -> None:
    picture(tmp_path / "wet.png")
    one = {
        "images": [{"id": 0, "file_name": "wet.png"}],
        "categories": [{"id": 1, "name": "tea"}],
        "annotations": [{"image_id": 0, "category_id": 1, **mark}],
    }
    with pytest.raises(BadTruth, match=fault):
        read(tmp_path, json.dumps(one))


def test_a_mask_has_its_pictures_size(tmp_path: Path) -> None:
    picture(tmp_path / "wet.png")
    picture(tmp_path / "masks" / "wet.png", 255)
    names = ("clip", "label", "onset_s", "end_s", "mask")
    text = table([("wet.png", "spill", "", "", "masks/wet.png")], names=names)
    [one] = read(tmp_path, text)
    marked = wet(one, (48, 64))
    assert marked is not None
    assert marked.all()
    cv2.imwrite(str(tmp_path / "masks" / "wet.png"), np.zeros((24, 32), np.uint8))
    with pytest.raises(BadTruth, match=r"truth:2: wet.png is 32×24, its picture 64×48"):
        read(tmp_path, text)


def test_a_folder_is_as_long_as_its_pictures_at_its_rate(tmp_path: Path) -> None:
    for number in range(12):
        picture(tmp_path / "stills" / f"{number}.png", 50 + number)
    names = ("clip", "label", "onset_s", "end_s", "fps", "camera", "source")
    row = ("stills", "spill", "1", "3", "4", "hall", "mine")
    [one] = read(tmp_path, table([row], ";", names))
    assert (one.kind, one.seconds, one.folder_fps) == ("folder", 3.0, 4.0)
    assert (one.camera, one.source) == ("hall", "mine")
    [other] = read(tmp_path, table([row[:4]], names=names[:4]), folder_fps=float(FPS) / 10)
    assert (other.seconds, other.sha256) == (12.0, one.sha256)
    picture(tmp_path / "stills" / "3.png", 200)
    [changed] = read(tmp_path, table([row[:4]], names=names[:4]))
    assert changed.sha256 != one.sha256
