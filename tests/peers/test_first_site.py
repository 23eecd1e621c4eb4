"""configs/FIRST-SITE.md, carried out: its commands and files, until a drill is paged and answered.

Otherwise are only: ports and addresses, the seconds between the steps of the chain, the camera (it
plays a clip), the mail server and the outside line (of this machine, with certificates of their
own), and that everything lies below a folder. Users, packages and systemd are the system's.
"""

from __future__ import annotations

import json
import re
import shlex
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname

import av
import pytest

from alerts.broker import BrokerSettings, TlsSettings
from alerts.main import build_parser
from alerts.paging import Page
from edge.sources.pattern import Script
from tests.house.tree import ROOT
from tests.support.certificates import Authority
from tests.support.clips import write_pattern
from tests.support.dashboard import Visitor
from tests.support.inboxes import keeping
from tests.support.mosquitto import free_port, need
from tests.support.receiver import Receiver
from tests.support.rtsp_server import Mount, RtspServer
from tests.support.smtp_sink import SmtpSink
from tests.support.until import until
from tests.support.walkthrough import SYSTEM, Block, Walk, steps

GUIDE = ROOT / "configs" / "FIRST-SITE.md"
STEPS = steps(GUIDE)
MAIL, CAMERA, ANNA = "mail-secret-1", "camera-secret-1", "anna-secret-1"
FOR_MOSQUITTO_ALONE = ("broker.key", "floorwatch.passwords", "floorwatch.acl")
BUSY_S = 60.0  # to start, on a machine that has other things to do
LEGS_S = 8.0  # of the demo's clip: somebody walks about, and has not fallen yet


@dataclass(frozen=True)
class Ports:
    """Of this machine's own."""

    broker: int
    page: int
    http: int


def otherwise(
    ports: Ports, camera: RtspServer, mail: SmtpSink, line: Receiver
) -> Callable[[str], str]:
    """What is otherwise here; each of it stands in the guide, or in a file it names."""
    table = {
        "host: localhost,": f"host: localhost, port: {ports.broker},",
        "responder@localhost": f"responder@localhost:{ports.broker}",
        "listener 8883": f"listener {ports.broker} 127.0.0.1\nuser root",
        "192.0.2.10/": f"127.0.0.1:{camera.port}/",
        "CAMERA-PASSWORD": CAMERA,
        # The guide installs no other runtime; where the tests run there may be one more to try.
        "cameras:\n": f"model: {{backend: onnx}}\n"
        f"telemetry: {{http: {{port: {ports.http}}}}}\ncameras:\n",
        "127.0.0.1:8909": f"127.0.0.1:{ports.http}",
        "host: 0.0.0.0": f"host: 0.0.0.0\nport: {ports.page}",
        ":8910/": f":{ports.page}/",
        "https://line.example/floorwatch": line.url,
        "host: mail.clinic.example": f"host: 127.0.0.1\n  port: {mail.server().port}",
        "MAIL-PASSWORD": MAIL,
        "after_s: 60": "after_s: 1",
        "after_s: 180": "after_s: 2",
        "doctor site.yaml": "doctor --quick site.yaml",
    }
    whole = GUIDE.read_text("utf-8") + (GUIDE.parent / "mosquitto.conf").read_text("utf-8")
    assert not [words for words in table if words not in whole]

    def changed(text: str) -> str:
        for words, here in table.items():
            text = text.replace(words, here)
        return text

    return changed


def legs(source: Path, out: Path) -> Path:
    """The first seconds of a clip, as they are."""
    with av.open(str(source)) as whole, av.open(str(out), "w") as part:
        video = whole.streams.video[0]
        stream = part.add_stream_from_template(video)
        for packet in whole.demux(video):
            if packet.dts is None or float(packet.dts * video.time_base) >= LEGS_S:
                break
            packet.stream = stream
            part.mux(packet)
    return out


@pytest.fixture
def rtsp_camera(rtsp: type[RtspServer], tmp_path: Path) -> Iterator[RtspServer]:
    clip = legs(ROOT / "configs" / "demo" / "collapse.mp4", tmp_path / "legs.mp4")
    mounts = [Mount(path, clip, loop=True) for path in ("/stream1", "/stream2")]
    with rtsp(*mounts, user="viewer", password=CAMERA) as server:
        yield server


@dataclass(frozen=True)
class Site:
    """What the walk has to do with."""

    walk: Walk
    ports: Ports
    mail: SmtpSink
    line: Receiver

    def take(self, step: int, typed: str = "", codes: tuple[int, ...] = (0,)) -> str:
        """All blocks of a step; gives what was said."""
        return "".join(self.walk.take(block, typed, codes) for block in STEPS[str(step)])

    @property
    def folder(self) -> Path:
        return self.walk.root / "etc/floorwatch"

    def viewer(self) -> BrokerSettings:
        """How whoever only looks reaches the broker."""
        return BrokerSettings(
            "localhost", "wall", port=self.ports.broker, username="viewer",
            password=(self.folder / "viewer.password").read_text().strip(),
            tls=TlsSettings(self.folder / "ca.pem"),
        )  # fmt: skip

    def visitor(self) -> Visitor:
        """Somebody at the page, who trusts the authority of step 1 alone."""
        trusted = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        return Visitor(f"https://localhost:{self.ports.page}", trusted)


@pytest.fixture
def site(tmp_path: Path, rtsp_camera: RtspServer) -> Iterator[Site]:
    for program in ("mosquitto", "curl", "openssl"):
        need(program, program)
    authority = Authority.make(tmp_path / "world")
    tls = authority.issue("world", "IP:127.0.0.1")
    with ExitStack() as stack:
        login = ("floorwatch", MAIL)
        mail = stack.enter_context(SmtpSink("starttls", tls=tls, login=login))
        line = stack.enter_context(Receiver(tls=tls))
        ports = Ports(free_port(), free_port(), free_port())
        changed = otherwise(ports, rtsp_camera, mail, line)
        # The world's authorities, whom the machine trusts.
        trust = {"SSL_CERT_FILE": str(authority.certificate)}
        programs = Path(sys.executable).parent
        walk = Walk(tmp_path / "machine", ROOT, programs, changed, trust)
        yield Site(stack.enter_context(walk), ports, mail, line)


def test_from_an_empty_machine_to_a_drill_that_is_paged_and_answered(site: Site) -> None:
    assert "floorwatch " in site.take(0)
    assert "broker.pem: OK\ndashboard.pem: OK" in site.take(1)
    site.take(2)
    secrets = [*site.folder.glob("*.password"), *site.folder.glob("*.key")]
    secrets += (site.walk.root / "etc/mosquitto" / name for name in FOR_MOSQUITTO_ALONE)
    assert len(secrets) == 5 + 3 + len(FOR_MOSQUITTO_ALONE)
    assert not [path for path in secrets if path.stat().st_mode & 0o077]
    found = site.take(3)
    assert not [line for line in found.splitlines() if line.startswith("FAIL")], found
    for part in ("model", "camera hall", "camera hall (record)", "state", "broker"):
        assert f"ok   {part}:" in found
    start, ask = STEPS["4"]
    site.walk.take(start)
    until(lambda: json.loads(site.walk.take(ask))["concerns"] == [], "the camera is there", BUSY_S)
    said = site.take(5)
    told = [line for line in said.splitlines() if "make room in time" not in line]
    assert [line.split()[0] for line in told] == ["ok"] * 3, said  # however full this disk is
    assert "anna is now responder" in site.take(6, typed=ANNA)
    assert STEPS["7"] == []
    until(lambda: "listening" in site.walk.log("floorwatch-desk"), "the desk listens", BUSY_S)
    until(lambda: "https:" in site.walk.log("floorwatch-dashboard"), "the page is there", BUSY_S)
    _drill(site, *STEPS["8"])
    found = site.take(10, codes=(0, 1))
    bad = set(re.findall(r"^BAD +(\w+),", found, re.MULTILINE))
    assert not {"site", "broker", "cameras", "disk"} & bad, found


def _drill(site: Site, drill: Block, answer: Block) -> None:
    """It is told to the floor by MQTT, to the supervisor by letter, to the outside line by webhook;
    then it is answered."""
    with site.visitor() as anna, keeping(site.viewer(), "floorwatch/clinic-west/#") as heard:
        assert anna.log_in("anna", ANNA).status_code == 200
        assert "somebody subscribes to its topic" in site.walk.take(drill)
        until(lambda: heard.on("/pages/floor"), "the floor is told")
        (page,) = (Page.from_json(one) for one in heard.on("/pages/floor"))
        assert (page.camera, page.label, page.drill) == ("hall", "collapse", True)
        assert page.link == f"https://{gethostname()}:{site.ports.page}/events/{page.event_id}"
        until(lambda: site.mail.taken, "the supervisor is told")
        assert site.mail.taken[0].to == ("supervisor@clinic.example",)
        until(lambda: site.line.taken, "the outside line is told")
        assert site.line.taken[0].headers["webhook-signature"].startswith("v1,")
        until(lambda: _open(anna) == [(page.event_id, True)], "it is on the page")
        answered = site.walk.take(answer)
        assert re.search(r"acknowledged by Kim.*resolved by Kim", answered, re.DOTALL), answered
        until(lambda: _open(anna) == [], "it is off the page")
        assert len(site.line.taken) == len(site.mail.taken) == 1


def _open(anna: Visitor) -> list[tuple[str, bool]]:
    return [(one["event_id"], one["drill"]) for one in anna.json("/api/overview")["open"]]


def test_staged_recordings_are_judged_and_too_few_promise_nothing(tmp_path: Path) -> None:
    with Walk(tmp_path, ROOT, Path(sys.executable).parent, lambda text: text) as walk:
        for block in (*STEPS["0"], STEPS["3"][0]):
            walk.take(block)
        evaluate, tune, later = STEPS["9"]
        for name, seconds in {"staged/fall-1.mp4": 45.0, "quiet/night.mp4": 5.0}.items():
            clip = tmp_path / "etc/floorwatch" / name
            clip.parent.mkdir()
            write_pattern(clip, Script((), seconds, 1.0, (320, 180)))
        walk.take(evaluate)
        assert (tmp_path / "etc/floorwatch/report/report.html").is_file()
        assert "needs 29 incidents" in walk.take(tune, codes=(3,))
    assert later.whose == "later"


def test_whatever_is_not_carried_out_is_a_command_too() -> None:
    parser = build_parser()
    for block in (one for blocks in STEPS.values() for one in blocks if one.whose == "later"):
        for line in block.text.splitlines():
            program, *words = shlex.split(line)
            if program == "floorwatch":
                parser.parse_args(words)
    assert {one.whose for blocks in STEPS.values() for one in blocks} == {"", "root", "later"}


def test_what_root_does_to_the_system_is_what_the_units_ask_for() -> None:
    lines = [line for blocks in STEPS.values() for one in blocks for line in one.system]
    assert {line.split()[0] for line in lines} == set(SYSTEM)
    said = "\n".join(lines)
    for unit in (ROOT / "configs").glob("*.service"):
        text = unit.read_text("utf-8")
        assert f"enable --now {unit.stem}" in said
        (user,) = re.findall(r"^User=(\w+)$", text, re.MULTILINE)
        (program,) = re.findall(r"^ExecStart=(\S+)/bin/floorwatch ", text, re.MULTILINE)
        assert re.search(rf"^useradd .* {user}$", said, re.MULTILINE)
        assert f"python3 -m venv {program} " in said
    (extras,) = re.findall(r"pip install '\.\[(.*)\]'", said)
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    for extra in extras.split(","):
        assert re.search(rf"^{extra} = \[", project, re.MULTILINE)


def test_a_block_that_the_machine_has_no_name_for_is_seen() -> None:
    block = Block("root", "apt-get install x\ninstall -m 0644 a /etc/b\nsystemctl restart c\n")
    assert block.system == ["apt-get install x", "systemctl restart c"]
    assert block.rest == "install -m 0644 a /etc/b\n"
