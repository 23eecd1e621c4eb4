"""Whether a desk's file can be worked with: its folder, its broker, its recipients."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace

from alerts.desk import door, wiring
from alerts.desk.desk_file import DeskFile
from alerts.desk.intake import topics
from alerts.desk.parts import Door
from alerts.desk.schema import DeskConfig
from alerts.desk.steps.publish import Speaker
from alerts.errors import DiskRefused, SinkLost, UserError
from alerts.inbox import MqttInbox

_FULL_SHARE = 0.8


@dataclass(frozen=True)
class Finding:
    """What was tried, whether it is good, and what there is to say; `warning` is what works now
    and may not when it is needed."""

    what: str
    good: bool
    words: str
    warning: str = ""


def check(config: DeskConfig) -> list[Finding]:
    """Tries everything but telling people."""
    found = [
        replace(_tried("recipients", lambda: _recipients(config)), warning=one_way(config)),
        replace(_tried("folder", lambda: _folder(config)), warning=_full(config)),
        _tried("broker", lambda: _broker(config)),
    ]
    if config.answers.enabled:
        found.append(_tried("answers", lambda: _answers(config.answers)))
    return found


def one_way(config: DeskConfig) -> str:
    """What is to be said where all are told over the broker; else nothing."""
    if any(one.way != "publish" for one in config.recipients.values()):
        return ""
    return (
        "all are told over the broker: while it is down nobody is told of anything, nor that it is "
        "down; name one by webhook, email or command in `recipients` and in the chains"
    )


def _full(config: DeskConfig) -> str:
    try:
        disk = shutil.disk_usage(config.folder)
    except OSError:
        return ""  # the folder could not be made, which is told already
    share = 1 - disk.free / disk.total
    if share <= _FULL_SHARE:
        return ""
    return f"its disk is {share:.0%} full, {disk.free / 1e9:.1f} GB are free: make room in time"


def _tried(what: str, attempt: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, attempt())
    except (UserError, SinkLost, DiskRefused) as error:
        return Finding(what, False, str(error))


def _recipients(config: DeskConfig) -> str:
    wiring.steps(config, _nobody, lambda _event_id: None)
    return ", ".join(f"{name} by {one.way}" for name, one in config.recipients.items())


def _nobody(site: str) -> Speaker:
    raise SinkLost(f"nothing is said to site {site} while only trying")


def _answers(answers: Door) -> str:
    signed = "a signed webhook" if door.keys(answers) else ""
    links = f"links below {answers.url}" if answers.url else ""
    ways = " and ".join(one for one in (signed, links) if one)
    return f"by {ways}, at {answers.host}, port {answers.port}"


def _folder(config: DeskConfig) -> str:
    with DeskFile(config.folder / "desk.sqlite3") as file:
        count = file.rows("SELECT count(*) FROM life")[0][0]
        (aside,) = file.rows("SELECT count(*) FROM input WHERE state = 'aside'")[0]
    if aside:
        raise UserError(
            f"{config.folder}: {aside} messages could not be handled in the last two days; the "
            "desk's log says why (`could not be handled`), report it"
        )
    return f"{config.folder}, {count} events"


def _broker(config: DeskConfig) -> str:
    settings = wiring.broker(config)
    # Under another name: a desk may be running.
    trying = replace(settings, client_id=f"{settings.client_id}-check")
    with MqttInbox(trying, topics(config.broker.prefix, config.sites)):
        return f"{settings.address} lets us read what we need"
