"""What a running daemon does when it is asked: read its site file again, hold a drill."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from alerts.errors import BadConfig, UserError
from alerts.publisher import Publisher
from edge.brain import Brain
from edge.config.schema import Config
from edge.control import Order
from edge.core.types import LABELS
from edge.drills import Order as Drill
from edge.notify import Notifier
from edge.watching import Watching

_SECONDS_MAX = 3600.0
_log = logging.getLogger(__name__)


class Orders:
    """`reread` gives the site file as it is now, None where there is none to read."""

    def __init__(
        self,
        reread: Callable[[], Config] | None,
        watching: Watching,
        brain: Brain,
        publisher: Publisher,
        notifier: Notifier,
    ) -> None:
        self.reloads = 0
        self.refused = 0
        self._reread = reread
        self._watching = watching
        self._brain = brain
        self._publisher = publisher
        self._notifier = notifier
        self._drills: dict[tuple[str, str], Drill] = {}

    def all(self) -> Mapping[str, Order]:
        """By name."""
        return {"reload": self._reload, "drill": self._drill, "drill_state": self._drill_state}

    def _reload(self, _asked: Mapping[str, Any]) -> dict[str, Any]:
        if self._reread is None:
            raise BadConfig("this floorwatch runs without a site file")
        self._notifier.reloading()
        try:
            planned = self._watching.change(self._reread())
        except UserError as refused:
            self.refused += 1
            for line in str(refused).splitlines():
                _log.error("the site file is refused, the old one stays: %s", line)
            raise BadConfig(str(refused)) from None
        finally:
            self._notifier.ready(f"watching {len(self._watching.lines)} cameras")
        self.reloads += 1
        _log.info("site file read again: %s", planned)
        return {"words": str(planned)}

    def _drill(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        camera, label = asked.get("camera"), asked.get("label")
        lines = self._watching.lines
        if not isinstance(camera, str) or camera not in lines:
            raise BadConfig(f"there is no camera {camera}; there are: {', '.join(lines)}")
        if label not in LABELS:
            raise BadConfig(f"there is no label {label}; there are: {', '.join(LABELS)}")
        lasts_s, patience_s = _seconds(asked, "lasts_s"), _seconds(asked, "patience_s")
        drill = self._brain.drills.order(camera, label, lasts_s, patience_s)
        if drill is None:
            raise BadConfig(f"a {label} drill is going on at {camera}; wait for its end")
        self._drills[camera, label] = drill
        _log.info("drill ordered: camera=%s label=%s", camera, label)
        return {}

    def _drill_state(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        drill = self._drills.get((str(asked.get("camera")), str(asked.get("label"))))
        if drill is None:
            raise BadConfig("no such drill was ordered")
        line = self._watching.lines.get(drill.camera)
        state: dict[str, Any] = {
            "event_id": drill.event_id or None,
            "camera": line.tally.said if line is not None else "not watched any more",
            "connected": self._publisher.counters().connected,
            "deliveries": [],
        }
        if drill.begun.is_set():
            state["deliveries"] = [vars(one) for one in self._publisher.deliveries(drill.event_id)]
        return state


def _seconds(asked: Mapping[str, Any], name: str) -> float:
    seconds = asked.get(name)
    if not isinstance(seconds, (int, float)) or not 0 <= seconds <= _SECONDS_MAX:
        raise BadConfig(f"{name} of a drill is from 0 to {_SECONDS_MAX:g} seconds")
    return float(seconds)
