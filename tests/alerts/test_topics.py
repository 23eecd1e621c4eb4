from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from alerts.errors import UserError
from alerts.topics import Filters, Topics, check_name


@pytest.mark.parametrize(
    "name", ["hall", "Hall 3", "entrée", "北門", "a.b-c_d", "x" * 64, "50% off"]
)
def test_good_names(name: str) -> None:
    assert check_name("camera", name) == name


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("a/b", r"a slash \(/\)"),
        ("a+b", r"a plus sign \(\+\)"),
        ("#", r"a hash sign \(#\)"),
        ("$SYS", "dollar sign"),
        ("x" * 65, "65 characters, 64 are allowed"),
        ("a\nb", r"control character U\+000A"),
        ("a\x00", r"control character U\+0000"),
        ("a\x85b", r"control character U\+0085"),
        ("a\u2028b", r"control character U\+2028"),
        ("a\ud800", r"control character U\+D800"),
        ("a\ufffe", r"U\+FFFE"),
        (" hall", "begins or ends with a space"),
        ("..", "a folder"),
    ],
)
def test_bad_names_are_told_in_words(name: str, told: str) -> None:
    with pytest.raises(
        UserError, match=f"^camera name .* .*{told}.*: choose another name$"
    ) as raised:
        check_name("camera", name)
    assert "\n" not in str(raised.value)


@given(st.text(max_size=70))
def test_a_name_that_passes_is_one_level_of_a_topic(name: str) -> None:
    try:
        check_name("camera", name)
    except UserError:
        return
    topic = Topics("floorwatch", "site").alert(name, "spill")
    assert topic.count("/") == 4
    assert len(topic.encode()) < 65535
    assert topic_matches_sub("floorwatch/+/alerts/+/+", topic)


def test_every_topic_of_the_contract() -> None:
    topics = Topics("floorwatch", "site")
    assert topics.availability == "floorwatch/site/availability"
    assert topics.status == "floorwatch/site/status"
    assert topics.health("hall") == "floorwatch/site/cameras/hall/health"
    assert topics.alert("hall", "spill") == "floorwatch/site/alerts/hall/spill"
    assert topics.event_state("id") == "floorwatch/site/events/id/state"
    assert topics.event_command("id") == "floorwatch/site/events/id/command"
    assert topics.event_snapshot("id") == "floorwatch/site/events/id/snapshot"
    assert topics.event_plain("id") == "floorwatch/site/events/id/plain"
    assert topics.camera_snapshot("hall") == "floorwatch/site/cameras/hall/snapshot"
    assert topics.resync == "floorwatch/site/resync"
    assert topics.discovery("device") == "homeassistant/device/device/config"
    assert topics.event_clip("id") == "floorwatch/site/events/id/clip"
    assert topics.camera_label("hall", "spill") == "floorwatch/site/cameras/hall/spill"
    assert topics.camera_command("hall") == "floorwatch/site/cameras/hall/command"
    assert topics.page("floor") == "floorwatch/site/pages/floor"
    assert topics.desk_availability == "floorwatch/site/desk/availability"
    assert topics.desk_status == "floorwatch/site/desk/status"


def test_prefixes_of_several_levels_and_filters_over_them() -> None:
    topics = Topics("acme/floorwatch", "site")
    filters = Filters("acme/floorwatch")
    assert topic_matches_sub(filters.alerts, topics.alert("hall", "spill"))
    assert topic_matches_sub(filters.health, topics.health("hall"))
    assert topic_matches_sub(filters.availability, topics.availability)
    assert topic_matches_sub(filters.everything, topics.status)
    for found, topic in (
        (filters.status, topics.status),
        (filters.states, topics.event_state("id")),
        (filters.commands, topics.event_command("id")),
        (filters.camera_commands, topics.camera_command("hall")),
        (filters.snapshots, topics.event_snapshot("id")),
        (filters.plains, topics.event_plain("id")),
        (filters.clips, topics.event_clip("id")),
        (filters.camera_snapshots, topics.camera_snapshot("hall")),
        (filters.views, topics.view("hall")),
        (filters.pages, topics.page("floor")),
        (filters.desk_availability, topics.desk_availability),
        (filters.resyncs, topics.resync),
    ):
        assert topic_matches_sub(found, topic)
        assert not topic_matches_sub(found, topics.alert("hall", "spill"))
    assert not topic_matches_sub(Filters("acme/floorwatch", "other").alerts, topics.alert("a", "b"))
    for bad in ("", "a//b", "a/+", "/a"):
        with pytest.raises(UserError):
            Topics(bad, "site")
        with pytest.raises(UserError):
            Filters(bad)
