"""Two evaluations side by side: what is compared, and whether chance is told from a difference."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from models.evaluation import paired
from models.evaluation.metrics import build
from models.evaluation.metrics_file import METRICS_VERSION, BadMetrics
from models.evaluation.side_by_side import SAME_S, Comparison, compare
from tests.models.evaluation import scenes
from tests.models.evaluation.measured import alarm, incident, measured, metrics, numbers


def compared(a: dict[str, Any], b: dict[str, Any], *, sources: bool = False) -> Comparison:
    return compare(measured(a), measured(b), sources=sources)


def test_recall_and_delays_of_both() -> None:
    a = metrics([("one", 2.0), ("two", 4.0), ("three", None), ("four", None)])
    b = metrics([("one", 1.0), ("two", None), ("three", 9.0), ("four", 3.0)])
    (row, spill) = compared(a, b).rows
    assert (row.label, row.source, row.incidents) == ("collapse", None, 4)
    assert (row.a.recall, row.b.recall) == (0.5, 0.75)
    assert row.b.recall_lower95 == pytest.approx(0.2486, abs=1e-4)  # by a table of the bound
    assert (row.a.time_to_alert_p50_s, row.a.time_to_alert_p95_s) == (2.0, 4.0)
    assert (row.b.time_to_alert_p50_s, row.b.time_to_alert_p95_s) == (3.0, 9.0)
    assert (row.only_a, row.only_b) == (1, 2)
    assert row.recall_p == 1.0
    assert (spill.label, spill.incidents, spill.a.recall) == ("spill", 0, None)


def test_the_incidents_on_which_they_differ_are_named() -> None:
    a = metrics([("both", 2.0), ("mine", 4.0), ("neither", None), ("yours", None)])
    b = metrics([("both", 1.0), ("mine", None), ("neither", None), ("yours", 3.0)])
    found = compared(a, b)
    assert [(one.name, one.delay_s, other.best) for one, other in found.found_by_a] == [
        ("mine", 4.0, 0.1)
    ]
    assert [(one.best, other.name, other.delay_s) for one, other in found.found_by_b] == [
        (0.1, "yours", 3.0)
    ]


def test_only_common_incidents_count_and_the_others_are_counted_out() -> None:
    lost = incident("gap", None, excused=True)
    spill = incident("common", 1.0, label="spill")  # the same name, another label
    a = metrics([("common", 2.0), ("x", None), ("y", None), lost, spill])
    b = metrics([("common", None), ("z", 1.0), incident("gap", 3.0)])
    found = compared(a, b)
    assert found.left_out == (3, 1, 1)
    assert found.rows[0].incidents == 1
    assert found.rows[0].a.recall == 1.0
    assert [one.name for one, _ in found.found_by_a] == ["common"]
    assert not found.found_by_b


def test_none_in_common_is_refused_and_none_at_all_is_not() -> None:
    with pytest.raises(BadMetrics, match="no incident in common; evaluate both on the same truth"):
        compared(metrics([("one", 2.0)]), metrics([("two", 2.0)]))
    with pytest.raises(BadMetrics, match="no incident in common"):
        compared(metrics(), metrics([("two", 2.0)]))
    normal = compared(metrics(), metrics([], [alarm("a", 1.0)]))
    assert normal.rows[0].a.recall is None
    assert len(normal.alarmed_b) == 1


def test_false_alarms_of_one_alone() -> None:
    a = [alarm("x", 10.0), alarm("x", 60.0), alarm("y", 5.0)]
    b = [alarm("x", 14.9), alarm("x", 66.0), alarm("y", 5.0, label="spill")]
    found = compared(metrics([], a), metrics([], b))
    assert [(one.clip, one.t_s) for one in found.alarmed_a] == [("x", 60.0), ("y", 5.0)]
    assert [(one.clip, one.t_s) for one in found.alarmed_b] == [("x", 66.0), ("y", 5.0)]


def test_what_metrics_builds_is_read_and_gives_the_same_numbers() -> None:
    spans: list[scenes.SpanRow] = [("collapse", 20.0, 40.0), ("collapse", 200.0, 220.0)]
    a = scenes.told(
        scenes.recording(spans=spans),
        [scenes.alert(22.0), scenes.alert(120.0, event=1), scenes.alert(204.5, event=2)],
    )
    b = scenes.told(scenes.recording(spans=spans), [scenes.alert(21.0)])
    first, second = build([a], {"jobs": 1}), build([b], {"jobs": 1})
    found = compared(first, second, sources=True)
    assert first["metrics_version"] == METRICS_VERSION
    for row in found.rows:
        for side, told in ((row.a, first), (row.b, second)):
            of_label = told["labels"][row.label]
            numbers = of_label["all"] if row.source is None else of_label["sources"][row.source]
            for ours, theirs in (
                (side.recall, "event_recall"),
                (side.recall_lower95, "event_recall_lower95"),
                (side.time_to_alert_p50_s, "time_to_alert_p50_s"),
                (side.time_to_alert_p95_s, "time_to_alert_p95_s"),
            ):
                assert ours == (numbers[theirs] and pytest.approx(numbers[theirs], abs=1e-6))
    assert [one.delay_s for one, _ in found.found_by_a] == [4.5]
    assert [one.t_s for one in found.alarmed_a] == [120.0]
    assert not found.about
    assert not found.alarmed_b


times = st.lists(st.integers(0, 120).map(lambda half: half / 2), max_size=9)


@given(one=times, other=times)
def test_false_alarms_pair_off_as_far_as_they_can(one: list[float], other: list[float]) -> None:
    told = ([alarm("x", t_s) for t_s in times_s] for times_s in (one, other))
    found = compared(*(metrics([], alarms) for alarms in told))
    pairs = len(one) - len(found.alarmed_a)
    assert pairs == len(other) - len(found.alarmed_b)
    near = np.abs(np.subtract.outer(one, other)) <= SAME_S
    matched = maximum_bipartite_matching(csr_matrix(near)) if near.size else np.array([-1])
    assert pairs == int((matched >= 0).sum())


@pytest.mark.parametrize("held", [0, 9])
def test_false_alarms_in_held_time_are_false_alarms(held: int) -> None:
    a = metrics([], [alarm("x", 1.0)] * 9, 1.0)
    a["labels"]["collapse"]["all"]["false_alarms_in_held_time"] = held
    assert compared(a, metrics([], [], 1.0)).rows[0].false_alarms_p == pytest.approx(2 / 2**9)


def test_each_source_by_itself() -> None:
    yard = incident("far", None, source="yard")
    a, b = metrics([("near", 2.0), yard]), metrics([("near", 2.0), yard | {"detected": True}])
    for one in (a, b):
        one["labels"]["collapse"]["sources"]["yard"] = numbers(0, 1.0)
    a["labels"]["collapse"]["sources"]["cellar"] = numbers(0, 1.0)  # B has not seen it
    rows = compared(a, b, sources=True).rows
    assert [(row.label, row.source, row.incidents, row.only_b) for row in rows] == [
        ("collapse", None, 2, 1),
        ("collapse", "lab", 1, 0),
        ("collapse", "yard", 1, 1),
        ("spill", None, 0, 0),
        ("spill", "lab", 0, 0),
    ]


def test_what_was_different_in_the_making_is_told() -> None:
    a, b = metrics(), metrics()
    b["about"] = {"model": {"name": "second", "sha256": "ab" * 32}, "jobs": [1]}
    assert dict(compared(a, b).about) == {
        "model.name": ("first", "second"),
        "settings": ({"hold_last_s": 0}, None),
        "jobs": (None, [1]),
    }


@given(a=st.integers(0, 40), b=st.integers(0, 40))
def test_the_test_of_shares_by_the_formula(a: int, b: int) -> None:
    of, least = a + b, min(a, b)
    tail = sum(math.comb(of, hits) for hits in range(least + 1)) / 2**of
    assert paired.shares_differ(a, b) == pytest.approx(min(1.0, 2 * tail))
    assert paired.shares_differ(a, b) == paired.shares_differ(b, a)


@given(a=st.integers(0, 30), b=st.integers(0, 30), hours=st.sampled_from([0.5, 1.0, 3.0]))
def test_the_test_of_rates_by_the_formula(a: int, b: int, hours: float) -> None:
    of, share = a + b, hours / (hours + 1)
    each = [math.comb(of, n) * share**n * (1 - share) ** (of - n) for n in range(of + 1)]
    odd = sum(p for p in each if p <= each[a] * (1 + 1e-7))
    assert paired.rates_differ(a, hours, b, 1.0) == pytest.approx(min(1.0, odd))


def test_no_hours_say_nothing_of_rates() -> None:
    assert paired.rates_differ(0, 0.0, 3, 1.0) is None
    assert paired.rates_differ(3, 1.0, 0, 0.0) is None
