"""Pictures and clips: by the broker, from the device, in pieces, and from nowhere else."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.event import Evidence, EvidenceFile
from alerts.web.evidence import EvidenceFolder
from alerts.web.patience import Patience
from tests.alerts.web.conftest import unhurried
from tests.alerts.web.test_live import ask, shown
from tests.support.dashboard import Served, Visitor
from tests.support.floor import Floor
from tests.support.mosquitto import Mosquitto
from tests.support.until import until

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8
MP4 = b"\0\0\0\x18ftypisom" + os.urandom(50_000)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("evidence")


@pytest.fixture(scope="module")
def beside(
    mosquitto: Mosquitto, evidence: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A dashboard on the device's own machine, with little patience."""
    folder = tmp_path_factory.mktemp("beside")
    patience = Patience(take_s=0.5, look_s=0.1)
    more = {"evidence": evidence}
    with Served(folder, mosquitto.settings("beside"), more, unhurried(), patience) as running:
        yield running


@pytest.fixture
def floor(mosquitto: Mosquitto, request: pytest.FixtureRequest) -> Iterator[Floor]:
    site = request.node.name[:60].replace("[", "-").replace("]", "")
    with Floor(mosquitto.settings(f"floor-{site}"), site) as one:
        yield one


def test_what_came_by_the_broker_is_given_as_it_came(visitor: Visitor, floor: Floor) -> None:
    floor.health("hall")
    event_id = floor.event()
    assert shown(visitor, event_id)["event"]["snapshot_url"] is None
    assert visitor.get(f"/api/events/{event_id}/snapshot").status_code == 404
    floor.snapshot(event_id, JPEG)
    floor.clip(event_id, MP4)
    until(lambda: shown(visitor, event_id)["event"]["clip_url"], "the clip")
    event = shown(visitor, event_id)["event"]
    for name, kind, data in (("snapshot", "image/jpeg", JPEG), ("clip", "video/mp4", MP4)):
        answer = visitor.get(event[f"{name}_url"])
        assert answer.content == data
        assert answer.headers["content-type"] == kind
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
    first = event["snapshot_url"]
    floor.snapshot(event_id, JPEG + b"2")
    until(lambda: shown(visitor, event_id)["event"]["snapshot_url"] != first, "another address")


def test_the_picture_with_nothing_drawn_into_it_has_an_address_of_its_own(
    visitor: Visitor, floor: Floor
) -> None:
    event_id = floor.event()
    floor.snapshot(event_id, JPEG)
    until(lambda: shown(visitor, event_id)["event"]["snapshot_url"], "the snapshot")
    event = shown(visitor, event_id)["event"]
    assert event["raw_snapshot_url"] is None
    assert visitor.get(f"/api/events/{event_id}/plain").status_code == 404
    drawn = event["snapshot_url"]
    addresses: list[str] = []
    for plain in (JPEG + b"plain", JPEG + b"plain, later"):
        floor.plain(event_id, plain)
        until(
            lambda: shown(visitor, event_id)["event"]["raw_snapshot_url"] not in {None, *addresses},
            "its address",
        )
        event = shown(visitor, event_id)["event"]
        addresses.append(event["raw_snapshot_url"])
        assert visitor.get(addresses[-1]).content == plain
    assert event["snapshot_url"] == drawn  # which no page has to fetch again
    assert visitor.get(drawn).content == JPEG


def test_the_device_beside_gives_it_from_its_own_folder(
    beside: Served, floor: Floor, evidence: Path
) -> None:
    (evidence / "p-0-plain.jpg").write_bytes(JPEG)
    plain = EvidenceFile("p-0-plain.jpg", digest(JPEG))
    with beside.visitor() as visitor:
        visitor.me()
        event_id = floor.event(evidence=Evidence(plain=plain))
        event = shown(visitor, event_id)["event"]
        assert (event["snapshot_url"], event["clip_url"]) == (None, None)
        answer = visitor.get(event["raw_snapshot_url"])
        assert (answer.content, answer.headers["content-type"]) == (JPEG, "image/jpeg")


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("bytes=0-99", (206, 0, 100)),
        ("bytes=100-", (206, 100, len(MP4))),
        ("bytes=-10", (206, len(MP4) - 10, len(MP4))),
        (f"bytes={len(MP4)}-", (416, 0, 0)),
        ("bytes=x", (400, 0, 0)),
        ("lines=1-2", (400, 0, 0)),
    ],
)
def test_a_clip_is_given_in_pieces(
    beside: Served, floor: Floor, evidence: Path, asked: str, given: tuple[int, int, int]
) -> None:
    status, start, end = given
    (evidence / "clip.mp4").write_bytes(MP4)
    with beside.visitor() as visitor:
        visitor.me()
        clip = EvidenceFile("clip.mp4", digest(MP4))
        event_id = floor.event(evidence=Evidence(clip=clip))
        url = shown(visitor, event_id)["event"]["clip_url"]
        answer = visitor.get(url, headers={"range": asked})
        assert answer.status_code == status
        if status == 206:
            assert answer.content == MP4[start:end]
            assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(MP4)}"


def test_a_file_is_given_only_as_the_event_says(
    beside: Served, floor: Floor, evidence: Path
) -> None:
    (evidence / "e-0.jpg").write_bytes(JPEG)
    good, bad = digest(JPEG), digest(b"")
    with beside.visitor() as visitor:
        visitor.me()
        codes = {}
        for n, sha256 in enumerate((good, bad)):
            event_id = floor.event(
                ordinal=n, evidence=Evidence(snapshot=EvidenceFile("e-0.jpg", sha256))
            )
            shown(visitor, event_id)
            codes[sha256] = visitor.get(f"/api/events/{event_id}/snapshot").status_code
        assert codes == {good: 200, bad: 404}
        (evidence / "e-0.jpg").write_bytes(JPEG[:-1])  # changed afterwards
        first = next(iter(floor.known))
        assert visitor.get(f"/api/events/{first}/snapshot").status_code == 404


def test_names_lead_nowhere_else(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "inner").mkdir()
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(JPEG)
    (folder / "link.jpg").symlink_to(secret)
    (folder / ".hidden").write_bytes(JPEG)
    (folder / "inner" / "e.jpg").write_bytes(JPEG)
    (folder / "e.jpg").write_bytes(JPEG)
    given = EvidenceFolder(folder)
    assert given.path(EvidenceFile("e.jpg", digest(JPEG))) == folder / "e.jpg"
    for name in (
        "../secret.jpg", str(secret), "link.jpg", ".hidden", "inner/e.jpg", "inner", ".", "..", "",
        "e.jpg\0", "e.jpg\n", "x" * 300, "no-such.jpg", "..%2fsecret.jpg", "~/e.jpg",
    ):  # fmt: skip
        file = EvidenceFile(name, digest(JPEG))
        assert given.path(file) is None, name
        assert not given.has(file), name
    assert given.path(None) is None


def test_who_asks_for_a_clip_and_does_not_take_it_is_hung_up_on(
    beside: Served, floor: Floor, evidence: Path
) -> None:
    large = MP4[:32] + bytes(30_000_000)
    (evidence / "large.mp4").write_bytes(large)
    event_id = floor.event(evidence=Evidence(clip=EvidenceFile("large.mp4", digest(large))))
    with beside.visitor() as visitor:
        visitor.me()
        shown(visitor, event_id)
        head = f"GET /api/events/{event_id}/clip HTTP/1.1"
        with ask(beside, head, buffer_bytes=4096) as slow:
            assert slow.recv(12).endswith(b"200")
            until(lambda: not is_held(slow), "hung up")
            assert visitor.get(f"/api/events/{event_id}/clip").content == large


def is_held(line: socket.socket) -> bool:
    """Whether the other side still holds the line; nothing is taken from it by asking."""
    return line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 1  # TCP_ESTABLISHED
