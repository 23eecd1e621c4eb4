"""`floorwatch normal`: taught from recordings, shown in words, numbers and a picture, forgotten;
and alerts that are the same with it and without."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import cv2
import pytest

from alerts.event import ModelUsed
from alerts.main import main
from edge.backends.scripted import ScriptedBackend
from edge.clock import ReplayClock
from edge.core.card import Card, Features
from edge.core.types import LABELS
from edge.eventing import Eventing
from edge.normality import Normality, NormalRules
from edge.noticing import Noticing
from edge.pipeline import Pipeline
from edge.sources.pattern import Script
from edge.unusual import Unusual
from tests.edge.bench import watch
from tests.edge.frames import pattern_card
from tests.edge.test_normality import AGAIN
from tests.edge.test_pipeline import FALL, SPREAD, START, film, view
from tests.support.clips import write_pattern
from tests.support.site import site_file

Verb = Callable[..., int]
FEATURES: dict[str, Any] = {"name": "features", "channels": 4, "stride": 64}


@pytest.fixture
def verb(tmp_path: Path) -> Verb:
    """`floorwatch normal WHAT CAMERA …` on a site with a camera called hall."""
    site = site_file(
        tmp_path, [{"name": "hall", "url": "rtsp://camera.invalid/", "analyse_fps": 2}]
    )
    card = tmp_path / "model" / "card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"features": FEATURES}))

    def run(what: str, *args: object, camera: str = "hall") -> int:
        return main(["normal", what, camera, "--config", str(site), *map(str, args)])

    return run


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a minute of an empty room."""
    path = tmp_path_factory.mktemp("clips") / "monday.mp4"
    return write_pattern(path, Script((), 30.0, 2.0, (320, 180)))


def shown(verb: Verb, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    capsys.readouterr()
    assert verb("show", "--json") == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_what_was_learnt_from_recordings_adds_up_and_is_shown(
    verb: Verb, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verb("learn", clip, clip, "--start", "2026-11-16T08:00:00Z") == 0
    assert "1 minutes are known" in capsys.readouterr().out
    assert verb("learn", clip, "--start", "2026-11-17T20:30:00Z") == 0
    found = shown(verb, capsys)
    assert found["learnt_hours"] == pytest.approx(90 / 3600, abs=0.002)
    minutes = found["learnt_min"]
    assert isinstance(minutes, list)
    assert [hour for hour, known in enumerate(minutes) if known > 0.4] == [8, 20]
    picture = tmp_path / "hall.png"
    assert verb("show", "--out", picture) == 0
    words = capsys.readouterr().out
    assert "hall: 2 minutes learnt since 2026-11-16 08:00" in words
    assert "nothing to compare with" in words
    drawn = cv2.imread(str(picture))
    assert drawn is not None
    assert drawn.shape[1] > 1000
    assert drawn.std() > 10


def test_what_is_forgotten_is_gone(
    verb: Verb, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verb("learn", clip, "--start", "2026-11-16T08:00:00Z", "--json") == 0
    assert verb("forget") == 0
    assert "forgotten" in capsys.readouterr().out
    assert verb("show") == 2
    assert "nothing is known yet" in capsys.readouterr().err
    assert verb("forget") == 0
    assert "nothing was known" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("learn", "missing.mp4", "--start", "2026-11-16T08:00:00Z"), "missing.mp4: no such file"),
        (("show",), "hall: nothing is known yet"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    verb: Verb, args: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verb(*args) == 2
    said = capsys.readouterr().err.strip()
    assert words in said
    assert "\n" not in said


def test_a_camera_that_is_not_of_the_site_is_named_with_those_that_are(
    verb: Verb, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verb("show", camera="yard") == 2
    assert "the site file has no camera yard; it has: hall" in capsys.readouterr().err


def test_a_network_without_features_says_so(
    verb: Verb, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = tmp_path / "model" / "card.json"
    said = json.loads(card.read_text())
    del said["features"]
    card.write_text(json.dumps(said))
    assert verb("learn", clip, "--start", "2026-11-16T08:00:00Z") == 2
    assert "gives no features" in capsys.readouterr().err


def events(card: Card, listener: Normality | None) -> list[str]:
    """Everything that is told of a fall and a spill, as it would be sent."""
    clock = ReplayClock(START)
    eventing = Eventing("lab", card, clock, watch(["hall"]).thresholds)
    told: list[str] = []
    with ScriptedBackend(card) as backend:
        pipeline = Pipeline(card, backend, clock, {"hall": view()})
        for frame in film("hall", (*FALL, *SPREAD), 16):
            clock.set(frame.at_ns)
            for seen in pipeline.process([frame]):
                told += [eventing.event(one).to_json() for one in seen.decisions]
                if listener is not None:
                    listener.look(seen, pipeline.occupied(seen))
        told += [eventing.event(one).to_json() for one in pipeline.finish("hall")]
    return told


def test_alerts_are_byte_for_byte_the_same_with_it_and_without(tmp_path: Path) -> None:
    card = pattern_card(tmp_path).model_copy(update={"features": Features(**FEATURES)})
    clock = ReplayClock(START)
    noticing = Noticing("lab", ModelUsed(card.name, card.sha256), clock, lambda _told: None)
    normality = Normality(
        lambda: {"hall": NormalRules(24.0, AGAIN)},
        clock,
        ZoneInfo("UTC"),
        (card.sha256, 64),
        unusual=Unusual(noticing, 64),
    )
    with_it, without = events(card, normality), events(card, None)
    normal = normality.normal("hall")
    assert normal is not None
    assert normal.learnt_s > 0
    assert with_it == without
    assert {json.loads(one)["label"] for one in without} == set(LABELS)
