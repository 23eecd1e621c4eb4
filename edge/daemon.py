"""The daemon: all threads of one site, from cameras to broker, until it is told to stop.

grab:<camera> ─┐                             ┌─ pictures, clips
grab:<camera> ─┼─ mailboxes ─ brain ─ tell ──┤
record:<camera> ─ packet ring                └─ disk ─ talk ─ broker
                  onlook, telemetry, http, control, watchdog; post looks after disk and talk
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from functools import partial
from importlib.metadata import version
from threading import Event as StopEvent

from alerts.errors import DiskRefused
from alerts.event import Event, ModelUsed
from alerts.history import HistoryLimits
from alerts.mqtt import connector
from alerts.outbox import Outbox
from alerts.ports import Message
from alerts.publisher import OFFLINE, Publisher
from alerts.topics import Topics
from edge import keeping, wiring
from edge.backends.switching import SwitchingBackend
from edge.brain import Brain
from edge.clock import SystemClock
from edge.config.schema import Config
from edge.control import Control
from edge.crew import Crew
from edge.diagnosis import diagnose
from edge.endpoint import Endpoint
from edge.eventing import Eventing
from edge.inference import switching_backend
from edge.line import Line
from edge.mailbox import Mailboxes
from edge.metrics import Metrics
from edge.notify import Notifier
from edge.onlooking import Onlooking, onlooking
from edge.orders import Orders
from edge.pipeline import Pipeline
from edge.readings import Readings, Watched
from edge.report import Pictures, Reporter, no_snapshot
from edge.services import OUTBOX, Services
from edge.telemetry import Telemetry
from edge.teller import Teller
from edge.watchdog import Watchdog
from edge.watching import Watching

# A stop takes at most 5 s: looking ends, then what was seen is told, then what was told is sent.
_PATIENCE_S = (1.6, 0.8, 2.2)
_FLUSH_S = 1.5
_TELLING, _SENDING = 1, 2  # stages of the crew; looking is the first
_log = logging.getLogger(__name__)


class Daemon:
    """One site. Building it reads settings, passwords and the model's card, and raises UserError
    where they are wrong; once it runs, whatever cameras, broker and disk do is retried and counted.

    `reread` gives the site file as it is now, for when it is asked to read it again.
    """

    def __init__(self, config: Config, reread: Callable[[], Config] | None = None) -> None:
        self._config = config
        self._reread = reread
        self._model = wiring.model(config)
        self._closer = wiring.closer(config, self._model)
        self._topics = Topics(config.broker.prefix, config.site.name)
        self._clock = SystemClock()
        self._mailboxes = Mailboxes()
        self._services = Services(config, self._topics)
        folder = config.state_folder / "evidence"
        self._keeper = keeping.keeper(config, folder, self._clock, self._services.clip_made)
        self._privacy, self._sightings = keeping.privacy(config), keeping.sightings(config)
        self._connect = connector(
            wiring.broker(config), Message(self._topics.availability, OFFLINE, retain=True)
        )
        self._watching = Watching(config, self._model.card, self._mailboxes, self._clock)

    def run(
        self,
        stop: StopEvent,
        again: StopEvent | None = None,
        started: StopEvent | None = None,
    ) -> None:
        """Watch until `stop` is set, or until every camera was a recording and has ended; read the
        site file again whenever `again` is set. `started` is set once a stop has something to end.

        Raises UserError where model, outbox or a recording cannot be used; anything else that
        comes out is a bug.
        """
        with ExitStack() as stack:
            backend = stack.enter_context(switching_backend(self._config, self._model))
            notifier = stack.enter_context(closing(Notifier()))
            publisher = Publisher(self._outbox, self._topics, self._connect, flush_s=_FLUSH_S)
            stack.callback(publisher.close, 1.0)  # if it never gets to run, which closes it
            reporter = self._reporter(publisher)
            teller = Teller(reporter.tell)
            looking_on = self._onlooking(teller)
            brain = self._brain(backend, teller, looking_on)
            orders = Orders(self._reread, self._watching, brain, publisher, notifier)
            readings = self._readings(
                publisher, brain, reporter, teller, orders, backend=backend, looking_on=looking_on
            )
            control = Control(self._config.state_folder, orders.all(), again or StopEvent())
            watchdog = Watchdog(self._lines, readings.pulses, notifier)
            crew = Crew(stop)
            crew.add("post", publisher.run, stage=_SENDING)
            crew.add("pictures", self._keeper.write_pictures, stage=_SENDING)
            crew.add("clips", self._keeper.run, stage=_SENDING)
            crew.add("tell", teller.run, stage=_TELLING)
            self._show(crew, readings, publisher, looking_on)
            crew.add("control", control.run)
            self._services.start(crew, publisher, self._watching.cameras)
            self._watching.start(crew, brain)
            crew.add("onlook", looking_on.onlooker.run)
            crew.add("brain", lambda leave: self._think(brain, leave, stop))
            crew.add("watchdog", watchdog.run)
            watched = f"watching {len(self._watching.lines)} cameras"
            _log.info("%s with model %s", watched, self._model.card.name)
            notifier.ready(watched)
            if started is not None:
                started.set()
            crew.work(*_PATIENCE_S)

    def _show(
        self, crew: Crew, readings: Readings, publisher: Publisher, looking_on: Onlooking
    ) -> None:
        """How it is doing: over MQTT, and over HTTP."""
        shown = self._config.telemetry
        telemetry = Telemetry(
            readings.take,
            self._topics,
            self._clock,
            publisher,
            shown.status_s,
            forget_pictures=self._pictures_forbidden,
            view=looking_on.fitness.view,
        )
        crew.add("telemetry", telemetry.run)
        if shown.http.enabled:
            read = partial(readings.take, "running")
            endpoint = Endpoint(
                shown.http.host, shown.http.port, Metrics(read).text, lambda: diagnose(read())
            )
            crew.add("http", endpoint.run)

    @staticmethod
    def _think(brain: Brain, leave: StopEvent, stop: StopEvent) -> None:
        brain.run(leave)
        stop.set()  # every camera was a recording and is over

    def _outbox(self) -> Outbox:
        limits, history = self._config.outbox, self._config.history
        outbox = Outbox(
            self._config.state_folder / OUTBOX,
            bytes_max=limits.size_mb_max * 2**20,
            age_s_max=limits.age_hours_max * 3600.0,
            history=HistoryLimits(history.keep_days * 86_400.0, history.count_max),
        )
        try:
            if self._pictures_forbidden:
                outbox.forget_pictures()
            elif not self._config.evidence.plain:
                outbox.forget_pictures("plain")
        except DiskRefused:
            outbox.close()
            raise
        return outbox

    @property
    def _pictures_forbidden(self) -> bool:
        """Whether pictures of before may show more than is allowed now."""
        wanted = self._config.evidence
        return self._privacy.on or not (wanted.snapshot and wanted.send_snapshot)

    def _reporter(self, publisher: Publisher) -> Reporter:
        wanted = self._config.evidence

        def picture(event_id: str, camera: str, jpeg: bytes) -> None:
            if camera in self._watching.lines:  # else nobody would take it back from the broker
                publisher.post_snapshot(event_id, camera, jpeg)

        def plain(event_id: str, camera: str, jpeg: bytes) -> None:
            if camera in self._watching.lines:
                publisher.post_plain(event_id, jpeg)

        pictures = Pictures(
            self._keeper,
            self._watching.ring_of,
            picture if wanted.send_snapshot else no_snapshot,
            snapshots=wanted.snapshot,
            plain=wanted.plain,
            post_plain=plain if wanted.send_snapshot else no_snapshot,
            in_turn=True,
            privacy=self._privacy,
            sightings=self._sightings,
        )

        def post(event: Event, at_ns: int) -> None:
            publisher.post(event, at_ns / 1e9)  # camera time is the monotonic clock's
            self._services.told(event)

        return Reporter(post, pictures)

    def _onlooking(self, teller: Teller) -> Onlooking:
        card = self._model.card
        return onlooking(
            lambda: self._watching.config,
            card,
            self._clock,
            lambda: {name: line.tally for name, line in self._watching.lines.items()},
            teller.tell,
            thresholds=lambda: self._watching.thresholds,
            lower=self._watching.lower,
        )

    def _brain(self, backend: SwitchingBackend, teller: Teller, looking_on: Onlooking) -> Brain:
        card = self._model.card
        return Brain(
            self._mailboxes,
            Pipeline(card, backend, self._clock, {}, self._closer),
            Eventing(self._config.site.name, card, self._clock, {}),
            teller.tell,
            self._clock,
            batch_max=backend.batch_max,
            sightings=self._sightings if self._privacy.on else None,
            onlooker=looking_on.onlooker,
        )

    def _readings(
        self,
        publisher: Publisher,
        brain: Brain,
        reporter: Reporter,
        teller: Teller,
        orders: Orders,
        *,
        backend: SwitchingBackend,
        looking_on: Onlooking,
    ) -> Readings:
        card = self._model.card
        return Readings(
            site=self._config.site.name,
            version=version("floorwatch"),
            model=ModelUsed(card.name, card.sha256),
            clock=self._clock,
            cameras=self._watched,
            mailboxes=self._mailboxes,
            brain=brain,
            reporter=reporter,
            teller=teller,
            keeper=self._keeper,
            orders=orders,
            posted=publisher.counters,
            runs=backend.runs,
            started_ns=self._clock.now_ns(),
            pulses={
                "brain": brain.pulse,
                "tell": teller.pulse,
                "onlook": looking_on.onlooker.pulse,
            },
            services=self._services.counts,
            fitness=looking_on.fitness,
            attending=looking_on.attending,
            normality=looking_on.normality,
            bystanders=looking_on.onlooker.bystanders,
        )

    def _lines(self) -> Mapping[str, Line]:
        return self._watching.lines

    def _watched(self) -> dict[str, Watched]:
        return {
            name: Watched(line.tally, line.record_tally, line.ring)
            for name, line in self._watching.lines.items()
        }
