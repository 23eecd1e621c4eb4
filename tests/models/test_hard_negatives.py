"""The folder of false alarms that the desk keeps, as training and evaluation read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.desk.negatives import HardNegatives
from alerts.event import Event
from alerts.main import main
from alerts.standing import EventState
from models import site, site_stores
from models.evaluation.truth import Wanted, gather
from tests.alerts.samples import BEGAN, an_event
from tests.models.evaluation.films import film
from tests.support.site import site_file

HALL = {"name": "hall", "url": "rtsp://camera.invalid/"}


def said_to_be_nothing(event: Event) -> EventState:
    return EventState(
        event.event_id, 2, "false_alarm", "Kim", BEGAN, 'a dog, "Bello"', 1, event.site,
        event.camera, event.label, event.zone, BEGAN, False, event.score, "desk",
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve days, one false alarm each, from cameras with names of all kinds."""
    found = tmp_path_factory.mktemp("negatives")
    clip = film(found / "clip.mp4", (), 3.0)
    picture = found / "picture.jpg"
    picture.write_bytes(b"\xff\xd8\xff\xe0 drawn over")
    made = HardNegatives(found / "kept", keep_days=36_500)
    for day in range(12):
        camera = ("hall", "Süd 3", "a, b;c")[day % 3]
        event = replace(an_event(day, camera=camera), occurred_at=BEGAN + timedelta(days=day))
        assert made.follow(event, said_to_be_nothing(event), picture, clip)
    return found / "kept"


def test_training_learns_from_the_clips_of_normal(folder: Path, tmp_path: Path) -> None:
    found = site.read(folder)
    assert found.normal
    assert {path.suffix for path in found.normal} == {".mp4"}
    learn, apart = site_stores.build(found, tmp_path / "stores", frames_max=30)
    assert learn.samples
    assert {sample.source for sample in (*learn.samples, *apart.samples)} == {"normal"}


def test_evaluation_reads_the_truth_and_none_of_it_was_learnt(folder: Path) -> None:
    recordings = gather(Wanted((folder / "truth.csv",)))
    assert recordings
    assert not any(recording.spans for recording in recordings)
    learnt = {path.stem for path in site.read(folder).normal}
    told = {Path(recording.path).stem for recording in recordings}
    assert not learnt & told
    assert len(learnt | told) == 12


def test_the_command_takes_it(folder: Path, tmp_path: Path) -> None:
    config = site_file(tmp_path / "site", [HALL])
    said = ["--truth", str(folder / "truth.csv"), "--normal", str(folder / "normal")]
    said += ["--config", str(config), "--out", str(tmp_path / "out")]
    assert main(["evaluate", *said, "--cache", str(tmp_path / "cache")]) == 0
    assert (tmp_path / "out" / "metrics.json").is_file()
