"""From the broker to the page and back, live: real mosquitto, real HTTP, real streams."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alerts.answers import Command
from alerts.broker import BrokerSettings
from alerts.inbox import MqttInbox
from alerts.mqtt import MqttSink
from alerts.ports import Message
from alerts.topics import Topics
from alerts.web.patience import Patience
from tests.alerts.samples import an_event
from tests.alerts.web.conftest import unhurried
from tests.house.tree import ROOT
from tests.support.dashboard import Served, Visitor, publish
from tests.support.floor import Floor, now
from tests.support.mosquitto import Mosquitto
from tests.support.sse import Listener
from tests.support.until import until


@pytest.fixture
def floor(mosquitto: Mosquitto, request: pytest.FixtureRequest) -> Iterator[Floor]:
    """A site of this test's own."""
    site = request.node.name[:60].replace("[", "-").replace("]", "")
    with Floor(mosquitto.settings(f"floor-{site}"), site) as one:
        yield one


def shown(visitor: Visitor, event_id: str) -> dict[str, Any]:
    until(lambda: visitor.get(f"/api/events/{event_id}").status_code == 200, "it is shown")
    found: dict[str, Any] = visitor.json(f"/api/events/{event_id}")
    return found


def test_an_alert_is_on_the_page_as_it_was_told(visitor: Visitor, floor: Floor) -> None:
    with Listener(visitor) as page:
        event_id = floor.event("hall", "spill", drill=True)
        change = next(one for one in page.wait("event") if one["key"] == event_id)
        event = change["event"]
        assert change["new"] is True
        assert (event["site"], event["camera"], event["label"]) == (floor.site, "hall", "spill")
        assert (event["phase"], event["ongoing"], event["standing"]) == ("opened", True, "open")
        assert (event["desk_seen"], event["drill"], event["by"]) == (False, True, None)
        assert event["threshold"] == 0.5
        assert event["opened_at"] <= event["received_at"] <= change["at"]
        floor.stands(event_id, "acknowledged", "Kim", "on my way")
        page.wait("state")
        floor.later(event_id, phase="closed")
        until(lambda: page.changes("event")[-1]["event"]["closed_at"], "it is closed")
    last = shown(visitor, event_id)
    assert (last["event"]["standing"], last["event"]["by"]) == ("acknowledged", "Kim")
    assert last["event"]["note"] == "on my way"
    assert [one["standing"] for one in last["states"]] == ["acknowledged"]
    assert [one["kind"] for one in last["timeline"]] == ["opened", "state", "closed"]


def test_a_page_counts_for_nobody_who_was_told(visitor: Visitor, floor: Floor) -> None:
    """A call to a recipient for whom nobody listens must come back as that, wall screens or not."""
    shown(visitor, floor.event())
    page = Message(floor.topics.page("supervisor"), b"{}")
    with MqttSink(replace(floor.broker, client_id="caller")) as sink:
        assert not sink.send(page).matched


def test_the_overview_has_sites_cameras_and_what_is_open(visitor: Visitor, floor: Floor) -> None:
    floor.health("hall")
    floor.health("stairs", "dark", "no light")
    first, second = floor.event("hall"), floor.event("stairs", "spill")
    floor.stands(second, "false_alarm", "Kim")

    def overview() -> dict[str, Any]:
        found = visitor.json("/api/overview")
        found["cameras"] = [one for one in found["cameras"] if one["site"] == floor.site]
        found["open"] = [one for one in found["open"] if one["site"] == floor.site]
        return found

    until(lambda: len(overview()["cameras"]) == 2 and shown(visitor, second)["states"], "all there")
    found = overview()
    assert found["broker"]["connected"] is True
    [site] = [one for one in found["sites"] if one["site"] == floor.site]
    assert (site["availability"], site["desk"]) == ("online", "online")
    assert [one["event_id"] for one in found["open"]] == [first]
    hall, stairs = found["cameras"]
    assert hall["health"]["ok"] is True
    assert (stairs["health"]["reason"], stairs["health"]["detail"]) == ("dark", "no light")
    assert hall["last_event"] == first
    assert (hall["counts"]["today"], stairs["counts"]["false_alarms"]) == (1, 1)


def test_the_history_is_read_page_by_page_and_searched(visitor: Visitor, floor: Floor) -> None:
    made = [floor.event("hall", ordinal=n, age_s=10 + n) for n in range(5)]
    other = floor.event("stairs", "spill", zone="ramp", age_s=100)
    shown(visitor, other)
    place, found, cursor = f"/api/events?site={floor.site}&limit=2", [], ""
    while cursor is not None:
        page = visitor.get(place, params={"cursor": cursor, "site": floor.site, "limit": 2}).json()
        found += [one["event_id"] for one in page["events"]]
        cursor = page["next"]
    assert found == [*made, other]
    for query, expected in (
        ("text=ramp", [other]),
        ("label=spill", [other]),
        ("camera=stairs", [other]),
        ("standing=acknowledged,resolved", []),
        ("from=2020-01-01&until=2020-12-31", []),
        ("text=no such", []),
    ):
        page = visitor.json(f"/api/events?site={floor.site}&{query}")
        assert [one["event_id"] for one in page["events"]] == expected, query
    counts = visitor.json(f"/api/history/counts?days=2&site={floor.site}")["days"]
    assert sum(one["count"] for one in counts) == 6
    assert (
        visitor.json(f"/api/history/counts?site={floor.site}&label=spill")["days"][0]["count"] == 1
    )


def test_a_press_is_one_command(visitor: Visitor, floor: Floor, mosquitto: Mosquitto) -> None:
    event_id = floor.event()
    shown(visitor, event_id)
    topic = floor.topics.event_command(event_id)
    place = f"/api/events/{event_id}/answer"
    with MqttInbox(mosquitto.settings("desk-stand-in"), [topic]) as desk, Listener(visitor) as page:
        body = {"action": "acknowledge", "note": "나 갑니다", "command_id": "press-1"}
        for _ in range(3):  # the page tries again where it heard no answer
            answer = visitor.post(place, body).json()
            assert (answer["command_id"], answer["sent"], answer["trouble"]) == (
                "press-1", True, None
            )  # fmt: skip
        visitor.post(place, {"action": "resolve"})
        commands = [received.payload for _ in range(2) if (received := desk.get(5)) is not None]
        first, second = map(Command.from_json, commands)
        assert (first.command_id, first.action, first.who) == (
            "press-1",
            "acknowledge",
            "dashboard",
        )
        assert (first.note, first.via) == ("나 갑니다", "dashboard")
        assert (second.action, second.note) == ("resolve", "")
        told = page.wait("command", 2)
        assert [one["sent"] for one in told] == [True, True]
        assert told[0]["event_id"] == event_id


def test_presses_wait_for_a_broker_that_is_away(tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "broker", persistence=True) as broker:
        settings = broker.settings("away")
        with (
            Served(tmp_path / "state", settings, timing=unhurried()) as served,
            served.visitor() as visitor,
        ):
            visitor.me()
            with Floor(broker.settings("floor"), "site") as floor:
                event_id = floor.event()
                shown(visitor, event_id)
            with Listener(visitor) as page:
                broker.kill()
                page.wait("broker")
                until(lambda: _waits(visitor, event_id, "a"), "it says that it waits")
                trouble = visitor.json("/api/overview")["broker"]
                assert trouble["connected"] is False
                assert "broker" in trouble["trouble"]
                broker.start()
                topic = floor.topics.event_command(event_id)
                with MqttInbox(broker.settings("desk-stand-in"), [topic]) as desk:
                    # Where the dashboard was quicker than this desk, nobody heard the first press.
                    received = desk.get(3)
                    if received is None:
                        until(lambda: page.wait("command")[-1]["sent"], "the first went out")
                        answer = {"action": "resolve", "command_id": "b"}
                        visitor.post(f"/api/events/{event_id}/answer", answer)
                        received = desk.get(15)
                assert received is not None
                assert Command.from_json(received.payload).action == "resolve"
                until(lambda: page.wait("command")[-1]["sent"], "the page hears of it")
                until(lambda: visitor.json("/api/overview")["broker"]["connected"], "read again")


def _waits(visitor: Visitor, event_id: str, number: str) -> bool:
    body = {"action": "resolve", "command_id": number}
    answer = visitor.post(f"/api/events/{event_id}/answer", body).json()
    return not answer["sent"] and answer["trouble"] is not None


def test_a_page_that_comes_back_hears_what_it_missed(visitor: Visitor, floor: Floor) -> None:
    with Listener(visitor) as page:
        floor.event(ordinal=1)
        page.wait("event")
        last_id = page.last_id
    missed = [floor.event(ordinal=n) for n in range(2, 5)]
    for event_id in missed:
        shown(visitor, event_id)
    with Listener(visitor, last_id) as page:
        page.wait("event", 3)
        seen = [one["key"] for one in page.changes("event")]
        assert [one for one in seen if one in missed] == missed
        assert "reset" not in page.names()
        assert len({one.id for one in page.told if one.id}) == len(
            [one for one in page.told if one.id]
        )
        until(lambda: page.names().count("heartbeat") >= 2, "heartbeats")


@pytest.mark.parametrize("last_id", ["0badc0de-1", "x", "", "0badc0de-999999999999999999999", "-"])
def test_a_page_of_before_a_restart_starts_anew(visitor: Visitor, last_id: str) -> None:
    with Listener(visitor, last_id) as page:
        until(lambda: page.names()[0] == "heartbeat", "it begins")
        assert ("reset" in page.names()[:2]) is (last_id != "")


def test_streams_have_a_limit_and_come_free_again(mosquitto: Mosquitto, tmp_path: Path) -> None:
    more = {"streams_max": 30}
    with Served(
        tmp_path, mosquitto.settings("streams"), more, unhurried(), Patience(each_max=None)
    ) as served:
        lines, codes = [], []
        for _ in range(10):
            with served.visitor() as visitor:
                visitor.me()
                cookie = visitor.http.cookies["floorwatch"]
            for _ in range(15):
                lines.append(
                    ask(served, f"GET /api/stream HTTP/1.1\r\ncookie: floorwatch={cookie}")
                )
                codes.append(lines[-1].recv(12)[-3:].decode())
        assert codes.count("200") == 30
        assert codes.count("503") == 120
        assert codes[:15] == ["200"] * 12 + ["503"] * 3  # one browser alone has fewer
        for line, code in zip(lines, codes, strict=True):
            if code == "503":  # who is sent away takes up no place
                while line.recv(4096):
                    pass
        with served.visitor() as visitor:
            assert visitor.json("/api/overview")["now"]  # whoever only asks is served
            for line in lines:
                line.close()

            def free() -> bool:
                with Listener(visitor) as page:
                    return page.status == 200

            until(free, "there is room again")


def ask(served: Served, head: str, *, buffer_bytes: int = 0) -> socket.socket:
    host, port = served.url.removeprefix("http://").split(":")
    line = socket.socket()
    if buffer_bytes:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    line.settimeout(20)
    line.connect((host, int(port)))
    line.sendall(f"{head}\r\nhost: localhost\r\n\r\n".encode())
    return line


def test_a_page_that_does_not_read_holds_up_nobody(served: Served, floor: Floor) -> None:
    with (
        served.visitor() as visitor,
        ask(served, "GET /api/stream HTTP/1.1", buffer_bytes=2048) as slow,
    ):
        visitor.me()
        assert slow.recv(12).endswith(b"200")
        with Listener(visitor) as page:
            event_id = floor.event()
            for _ in range(150):
                floor.later(event_id, zone="장" * 60)

            def seqs() -> list[int]:
                told = [one["event"] for one in page.changes("event")]
                return [one["seq"] for one in told if one["event_id"] == event_id]

            until(lambda: seqs()[-1:] == [150], "all of it")
            assert seqs() == list(range(151))


def test_what_came_while_the_dashboard_was_away_is_there_when_it_is_back(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    settings = mosquitto.settings("nights")
    with Floor(mosquitto.settings("floor-nights"), "nights") as floor:
        with Served(tmp_path, settings, timing=unhurried()) as served, served.visitor() as visitor:
            me = visitor.me()
            cookie = visitor.http.cookies["floorwatch"]
            shown(visitor, floor.event(ordinal=1))
        event_id = floor.event(ordinal=2)
        asked = MqttInbox(mosquitto.settings("device-stand-in"), [floor.topics.resync])
        with (
            asked as device,
            Served(tmp_path, settings, timing=unhurried()) as served,
            served.visitor() as visitor,
        ):
            visitor.http.cookies.set("floorwatch", cookie)
            assert visitor.me()["csrf"] == me["csrf"]  # the page goes on as if nothing had been
            shown(visitor, event_id)
            assert device.get(10) is not None


def test_the_broker_has_the_last_word_on_who_may_answer(tmp_path: Path) -> None:
    """With the rules for brokers that we ship."""
    users = dict.fromkeys(("clinic-west", "responder", "viewer"), "secret")
    acl = (ROOT / "configs" / "mosquitto.acl").read_text("utf-8")
    with Mosquitto(tmp_path / "broker", users=users, acl=acl) as broker:

        def of(user: str) -> BrokerSettings:
            return replace(broker.settings(user), username=user, password="secret")

        event = an_event(site="clinic-west", detected_at=now(), occurred_at=now())
        topic = Topics("floorwatch", "clinic-west").alert(event.camera, event.label)
        found = {}
        for user in ("responder", "viewer"):
            with (
                Served(tmp_path / user, of(user), timing=unhurried()) as served,
                served.visitor() as visitor,
            ):
                visitor.me()
                until(lambda: visitor.json("/api/overview")["broker"]["connected"], "it reads")
                publish(of("clinic-west"), [Message(topic, event.to_json().encode())])
                shown(visitor, event.event_id)
                until(lambda: _settled(visitor, event.event_id), "the broker has answered")
                place = f"/api/events/{event.event_id}/answer"
                answer = visitor.post(place, {"action": "resolve", "command_id": "x"}).json()
                found[user] = answer["sent"], answer["trouble"] or ""
        assert found["responder"] == (True, "")
        assert found["viewer"][0] is False
        assert "check the broker's ACL" in found["viewer"][1]


def _settled(visitor: Visitor, event_id: str) -> bool:
    body = {"action": "resolve", "command_id": "x"}
    answer = visitor.post(f"/api/events/{event_id}/answer", body).json()
    return answer["sent"] or "ACL" in (answer["trouble"] or "")


def test_nonsense_from_the_broker_is_dropped_and_the_page_goes_on(
    visitor: Visitor, floor: Floor, mosquitto: Mosquitto
) -> None:
    root = floor.topics.root
    publish(
        mosquitto.settings("nonsense"),
        [
            Message(f"{root}/alerts/hall/collapse", b"{"),
            Message(f"{root}/alerts/hall/collapse", b"[" * 100_000),
            Message(f"{root}/events/..%2f/state", b'{"event_id": "../../x"}'),
            Message(f"{root}/events/x/snapshot", b"<html>"),
            Message(f"{root}/cameras/hall/health", b"\xff"),
            Message(f"{root}/status", b"null"),
        ],
    )
    shown(visitor, floor.event())
