"""Only what starting anew may mend makes the daemon unwell; everything else is shown."""

from __future__ import annotations

import json
from dataclasses import replace

from edge.diagnosis import diagnose
from edge.vitals import ThreadVitals, Vitals
from tests.edge.pulses import POSTED, VITALS

WELL = replace(VITALS, cameras=VITALS.cameras[:1], posted=replace(POSTED, dead=0))


def test_a_sound_daemon_gives_no_concern() -> None:
    found = diagnose(WELL)
    assert (found.ok, found.reasons, found.concerns) == (True, (), ())


def test_what_is_away_is_a_concern_and_no_reason_to_start_anew() -> None:
    ward = VITALS.cameras[1]
    away = replace(POSTED, connected=False, durable=False, depth=7, memory_depth=8, dead=10)
    found = diagnose(replace(VITALS, cameras=(ward,), posted=away))
    assert found.ok
    assert found.concerns == (
        "camera Saal 3 is offline: connecting",
        "the broker is not connected; 15 messages wait",
        "the disk refuses alerts: they wait in memory alone",
        "the broker refused 10 messages for good; they are kept as dead letters",
    )


def test_a_disk_without_room_for_evidence_is_a_concern() -> None:
    (concern,) = diagnose(replace(WELL, evidence_short=True)).concerns
    assert "no evidence is kept" in concern


def test_what_was_switched_off_by_a_bug_is_a_concern_and_no_reason_to_start_anew() -> None:
    found = diagnose(replace(WELL, onlooking_faults="one is off\nanother is off"))
    assert found.ok
    assert found.concerns == ("one is off", "another is off")


def silent_for(seconds: float) -> Vitals:
    return replace(WELL, own_threads=(ThreadVitals("brain", seconds, 60.0),))


def test_a_thread_that_shows_no_life_is_a_reason() -> None:
    assert diagnose(silent_for(60)).ok
    found = diagnose(silent_for(61))
    assert not found.ok
    assert found.reasons == ("thread brain has shown no life for 61 s",)


def test_a_publisher_that_cannot_mend_itself_is_a_reason() -> None:
    assert diagnose(replace(WELL, posted=replace(WELL.posted, alive_s=299.0))).ok
    found = diagnose(replace(WELL, posted=replace(WELL.posted, alive_s=301.0)))
    assert found.reasons == ("the thread that talks to the broker has shown no life for 301 s",)


def test_stopping_is_no_illness() -> None:
    assert diagnose(replace(WELL, state="stopping")).ok


def test_it_is_told_in_full() -> None:
    told = json.loads(diagnose(VITALS).to_json())
    hall, ward = told["cameras"]
    assert (hall["health"], hall["frame_age_s"], hall["detail"]) == ("ok", 0.25, "pictures arrive")
    assert (ward["health"], ward["frame_age_s"]) == ("offline", None)
    assert (told["ok"], told["reasons"], len(told["concerns"])) == (True, [], 2)
    assert told["broker"] == {"connected": True}
    assert told["outbox"] == {"durable": True, "depth": 7, "memory_depth": 8, "dead": 10}
    assert told["threads"][0] == {"name": "brain", "silent_s": 0.1, "silent_s_max": 60.0}
