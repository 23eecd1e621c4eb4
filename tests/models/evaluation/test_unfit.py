"""A recording whose camera goes blind: not seen, not normal, and excused only once it was told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.core.types import Rgb
from models.evaluation import metrics
from models.evaluation.alarms import Watched
from models.evaluation.recording import Recording, Span
from models.evaluation.summary import notes
from models.evaluation.trace import Trace
from models.evaluation.traces import path_of, read, write
from models.evaluation.tracing import trace
from models.evaluation.workers import Network
from models.eye import Eye
from tests.models.evaluation.films import network, recording, setup
from tests.support.clips import write_clip

_RNG = np.random.default_rng(1)
ROOM = np.kron(_RNG.integers(40, 200, (18, 32, 1)), np.ones((10, 10, 3)))
FPS, BLACK = 5, (30, 90)  # s
SECONDS = 130
ABOUT = {"settings": {"hold_last_s": 0.0}}


def picture(at_s: float) -> Rgb:
    if BLACK[0] <= at_s < BLACK[1]:
        return np.zeros(ROOM.shape, np.uint8)
    return np.clip(ROOM + _RNG.normal(0, 4, ROOM.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return network(tmp_path_factory.mktemp("network"))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    path = tmp_path_factory.mktemp("clips") / "covered.mp4"
    write_clip(path, [picture(number / FPS) for number in range(SECONDS * FPS)], fps=FPS)
    return recording(path, float(SECONDS))


def traced(clip: Recording, net: Network, alert_after_s: float | None) -> Trace:
    how = replace(setup(net), alert_after_s=alert_after_s)
    with net.open() as backend:
        return trace(clip, how, Eye(net.model.card, backend))


def watched(clip: Recording, found: Trace, net: Network, *onsets_s: float) -> Watched:
    spans = tuple(
        Span("collapse", at_s, at_s + 5, f"fall at {at_s}", "truth.csv") for at_s in onsets_s
    )
    return Watched(replace(clip, spans=spans), found, setup(net).policy, ())


def test_the_time_is_not_seen_and_told_once_an_alert_stands(
    clip: Recording, net: Network, tmp_path: Path
) -> None:
    found = traced(clip, net, 10.0)
    untold, told = found.gaps
    assert (untold.reason, told.reason) == ("dark", "dark")
    assert (untold.told, told.told) == (False, True)
    assert untold.from_s == pytest.approx(BLACK[0], abs=1.5)
    assert told.from_s == untold.to_s
    assert 10 <= told.from_s - BLACK[0] <= 60
    assert BLACK[1] <= told.to_s <= BLACK[1] + 30
    write(path_of(tmp_path, "key"), found)
    kept = read(path_of(tmp_path, "key"))
    assert kept is not None
    assert kept.gaps == found.gaps
    blind_s = told.to_s - untold.from_s
    early, late, well = BLACK[0] + 5.0, told.from_s + 5.0, 10.0
    one = watched(clip, found, net, well, early, late)
    numbers = metrics.build([one], {})
    assert numbers["fit"]["coverage"] == pytest.approx(1 - blind_s / SECONDS, abs=0.01)
    assert numbers["fit"]["hours_blind"] == {"dark": pytest.approx(blind_s / 3600, abs=1e-3)}
    assert (numbers["fit"]["recordings_blind"], numbers["fit"]["recordings_told"]) == (1, 1)
    [line] = [line for line in notes(numbers | {"about": ABOUT}) if "fit to see" in line]
    assert "(dark " in line
    assert line.endswith("an alert stood in 1 of 1 recordings")
    excused = {one["name"]: one["excused"] for one in numbers["incidents"]}
    assert excused == {f"fall at {well}": False, f"fall at {early}": False, f"fall at {late}": True}
    assert numbers["labels"]["collapse"]["all"]["incidents"] == 2, "the two that are misses"


def test_what_lasts_too_short_for_an_alert_excuses_nothing(clip: Recording, net: Network) -> None:
    found = traced(clip, net, 600.0)
    assert [gap.told for gap in found.gaps] == [False]


def test_who_does_not_judge_sees_all(clip: Recording, net: Network) -> None:
    assert traced(clip, net, None).gaps == ()
