"""The verdict: true, whole sentences, and no number without its bound."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation import event_level
from models.evaluation.alarms import Watched
from models.evaluation.bounds import rate_upper, share_lower
from models.evaluation.report.numerals import TIGHT, rate, share
from models.evaluation.report.words import Verdict, verdicts
from tests.models.evaluation.report import pages
from tests.models.evaluation.scenes import Bout, SpanRow, picture, recording, trace, watched


def of_label(metrics: dict[str, Any], label: str) -> Verdict:
    [one] = [one for one in verdicts(metrics) if one.label == label]
    return one


def said(of: tuple[Watched, ...]) -> Verdict:
    return of_label(pages.numbers(of), "collapse")


def plain(lines: tuple[str, ...]) -> str:
    return " ".join(lines).replace(TIGHT, " ")


def events(incidents: int, detected: int, alarms: int, hours: float) -> dict[str, Any]:
    """The numbers of one label, by what is counted."""
    days = hours / 24
    found = event_level.numbers([], hours * 3600)
    return found | {
        "incidents": incidents,
        "detected": detected,
        "event_recall": detected / incidents if incidents else None,
        "event_recall_lower95": share_lower(detected, incidents, 0.95) if incidents else None,
        "false_alarms": alarms,
        "false_alarms_per_camera_day": alarms / days,
        "false_alarms_per_camera_day_upper95": rate_upper(alarms, days, 0.95),
        "time_to_alert_p50_s": 3.0 if detected else None,
        "time_to_alert_p95_s": 8.0 if detected else None,
        "alerted_within_10s": 0.5 if incidents else None,
        "coverage": 1.0,
    }


def metrics_of(found: dict[str, Any]) -> dict[str, Any]:
    empty = event_level.numbers([], 0.0) | {"coverage": None}
    return {
        "about": pages.ABOUT,
        "recordings": {"count": 1, "hours": 1.0, "pictures": 0, "damaged": {}},
        "labels": {
            "collapse": {"all": found, "strata": {}},
            "spill": {"all": empty, "strata": {}},
        },
    }


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 300), st.floats(0.01, 3000))
def test_no_share_and_no_rate_stands_without_its_bound(
    incidents: int, missed: int, alarms: int, hours: float
) -> None:
    found = events(incidents, max(0, incidents - missed), alarms, hours)
    verdict = verdicts(metrics_of(found))[0]
    words = " ".join(verdict.sentences)
    if found["detected"]:
        least = share(found["event_recall_lower95"], down=True)
        assert f"at 95 % confidence, that at least {least} of such" in words
        assert f"{found['detected']}" in verdict.headline
    bound = rate(found["false_alarms_per_camera_day_upper95"], up=True)
    assert f"no better than {bound} a camera-day" in words


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 300), st.floats(0.01, 3000))
def test_sentences_are_whole(incidents: int, missed: int, alarms: int, hours: float) -> None:
    found = events(incidents, max(0, incidents - missed), alarms, hours)
    for verdict in verdicts(metrics_of(found)):
        for sentence in (*verdict.sentences, *verdict.warnings):
            assert re.match(r"[A-Z0-9]", sentence), sentence
            assert sentence.endswith("."), sentence
            assert "None" not in sentence
            assert "  " not in sentence


def test_few_incidents_are_told_to_be_few() -> None:
    of = tuple(
        watched(
            recording(f"{number}.mp4", [("collapse", 20.0, 40.0)]),
            trace(bouts=[Bout("collapse", 24.0, 40.0, 0.8)]),
        )
        for number in range(24)
    )
    verdict = said(of)
    assert verdict.headline.replace(TIGHT, " ").startswith("24 of 24 collapses found")
    assert "24 collapses can show a recall of 88 % at most" in plain(verdict.warnings)
    assert "59 collapses without a miss" in plain(verdict.warnings)


def used(**thresholds: float) -> str:
    """What is said of the thresholds of some cameras."""
    kept = {"source": "the test", "target_recall": None, "confidence": None, "incidents": None}
    of_cameras = {
        camera: {"collapse": {"value": value, **kept}} for camera, value in thresholds.items()
    }
    found = metrics_of(events(10, 9, 1, 1.0)) | {"about": {"thresholds": of_cameras}}
    return plain(verdicts(found)[0].sentences)


def test_cameras_with_one_threshold_are_told_once_and_with_many_in_short() -> None:
    assert used(hall=0.2, door=0.2).count("0.200 carries no promise") == 1
    two = used(hall=0.2, ward=0.2, door=0.3)
    assert "0.200 (hall, ward) carries" in two
    assert "0.300 (door) carries" in two
    many = used(a=0.1, b=0.2, c=0.3, d=0.4)
    assert "0 of 4 cameras' carry a promise" in many
    assert "0.100" not in many


def test_an_alarm_in_held_time_counts_and_is_told_apart() -> None:
    seen, unseen = events(0, 0, 0, 1.0), events(0, 0, 3, 2.0)
    unseen |= {"false_alarms_in_held_time": 2}
    found = metrics_of(unseen)
    found["labels"]["collapse"]["strata"] = {"in_training": {"yes": seen, "no": unseen}}
    verdict = verdicts(found)[0]
    assert "3 false alarms in 2 hours" in verdict.headline.replace(TIGHT, " ")
    assert "It cried wolf 3 times in 2 hours" in plain(verdict.sentences)
    assert "no better than 94 a camera-day" in plain(verdict.sentences)
    assert "2 of the 3 false alarms came while a last picture was held" in plain(verdict.warnings)


def test_what_is_largest_is_of_what_training_did_not_see() -> None:
    fall: SpanRow = ("collapse", 20.0, 40.0)
    seen = watched(
        recording("seen.mp4", [fall], trained=True),
        trace(bouts=[Bout("collapse", 24.0, 40.0, 0.8)]),
    )
    missed = watched(recording("missed.mp4", [fall]), trace())
    quiet = watched(recording("quiet.mp4"), trace())
    both = said((seen, missed)).headline.replace(TIGHT, " ")
    assert both == "0 of 1 collapse found; no false alarm in 4 minutes"
    assert said((seen, quiet)).headline.startswith("no collapse that training did not see; no fal")
    alone = said((seen,))
    assert alone.headline == "no collapse that training did not see; no other normal footage"
    assert "had an alert" not in plain(alone.sentences)


def test_one_and_none_are_said_as_one_would() -> None:
    fall: SpanRow = ("collapse", 20.0, 40.0)
    missed = said((watched(recording("a.mp4", [fall]), trace()),))
    assert "The only collapse was missed." in missed.sentences
    assert "No share of such collapses can be claimed to be found." in missed.sentences
    quiet = said(pages.nothing())
    assert (
        quiet.headline.replace(TIGHT, " ") == "no collapse to be found; no false alarm in 5 minutes"
    )


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("collapse", "It cried wolf twice in"),
        ("collapse", "1 of them is in clips the model was trained on and shows nothing"),
        ("collapse", "of the other 2, 1 was found (50 %). That shows, at 95 % confidence, that at"),
        ("collapse", "that at least 2 % of such collapses are found"),
        ("collapse", "Training saw 4 minutes of it; in the other"),
        ("collapse", "carries a promise: recall 90 % at 95 % confidence, tuned on 59 incidents"),
        ("spill", "carries no promise (model card)"),
    ],
)
def test_what_is_said_of_everything(label: str, told: str) -> None:
    assert told in plain(of_label(pages.of_everything(), label).sentences)


@pytest.mark.parametrize(
    ("label", "told"),
    [
        (
            "collapse",
            "collapses can show a recall of 22 % at most",
        ),
        ("collapse", "1 of the 2 false alarms came while a last picture was held"),
        ("collapse", "of normal footage is too little to claim one false alarm a camera-day"),
        ("spill", "1 miss got an alert too late to count."),
        ("spill", "The camera saw during"),
        ("", "The last picture of each clip was held 15.0 s"),
        ("", "1 recording could not be used in full."),
    ],
)
def test_what_takes_weight_from_it(label: str, told: str) -> None:
    assert told in plain(of_label(pages.of_everything(), label).warnings)


def test_single_pictures_of_spills_have_a_sentence() -> None:
    wet = picture(recording("wet.jpg", [("spill", 0.0, 0.0)], kind="picture"), 0.9)
    dry = [picture(recording(f"{n}.jpg", kind="picture"), n / 100) for n in range(20)]
    verdict = of_label(pages.numbers((wet, *dry)), "spill")
    assert verdict.headline == "single pictures alone"
    said_of = plain(verdict.sentences)
    assert "No recording that lasts holds a spill" in said_of
    assert "Of 1 single picture of a spill, 100 % are found (at least 5 %)" in said_of
    assert "where at most 5 % of 20 dry ones alarm" in said_of
    only_wet = plain(of_label(pages.numbers((wet,)), "spill").sentences)
    assert "100 % are found (at least 5 %) at the threshold." in only_wet
    only_dry = plain(of_label(pages.numbers(dry[:10]), "spill").sentences)
    assert "Of 10 single pictures of dry floors, 0 % alarm at the threshold." in only_dry


def test_single_pictures_last_no_time() -> None:
    wet = picture(recording("wet.jpg", [("spill", 0.0, 0.0)], kind="picture"), 0.9)
    assert verdicts(pages.numbers((wet,)))[-1].headline == "1 single picture"
    both = verdicts(pages.numbers((wet, *pages.nothing())))[-1].headline
    assert both == "1 recording, 5 minutes and 1 single picture"


def test_what_the_thresholds_were_tuned_on_is_no_check_of_them() -> None:
    of = pages.numbers(pages.everything(), incidents_tuned_on=2)
    (whole,) = [one for one in verdicts(of) if not one.label]
    assert "The thresholds were tuned on 2 incidents of these" in plain(whole.warnings)
    (quiet,) = [one for one in verdicts(pages.of_everything()) if not one.label]
    assert "tuned on" not in plain(quiet.warnings)
