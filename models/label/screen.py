"""`floorwatch label`: from folders to a page that is served on this machine."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from alerts.carrying import CarryingThread
from alerts.errors import UserError
from alerts.web.origin import is_loopback
from alerts.web.serving import address_of, listen, running, server
from alerts.web.sessions import Sessions
from alerts.web.settings import DashboardConfig
from edge.zoo import find
from models.label import queueing
from models.label.ahead import Ahead
from models.label.app import Labelling
from models.label.book import Book
from models.label.gathering import NothingToLabel, gather
from models.label.turns import BLIND_SHARE, Turns
from models.label.words import Item

OWN = ".label"  # below the project: sessions, and clips made anew for browsers


class NotHere(UserError):
    """The page would be reached from other machines, and nobody would have to log in."""


@dataclass(frozen=True)
class Asked:
    """What to serve: `model` None suggests nothing. `choose`: what comes first is chosen once the
    model has looked at all there is; else things come as they were added."""

    project: Path
    footage: Sequence[Path] = ()
    who: str | None = None
    model: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    blind_share: float = BLIND_SHARE
    choose: bool = True


def add(book: Book, given: Sequence[Path], told: Callable[[Item | str], None]) -> int:
    """Puts what lies in folders into the book; how many items were new. `told` hears of each, and
    of what is left out in words. Raises NothingToLabel where the book stays empty."""
    before = {item.path for item in book.items()}
    found: list[Item] = []
    for one in gather(given, before):
        told(one)
        if not isinstance(one, str):
            found.append(one)
    book.add(found)
    after = len(book.items())
    if not after and not given:
        raise NothingToLabel(
            f"{book.path}: nothing to label yet; name folders of pictures or clips: "
            "floorwatch label FOOTAGE"
        )
    if not after:
        where = ", ".join(str(path) for path in given)
        raise NothingToLabel(f"{where}: neither picture nor clip; name a folder that holds some")
    return after - len(before)


def serve(
    asked: Asked,
    book: Book,
    started: Callable[[str], None],
    stop: threading.Event | None = None,
) -> None:
    """Serves until ctrl-C or `stop`; `started` is given the address. Raises NotHere, BadModel, and
    what the thread that looks ahead raised."""
    if not is_loopback(asked.host):
        raise NotHere(
            f"--host {asked.host}: others would reach the page, and it has no login; serve it on "
            "127.0.0.1, and come from elsewhere by `ssh -L`"
        )
    stop = stop or threading.Event()
    card = find(None, asked.model).card if asked.model is not None else None
    sha256 = card.sha256 if card is not None else ""
    own = asked.project / OWN
    turns = Turns(book, sha256, asked.blind_share)
    chosen = partial(queueing.renew, book, card, who=asked.who) if card and asked.choose else bool
    ahead = Ahead(book, turns, asked.model, own / "played", chosen)
    parts = Labelling(book, turns, ahead, sha256, asked.who)
    config = DashboardConfig(version=1, host=asked.host, port=asked.port)
    with closing(Sessions(own)) as sessions, closing(listen(asked.host, asked.port)) as bound:
        thread = CarryingThread(partial(ahead.run, stop), "ahead")
        serving = server(parts.app(sessions), config, lambda: None, [thread], stop=stop)
        with running([thread], stop):
            started(address_of(bound, config))
            serving.run(sockets=[bound])


def open_browser(address: str) -> None:
    """The user's own; where there is none the address was printed."""
    webbrowser.open(address)
