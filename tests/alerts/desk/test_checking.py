"""What a check of a desk's file warns of, though it works now."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from alerts.desk.checking import check
from alerts.desk.schema import load
from alerts.main import main
from tests.support.desks import desk_file

PUBLISHED: dict[str, Any] = {"floor": {"publish": True}}


@pytest.mark.parametrize(
    ("recipients", "warned"),
    [
        (PUBLISHED, True),
        (PUBLISHED | {"boss": {"command": {"argv": ["true"]}}}, False),
    ],
)
def test_that_all_hear_by_the_broker_alone_is_said(
    tmp_path: Path, recipients: dict[str, Any], warned: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    file = desk_file(tmp_path / "desk.yaml", 1, recipients=recipients)
    found = {one.what: one for one in check(load(file))}
    assert found["recipients"].good
    assert ("while it is down nobody is told" in found["recipients"].warning) == warned
    assert main(["desk", str(file), "--check"]) == 2  # there is no broker
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("WARN recipients: all are told") for line in lines) == warned


def test_a_disk_that_fills_is_said_before_it_is_full(tmp_path: Path) -> None:
    disk = shutil.disk_usage(tmp_path)
    found = {one.what: one for one in check(load(desk_file(tmp_path / "desk.yaml", 1)))}
    assert found["folder"].good
    assert ("make room" in found["folder"].warning) == (disk.free / disk.total < 0.2)
