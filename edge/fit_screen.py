"""`floorwatch fit`: what a camera's view is taken for, in words, numbers and a picture."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import dataclass

import numpy as np
from rich.console import Console

from alerts import moments
from alerts.errors import UserError
from alerts.event import Event
from alerts.noted import Noted
from alerts.schema import NotByContract
from edge import fit, of_camera
from edge.config.camera import Camera
from edge.config.schema import Config
from edge.fit_picture import draw, words
from edge.fitness import FOLDER, OPEN, NotHere, known, to_forget
from edge.remembered import Remembered

_out = Console(highlight=False, soft_wrap=True)


class NothingLearnt(UserError):
    """There is nothing to show."""


@dataclass(frozen=True)
class _Known:
    """What is kept of a camera: its view, in how many bytes, and the alert that is open."""

    baseline: fit.Baseline
    size: int
    alert: Event | None


def show(args: Namespace) -> int:
    """Prints what is known of a camera's view, and draws it."""
    config, camera = of_camera.asked(args)
    files = Remembered(config.state_folder / FOLDER)
    found = _known(config, camera, files)
    stands = _stands(found.alert)
    if args.out is not None:
        hidden = config.evidence.privacy != "none"
        draw(camera.name, found.baseline, stands, edges=not hidden).save(args.out)
    if args.json:
        print(json.dumps(_fields(camera.name, found)))
        return 0
    fresh = of_camera.fresh(files.path(camera.name), config.site.zone)
    _say(f"{camera.name}: {stands}")
    if found.alert is not None:
        _say(f"if it is meant to look like this: `{to_forget(camera.name, str(args.config))}`")
    for number, look in enumerate(found.baseline.looks):
        _say(words(number, look))
    unlit = [str(hour) for hour in range(24) if found.baseline.is_usually_unlit(hour)]
    _say(f"usually without light at: {', '.join(unlit) or 'no hour'}")
    _say(f"{found.size / 1024:.0f} kB, {fresh}")
    if args.out is not None:
        _say(f"drawn: {args.out}")
    return 0


def forget(args: Namespace) -> int:
    """Deletes what is known of a camera's view. A daemon that runs notices within seconds."""
    after = "a daemon that runs begins anew within 10 s, and knows the view a minute later"
    _say(of_camera.forget(args, FOLDER, after))
    return 0


def _say(line: str) -> None:
    _out.print(line, markup=False)


def _known(config: Config, camera: Camera, files: Remembered) -> _Known:
    path = files.path(camera.name)
    data = files.read(camera.name)
    if data is None:
        raise NothingLearnt(
            f"{camera.name}: nothing is known yet ({path}); the daemon writes it a minute after "
            "the first picture, where `fit: enabled:` is true"
        )
    try:
        baseline = known(data, camera.url)
    except (NotHere, fit.BaselineDamaged) as error:
        raise NothingLearnt(f"{path} {error}; the daemon begins anew") from error
    noted = Noted(config.state_folder / FOLDER / OPEN).read().get(camera.name)
    try:
        alert = None if noted is None else Event.from_json(str(noted))
    except NotByContract:
        alert = None
    return _Known(baseline, len(data), alert)


def _stands(alert: Event | None) -> str:
    if alert is None:
        return "no alert of this camera is open: it sees, or has not been blind for long enough"
    return (
        f"told of as {alert.path} since {moments.to_text(alert.occurred_at)}, "
        f"{100 * alert.score:.0f} % of the view (alert {alert.event_id})"
    )


def _fields(name: str, found: _Known) -> dict[str, object]:
    alert, baseline = found.alert, found.baseline
    return {
        "camera": name,
        "bytes": found.size,
        "reason": "ok" if alert is None else alert.path,
        "since": None if alert is None else moments.to_text(alert.occurred_at),
        "event_id": None if alert is None else alert.event_id,
        "watched_s": [round(seconds) for seconds in baseline.watched],
        "unlit_s": [round(seconds) for seconds in baseline.unlit],
        "looks": [
            {
                "seen_s": round(sum(look.hours)),
                "brightness": round(float(look.luma.mean()), 1),
                "blocks": int(look.luma.size),
                "blocks_known": int(np.count_nonzero(look.structured)),
                "noise": round(look.noise, 2),
            }
            for look in baseline.looks
        ],
    }
