"""The curves as SVG: what they show, in the page's own colours and letters."""

from __future__ import annotations

import logging
import re
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from models.evaluation.report import drawings

NAMESPACE = '<svg xmlns:xlink="http://www.w3.org/1999/xlink"'


def point(threshold: float, miss_rate: float, alarms: float) -> dict[str, Any]:
    return {
        "threshold": threshold,
        "miss_rate": miss_rate,
        "false_alarms": round(alarms),
        "false_alarms_per_camera_day": alarms,
    }


POINTS = [point(0.1, 0.0, 240.0), point(0.3, 0.1, 24.0), point(0.5, 0.2, 0.0), point(0.9, 1.0, 0.0)]


def words(svg: str) -> list[str]:
    """Raises where it is not well formed."""
    root = Xml.fromstring(str(svg).replace("<svg", NAMESPACE, 1))
    return [text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text")]


def test_what_draws_does_not_chat(caplog: pytest.LogCaptureFixture) -> None:
    """Its first run would tell of a list of fonts, where the program tells of its own."""
    with caplog.at_level(logging.INFO):
        logging.getLogger("matplotlib.font_manager").info("generated new fontManager")
    assert not caplog.records


def test_det_names_its_axes_and_where_no_false_alarm_was() -> None:
    svg = drawings.det("det", "collapse", POINTS, POINTS[1], "how it goes")
    said = words(svg)
    assert "none" in said
    assert {"false alarms a camera-day", "missed, %", "100"} <= set(said)


@pytest.mark.parametrize("points", [POINTS[2:], POINTS[:1], POINTS[2:3]])
def test_det_of_few_points_is_drawn(points: list[dict[str, Any]]) -> None:
    assert "none" in words(drawings.det("det", "spill", points, points[0], ""))


def test_it_is_the_same_every_time_and_ids_do_not_meet() -> None:
    one, again = (drawings.det("a", "collapse", POINTS, POINTS[1], "") for _ in range(2))
    other = drawings.det("b", "collapse", POINTS, POINTS[1], "")
    assert one == again
    ids = re.compile(r'\bid="([^"]+)"')
    assert not set(ids.findall(one)) & set(ids.findall(other))
    pointed = set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', one))
    assert {first or second for first, second in pointed} <= set(ids.findall(one))


def test_colours_and_letters_are_the_pages_own() -> None:
    curve = [{"recall": x / 10, "precision": 1 - x / 20} for x in range(11)]
    svg = drawings.curve("pr", "spill", curve, ("recall", "precision"), "")
    assert "var(--spill)" in svg
    assert "var(--ink)" in svg
    assert not re.search(r"#[0-9a-f]{6}\b", svg)
    assert "font-family" not in svg
    assert "<style" not in svg
    assert "<metadata" not in svg


def test_what_it_is_read_aloud_as_is_escaped() -> None:
    rows = [
        {"score": 0.1, "share": 0.0, "pictures": 9},
        {"score": 0.9, "share": 1.0, "pictures": 3},
    ]
    svg = drawings.reliability("r", "collapse", rows, '"><script>')
    assert "<script" not in svg
    assert words(svg)
