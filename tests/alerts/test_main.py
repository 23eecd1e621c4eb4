"""The command itself, as a process: what it prints, where, and its exit status."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

import alerts.main
from alerts.main import VERBS_GROUP, main
from alerts.mqtt import BrokerSettings, MqttSink
from alerts.ports import Message
from alerts.topics import Topics
from tests.alerts.samples import an_event
from tests.support.mosquitto import Mosquitto
from tests.support.until import until

COMMAND = [sys.executable, "-m", "alerts.main"]
TOPICS = Topics("floorwatch", "site")
ALERT = Message(TOPICS.alert("hall", "collapse"), an_event().to_json().encode())


@pytest.fixture(autouse=True)
def _installed() -> None:
    if not metadata.entry_points(group=VERBS_GROUP):
        pytest.fail("floorwatch is not installed here: pip install -e .")


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
        env=environment(**variables),
        check=False,
    )


def environment(**variables: str) -> dict[str, str]:
    here = str(Path(__file__).parents[2])
    known = os.environ.get("PYTHONPATH")
    path = here if known is None else f"{here}{os.pathsep}{known}"
    return os.environ | {"PYTHONPATH": path} | variables


def test_registering_the_verbs_loads_nothing_heavy() -> None:
    """Every verb registers all others first: what one of them loads then, all of them pay for."""
    heavy = ("av", "cv2", "numpy", "onnxruntime", "pydantic", "scipy", "starlette", "torch")
    code = (
        "import sys; from alerts.main import main\n"
        "try: main(['watch', '--help'])\n"
        "except SystemExit: pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stderr == "[]\n"


def test_help_teaches_each_verb_with_an_example() -> None:
    ran = run("--help")
    assert ran.returncode == 0
    assert "usage: floorwatch" in ran.stdout
    assert "show alerts as they arrive from the broker" in ran.stdout
    assert "example: floorwatch watch --url mqtt://" in ran.stdout
    assert run().returncode == 2
    assert "example:" in run("watch", "--help").stdout


def test_version() -> None:
    assert run("--version").stdout.strip() == f"floorwatch {metadata.version('floorwatch')}"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://broker", "write mqtt://user@host:port"),
        ("mqtt://", "write mqtt://user@host:port"),
        ("mqtt://broker:port", "not an address"),
        ("mqtt://me:hunter2@broker", "put it in a file"),
        ("mqtts://broker --ca-file missing.pem", "floorwatch: --ca-file: there is no file"),
        ("mqtts://broker --cert-file README.md", "--cert-file and --key-file: README.md and"),
    ],
)
def test_what_the_user_must_change_is_one_line_and_status_2(url: str, told: str) -> None:
    ran = run("--log-level", "error", "watch", "--url", *url.split())
    assert ran.returncode == 2
    assert ran.stdout == ""
    lines = [line for line in ran.stderr.splitlines() if line.startswith("floorwatch: ")]
    assert len(lines) == 1
    assert told in lines[0]
    assert "Traceback" not in ran.stderr
    assert "hunter2" not in ran.stderr


def test_main_is_a_function_that_gives_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "--url", "mqtt://x", "--site", "a/b"]) == 2
    assert "floorwatch: site name 'a/b' contains a slash (/)" in capsys.readouterr().err


def test_watch_shows_what_arrives_and_connects_again(tmp_path: Path) -> None:
    output = tmp_path / "output"
    users = {"desk": "not to be seen"}
    with Mosquitto(tmp_path / "broker", users=users) as broker, output.open("w") as written:
        watching = subprocess.Popen(
            [*COMMAND, "watch", "--url", f"mqtt://desk@127.0.0.1:{broker.port}"],
            stdout=written,
            stderr=subprocess.PIPE,
            env=environment(FLOORWATCH_MQTT_PASSWORD="not to be seen", TZ="UTC"),
            text=True,
        )
        with watching:
            with MqttSink(_known(broker)) as sink:
                until(lambda: sink.send(ALERT).matched, "it watches")
                sink.send(ALERT)  # a copy
            until(lambda: "collapse opened" in output.read_text(), "the alert is shown")
            broker.kill()
            broker.start()
            with MqttSink(_known(broker)) as sink:
                later = Message(ALERT.topic, an_event(0, 2).to_json().encode())
                until(lambda: sink.send(later).matched, "it watches again", timeout_s=30)
                sink.send(Message(TOPICS.availability, b"offline", retain=True))
            until(lambda: "site is offline" in output.read_text(), "all is shown")
            watching.send_signal(signal.SIGINT)
            errors = watching.communicate(timeout=20)[1]
            assert watching.returncode == 130
    lines = output.read_text().splitlines()
    assert lines[0] == (
        "17:45:16  site / hall, floor  collapse opened  score 0.87  4.0 s after it began  "
        f"{an_event().event_id} #0"
    )
    assert "collapse closed" in lines[1]
    assert len(lines) == 3
    assert "not to be seen" not in errors
    assert "Traceback" not in errors
    assert "connection lost" in errors
    assert "trying again" in errors


def test_watch_as_json_is_one_event_a_line(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        watching = subprocess.Popen(
            [*COMMAND, "watch", "--json", "--url", f"mqtt://127.0.0.1:{broker.port}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            text=True,
        )
        with watching, MqttSink(broker.settings("out")) as sink:
            until(lambda: sink.send(ALERT).matched, "it watches")
            sink.send(Message(ALERT.topic, b"rubbish"))
            sink.send(Message(ALERT.topic, an_event(1).to_json().encode()))
            assert watching.stdout is not None
            assert watching.stdout.readline() == an_event().to_json() + "\n"
            assert watching.stdout.readline() == an_event(1).to_json() + "\n"
            watching.send_signal(signal.SIGINT)
            assert "not by the contract" in watching.communicate(timeout=20)[1]


def test_watch_speaks_3_1_1_if_told_to(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        url = f"mqtt://127.0.0.1:{broker.port}"
        watching = subprocess.Popen(
            [*COMMAND, "watch", "--json", "--protocol", "3.1.1", "--url", url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            text=True,
        )
        with watching, MqttSink(broker.settings("out")) as sink:
            until(lambda: sink.send(ALERT).matched, "it watches")
            assert watching.stdout is not None
            assert watching.stdout.readline() == an_event().to_json() + "\n"
            watching.send_signal(signal.SIGINT)
            watching.communicate(timeout=20)
        # The broker's own number for 3.1.1; "p5" would be 5.
        assert re.search(r"as floorwatch-watch-\w+ \(p2,", broker.log)


def test_watch_ends_quietly_when_its_reader_has_had_enough(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        watching = subprocess.Popen(
            [*COMMAND, "watch", "--json", "--url", f"mqtt://127.0.0.1:{broker.port}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            text=True,
        )
        with watching, MqttSink(broker.settings("out")) as sink:
            assert watching.stdout is not None
            watching.stdout.close()
            until(lambda: sink.send(ALERT).matched, "it watches")
            assert watching.wait(timeout=20) == 141
            assert watching.stderr is not None
            assert "Traceback" not in watching.stderr.read()
    assert "141" in (alerts.main.__doc__ or "")


def _known(broker: Mosquitto) -> BrokerSettings:
    return replace(broker.settings("out"), username="desk", password="not to be seen")
