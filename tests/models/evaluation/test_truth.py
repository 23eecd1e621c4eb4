from __future__ import annotations

import csv
import json
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.sources.file import FileSource
from models.evaluation.contents import look, picture_times
from models.evaluation.masks import wet
from models.evaluation.truth import BadTruth, Wanted, gather
from tests.models.evaluation.truths import COLUMNS, clip, grey, picture, table
from tests.support.clips import write_clip

SHADES = {"a/one.mp4": 90, "a/two.mp4": 120, "b/one.mp4": 150}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    for name, shade in SHADES.items():
        clip(folder / name, shade)
    return folder


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=8).map(
    str.strip
)
MOMENTS = st.lists(st.integers(0, 4000), min_size=2, max_size=6, unique=True).map(sorted)
Row = tuple[str, ...]


@st.composite
def truths(draw: st.DrawFn) -> list[Row]:
    """Rows of a truth without fault: clip, label, times in seconds, incident, two columns."""
    rows: list[Row] = []
    for name in draw(st.lists(st.sampled_from(sorted(SHADES)), min_size=1, unique=True)):
        camera, note = draw(WORDS), draw(WORDS)
        moments = draw(MOMENTS)
        spans = list(zip(moments[::2], moments[1::2], strict=False))
        if draw(st.booleans()):
            rows.append((name, "none", "", "", "", camera, note))
            continue
        for number, (onset, end) in enumerate(spans):
            label = draw(st.sampled_from(["collapse", "spill", "ignore"]))
            incident = draw(st.sampled_from(["", f"{name}-{number}", f"ö {label}; 1"]))
            times = f"{onset / 1000}", f"{end / 1000}"
            rows.append((name, label, *times, incident, camera, note))
    return rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(rows=truths(), divider=st.sampled_from(",;\t"), mark=st.sampled_from(["utf-8", "utf-8-sig"]))
def test_what_is_written_is_read(clips: Path, rows: list[Row], divider: str, mark: str) -> None:
    file = clips / "truth.csv"
    file.write_text(table(rows, divider, (*COLUMNS, "camera", "note")), mark, newline="")
    found = gather(Wanted((file,)))
    assert [one.name for one in found] == list(dict.fromkeys(row[0] for row in rows))
    for one in found:
        mine = [row for row in rows if row[0] == one.name]
        assert (one.camera, one.columns["note"]) == (mine[0][5], mine[0][6])
        said = [(row[1], float(row[2]), float(row[3]), row[4]) for row in mine if row[2]]
        named = [(s.label, s.onset_s, s.end_s, s.incident) for s in one.spans]
        own = f"{one.source}/{one.name}#"
        assert [(*n[:3], "" if n[3].startswith(own) else n[3]) for n in named] == said
        assert all(incident for *_, incident in named)
        assert [s.where for s in one.spans] == [
            f"{file}:{number}" for number, row in enumerate(rows, 2) if row in mine and row[2]
        ]


def test_decimals_behind_a_comma_and_quoted_lines(clips: Path) -> None:
    file = clips / "truth.csv"
    rows = 'a/one.mp4;Collapse;0,5;3,25;"two\nlines"\nb/one.mp4;fall;1;2;\n'
    file.write_text(f"clip;label;onset_s;end_s;note\n\n{rows}")
    one, other = gather(Wanted((file,), rename={"fall": "collapse"}))
    assert [(s.onset_s, s.end_s, s.where) for s in one.spans] == [(0.5, 3.25, f"{file}:3")]
    assert other.spans[0].where == f"{file}:5"
    assert one.columns["note"] == "two\nlines"


def test_one_incident_may_be_in_two_clips_and_ignored_in_one(clips: Path) -> None:
    rows = [
        ("a/one.mp4", "collapse", "1", "3", "i"),
        ("a/two.mp4", "collapse", "1", "3", "i"),
        ("b/one.mp4", "ignore", "1", "3", "i"),
    ]
    file = clips / "truth.csv"
    file.write_text(table(rows))
    assert {s.incident for one in gather(Wanted((file,))) for s in one.spans} == {"i"}


def test_sources_are_the_folders_of_several_truth_files(clips: Path) -> None:
    for folder in ("a", "b"):
        (clips / folder / "truth.csv").write_text(table([("one.mp4", "none", "", "", "")]))
    files = tuple(clips / folder / "truth.csv" for folder in ("a", "b"))
    assert [one.key for one in gather(Wanted(files))] == ["a\tone.mp4", "b\tone.mp4"]
    assert [one.source for one in gather(Wanted(files[:1], clips=clips / "b"))] == ["b"]


def test_normal_folders_hold_nothing_but_what_they_hold(tmp_path: Path) -> None:
    clip(tmp_path / "quiet" / "deep" / "hall.mkv")
    clip(tmp_path / "quiet" / ".trash" / "old.mp4")
    clip(tmp_path / "quiet" / "._hall.mp4")
    picture(tmp_path / "quiet" / "dry" / "1.jpg")
    picture(tmp_path / "quiet" / "dry" / "2.jpg", 60)
    (tmp_path / "quiet" / "README.md").write_text("read me")
    done: list[tuple[int, int]] = []
    found = gather(
        Wanted((), normal=(tmp_path / "quiet", tmp_path / "quiet" / "dry")),
        progress=lambda count, of: done.append((count, of)),
    )
    assert [(one.name, one.kind, one.source, one.spans) for one in found] == [
        ("deep/hall.mkv", "video", "quiet", ()),
        ("dry/1.jpg", "picture", "quiet", ()),
        ("dry/2.jpg", "picture", "quiet", ()),
    ]
    assert done == [(1, 3), (2, 3), (3, 3)]


def test_what_truth_and_normal_both_name_is_one_recording(clips: Path) -> None:
    file = clips / "truth.csv"
    file.write_text(table([("a/one.mp4", "none", "", "", "")]))
    found = gather(Wanted((file,), normal=(clips / "a",)))
    assert [one.name for one in found] == ["a/one.mp4", "two.mp4"]


def test_what_training_saw_is_known_by_its_content(clips: Path) -> None:
    digest = look(clips / "a" / "one.mp4", 1.0).sha256[:16]
    found = gather(Wanted((), normal=(clips,)), trained={digest})
    assert [one.name for one in found if one.trained] == ["a/one.mp4"]


@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi", "ts", "h264"])
def test_length_and_times_are_those_at_which_the_daemon_plays_it(
    tmp_path: Path, ending: str
) -> None:
    path = write_clip(tmp_path / f"clip.{ending}", grey(30), fps=10)
    with FileSource(path, fit=(64, 64), sample_fps=100) as source:
        played = [picture.pts_ns / 1e9 for picture in source.pictures(Event())]
        end_s = played[-1] + 1 / source.info.fps
    assert picture_times(path) == pytest.approx(played, abs=1e-6)
    assert look(path, 1.0).seconds == pytest.approx(end_s, abs=0.11)


def test_pictures_are_timed_in_the_order_they_are_shown(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", grey(20), fps=10, b_frames=2)
    assert picture_times(path) == pytest.approx([n / 10 for n in range(20)])


def test_a_clip_that_says_more_than_it_holds_is_refused_past_its_end(clips: Path) -> None:
    file = clips / "truth.csv"
    file.write_text(table([("a/one.mp4", "collapse", "1", "4.5", "")]))
    assert gather(Wanted((file,)))[0].spans[0].end_s == 4.5  # people round
    file.write_text(table([("a/one.mp4", "collapse", "1", "4.51", "")]))
    with pytest.raises(BadTruth, match=r"4\.51 is beyond the clip's length, 4\.00 s"):
        gather(Wanted((file,)))


def test_the_real_truth_is_read_as_it_stands(data: Path) -> None:
    files = tuple(sorted(data.rglob("truth.csv")))
    assert len(files) == 4
    found = gather(Wanted(files))
    spans = {
        (one.source, one.name, s.label, s.onset_s, s.end_s) for one in found for s in one.spans
    }
    said = set()
    for file in files:
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                if row["label"] != "none":
                    times = float(row["onset_s"]), float(row["end_s"])
                    said.add((file.parent.name, row["clip"], row["label"], *times))
    assert spans == said
    assert len(found) == 26 + 44 + 66 + 71


def test_the_real_spills_are_outlined_as_they_were_marked(data: Path) -> None:
    folder = data / "evaluation_only/spillage_nashit"
    found = {one.name: one for one in gather(Wanted((folder / "spills_coco.json",)))}
    coco = json.loads((folder / "spills_coco.json").read_text(encoding="utf-8"))
    assert len(found) == 274
    marks: dict[int, list[list[float]]] = {}
    for mark in coco["annotations"]:
        marks.setdefault(mark["image_id"], []).extend(mark["segmentation"])
    for image in coco["images"]:
        outlines = marks.get(image["id"], [])
        if len(outlines) != 1 or image["id"] % 10:
            continue
        x, y = np.array(outlines[0]).reshape(-1, 2).T
        area = abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2  # the shoelace formula
        marked = wet(found[image["file_name"]], (image["height"], image["width"]))
        assert marked is not None
        edge = np.hypot(np.diff(x, append=x[0]), np.diff(y, append=y[0])).sum()
        assert abs(int(marked.sum()) - area) <= edge  # at most the pixels along its edge
