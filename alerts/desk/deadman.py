"""The dead man's switch: cameras and devices that fall silent, or see nothing, call somebody too.

Time spent blind adds up, and time spent well takes it off again, so that a camera that comes and
goes is told of as one that is gone for good is. It is over once it has been well for some time, the
longer the more often it came back within the hour. A site that is gone, or most of whose cameras
are, is one trouble, and its cameras are none beside it. Everything here is a rule: no clock, no
network.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from alerts.desk.schema import DeadMan as Settings
from alerts.ledger.rows import CameraRow, SiteRow

Unit = tuple[str, str | None]  # site and camera; without a camera the site itself
_HOUR_S = 3600.0
_CLEAR_S_MAX = 1800.0
_TURN_S_MAX = 5.0  # a desk that slept has not seen anything
_NAMES_MAX = 8


@dataclass(frozen=True)
class Blind:
    """Somebody is to be called: this is blind, `words` say why."""

    unit: Unit
    words: str


@dataclass(frozen=True)
class SeesAgain:
    """It is over."""

    unit: Unit


@dataclass
class _Watch:
    blind_s: float = 0.0
    well_s: float = 0.0
    called: bool = False
    calls_s: list[float] = field(default_factory=list)  # within the last hour


def troubles(
    settings: Settings,
    sites: Iterable[SiteRow],
    cameras: Iterable[CameraRow],
    expected: Collection[str] = (),
    silent: Callable[[str], bool] = lambda _site: False,
) -> dict[Unit, str]:
    """What is the matter with each site and camera, nothing (empty) where it is well. Of a site
    that is in trouble as a whole the cameras are left out. `expected` are sites that should be
    there, heard of or not; `silent` says of a site that told its status before whether its device
    has said nothing for too long."""
    found: dict[Unit, str] = {}
    by_site: dict[str, list[CameraRow]] = {}
    for camera in cameras:
        by_site.setdefault(camera.site, []).append(camera)
    known = {one.site: _availability(one, silent) for one in sites}
    for site in [*known, *(name for name in expected if name not in known)]:
        blind = {
            one.camera: _words(one)
            for one in by_site.get(site, [])
            if one.reason in settings.reasons
        }
        found[site, None] = words = _site_words(settings, known, site, blind)
        if not words:
            for one in by_site.get(site, []):
                found[site, one.camera] = blind.get(one.camera, "")
    return found


def _availability(site: SiteRow, silent: Callable[[str], bool]) -> str | None:
    told = site.availability == "online" and site.status is not None
    return "silent" if told and silent(site.site) else site.availability


def _site_words(
    settings: Settings, known: Mapping[str, str | None], site: str, blind: Mapping[str, str]
) -> str:
    if site not in known:
        return "nothing was ever heard of it"
    if known[site] == "offline":
        return "its device is offline"
    if known[site] == "silent":
        return "nothing is heard of its device, though nobody said that it went offline"
    if len(blind) > settings.cameras_max:
        names = ", ".join(sorted(blind)[:_NAMES_MAX]) + (" …" if len(blind) > _NAMES_MAX else "")
        return f"{len(blind)} of its cameras cannot see: {names}"
    return ""


def _words(camera: CameraRow) -> str:
    detail = f", {camera.detail}" if camera.detail else ""
    return f"{camera.reason}{detail}"


class DeadMan:
    """Remembers how long each was blind. Called by one thread, about once a second."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._watches: dict[Unit, _Watch] = {}
        self._looked_s: float | None = None

    def remember(self, called: Iterable[Unit]) -> None:
        """For a desk that has just begun to act: somebody was called for these before."""
        self._watches = {unit: _Watch(called=True) for unit in called}
        self._looked_s = None

    def look(self, found: Mapping[Unit, str], now_s: float) -> Sequence[Blind | SeesAgain]:
        """What is to be done, given what is the matter with each now (`troubles`)."""
        since_s = 0.0 if self._looked_s is None else min(now_s - self._looked_s, _TURN_S_MAX)
        self._looked_s = now_s
        done: list[Blind | SeesAgain] = []
        for unit, words in found.items():
            watch = self._watches.setdefault(unit, _Watch())
            if words:
                watch.blind_s, watch.well_s = watch.blind_s + since_s, 0.0
            else:
                watch.blind_s, watch.well_s = (
                    max(0.0, watch.blind_s - since_s),
                    watch.well_s + since_s,
                )
            if words and not watch.called and watch.blind_s >= self._settings.after_s:
                watch.called = True
                watch.calls_s = [*_recent(watch, now_s), now_s]
                done.append(Blind(unit, words))
            elif not words and watch.called and watch.well_s >= self._clear_s(watch, now_s):
                watch.called, watch.blind_s = False, 0.0
                done.append(SeesAgain(unit))
        return [*done, *self._gone(found)]

    def _gone(self, found: Mapping[Unit, str]) -> list[SeesAgain]:
        """Cameras that are no longer watched. Those of a site in trouble are only left out, and
        while nothing is heard of a site nothing has changed there."""
        done = []
        for unit in [one for one in self._watches if one not in found]:
            site = found.get((unit[0], None))
            if site:
                self._watches[unit].blind_s = 0.0
            elif site is not None and self._watches.pop(unit).called:
                done.append(SeesAgain(unit))
        return done

    def _clear_s(self, watch: _Watch, now_s: float) -> float:
        before = max(0, len(_recent(watch, now_s)) - 1)
        return min(self._settings.clear_s * 2.0**before, max(_CLEAR_S_MAX, self._settings.clear_s))


def _recent(watch: _Watch, now_s: float) -> list[float]:
    return [at_s for at_s in watch.calls_s if now_s - at_s < _HOUR_S]
