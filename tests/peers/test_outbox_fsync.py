"""Written and fsynced before the first publish: `kill -9` cannot show it, system calls can."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.mosquitto import Mosquitto, need

DAEMON = """
import sys, threading, time
from pathlib import Path
from alerts.mqtt import BrokerSettings, connector
from alerts.outbox import Outbox
from alerts.publisher import Publisher
from alerts.topics import Topics
from tests.alerts.samples import an_event

settings = BrokerSettings("127.0.0.1", "traced", port=int(sys.argv[2]), ack_timeout_s=30.0)
topics = Topics("floorwatch", "site")
# Under a trace all is slow, and this is not about how slow the disk may be.
publisher = Publisher(
    lambda: Outbox(Path(sys.argv[1])), topics, connector(settings, None), disk_patience_s=60.0
)
stop = threading.Event()
thread = threading.Thread(target=publisher.run, args=(stop,))
thread.start()
while not publisher.counters().connected:
    time.sleep(0.01)
publisher.post(an_event())
while publisher.counters().depth:
    time.sleep(0.01)
stop.set()
thread.join()
"""
CALLS = "trace=write,pwrite64,writev,pwritev,fsync,fdatasync,sendto,sendmsg"
ID = "20261120T174512345Z"


def test_an_event_is_fsynced_before_it_is_published(tmp_path: Path) -> None:
    strace = need("strace", "strace")
    _need_tracing(strace)
    trace = tmp_path / "trace"
    outbox = tmp_path / "outbox.sqlite3"
    with Mosquitto(tmp_path / "broker") as broker:
        subprocess.run(
            [strace, "-f", "-y", "-s", "20000", "-e", CALLS, "-o", str(trace),
             sys.executable, "-c", DAEMON, str(outbox), str(broker.port)],
            check=True, timeout=100, env=_environment(),
        )  # fmt: skip
    calls = [line.split(maxsplit=1)[1] for line in trace.read_text("utf-8", "replace").splitlines()]
    log = re.escape(f"{outbox}-wal")
    written = _first(calls, rf"p?write(64|v)?\(\d+<{log}>.*{ID}")
    published = _first(calls, rf"(sendto|sendmsg|write|writev)\(\d+<(socket|TCP).*{ID}")
    # An fsync that was interrupted in the trace counts where it ended.
    synced = _first(
        calls, rf"(fsync|fdatasync)\(\d+<{log}>\) += 0|<\.\.\. f(data)?sync resumed>.*= 0", written
    )
    shown = "\n".join(call[:120] for call in calls[written : published + 1])
    assert written < synced < published, shown


def _first(calls: list[str], pattern: str, after: int = 0) -> int:
    for number, call in enumerate(calls):
        if number > after and re.match(pattern, call, re.DOTALL):
            return number
    raise AssertionError(f"no such call after {after}: {pattern}")


def _need_tracing(strace: str) -> None:
    tried = subprocess.run(
        [strace, "-f", "-e", "trace=none", "true"], capture_output=True, check=False, timeout=20
    )
    if tried.returncode != 0:
        why = f"strace may not trace here: {tried.stderr.decode()[:100]}"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
