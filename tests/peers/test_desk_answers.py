"""The desk as a process, told by people: from an e-mail, by a webhook, from a console."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from alerts import signing
from alerts.errors import UserError
from alerts.event import Event
from alerts.mqtt import MqttSink
from alerts.ports import Message
from alerts.standing import EventState
from alerts.subscribers.answer import Asked, answer
from alerts.topics import Filters, Topics
from tests.alerts.samples import an_event
from tests.support.desks import DeskProcess, desk_file
from tests.support.inboxes import Kept, keeping
from tests.support.mosquitto import Mosquitto, free_port
from tests.support.smtp_sink import SmtpSink
from tests.support.until import until

TOPICS, FILTERS = Topics("floorwatch", "site"), Filters("floorwatch")
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
JPEG = b"\xff\xd8\xff\xe0 not much of a picture"
MP4 = b"\0\0\0\x18ftypisom not much of a clip"


@dataclass(frozen=True)
class Site:
    """A desk that writes e-mails and takes answers at `door`, and who hears what it says."""

    broker: Mosquitto
    mail: SmtpSink
    heard: Kept
    folder: Path
    door: str

    def say(self, *messages: Message) -> None:
        with MqttSink(self.broker.settings("device")) as sink:
            for message in messages:
                sink.send(message)

    def open(self, event: Event) -> None:
        payload = event.to_json().encode()
        self.say(
            Message(TOPICS.event_snapshot(event.event_id), JPEG),
            Message(TOPICS.alert(event.camera, event.label), payload),
        )

    def standing(self, event: Event) -> str | None:
        told = [one for one in self.heard.on(TOPICS.event_state(event.event_id)) if one]
        return EventState.from_json(told[-1]).standing if told else None

    def link(self) -> str:
        until(lambda: self.mail.taken, "an e-mail came")
        words = self.mail.taken[-1].letter.get_body(("plain",))
        assert words is not None
        found = re.search(rf"{self.door}/answer/\S+", words.get_content())
        assert found is not None
        return found[0]

    def webhook(self, event_id: str, action: str) -> httpx.Response:
        body = json.dumps({"event_id": event_id, "action": action, "who": "kim"}).encode()
        key = signing.key_of(SECRET, "secret")
        signed = signing.headers(key, f"msg-{action}", int(time.time()), body)
        return httpx.post(f"{self.door}/answer", content=body, headers=signed, trust_env=False)


@pytest.fixture
def site(broker: Mosquitto, tmp_path: Path) -> Iterator[Site]:
    port = free_port()
    door = f"http://127.0.0.1:{port}"
    (tmp_path / "secret").write_text(SECRET)
    with SmtpSink() as mail, keeping(broker.settings("heard"), FILTERS.everything) as heard:
        server = mail.server()
        file = desk_file(
            tmp_path / "one.yaml",
            broker.port,
            recipients={"floor": {"email": {"to": ["floor@here.example"]}}},
            smtp={
                "host": server.host, "port": server.port, "security": "none",
                "sender": "desk@here.example",
            },
            answers={"enabled": True, "port": port, "secret_file": "secret", "url": door},
        )  # fmt: skip
        with DeskProcess(file) as desk:
            desk.said("listening")
            desk.said("answers are taken")
            yield Site(broker, mail, heard, tmp_path / "state", door)
            assert desk.running


def test_from_an_e_mail_to_a_hard_negative(site: Site) -> None:
    event = an_event()
    site.open(event)
    link = site.link()
    letter = site.mail.taken[0].letter
    assert [one.get_content() for one in letter.walk() if one.get_content_type() == "image/jpeg"]
    assert httpx.get(link, trust_env=False).status_code == 200
    assert site.standing(event) == "open"
    form = {"action": "false_alarm", "note": "a heap of clothes"}
    assert httpx.post(link, data=form, trust_env=False).status_code == 202
    until(lambda: site.standing(event) == "false_alarm", "it is a false alarm")
    site.say(Message(TOPICS.event_clip(event.event_id), MP4))  # it comes late
    told: dict[str, str | None] = {"clip": None}

    def kept() -> bool:
        path = site.folder / "hard_negatives" / "events" / f"{event.event_id}.json"
        told.update(json.loads(path.read_text()) if path.is_file() else {})
        return told["clip"] is not None

    until(kept, "its clip is kept")
    assert (told["said_by"], told["note"]) == ("floor", "a heap of clothes")


def test_by_a_signed_webhook(site: Site) -> None:
    event = an_event()
    site.open(event)
    until(lambda: site.standing(event) == "open", "it is open")
    assert [site.webhook(event.event_id, "acknowledge").status_code for _ in range(2)] == [202] * 2
    until(lambda: site.standing(event) == "acknowledged", "it is taken")
    assert site.webhook(an_event(9).event_id, "resolve").status_code == 404


def test_from_a_console(site: Site) -> None:
    event, settings = an_event(), site.broker.settings("answer")
    with pytest.raises(UserError, match="no desk is online"):
        answer(settings, FILTERS, Asked("latest", "acknowledge", "kim"))
    site.open(event)
    until(lambda: site.standing(event) == "open", "it is open")
    state = answer(settings, FILTERS, Asked("latest", "acknowledge", "kim", "on my way"))
    assert (state.standing, state.by, state.note) == ("acknowledged", "kim", "on my way")
    assert answer(settings, FILTERS, Asked(event.event_id, "resolve", "kim")).standing == "resolved"


def test_a_mail_server_that_hangs_up_after_the_letter_gets_it_again_marked(site: Site) -> None:
    site.mail.manner = "cut"
    site.open(an_event())
    until(lambda: site.mail.seen, "it was cut off")
    site.mail.manner = "well"
    until(lambda: site.mail.taken, "it came again")
    first, again = site.mail.seen[0].letter, site.mail.taken[0].letter
    assert first["Message-ID"] == again["Message-ID"]
    assert (first["X-Floorwatch-Repeat"], again["X-Floorwatch-Repeat"]) == (None, "true")
