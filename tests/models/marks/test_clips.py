"""Incidents of clips, written in every format that has times, and read as truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.evaluation.truth import Wanted, gather
from models.marks import activitynet, cvat, label_studio
from models.marks.marked import Clip
from tests.models.evaluation.truths import grey
from tests.support.clips import write_clip

FPS = 10
SAID = (
    Clip("hall/fall.mp4", 4.0, FPS, "collapse", 1.2, 3.1),
    Clip("ward/day.mp4", 4.0, FPS, "nothing"),
    Clip("ward/wet.mp4", 4.0, FPS, "spill", 0.0, 4.0),
)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    for shade, one in enumerate(SAID):
        (folder / one.name).parent.mkdir(exist_ok=True)
        write_clip(folder / one.name, grey(40, 80 + 20 * shade), fps=FPS)
    return folder


def read(files: list[Path], clips: Path) -> list[Clip]:
    found = gather(Wanted(tuple(files), clips))
    said = []
    for one in sorted(found, key=lambda one: one.name):
        [span, *_] = [*one.spans, None]
        label = "nothing" if span is None else span.label
        at = (None, None) if span is None else (span.onset_s, span.end_s)
        said.append(Clip(one.name, one.seconds, FPS, label, *at))  # type: ignore[arg-type]
    return said


def test_activitynet(clips: Path, tmp_path: Path) -> None:
    assert read(activitynet.write(SAID, tmp_path), clips) == list(SAID)


def test_cvat_has_a_file_for_each_clip(clips: Path, tmp_path: Path) -> None:
    files = cvat.write_clips(SAID, tmp_path)
    assert len(files) == len(SAID)
    assert read(files, clips) == list(SAID)


def test_label_studio(clips: Path, tmp_path: Path) -> None:
    file, _ = label_studio.write((), SAID, tmp_path)
    assert read([file], clips) == list(SAID)
