"""The desk: all its threads, from the broker to the people who are told, until it is to stop.

hear ─▶ ledger, inputs ─▶ decide ─▶ book ─┬▶ page:<recipient>, one each
                                lease     └▶ say:<site> ─▶ broker

Several desks may share one folder: all hear, one acts.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from alerts.broker import tls_context
from alerts.carrying import CarryingThread
from alerts.desk import door, remembering, telling, wiring
from alerts.desk.checking import one_way
from alerts.desk.deeds import Bell, Deeds, Watch
from alerts.desk.desk_file import DeskFile
from alerts.desk.intake import Contradiction, Intake
from alerts.desk.lease import Lease, LeaseLost
from alerts.desk.schema import DeskConfig
from alerts.desk.sender import Sender
from alerts.desk.turning import Wheel, taken
from alerts.desk.voice import NotSaid, Voice
from alerts.desk.voices import Voices
from alerts.errors import DiskRefused
from alerts.ledger import Ledger

_KEEP_S = 1.0  # between two looks at the lease
_FREE_BYTES_MIN = 32 * 2**20  # for the book: below that old pictures go
_HEARING, _SENDING, _SPEAKING = 0, 1, 2  # ended in this order, so that what is left is carried out
_PATIENCE_S = (2.0, 2.0, 2.5)

_log = logging.getLogger(__name__)


class Stuck(Exception):
    """This desk is there and can do nothing: whoever supervises it starts it again."""


class Desk:
    """One desk. Building it reads passwords and certificates and raises `UserError` where they
    are wrong; once it runs, whatever broker, recipients and disk do is retried and counted."""

    def __init__(self, config: DeskConfig) -> None:
        self.deeds = Deeds()
        self._config = config
        self._settings = wiring.broker(config)
        if self._settings.tls is not None:
            tls_context(self._settings.tls)  # a wrong file is told now
        self._steps = wiring.steps(config, self._voice, self._picture)
        door.keys(config.answers)  # a wrong secret is told now
        if warning := one_way(config):
            _log.warning("recipients: %s", warning)
        self._negatives = remembering.kept(config.hard_negatives, config.folder)
        self._stops = tuple(threading.Event() for _ in _PATIENCE_S)
        self._threads: list[tuple[int, CarryingThread]] = []
        self._watch = Watch({})
        self._files: list[DeskFile | Ledger] = []
        self._ledger: Ledger
        self._lease: Lease
        self._voices: Voices

    def run(self, stop: threading.Event, started: threading.Event | None = None) -> None:
        """Until `stop`. `started` is set once a stop has something to end. Raises `UserError`
        where folder, broker or name cannot be used, `DiskRefused` where the disk cannot at the
        start; anything else that comes out is a bug."""
        config, folder = self._config, self._config.folder
        with ExitStack() as stack:
            file = stack.enter_context(DeskFile(folder / "desk.sqlite3"))
            self._ledger = stack.enter_context(
                Ledger.open(
                    folder / "ledger.sqlite3", wiring.limits(config), prefix=config.broker.prefix
                )
            )
            own = stack.enter_context(DeskFile(file.path))
            self._lease = Lease(file, config.desk, taken, own=own)
            self._lease.keep()
            self._files = [file, own, self._ledger]
            self._start(file)
            if started is not None:
                started.set()
            try:
                while not stop.wait(0.2):
                    self._raise_errors()
            finally:
                self._end()
            self._raise_errors()

    def _start(self, file: DeskFile) -> None:
        config, decided = self._config, Bell()
        hearing, sending, speaking = self._stops
        self._voices = Voices(
            self._settings,
            config.broker.prefix,
            self._lease,
            self.deeds,
            speaking,
            started=lambda thread: self._threads.append((_SPEAKING, thread)),
        )
        senders = self._senders(decided)
        intake = Intake(
            self._settings,
            config.broker.prefix,
            config.sites,
            ledger=self._ledger,
            file=file,
            name=config.desk,
            decided=decided,
            contradicted=self._contradict,
            deeds=self.deeds,
        )
        wheel = Wheel(
            config,
            self._lease,
            self._ledger,
            self._voices,
            self.deeds,
            bell=decided,
            ring=lambda: self._ring(senders),
            intake=intake,
        )
        self._watch = Watch({"decide": wheel.pulse, "hear": intake.pulse})
        self._add(_SPEAKING, "lease", lambda: self._keep(speaking))
        for name, sender in senders.items():
            self._add(_SENDING, f"page:{name}", _body(sender.run, sending))
        self._add(_HEARING, "decide", _body(wheel.run, hearing))
        self._add(_HEARING, "hear", _body(intake.run, hearing))
        self._start_beside(file, decided)

    def _start_beside(self, file: DeskFile, decided: Bell) -> None:
        """What no alert waits for: voices of the sites that the file names, answers by HTTP, and
        false alarms kept for training."""
        config, hearing = self._config, self._stops[_HEARING]
        for site in config.sites:
            self._voices.of(site)
        if config.answers.enabled:
            prefix, zone = config.broker.prefix, config.zone
            answers = door.AnswersIn(file, self._ledger, prefix, decided, zone)
            hook = door.hook(config.answers, config.folder, answers)
            self._add(_HEARING, "answers", _body(hook.run, hearing))
        if config.hard_negatives.enabled:
            follow = remembering.Remembering(self._negatives, self._ledger, self._lease, self.deeds)
            self._add(_HEARING, "remember", _body(follow.run, hearing))

    def _senders(self, decided: Bell) -> dict[str, Sender]:
        give_up_s = self._config.pages.give_up_h * 3600.0
        return {
            name: Sender(
                name,
                step,
                self._lease,
                decided=decided,
                give_up_s=give_up_s,
                deeds=self.deeds,
                told=self._voices.mention_told,
            )
            for name, step in self._steps.items()
        }

    def _ring(self, senders: dict[str, Sender]) -> None:
        for sender in senders.values():
            sender.bell.ring()
        for voice in self._voices.all():
            voice.ring()

    def _voice(self, site: str) -> Voice:
        return self._voices.of(site)

    def _picture(self, event_id: str) -> Path | None:
        return self._ledger.snapshot(event_id)

    def _contradict(self, one: Contradiction) -> None:
        """Others said what only we may say: if we act, it is said right."""
        if not self._lease.good():
            return
        try:
            if one.event_id is None:
                self._voices.of(one.site).here()
            elif telling.correct(self._lease, one.event_id):
                self.deeds.add("states_corrected")
                self.deeds.tell(
                    f"somebody else publishes states of site {one.site}: is there another desk, "
                    "on a folder of its own?"
                )
        except (LeaseLost, NotSaid):
            return

    def _keep(self, stop: threading.Event) -> None:
        while not stop.wait(_KEEP_S):
            try:
                gone = self._ledger.give_way(_FREE_BYTES_MIN)
                gone += self._negatives.give_way(_FREE_BYTES_MIN)
                if gone:
                    self.deeds.add("pictures_gave_way", gone)
                    self.deeds.tell(f"the disk of {self._config.folder} is full: old pictures go")
                self._lease.keep()
            except DiskRefused as refused:
                self.deeds.tell(f"the lease cannot be kept: {refused}")

    def _add(self, stage: int, name: str, body: Callable[[], None]) -> None:
        thread = CarryingThread(body, name)
        self._threads.append((stage, thread))
        thread.start()

    def _raise_errors(self) -> None:
        for _, thread in list(self._threads):
            thread.raise_error()
        hanging = self._watch.hanging()
        if hanging is not None:
            raise Stuck(f"thread {hanging} hangs: this desk ends, so that another can act")
        if any(one.damaged for one in self._files):
            raise Stuck("book or ledger is damaged: the next start sets it aside and goes on")

    def _end(self) -> None:
        for stage, patience_s in enumerate(_PATIENCE_S):
            self._stops[stage].set()
            until_s = time.monotonic() + patience_s
            for thread in [one for number, one in list(self._threads) if number == stage]:
                thread.join(max(0.0, until_s - time.monotonic()))
                if thread.is_alive():
                    _log.error("thread=%s did not stop within %.1f s", thread.name, patience_s)
        try:
            self._lease.release()
        except DiskRefused as refused:
            _log.error("the lease is not given back: %s", refused)


def _body(run: Callable[[threading.Event], None], stop: threading.Event) -> Callable[[], None]:
    return lambda: run(stop)
