"""What the verbs of `edge` print."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from alerts.errors import BadConfig
from alerts.event import Event
from alerts.stopping import on_signals
from alerts.subscribers.console import event_line
from alerts.subscribers.journal import Journal
from edge import keeping, wiring
from edge.check import check
from edge.clock import SystemClock
from edge.config import cameras
from edge.config.camera import Camera
from edge.config.load import load
from edge.config.schema import Config
from edge.core.types import LABELS
from edge.demo.show import Incident, Shown, show
from edge.errors import BadClip
from edge.evidence import Keeper, Limits
from edge.fitness import FitRules
from edge.pipeline import View
from edge.ports import Backend
from edge.replay import Clip, Played, Player, camera_names
from edge.tuned import Tuned
from edge.zoo import Model

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_KEEP_ALL = Limits(before_s=0, after_s=0, keep_days=36_500, bytes_max=2**62)
_out = Console(highlight=False, soft_wrap=True)
_paper = Console(stderr=True, highlight=False, soft_wrap=True)


def check_site(path: Path, *, as_json: bool) -> int:
    """Prints what was found; 0 when all is well, 2 when something is not."""
    log = logging.getLogger()
    if log.level == logging.INFO:
        # What was chosen is said in the findings; between them, what else might be installed reads
        # as a fault. `--log-level debug` has it.
        log.setLevel(logging.WARNING)
    config, good = load(path), True
    for finding in check(config):
        good = good and finding.good
        if as_json:
            print(json.dumps(vars(finding), ensure_ascii=False), flush=True)
        else:
            mark = "[green]ok  [/]" if finding.good else "[red]FAIL[/]"
            _out.print(mark, end=" ")
            _out.print(f"{finding.part}: {finding.words}", markup=False)
    return 0 if good else 2


def replay_clips(args: argparse.Namespace) -> int:
    """Plays the clips, writes `events.jsonl`, prints a line a clip."""
    _are_there(args.clips)
    config = load(args.config) if args.config else cameras.defaults("replay")
    camera = _camera(config, args.camera)
    play = camera.file.model_copy(update={"loop": False} | _held(args))
    camera = camera.model_copy(update={"file": play})
    chosen = wiring.model(config)
    promised = wiring.tuned(config, chosen.card)
    journal_path = args.out / "events.jsonl"
    with (
        wiring.backend(config, chosen) as backend,
        Journal(journal_path, fresh=True) as journal,
    ):
        player = _player(args, config, camera, chosen, promised=promised, backend=backend)
        for name, path in zip(camera_names(args.clips), args.clips, strict=True):
            source = wiring.recording(path, camera, wiring.fit(chosen.card), pace="fast")()
            with _bar(path.name) as progress:
                played = player.play(Clip(name, path, source), progress)
            for event in played.events:
                journal.write(event)
            _tell(played, source.damage, player.start, as_json=args.json)
    _paper.print(f"events written to {journal_path}", markup=False)
    return 0


def _held(args: argparse.Namespace) -> dict[str, float]:
    return {} if args.hold_last_s is None else {"hold_last_s": args.hold_last_s}


def _player(
    args: argparse.Namespace,
    config: Config,
    camera: Camera,
    chosen: Model,
    *,
    promised: Tuned | None,
    backend: Backend,
) -> Player:
    """Watches every clip for what the camera is watched for."""
    card = chosen.card
    view = wiring.view(config, camera, card, promised)
    keeper = Keeper(args.out / "evidence", _KEEP_ALL, SystemClock()) if args.snapshots else None
    judged = config.fit.enabled and camera.fit
    return Player(
        site=config.site.name,
        card=card,
        backend=backend,
        closer=wiring.closer(config, chosen),
        view=view if args.start is not None else _always(view),
        thresholds={label: wiring.threshold(camera, label, card, promised) for label in LABELS},
        start=args.start or _EPOCH,
        keeper=keeper,
        privacy=keeping.privacy(config),
        fit=FitRules(alert_after_s=config.fit.alert_after_s, live=False) if judged else None,
    )


def demo(args: argparse.Namespace) -> int:
    """Plays the demo; 0 only if what was told is what happened."""
    if args.clip is not None and not args.clip.is_file():
        raise BadClip(f"{args.clip}: no such file; --clip takes a video")
    say: Callable[[Event], None] = partial(_say, as_json=args.json)
    # What the daemon logs as it works is not what the demo is about; what goes wrong is.
    logging.getLogger().setLevel(max(logging.getLogger().level, logging.ERROR))
    if not args.json:
        played = args.clip or f"the shipped clips for {args.seconds:g} s"
        words = f"playing {played}, in real time; alerts, as a subscriber gets them:"
        _paper.print(words, markup=False)
    with on_signals() as signals, _clock_line(args) as tick:
        shown = show(args.seconds, args.clip, say, tick, signals.stop, page=_tell_page)
    if shown.expected is not None:
        _verdict(shown, shown.expected)
    return 0 if shown.as_expected else 1


def _tell_page(address: str) -> None:
    words = f"where people see and answer it: {address}" if address else "it goes on without a page"
    _paper.print(words, markup=False)


def _are_there(clips: Iterable[Path]) -> None:
    """Said before anything is written, and not after an hour of other clips."""
    for path in clips:
        if not path.exists():
            raise BadClip(f"{path}: no such file")


def _camera(config: Config, name: str | None) -> Camera:
    """The camera whose settings count."""
    camera = cameras.named(config, name)
    if camera is None:
        said = cameras.names(config)
        raise BadConfig(f"the site file has several cameras; say --camera NAME, one of: {said}")
    return camera


def _always(view: View) -> View:
    """The same, at all times: without a time of day there are no schedules."""
    return replace(view, windows=dict.fromkeys(view.windows, ()))


@contextmanager
def _bar(name: str) -> Iterator[Callable[[float], None]]:
    """A line that shows how far a clip has been played."""
    columns = (
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.completed:.0f} s of video in"),
    )
    hidden = not _paper.is_terminal
    with Progress(
        *columns, TimeElapsedColumn(), console=_paper, transient=True, disable=hidden
    ) as bar:
        task = bar.add_task(name, total=None)
        yield lambda seconds: bar.update(task, completed=seconds)


@contextmanager
def _clock_line(args: argparse.Namespace) -> Iterator[Callable[[float], None]]:
    """A line that shows how far the demo is; none where it would be in the way."""
    total = None if args.clip is not None else args.seconds
    hidden = args.json or not _paper.is_terminal
    columns = (TextColumn("watching"), BarColumn(), TextColumn("{task.completed:.0f} s"))
    with Progress(*columns, console=_paper, transient=True, disable=hidden) as bar:
        task = bar.add_task("demo", total=total)
        yield lambda seconds: bar.update(task, completed=seconds)


def _say(event: Event, *, as_json: bool) -> None:
    if as_json:
        print(event.to_json(), flush=True)
    else:
        _out.print(event_line(event))


def _tell(played: Played, damage: str, start: datetime, *, as_json: bool) -> None:
    if as_json:
        for event in played.events:
            print(event.to_json(), flush=True)
    opened = [event for event in played.events if event.phase == "opened"]
    found = ", ".join(
        f"{event.label} at {_second(event.detected_at, start):.1f} s ({event.score:.2f})"
        for event in opened
    )
    damaged = f" ({damage})" if damage else ""
    _paper.print(
        f"{played.clip.path}: {played.seconds:.1f} s, {played.frames} pictures{damaged}: "
        f"{found or 'nothing'}",
        markup=False,
    )


def _second(moment: datetime, start: datetime) -> float:
    return (moment - start).total_seconds()


def _verdict(shown: Shown, expected: frozenset[Incident]) -> None:
    if shown.as_expected:
        _paper.print("[green]each incident was opened exactly once, and nothing else was[/]")
        return
    for incident in sorted(set(shown.opened) | expected):
        camera, label = incident
        wanted, got = int(incident in expected), shown.opened[incident]
        if wanted != got:
            _paper.print(f"[red]{label} on {camera}: opened {got} times, expected {wanted}[/]")
