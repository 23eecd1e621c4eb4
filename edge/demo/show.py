"""Runs the demo: broker, daemon and a subscriber who prints what arrives from the broker."""

from __future__ import annotations

import csv
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from threading import Event as StopEvent

from alerts.event import Event
from alerts.mqtt import BrokerSettings, MqttInbox
from alerts.subscribers.seen import Seen
from alerts.topics import Filters
from edge.config.load import load
from edge.config.schema import Config
from edge.crew import Crew
from edge.daemon import Daemon
from edge.demo import people
from edge.demo.broker import EmbeddedBroker
from edge.replay import camera_names
from edge.sources.file import FileSource

HOLD_LAST_S = 15.0
_POLL_S = 0.2
_PATIENCE_S = 8.0  # the daemon takes up to 5 to stop
_SUBSCRIBER = "floorwatch-demo-watch"

Say = Callable[[Event], None]
Incident = tuple[str, str]  # camera, label


@dataclass(frozen=True)
class Shown:
    """What arrived: how often each incident was opened, against what the clips show (None: nobody
    knows what the user's own clip shows)."""

    opened: Counter[Incident]
    expected: frozenset[Incident] | None

    @property
    def as_expected(self) -> bool:
        """Whether each incident was opened exactly once and nothing else was, where it is known."""
        return self.expected is None or self.opened == Counter(self.expected)


def folder() -> Path:
    """Where the demo's site file and clips lie: beside this package, in a checkout as in a wheel.

    Not `files("configs")`: an editable install leaves a copy that grows old, and anybody's package
    may be called that."""
    return Path(str(files("edge"))).parent / "configs"


def expected() -> frozenset[Incident]:
    """What the shipped clips show, by their truth file."""
    with (folder() / "demo" / "truth.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(
            (Path(row["clip"]).stem, row["label"])
            for row in csv.DictReader(file)
            if row["label"] in {"collapse", "spill"}
        )


def show(
    seconds: float,
    clip: Path | None,
    say: Say,
    tick: Callable[[float], None],
    stop: StopEvent,
    *,
    page: Callable[[str], None],
) -> Shown:
    """Play the shipped clips for `seconds`, counted from when they begin, or the user's `clip` to
    its end. `say` gets each event as it arrives at the subscriber, `tick` the seconds that have
    passed, `page` the address at which people may answer; nothing where there is no page."""
    limit_s = seconds if clip is None else float("inf")
    if clip is not None:
        _look_into(clip)
    with ExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="floorwatch-demo-")))
        broker = stack.enter_context(EmbeddedBroker())
        config = _config(broker.port, state, clip)
        page(stack.enter_context(people.page(broker.port, state, state / "evidence")))
        settings = BrokerSettings("127.0.0.1", _SUBSCRIBER, port=broker.port, protocol="3.1.1")
        with MqttInbox(settings, [Filters(config.broker.prefix, config.site.name).alerts]) as inbox:
            started = StopEvent()
            watch = Watch(inbox, limit_s, say, tick, started=started, end=stop)
            crew = Crew(stop)
            crew.add("daemon", partial(Daemon(config).run, started=started))
            crew.add("watch", watch.run, stage=1)
            crew.work(_PATIENCE_S, _PATIENCE_S)
    return Shown(watch.opened, expected() if clip is None else None)


def _look_into(clip: Path) -> None:
    """Raises BadClip where it is no recording, before a page is promised."""
    with FileSource(clip, fit=(64, 64), sample_fps=1) as source:
        next(source.pictures(StopEvent()), None)


class Watch:
    """The subscriber: says what arrives, and ends the demo when its time is over. Time counts from
    `started` on: what a slow machine takes to load the network is not taken from the clips."""

    def __init__(
        self,
        inbox: MqttInbox,
        limit_s: float,
        say: Say,
        tick: Callable[[float], None],
        *,
        started: StopEvent,
        end: StopEvent,
    ) -> None:
        self.opened: Counter[Incident] = Counter()
        self._inbox = inbox
        self._limit_s = limit_s
        self._say = say
        self._tick = tick
        self._started = started
        self._end = end
        self._seen = Seen()

    def run(self, stop: StopEvent) -> None:
        """Until the daemon has ended and everything it said has arrived."""
        began_s = float("inf")
        while True:
            if self._started.is_set():
                began_s = min(began_s, time.monotonic())
            passed_s = max(0.0, time.monotonic() - began_s)
            self._tick(min(passed_s, self._limit_s))
            if passed_s >= self._limit_s:
                self._end.set()
            received = self._inbox.get(_POLL_S)
            if received is not None:
                self._take(Event.from_json(received.payload))
            elif stop.is_set():
                return

    def _take(self, event: Event) -> None:
        if not self._seen.is_new(event):
            return
        if event.phase == "opened":
            self.opened[event.camera, event.label] += 1
        self._say(event)


def _config(port: int, state: Path, clip: Path | None) -> Config:
    overrides: dict[str, object] = {"broker.port": port, "state.path": str(state)}
    if clip is not None:
        play = {"hold_last_s": HOLD_LAST_S}
        overrides["cameras"] = [
            {"name": camera_names([clip])[0], "url": str(clip.absolute()), "file": play}
        ]
    return load(folder() / "demo.yaml", overrides)
