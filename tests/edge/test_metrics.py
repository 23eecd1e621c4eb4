"""What Prometheus reads is what the vitals say: all of it, well named, and nothing of one daemon in
another's."""

from __future__ import annotations

import re
from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families as parse

from edge.metrics import Metrics
from edge.vitals import Vitals
from tests.edge.pulses import HALL, VITALS, changes

Lines = dict[tuple[str, frozenset[tuple[str, str]]], float]


def lines(vitals: Vitals) -> Lines:
    """Our own lines, by name and labels. The process's change from one moment to the next."""
    text = Metrics(lambda: vitals).text().decode()
    samples = [sample for family in parse(text) for sample in family.samples]
    ours = [one for one in samples if one.name.startswith("floorwatch_")]
    found = {(one.name, frozenset(one.labels.items())): one.value for one in ours}
    assert len(found) == len(ours), "two lines with one name and the same labels"
    return found


def value(vitals: Vitals, name: str, **labels: str) -> float:
    return lines(vitals)[f"floorwatch_{name}", frozenset({"site": "lab", **labels}.items())]


def test_everything_in_the_vitals_is_in_the_metrics() -> None:
    # In words and with its limits it is at /health.
    left_out = {"cameras.said", "own_threads.silent_s_max"}
    before = lines(VITALS)
    unseen = {name for name, other in changes(VITALS) if lines(other) == before}
    assert unseen == left_out


def test_names_are_as_prometheus_wants_them() -> None:
    for family in parse(Metrics(lambda: VITALS).text().decode()):
        if not family.name.startswith("floorwatch_"):
            assert family.name.startswith("process_")
            continue
        assert re.fullmatch(r"[a-z][a-z0-9_]+[a-z0-9]", family.name)
        assert len(family.documentation) > 20
        assert not re.search(r"_(ms|s|mb|minutes|hours|percent)(_|$)", family.name)
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter"), sample
            assert sample.labels["site"] == "lab"


def test_a_camera_has_one_health_at_a_time() -> None:
    assert value(VITALS, "camera_health", camera="hall", reason="ok") == 1
    assert value(VITALS, "camera_health", camera="Saal 3", reason="offline") == 1
    of_hall = [
        number
        for (name, labels), number in lines(VITALS).items()
        if name == "floorwatch_camera_health" and ("camera", "hall") in labels
    ]
    assert sorted(of_hall)[-2:] == [0, 1]


def test_events_are_zero_before_the_first_and_drills_are_none() -> None:
    assert value(VITALS, "events_total", camera="hall", label="collapse", phase="opened") == 2
    assert value(VITALS, "events_total", camera="Saal 3", label="spill", phase="closed") == 0
    assert value(VITALS, "drills_total") == 3


def test_an_event_of_a_camera_that_is_gone_is_still_counted() -> None:
    gone = replace(VITALS, cameras=(), events={("attic", "spill", "opened"): 1})
    assert value(gone, "events_total", camera="attic", label="spill", phase="opened") == 1


def test_what_is_not_known_yet_has_no_line() -> None:
    names = {
        name for name, labels in lines(VITALS) if ("camera", "Saal 3") in labels
    }  # it never delivered a picture
    assert "floorwatch_frames_read_total" in names
    assert not names & {"floorwatch_frame_age_seconds", "floorwatch_decided_after_last_seconds"}


def test_times_to_the_broker_are_a_histogram() -> None:
    assert [value(VITALS, "publish_seconds_bucket", le=le) for le in ("0.5", "1.0")] == [3, 5]
    assert value(VITALS, "publish_seconds_bucket", le="+Inf") == 6
    assert value(VITALS, "publish_seconds_count") == 6
    assert value(VITALS, "publish_seconds_sum") == 4.5


def test_units_are_seconds_and_bytes() -> None:
    assert value(VITALS, "decided_after_last_seconds", camera="hall") == 0.15
    assert value(VITALS, "decided_after_seconds_sum", camera="hall") == 0.16 * 89
    assert value(VITALS, "uptime_seconds") == 7200
    assert value(VITALS, "memory_bytes") == 200 * 2**20


def test_names_of_people_s_choosing_come_through_whole() -> None:
    odd = 'Saal "3"\\ Süd'
    other = replace(VITALS, cameras=(replace(HALL, name=odd),))
    assert value(other, "frames_read_total", camera=odd) == 100


def test_two_daemons_in_one_process_do_not_mix() -> None:
    one, other = Metrics(lambda: VITALS), Metrics(lambda: replace(VITALS, site="other"))
    assert b'site="lab"' in one.text()
    assert b'site="lab"' not in other.text()
