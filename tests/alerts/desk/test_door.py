"""What the desk's file may say of answers by HTTP, and links in pages."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from alerts.desk.checking import check
from alerts.desk.deciding import Decider
from alerts.desk.deeds import Deeds
from alerts.desk.schema import load
from alerts.errors import UserError
from tests.support.desks import desk_file


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"enabled": True}, "nobody could answer"),
        ({"host": "desk.example"}, "IP address"),
        ({"secret_file": "a", "secret_env": "B"}, "remove one"),
        ({"url": "desk.example"}, "https://desk.example"),
        ({"url": "https://desk.example/{event_id}"}, "https://desk.example"),
        ({"port": 70_000}, "65535"),
        ({"link_hours": 0}, "1"),
        ({"proxies": ["proxy.example"]}, "10.0.0.0/24"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(
    tmp_path: Path, answers: dict[str, object], words: str
) -> None:
    file = desk_file(tmp_path / "desk.yaml", 1, answers=answers)
    with pytest.raises(UserError, match=words) as told:
        load(file)
    assert "answers" in str(told.value)
    assert len(str(told.value).splitlines()) == 1


def test_a_wrong_secret_is_found_by_a_check(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2")
    answers = {"enabled": True, "secret_file": "secret", "url": "https://desk.example"}
    config = load(desk_file(tmp_path / "desk.yaml", 1, answers=answers))
    found = {one.what: one for one in check(config)}
    assert not found["answers"].good
    assert "openssl rand" in found["answers"].words
    assert "hunter2" not in found["answers"].words
    (tmp_path / "secret").write_text("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
    found = {one.what: one for one in check(config)}
    assert found["answers"].good
    assert "links below https://desk.example" in found["answers"].words


def test_a_link_is_never_published(tmp_path: Path) -> None:
    """Whoever may only read on the broker could answer with it."""
    file = desk_file(
        tmp_path / "desk.yaml", 1,
        recipients={"floor": {"publish": True}, "boss": {"command": {"argv": ["true"]}}},
        answers={"enabled": True, "url": "https://desk.example"},
        pages={"link": "https://board.example/{event_id}"},
    )  # fmt: skip
    config = load(file)
    decider = Decider(config, Deeds())
    assert (decider.link("x", "boss") or "").startswith("https://desk.example/answer/")
    assert decider.link("x", "floor") == "https://board.example/{event_id}"
    whole = yaml.safe_load(file.read_text())
    del whole["answers"]
    file.write_text(yaml.safe_dump(whole))
    assert Decider(load(file), Deeds()).link("x", "boss") == "https://board.example/{event_id}"
