"""A thresholds file that is wrong: one line each, with its number, whatever stands in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.config.problem import SHOWN_MAX
from edge.errors import BadConfig
from edge.tuned import Tuned, read
from tests.support.tuned import kept, thresholds_file, values


def changed(**sections: Any) -> str:
    return yaml.safe_dump(values(**sections), sort_keys=False)


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in kept(0.5).items() if name != key}


WRONG: dict[str, tuple[str, str]] = {
    "empty": ("", "1: the file is empty; begin with `version: 1`"),
    "no version": ("model: {}", "1: version: missing, begin the file with `version: 1`"),
    "newer": (
        "version: 2\nx: y",
        "1: version: the file is of version 2, this floorwatch reads up to 1; update floorwatch",
    ),
    "unknown label": (
        changed(thresholds={"fire": kept(0.5)}),
        "thresholds.fire: unknown key; known in thresholds: collapse, spill",
    ),
    "unknown label of a camera": (
        changed(cameras={"hall": {"colapse": kept(0.5)}}),
        "cameras.hall.colapse: unknown key; did you mean collapse?",
    ),
    "above 1": (
        changed(thresholds={"collapse": kept(1.2)}),
        "thresholds.collapse.value: found the number 1.2; allowed: a number above 0 and below 1",
    ),
    "zero": (
        changed(cameras={"hall": {"spill": kept(0)}}),
        "cameras.hall.spill.value: found the number 0; allowed: a number above 0 and below 1",
    ),
    "no promise": (
        changed(thresholds={"collapse": without("target_recall")}),
        "thresholds.collapse.target_recall: missing, add it (The share of incidents it is to "
        "catch)",
    ),
    "no incidents": (
        changed(thresholds={"collapse": kept(0.5, incidents=0)}),
        "incidents: found the number 0; allowed: a whole number, 1 or more",
    ),
    "more misses than incidents": (
        changed(thresholds={"collapse": kept(0.5, misses=60)}),
        "thresholds.collapse.misses: more misses than incidents",
    ),
    "sha256 cut short": (
        changed(model={"name": "pattern", "sha256": "ab"}),
        'model.sha256: found the text "ab"; allowed: 64 hexadecimal digits, in quotes',
    ),
    "no such day": (
        changed(tuned_at="2026-11-31T12:00:00Z"),
        'tuned_at: found the text "2026-11-31T12:00:00Z"; allowed: a time such as '
        '"2026-11-20T12:00:00Z"',
    ),
    "a day without a time": (changed(tuned_at="2026-11-20"), "allowed: a time such as"),
    "a time without a zone": (changed(tuned_at="2026-11-20T12:00:00"), "allowed: a time such as"),
    "rules left out": (
        changed(rules={"analyse_fps": 5, "collapse": {"confirm_s": 2, "slow_s": 4}}),
        "rules.spill: missing, add it (When a spill alarms)",
    ),
    "cameras as a list": (changed(cameras=[]), "cameras: found an empty list; allowed: a mapping"),
    "incidents as a text": (changed(incidents="all"), 'incidents: found the text "all"; allowed: '),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_file_that_is_wrong_is_told_by_line(tmp_path: Path, what: str) -> None:
    text, words = WRONG[what]
    path = tmp_path / "tuned.yaml"
    path.write_text(text)
    with pytest.raises(BadConfig) as caught:
        read(path)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{path}:")
    assert words in line


def test_two_faults_are_two_lines_each_with_its_own_number(tmp_path: Path) -> None:
    sections = {"thresholds": {"collapse": kept(2), "spill": kept(3)}}
    path = thresholds_file(tmp_path / "tuned.yaml", **sections)
    lines = path.read_text().splitlines()
    with pytest.raises(BadConfig) as caught:
        read(path)
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"{path}:{lines.index('    value: 2') + 1}: thresholds.collapse.value")
    assert second.startswith(f"{path}:{lines.index('    value: 3') + 1}: thresholds.spill.value")


fuzz = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def is_tuned_or_bad(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        assert isinstance(read(path), Tuned)
    except BadConfig as error:
        lines = str(error).split("\n")
        assert 1 <= len(lines) <= SHOWN_MAX + 1
        assert all(line.startswith(f"{path}:") for line in lines)


@fuzz
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode()))
def test_any_text_is_thresholds_or_told(tmp_path: Path, content: bytes) -> None:
    is_tuned_or_bad(tmp_path / "tuned.yaml", content)


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
trees = st.recursive(
    leaves | st.just(kept(0.5)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["collapse", "spill", "hall", "value"]), inner, max_size=3
        )
    ),
    max_leaves=10,
)


@fuzz
@given(section=st.sampled_from(sorted(values())), tree=trees)
def test_any_value_in_any_section(tmp_path: Path, section: str, tree: object) -> None:
    text = yaml.safe_dump(values() | {section: tree}, allow_unicode=True)
    is_tuned_or_bad(tmp_path / "tuned.yaml", text.encode("utf-8", "surrogatepass"))


@settings(fuzz, max_examples=60)
@given(data=st.data())
def test_a_file_with_slips_of_the_hand(tmp_path: Path, data: st.DataObject) -> None:
    text = changed(cameras={"hall": {"spill": kept(0.5)}})
    for _ in range(data.draw(st.integers(1, 3))):
        begin = data.draw(st.integers(0, len(text)))
        end = min(len(text), begin + data.draw(st.integers(0, 20)))
        put = data.draw(st.sampled_from([*"\t\n -:{}[]&*!|'\"#,?~", "<<", "1e999", "null", "-1"]))
        text = text[:begin] + put + text[end:]
    is_tuned_or_bad(tmp_path / "tuned.yaml", text.encode())
