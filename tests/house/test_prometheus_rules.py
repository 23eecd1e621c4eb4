"""The rules for Prometheus ask for metrics and labels that are there, and say what is wrong."""

from __future__ import annotations

import re

import yaml

from tests.house.test_grafana import GIVEN, SAMPLES, names
from tests.house.tree import ROOT

(GROUP,) = yaml.safe_load((ROOT / "configs" / "prometheus-rules.yaml").read_text("utf-8"))["groups"]
RULES = GROUP["rules"]


def test_every_metric_and_label_it_asks_for_exists() -> None:
    for rule in RULES:
        asked = names(rule["expr"])
        assert asked, rule["alert"]
        assert asked <= SAMPLES.keys(), rule["alert"]
        known = set().union(*(SAMPLES[name] for name in asked), GIVEN)
        inside = re.findall(r"floorwatch_\w+\{([^}]*)\}", rule["expr"])
        labels = {label for one in inside for label in re.findall(r"(\w+)\s*=", one)}
        labels |= set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        assert labels <= known, rule["alert"]


def test_each_waits_and_is_named_once() -> None:
    assert all(re.fullmatch(r"\d+m", rule["for"]) for rule in RULES)
    assert len({rule["alert"] for rule in RULES}) == len(RULES) == 4
    # A machine that is off has no metrics that could be wrong.
    assert any("absent(" in rule["expr"] for rule in RULES)
