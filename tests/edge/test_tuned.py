"""Thresholds with a promise: where they come from, when they are refused, and what is quoted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from alerts.errors import BadConfig
from alerts.event import Event, ThresholdUsed
from alerts.main import main
from alerts.subscribers import journal
from edge import wiring
from edge.config import Config, load
from edge.core.card import Card
from edge.core.types import Box, Label
from edge.sources.pattern import Mark, Script
from edge.tuned import Tuned
from tests.bad_input.saying import complaint, findings, good_clip
from tests.support.clips import write_pattern
from tests.support.site import QUICK, site_file
from tests.support.tuned import SHA256, kept, thresholds_file

HALL = {"name": "hall", "url": "pattern:empty"}
DOOR = {"name": "door", "url": "pattern:empty"}
FALL = (
    Mark("upright", Box(0.20, 0.20, 0.12, 0.50), 0, 3),
    Mark("down", Box(0.20, 0.62, 0.36, 0.16), 3),
)


def config(folder: Path, *cameras: dict[str, Any], **more: Any) -> Config:
    named: dict[str, Any] = {"thresholds": "tuned.yaml"}
    return load(site_file(folder, list(cameras) or [HALL], **(named | more)))


def card(site: Config) -> Card:
    return wiring.model(site).card


def tuned(site: Config) -> Tuned:
    found = wiring.tuned(site, card(site))
    assert found is not None
    return found


def own(value: float) -> dict[str, Any]:
    return {"labels": {"collapse": {"threshold": value}}}


PRECEDENCE: dict[str, tuple[dict[str, Any], dict[str, Any], float, str]] = {
    # camera of the site, sections of the file, value, source
    "the card's": (HALL, {"thresholds": {}}, 0.5, "the test"),
    "the file's for all": (HALL, {}, 0.213, "tuned.yaml, tuned 2026-11-20"),
    "the file's for this camera": (
        HALL, {"cameras": {"hall": {"collapse": kept(0.3)}}}, 0.3, "tuned.yaml, tuned 2026-11-20",
    ),
    "the file's for another camera": (
        HALL, {"cameras": {"yard": {"collapse": kept(0.3)}}}, 0.213, "tuned.yaml, tuned 2026-11-20",
    ),
    "the file's for another label of this camera": (
        HALL, {"cameras": {"hall": {"spill": kept(0.3)}}}, 0.213, "tuned.yaml, tuned 2026-11-20",
    ),
    "the site file's": (
        HALL | own(0.4), {"cameras": {"hall": {"collapse": kept(0.3)}}}, 0.4, "site file",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", PRECEDENCE)
def test_the_nearest_threshold_counts(tmp_path: Path, what: str) -> None:
    camera, sections, value, source = PRECEDENCE[what]
    thresholds_file(tmp_path / "tuned.yaml", **sections)
    site = config(tmp_path, camera)
    promised = tuned(site)
    used = wiring.thresholds(site, card(site), promised)["hall", "collapse"]
    assert (used.value, used.source) == (value, source)
    assert (used.incidents == 59) is source.startswith("tuned.yaml")
    # What decides and what is quoted are one.
    view = wiring.views(site, card(site), promised)["hall"]
    assert view.policy.threshold("collapse") == value


def test_the_promise_is_quoted_whole(tmp_path: Path) -> None:
    thresholds_file(tmp_path / "tuned.yaml")
    found = tuned(config(tmp_path))
    assert found.threshold("hall", "collapse") == ThresholdUsed(
        0.213, "tuned.yaml, tuned 2026-11-20", 0.9, 0.95, 59
    )
    assert found.threshold("hall", "spill") is None


def test_without_the_key_there_is_none(tmp_path: Path) -> None:
    site = load(site_file(tmp_path, [HALL]))
    assert wiring.tuned(site, card(site)) is None


def test_cameras_that_are_away_are_named_and_not_refused(tmp_path: Path) -> None:
    away = {"yard": {"collapse": kept(0.3)}, "hall": {"collapse": kept(0.3)}}
    thresholds_file(tmp_path / "tuned.yaml", cameras=away)
    site = config(tmp_path)
    assert tuned(site).strangers(site) == ("yard",)


def rules(label: Label, **changes: float | str) -> dict[str, Any]:
    """Rules of the site that are not those of the file."""
    return QUICK | {label: QUICK[label] | changes}


REFUSED: dict[str, tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any], str]] = {
    # cameras, more of the site, sections of the file, words
    "another model": (
        [HALL], {}, {"model": {"name": "old", "sha256": "ab" * 32}},
        "tuned for model old (abababababab…), the site has pattern (",
    ),
    "another network for close-ups": (
        [HALL], {}, {"model": {"name": "pattern", "sha256": SHA256, "close_ups": "ab" * 32}},
        "tuned for model pattern with another network for close-ups than the site's has; tune",
    ),
    "confirm_s": (
        [HALL], {"alarms": rules("collapse", confirm_s=3)}, {},
        "alarms.collapse.confirm_s is 3 here and was 2; put them back, or tune again",
    ),
    "slow_s": (
        [HALL], {"alarms": rules("collapse", slow_s=20)}, {},
        "alarms.collapse.slow_s is 20 here and was 4",
    ),
    "a second look": (
        [HALL], {"alarms": rules("collapse", second_look=False)}, {},
        "alarms.collapse.second_look is off here and was on; put them back",
    ),
    "persist_s of a camera's": (
        [HALL], {"alarms": rules("spill", persist_s=9)},
        {"thresholds": {}, "cameras": {"hall": {"spill": kept(0.5)}}},
        "alarms.spill.persist_s is 9 here and was 4",
    ),
    "standing_s": (
        [HALL], {"alarms": rules("spill", standing_s=0)}, {"thresholds": {"spill": kept(0.5)}},
        "alarms.spill.standing_s is 0 here and was 4",
    ),
    "frames a second of one camera": (
        [HALL, DOOR | {"analyse_fps": 2.5}], {}, {},
        "the promise is for other rules: cameras[1].analyse_fps is 2.5 here and was 5;",
    ),
    "several": (
        [HALL | {"name": f"hall{n}", "analyse_fps": 3} for n in range(7)], {}, {},
        "cameras[4].analyse_fps is 3 here and was 5, and 2 more; put them back",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_promise_for_something_else_is_refused(tmp_path: Path, what: str) -> None:
    cameras, more, sections, words = REFUSED[what]
    path = thresholds_file(tmp_path / "tuned.yaml", **sections)
    site = config(tmp_path, *cameras, **more)
    with pytest.raises(BadConfig) as caught:
        wiring.tuned(site, card(site))
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


OTHERWISE = {"alarms": rules("spill", persist_s=9) | {"collapse": QUICK["collapse"]}}


@pytest.mark.parametrize(
    ("camera", "more"),
    [
        (HALL, OTHERWISE),  # the file promises nothing of spills
        (HALL | own(0.4) | {"analyse_fps": 2}, {}),  # it is not used here
        (HALL | {"labels": {"collapse": {"enabled": False}}, "analyse_fps": 2}, {}),
        (HALL, {"alarms": rules("collapse", clear_s=9, cool_down_s=9, update_s=9)}),
    ],
)
def test_rules_that_no_promise_here_rests_on_may_differ(
    tmp_path: Path, camera: dict[str, Any], more: dict[str, Any]
) -> None:
    thresholds_file(tmp_path / "tuned.yaml")
    assert tuned(config(tmp_path, camera, **more))


@pytest.mark.parametrize("verb", ["run", "replay", "check"])
@pytest.mark.parametrize(
    ("sections", "words"),
    [
        (None, "there is no such file; `floorwatch tune` writes one"),
        ({"version": 2}, "update floorwatch"),
        ({"model": {"name": "old", "sha256": "ab" * 32}}, "tuned for model old"),
    ],
)
def test_every_verb_refuses_it_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    verb: str,
    sections: dict[str, Any] | None,
    words: str,
) -> None:
    named: dict[str, Any] = {"thresholds": "tuned.yaml"}
    site = site_file(tmp_path, [HALL], **named)
    if sections is not None:
        thresholds_file(tmp_path / "tuned.yaml", **sections)
    if verb == "check":
        assert words in findings(capsys, site)["thresholds"]
        return
    args = [str(site)] if verb == "run" else [good_clip(tmp_path), "--config", str(site)]
    assert words in complaint(capsys, [verb, *args, *(["--out", str(tmp_path)] * (verb != "run"))])


def checked(capsys: pytest.CaptureFixture[str], site: Path) -> str:
    """What a check says of thresholds that are good."""
    main(["check", str(site), "--json"])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (told,) = [one for one in found if one["part"] == "thresholds"]
    assert told["good"]
    return str(told["words"])


def test_a_check_says_what_is_promised_and_what_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    away = {"yard": {"collapse": kept(0.3)}}
    thresholds_file(tmp_path / "tuned.yaml", cameras=away)
    off = {"labels": {"collapse": {"threshold": 0.4}, "spill": {"enabled": False}}}
    named: dict[str, Any] = {"thresholds": "tuned.yaml"}
    site = site_file(tmp_path, [HALL, DOOR, HALL | {"name": "ward"} | off], **named)
    assert checked(capsys, site).split("; ") == [
        "hall, door: collapse 0.213 keeps recall 0.9 at 95 % (59 incidents)",
        "hall, door: spill 0.5 promises nothing (the test)",
        "ward: collapse 0.4 promises nothing (site file)",
        "not of this site and not used: yard",
    ]


AREA = {"name": "here", "polygon": [[0, 0], [1, 0], [1, 1]]}


@pytest.mark.parametrize(
    ("cameras", "words"),
    [
        ([{}, {}], ""),
        ([{"zones": [AREA]}, {}], " of what happens inside the zones of hall"),
        (
            [{"masks": [AREA]}, {"masks": [AREA]}],
            " of what happens outside the masks of hall, door",
        ),
        (
            [{"zones": [AREA], "masks": [AREA]}] * 2,
            " of what happens inside the zones and outside the masks of hall, door",
        ),
        (
            [{"zones": [AREA]}, {"masks": [AREA]}],
            " of what happens inside the zones of hall and outside the masks of door",
        ),
        ([{"zones": [AREA | {"labels": ["spill"]}]}, {}], ""),  # nothing is promised of spills
    ],
)
def test_a_check_says_that_zones_and_masks_limit_a_promise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], cameras: list[dict[str, Any]], words: str
) -> None:
    thresholds_file(tmp_path / "tuned.yaml")
    named: dict[str, Any] = {"thresholds": "tuned.yaml"}
    site = site_file(tmp_path, [HALL | cameras[0], DOOR | cameras[1]], **named)
    assert checked(capsys, site) == (
        f"collapse 0.213 keeps recall 0.9 at 95 % (59 incidents){words}; "
        "spill 0.5 promises nothing (the test)"
    )


def replayed(folder: Path, **sections: Any) -> list[Event]:
    thresholds_file(folder / "tuned.yaml", **sections)
    named: dict[str, Any] = {"thresholds": "tuned.yaml"}
    site = site_file(folder, [{"name": "hall", "url": "rtsp://camera.invalid/"}], **named)
    clip = str(write_pattern(folder / "fall.mp4", Script(FALL, 7.0, 10.0, (320, 180))))
    assert main(["replay", clip, "--config", str(site), "--out", str(folder)]) == 0
    return list(journal.read(folder / "events.jsonl"))


def test_every_phase_of_an_event_quotes_the_promise(tmp_path: Path) -> None:
    events = replayed(tmp_path)
    assert [event.phase for event in events] == ["opened", "closed"]
    for event in events:
        assert json.loads(event.to_json())["threshold"] == {
            "value": 0.213,
            "source": "tuned.yaml, tuned 2026-11-20",
            "target_recall": 0.9,
            "confidence": 0.95,
            "incidents": 59,
        }


def test_the_threshold_is_what_decides(tmp_path: Path) -> None:
    assert replayed(tmp_path, thresholds={"collapse": kept(0.95)}) == []
    own_of_hall = {"hall": {"collapse": kept(0.5, incidents=61)}}
    events = replayed(tmp_path, thresholds={"collapse": kept(0.95)}, cameras=own_of_hall)
    assert [event.threshold.incidents for event in events] == [61, 61]
