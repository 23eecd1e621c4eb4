"""`floorwatch doctor` as a whole: the broker's line, what is printed, and exit codes."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from alerts.broker import BrokerSettings
from alerts.main import main
from edge.doctor import broker
from edge.doctor.finding import Group
from edge.doctor.machine import Machine
from edge.doctor.screen import show
from tests.edge.doctor.devices import by_check
from tests.support.certificates import Authority
from tests.support.mosquitto import Mosquitto, free_port
from tests.support.site import site_file

GOOD = {"name": "hall [2]", "url": "pattern:both"}
LINE = broker.Line("broker.local:8883", 3.0, True, False, (("broker's", 300.0),))


# --- the broker ---


@pytest.mark.parametrize(
    ("seen", "check", "verdict"),
    [
        (LINE, "round trip", "good"),
        (replace(LINE, trip_ms=700.0), "round trip", "look"),
        (replace(LINE, trip_ms=None), "round trip", "not_applicable"),
        (replace(LINE, encrypted=False), "encryption", "look"),
        (replace(LINE, encrypted=False, local=True), "encryption", "not_applicable"),
        (replace(LINE, ends=(("our", 12.0),)), "our certificate", "look"),
        (replace(LINE, ends=(("our", -2.0),)), "our certificate", "bad"),
    ],
)
def test_what_a_line_means(seen: broker.Line, check: str, verdict: str) -> None:
    found = by_check(broker.judge(seen))
    assert found.pop(check).verdict == verdict
    assert {one.verdict for one in found.values()} == {"good"}


def test_certificates_are_read_off_the_line_and_the_files(tmp_path: Path) -> None:
    authority = Authority.make(tmp_path / "ca")
    theirs = authority.issue("broker", "IP:127.0.0.1", days=20)
    ours = authority.issue("us", days=400)
    with Mosquitto(tmp_path / "broker", tls=theirs) as running:
        settings = BrokerSettings("127.0.0.1", "doctor", running.port, tls=ours)
        seen = broker.probe(Machine(), settings)
    assert seen.trip_ms is not None
    assert {whose: round(days) for whose, days in seen.ends} == {
        "broker's": 20, "our": 400, "authority's": 2,
    }  # fmt: skip


def test_a_broker_that_is_not_there() -> None:
    seen = broker.probe(Machine(), BrokerSettings("127.0.0.1", "doctor", free_port()))
    assert (seen.trip_ms, seen.ends) == (None, ())


# --- the verb ---


def test_a_site_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Mosquitto(tmp_path / "broker") as running:
        path = site_file(tmp_path, [GOOD], running.port)
        code = main(["doctor", str(path), "--quick", "--json"])
    out, err = capsys.readouterr()
    said = json.loads(out)
    assert "Traceback" not in err
    assert set(said) == {"format", "version", "at", "counts", "findings"}
    assert code == (1 if said["counts"]["bad"] else 0)
    keys = {"group", "check", "verdict", "found", "why", "mend", "numbers"}
    assert all(set(one) == keys for one in said["findings"])
    verdicts = {(one["group"], one["check"]): one["verdict"] for one in said["findings"]}
    assert [group for group, _ in dict.fromkeys((g, "") for g, _ in verdicts)] == [
        "device", "nvidia", "power", "decoder", "inference", "memory", "disk", "clock", "network",
        "service", "site", "broker", "limits",
    ]  # fmt: skip
    of_the_site = {
        check: verdict for (group, check), verdict in verdicts.items() if group == "site"
    }
    assert of_the_site == dict.fromkeys(("model", "camera hall [2]", "state", "broker"), "good")
    assert verdicts["broker", "round trip"] == "good"
    assert not (tmp_path / "state" / "evidence").exists()


def test_what_is_bad_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = site_file(tmp_path, [GOOD | {"url": "lost.mp4"}], free_port())
    assert main(["doctor", str(path), "--quick"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("BAD  site, ") for line in lines) == 2
    assert "BAD  site, camera hall [2]" in [line.rstrip() for line in lines]
    assert lines[-1].endswith("do not apply here")


def test_a_wrong_site_file_is_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(tmp_path / "none.yaml")]) == 2
    assert "there is no such file" in capsys.readouterr().err


def test_the_worst_comes_last_and_commands_stay_whole() -> None:
    command = "sudo usermod -aG video,render floorwatch && " * 4 + "true"
    group = Group("nvidia")
    found = [
        group.bad("rights", "none [at all]", "out of reach", command),
        group.look("cuda", "no runtime", "TensorRT needs it"),
        group.good("gpu", "fine"),
        group.none("driver", "the host's"),
    ]
    paper = io.StringIO()
    show(found, Console(file=paper, width=60))
    lines = paper.getvalue().splitlines()
    assert lines[0] == "nvidia"
    assert lines[1].split() == ["BAD", "rights", "none", "[at", "all]"]
    assert f"      → {command}" in lines
    told = [line.rstrip() for line in lines if line.startswith(("look", "BAD"))]
    assert told == ["look  nvidia, cuda", "BAD  nvidia, rights"]
    assert lines[-1] == "1 good, 1 worth a look, 1 bad; 1 do not apply here"
