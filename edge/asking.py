"""The verbs that ask a running daemon for something, and what they print."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from edge.config.load import load
from edge.control import ask

_ANSWER_S = 30.0  # a reload waits for the name server, at worst
_POLL_S = 0.1
_out = Console(highlight=False, soft_wrap=True)


def reload_site(site: Path, *, as_json: bool) -> int:
    """Has the daemon of this site file read it again; prints what changed. 0 when it did."""
    answer = ask(load(site).state_folder, {"order": "reload"}, _ANSWER_S)
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        _out.print(answer["words"], markup=False)
    return 0


def drill(site: Path, order: Mapping[str, Any], patience_s: float, *, as_json: bool) -> int:
    """Orders a test alert and waits for the broker to have it. 0 when it has, and somebody
    subscribes; else 1."""
    folder = load(site).state_folder
    ask(folder, {"order": "drill", "patience_s": patience_s, **order}, _ANSWER_S)
    until_s = time.monotonic() + patience_s
    state: dict[str, Any] = {}
    while time.monotonic() < until_s:
        state = ask(folder, {"order": "drill_state", **order}, _ANSWER_S)
        if state["deliveries"]:
            break
        time.sleep(_POLL_S)
    good, words = _verdict(state, str(order["camera"]), patience_s)
    if as_json:
        print(json.dumps({"arrived": good, "words": words, **state}, ensure_ascii=False))
    else:
        (_out if good else Console(file=sys.stderr, highlight=False, soft_wrap=True)).print(
            words, markup=False
        )
    return 0 if good else 1


def _verdict(state: Mapping[str, Any], camera: str, patience_s: float) -> tuple[bool, str]:
    """Whether the chain holds, and in words where it does not."""
    if not state["event_id"]:
        return False, f"no picture came from {camera} within {patience_s:g} s: {state['camera']}"
    event = f"test event {state['event_id']}"
    if not state["deliveries"]:
        why = "it did not take it" if state["connected"] else "it is not connected"
        return False, f"{event} waits for the broker: {why}; it goes out when it can"
    first = state["deliveries"][0]
    after = "" if first["after_s"] is None else f" {first['after_s']:.2f} s after the picture"
    if not first["matched"]:
        return False, f"{event}: the broker has it{after}, but nobody subscribes to its topic"
    return True, f"{event}: the broker had it{after}, and somebody subscribes to its topic"
