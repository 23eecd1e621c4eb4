"""The campaign itself: two rows, quickly, so that it cannot rot; and its sums."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.campaign.__main__ import main
from tests.campaign.catalogue import ROWS
from tests.campaign.figures import Spread, slope
from tests.campaign.growth import Growth, Sample
from tests.campaign.ledger import Told, account, logged, rounds
from tests.campaign.row import CannotRun, Findings, Lab, Row
from tests.campaign.table import Machine, markdown

MACHINE = Machine("2026-11-20", "x86_64", 2, "3.11", "abc")


def told(event_id: str, seq: int, camera: str = "hall", detected_s: float = 0.0) -> Told:
    phase = "updated" if seq else "opened"
    return Told(event_id, seq, phase, camera, "collapse", 0.0, 0.0, detected_s, True)


@pytest.mark.parametrize("name", ["broker-killed", "kill-9"])
def test_a_row_runs_and_its_goals_are_met(name: str, tmp_path: Path) -> None:
    try:
        row = ROWS[name](Lab(tmp_path, print, quick=True)).row(name, 0.0)
    except CannotRun as why:
        pytest.skip(str(why))
    assert row.faults >= 1
    assert row.met, markdown([row], MACHINE, quick=True)


def test_what_was_kept_and_never_came_is_lost() -> None:
    ledger = account([("a", 0), ("a", 1)], [told("a", 0)])
    assert (ledger.expected, ledger.delivered, ledger.lost) == (2, 1, ("a#1",))


def test_a_gap_is_a_loss_though_nobody_logged_it() -> None:
    assert account([], [told("a", 0), told("a", 2)]).lost == ("a#1",)


def test_a_later_phase_first_is_reordered_and_a_second_copy_is_a_duplicate() -> None:
    ledger = account([], [told("a", 0), told("a", 2), told("a", 1), told("b", 0), told("a", 0)])
    assert (ledger.reordered, ledger.duplicates, ledger.lost) == (1, 1, ())


def test_the_log_is_read_up_to_its_last_whole_line() -> None:
    line = 'brain level=info msg="kept" event=20261120T1-ab camera=hall phase=opened seq=0'
    other = 'post level=error msg="now a dead letter" event=20261120T1-ab seq=7'
    assert logged(f"{line}\n{other}\n{line[:-1]}1") == [("20261120T1-ab", 0)]


def test_a_fall_of_the_clip_that_nobody_told_is_missed() -> None:
    falls = [told(f"e{at}", 0, detected_s=8.0 * at + 0.3) for at in (0, 1, 3, 4)]
    assert rounds([*falls, told("x", 0, "aisle")], 8.0) == (6, 5)


def test_slope_is_that_of_most_pairs_and_says_how_sure_it_is() -> None:
    times_s = [10.0 * n for n in range(60)]
    steady = slope(times_s, [100 + (n % 3) for n in range(60)], "MB")
    growing = slope(times_s, [100 + at_s / 360 + (n % 3) for n, at_s in enumerate(times_s)], "MB")
    assert steady is not None
    assert growing is not None
    assert steady.low <= 0 <= steady.high
    assert 9 < growing.per_hour < 11
    assert growing.low > 0
    assert slope([1.0], [1.0], "MB") is None


def test_what_memory_gained_is_told_by_its_slope_and_not_by_its_last_moment() -> None:
    def gained_mb(samples: int, per_s: float) -> float | None:
        growth = Growth(pid=0)
        growth.samples = [Sample(1.0 * n, 100 + per_s * n, 1, 1, 0.0) for n in range(samples)]
        growth.samples[-1] = replace(growth.samples[-1], memory_mb=150.0)
        return growth.gained_mb()

    assert gained_mb(101, 0.0) == pytest.approx(0)
    assert gained_mb(101, 0.2) == pytest.approx(15, abs=0.5)  # over the last 75 s
    assert gained_mb(4, 0.2) is None


def test_a_goal_without_any_figure_is_not_met() -> None:
    found = Findings()
    found.at_most("back", [], 5)
    assert not found.row("x", 0).met


def test_nothing_expected_is_no_success() -> None:
    assert not Findings(ledger=account([], [])).row("x", 0).met


def test_the_table_says_what_was_not_met_what_broke_and_what_was_skipped() -> None:
    missed = Findings(faults=3, ledger=account([("a", 0)], []))
    rows = [
        missed.row("one", 60),
        Row("two", broke="the daemon ended"),
        Row("three", skipped="needs root"),
    ]
    table = markdown(rows, MACHINE, quick=False)
    assert "| one | 3 | 1 | 0 | 1 | 0 | 0 | – | – | **not met**: none lost |" in table
    assert "**broke**: the daemon ended" in table
    assert "skipped: needs root" in table
    assert [row.met for row in rows] == [False, False, True]


def test_the_command_knows_its_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert all(name in capsys.readouterr().out for name in ("broker-killed",))
    assert main(["no-such-row"]) == 2


def test_spread() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(3, 2.0, 3.0, 3.0)
    assert Spread.of([]) is None
