"""`kill -9` at any moment: what was put stays put, in order, and what was delivered stays gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from alerts.outbox import Outbox

# Puts three, delivers the oldest two, and so on; says on its output what is done, when it is done.
WRITER = """
import os, sys
from pathlib import Path
from alerts.outbox import Outbox
from alerts.ports import Message

def say(text):
    os.write(1, (text + chr(10)).encode())

with Outbox(Path(sys.argv[1])) as outbox:
    for number in range(10**9):
        for seq in range(3):
            payload = f"{number}.{seq}"
            outbox.put(Message("a", payload.encode()), f"e{number}", seq, "opened")
            say("put " + payload)
        for kept in outbox.next(2):
            payload = kept.message.payload.decode()
            say("delivering " + payload)
            outbox.delivered(kept.id)
            say("delivered " + payload)
"""


@pytest.mark.parametrize("lines", [1, 40, 137, 512])
def test_nothing_is_lost_or_reordered(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "outbox.sqlite3"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, env=_environment()
    )
    with writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(lines)]
        writer.send_signal(signal.SIGKILL)
        said += writer.stdout.readlines()
    done = [line.decode().split() for line in said if line.endswith(b"\n")]
    put = [payload for verb, payload in done if verb == "put"]
    delivered = {payload for verb, payload in done if verb == "delivered"}
    delivering = {payload for verb, payload in done if verb == "delivering"}
    with Outbox(path) as outbox:
        kept = [one.message.payload.decode() for one in outbox.next(10**6)]
    assert not list(tmp_path.glob("*.damaged-*"))
    assert [payload for payload in put if payload not in delivering] == [
        payload for payload in kept if payload in put and payload not in delivering
    ]
    assert not delivered & set(kept)
    assert len(set(kept) - set(put)) <= 1  # put, and killed before it could say so
    in_order = [tuple(map(int, payload.split("."))) for payload in kept]
    assert in_order == sorted(in_order)


def _environment() -> dict[str, str]:
    root = Path(__file__).parents[2]
    return os.environ | {"PYTHONPATH": str(root)}
