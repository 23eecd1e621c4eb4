"""The tables: bounds beside numbers, the worst first, the point in use marked."""

from __future__ import annotations

from models.evaluation.report import pictures, provenance, tables
from models.evaluation.report.numerals import TIGHT
from tests.models.evaluation.report import pages
from tests.models.evaluation.scenes import Bout, SpanRow, recording, trace, watched
from tests.support.scenes import policy

EVERYTHING = pages.of_everything()
FALL: SpanRow = ("collapse", 20.0, 40.0)


def plain(words: str) -> str:
    return words.replace(TIGHT, " ")


def test_key_figures_tell_what_training_saw_apart() -> None:
    groups = tables.key_figures(EVERYTHING)
    assert [(one.label, one.whose) for one in groups] == [
        ("collapse", "all"),
        ("collapse", "unseen by training"),
        ("spill", "all"),
        ("spill", "unseen by training"),
    ]
    assert all(len(one.cells) == len(tables.KEY_ROWS) for one in groups)
    cells = dict(zip(tables.KEY_ROWS, groups[0].cells, strict=True))
    assert (cells["incidents"], cells["found"]) == ("3", "2")
    assert plain(cells["… at least (95 %)"]) == "13 %"
    assert (cells["false alarms"], cells["… of them in held time"]) == ("2", "1")


def test_strata_are_worst_first_and_only_where_they_tell_apart() -> None:
    rows = dict(tables.strata(EVERYTHING))
    assert set(rows) == {"source", "seen in training", "source, unseen by training"}
    assert "seen" not in {row.value for row in rows["source, unseen by training"]}
    shown = [row for row in rows["source"] if row.bar.recall is not None]
    assert [row.bar.least for row in shown] == sorted(row.bar.least or 0.0 for row in shown)
    rest = [row.most_per_day for row in rows["source"] if row.bar.recall is None]
    assert rest == sorted(rest, reverse=True)


def test_the_point_in_use_is_marked_once() -> None:
    points = tables.operating_points(EVERYTHING, "collapse")
    assert [one.threshold for one in points if one.now] == ["0.50"]
    assert len(points) <= 16
    assert [float(one.threshold) for one in points] == sorted(float(p.threshold) for p in points)


def test_cameras_with_thresholds_of_their_own_have_a_point_too() -> None:
    of = [
        watched(recording(name, [FALL]), trace(bouts=[Bout("collapse", 24.0, 40.0, 0.8)]), rules)
        for name, rules in (("a.mp4", policy()), ("b.mp4", policy(0.6)))
    ]
    points = tables.operating_points(pages.numbers(of), "collapse")
    assert [one.threshold for one in points if one.now] == ["several"]


def test_pictures_are_told_with_their_bounds() -> None:
    table = pictures.table(EVERYTHING)
    assert table is not None
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert any("≥" in cell for cell in table.rows[0])
    assert pictures.table(pages.numbers(pages.nothing())) is None


def test_the_most_wrong_pictures_are_shown_first() -> None:
    walls = dict(pictures.walls(pages.everything()))
    assert [one.clip for one in walls["Dry floors that look wettest"]] == ["shiny.jpg", "dry.jpg"]
    assert [one.clip for one in walls["Spills that are seen least"]] == ["damp.jpg", "wet.jpg"]


def test_what_was_promised_is_told_as_it_was() -> None:
    one = {"value": 0.5, "source": "x", "target_recall": 0.955, "confidence": 0.995}
    [used] = provenance.thresholds({"thresholds": {"collapse": one}})
    assert plain(used.promise).startswith("recall 95.5 % at 99.5 % confidence")


def test_thresholds_are_told_with_what_stands_behind_them() -> None:
    collapse, spill = provenance.thresholds(pages.ABOUT)
    assert plain(collapse.promise).startswith("recall 90 % at 95 % confidence, tuned on 59")
    assert (spill.promise, spill.source) == ("", "model card")
