"""The dashboard draws what the metrics are, all of them, and says what it draws."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from prometheus_client.parser import text_string_to_metric_families as parse

from edge.metrics import Metrics
from tests.edge.pulses import VITALS
from tests.house.tree import ROOT

BOARD: dict[str, Any] = json.loads((ROOT / "configs" / "grafana.json").read_text("utf-8"))
PANELS: list[dict[str, Any]] = [one for one in BOARD["panels"] if one["type"] != "row"]
# What is in the metrics for queries of one's own, and on the dashboard in another way.
LEFT_OUT = {
    "floorwatch_started_timestamp_seconds": "the uptime is drawn",
    "floorwatch_running": "it stops for some seconds: nobody would see it",
    "floorwatch_engine_preparing": "for some minutes after an update; the backend is drawn",
    "floorwatch_engine_failed": "among the concerns of /health; the backend is drawn",
    "floorwatch_onlookers_off": "among the concerns of /health",
    "floorwatch_batches_total": "the pictures looked at are drawn",
    "floorwatch_evidence_refused_total": "among the failed, which are drawn",
    "floorwatch_evidence_short": "among the concerns of /health; the failed are drawn",
    "floorwatch_decided_after_last_seconds": "the mean is drawn",
    "floorwatch_normal_learnt_seconds": "it only grows; `floorwatch normal show` draws it",
    "floorwatch_normal_drifted": "among the concerns of /health, and said with the camera's health",
    "floorwatch_publish_seconds_sum": "quantiles are drawn",
    "floorwatch_publish_seconds_count": "quantiles are drawn",
}
SAMPLES = {
    sample.name: set(sample.labels)
    for family in parse(Metrics(lambda: VITALS).text().decode())
    for sample in family.samples
}
# Added to each line by whoever scrapes, or by PromQL itself.
GIVEN = {"instance", "job", "le"}


def expressions() -> Iterator[str]:
    """Every query of the dashboard: of its panels and of its variables."""
    for panel in PANELS:
        yield from (target["expr"] for target in panel["targets"])
    for variable in BOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


def names(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:floorwatch|process)_[a-z0-9_]+", expression))


def test_every_metric_it_asks_for_exists() -> None:
    asked = {name for expression in expressions() for name in names(expression)}
    assert not asked - SAMPLES.keys()


def test_every_metric_of_ours_is_drawn_or_left_out_on_purpose() -> None:
    drawn = {name for panel in PANELS for one in panel["targets"] for name in names(one["expr"])}
    ours = {name for name in SAMPLES if name.startswith("floorwatch_")}
    assert ours - drawn == set(LEFT_OUT)


def test_every_label_it_asks_for_exists() -> None:
    for expression in expressions():
        for name, inside in re.findall(r"\b(floorwatch_[a-z0-9_]+)\{([^}]*)\}", expression):
            asked = set(re.findall(r"(\w+)\s*(?:=~|!=|=)", inside))
            assert asked <= SAMPLES[name], expression
        grouped = re.findall(r"\b(?:by|on|group_left)\s*\(([^)]*)\)", expression)
        labels = {label.strip() for group in grouped for label in group.split(",")}
        assert labels <= set().union(GIVEN, *(SAMPLES[name] for name in names(expression)))


def test_legends_name_labels_that_are_there() -> None:
    for panel in PANELS:
        for target in panel["targets"]:
            asked = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            known = set().union(*(SAMPLES[name] for name in names(target["expr"])))
            assert asked <= known, panel["title"]


def test_every_panel_says_what_it_shows_and_in_what() -> None:
    for panel in PANELS:
        assert panel["title"]
        assert len(panel["description"]) > 20, panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["targets"], panel["title"]
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)


def test_site_camera_and_data_source_are_the_viewer_s_choice() -> None:
    variables = {one["name"]: one for one in BOARD["templating"]["list"]}
    assert list(variables) == ["datasource", "site", "camera"]
    assert variables["datasource"]["query"] == "prometheus"
    for panel in PANELS:
        for one in (panel, *panel["targets"]):
            assert one["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        for target in panel["targets"]:
            assert '=~"$site"' in target["expr"], panel["title"]


def test_it_can_be_imported() -> None:
    assert BOARD["uid"] == "floorwatch"
    assert BOARD["schemaVersion"] >= 36  # Grafana 10 brings older ones forward by itself
    assert "id" not in BOARD  # the number it had in somebody's Grafana
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(set(ids)) == len(ids)


def test_no_panel_lies_upon_another() -> None:
    places = [(panel["title"], panel["gridPos"]) for panel in BOARD["panels"]]
    for (name, a), (other, b) in combinations(places, 2):
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        below = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert beside or below, f"{name} and {other}"
    assert all(place["x"] + place["w"] <= 24 for _, place in places)
