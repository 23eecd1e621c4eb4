"""The dead man's switch: who is called for what is blind, when it is over, and how no storm comes
of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from alerts.desk.deadman import Blind, DeadMan, SeesAgain, Unit, troubles
from alerts.desk.schema import DeadMan as Settings
from alerts.ledger import CameraRow, SiteRow

SETTINGS = Settings(after_s=60, clear_s=30)
HALL: Unit = ("lab", "hall")
SILENT = "nothing is heard of its device, though nobody said that it went offline"


def a_site(availability: str | None = "online", site: str = "lab") -> SiteRow:
    return SiteRow(site, availability, None, None, None, None)


def a_camera(name: str, reason: str = "ok", detail: str | None = None) -> CameraRow:
    return CameraRow("lab", name, reason, None, detail, None, None)


@dataclass
class Looking:
    """A switch that looks once a second."""

    switch: DeadMan = field(default_factory=lambda: DeadMan(SETTINGS))
    now_s: float = 0.0
    done: list[tuple[float, Blind | SeesAgain]] = field(default_factory=list)

    def __call__(self, seconds: int, found: Mapping[Unit, str]) -> list[Blind | SeesAgain]:
        """What is done in so many seconds of this."""
        new = []
        for _ in range(seconds):
            self.now_s += 1
            new += [(self.now_s, one) for one in self.switch.look(found, self.now_s)]
        self.done += new
        return [one for _, one in new]


def test_blind_for_long_enough_somebody_is_called_once_and_told_when_it_is_over() -> None:
    looking = Looking()
    assert looking(60, {HALL: "dark"}) == []
    assert looking(300, {HALL: "dark"}) == [Blind(HALL, "dark")]
    assert looking(29, {HALL: ""}) == []
    assert looking(100, {HALL: ""}) == [SeesAgain(HALL)]


def test_a_short_one_calls_nobody() -> None:
    looking = Looking()
    for _ in range(20):
        looking(30, {HALL: "offline"})
        looking(60, {HALL: ""})
    assert looking.done == []


def test_one_that_comes_and_goes_is_gone_too_and_is_not_told_each_time() -> None:
    looking = Looking()
    for _ in range(40):
        looking(40, {HALL: "offline"})
        looking(20, {HALL: ""})
    assert [type(one) for _, one in looking.done] == [Blind]


def test_each_time_it_comes_back_within_the_hour_it_must_be_well_for_longer() -> None:
    looking = Looking()
    waits = []
    for _ in range(4):
        looking(200, {HALL: "offline"})
        began_s = looking.now_s
        looking(700, {HALL: ""})
        waits.append(looking.done[-1][0] - began_s)
    assert waits == [30, 60, 120, 240]
    looking(3600, {HALL: ""})
    looking(200, {HALL: "offline"})
    began_s = looking.now_s
    looking(100, {HALL: ""})
    assert looking.done[-1][0] - began_s == 30


def test_a_site_that_is_gone_is_one_trouble() -> None:
    cameras = [a_camera(f"c{number}", "offline") for number in range(20)]
    found = troubles(SETTINGS, [a_site("offline")], cameras)
    assert found == {("lab", None): "its device is offline"}


def test_many_cameras_at_once_are_one_trouble_too() -> None:
    cameras = [a_camera(f"c{number}", "offline") for number in range(4)] + [a_camera("well")]
    found = troubles(SETTINGS, [a_site()], cameras)
    assert found == {("lab", None): "4 of its cameras cannot see: c0, c1, c2, c3"}
    some = troubles(SETTINGS, [a_site()], cameras[1:])
    assert some["lab", "c1"] == "offline"
    assert some["lab", "well"] == some["lab", None] == ""


def test_cameras_that_somebody_was_called_for_are_not_told_well_since_their_site_went() -> None:
    looking = Looking()
    looking(100, {("lab", None): "", HALL: "offline"})
    looking(500, {("lab", None): "its device is offline"})
    looking(500, {("lab", None): "", HALL: "offline"})
    assert [one for _, one in looking.done] == [
        Blind(HALL, "offline"),
        Blind(("lab", None), "its device is offline"),
        SeesAgain(("lab", None)),
    ]


def test_a_camera_that_is_taken_out_is_no_trouble_any_more() -> None:
    looking = Looking()
    looking(100, {("lab", None): "", HALL: "offline"})
    assert looking(1, {("lab", None): ""}) == [SeesAgain(HALL)]


def test_while_nothing_is_heard_nothing_has_changed() -> None:
    looking = Looking()
    looking(100, {("lab", None): "", HALL: "offline"})
    assert looking(1000, {("broker", None): ""}) == []
    assert looking(31, {("lab", None): "", HALL: ""}) == [SeesAgain(HALL)]


def test_only_the_reasons_that_count_do() -> None:
    settings = Settings(reasons=("offline",))
    found = troubles(settings, [a_site()], [a_camera("a", "dark"), a_camera("b", "offline", "EOF")])
    assert found["lab", "a"] == ""
    assert found["lab", "b"] == "offline, EOF"


def test_a_site_that_should_be_there_and_never_was_is_missed() -> None:
    assert troubles(SETTINGS, [], [], ["lab"]) == {("lab", None): "nothing was ever heard of it"}
    assert troubles(SETTINGS, [a_site()], [], ["lab"]) == {("lab", None): ""}


def test_a_device_that_is_online_and_says_nothing_is_missed() -> None:
    told = replace(a_site(), status={"site": "lab"})
    found = troubles(SETTINGS, [told], [a_camera("hall")], silent=lambda _site: True)
    assert found == {("lab", None): SILENT}
    found = troubles(SETTINGS, [told], [a_camera("hall")], silent=lambda _site: False)
    assert found == {("lab", None): "", HALL: ""}
    never = troubles(SETTINGS, [a_site()], [], silent=lambda _site: True)
    assert never == {("lab", None): ""}  # one that tells no status is not known by it


def test_a_desk_that_takes_over_knows_for_whom_somebody_was_called() -> None:
    looking = Looking()
    looking.switch.remember([HALL])
    assert looking(300, {HALL: "dark"}) == []
    assert looking(31, {HALL: ""}) == [SeesAgain(HALL)]


def test_a_desk_that_slept_has_not_seen_anything_meanwhile() -> None:
    looking = Looking()
    looking(30, {HALL: "dark"})
    looking.now_s += 3600
    assert looking(20, {HALL: "dark"}) == []
