"""A thresholds file that is wrong: one line each, with its number, whatever stands in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from alerts.errors import BadConfig
from alerts.settings.problem import SHOWN_MAX, Keys
from edge.tuned import Tuned, read
from tests.support.tuned import kept, sealed, thresholds_file, unsealed, values


def changed(**sections: Any) -> str:
    """As if tune had written it."""
    return sealed(values(**sections))


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
    said = values() | {section: tree}
    try:
        text = sealed(said)
    except BadConfig:  # such as a control character: there is nothing to seal
        text = unsealed(said)
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


CHANGED = (
    "changed since `floorwatch tune` wrote it: a changed value keeps no promise; tune again, or "
    "write the value into the site file (cameras[].labels.collapse.threshold)"
)
WHOLE = values(cameras={"hall": {"spill": kept(0.5)}})


def leaf_keys(value: Any, keys: Keys = ()) -> list[Keys]:
    """The way to each number and text."""
    if isinstance(value, dict):
        return [way for key, inner in value.items() for way in leaf_keys(inner, (*keys, key))]
    if isinstance(value, list):
        return [way for n, inner in enumerate(value) for way in leaf_keys(inner, (*keys, n))]
    return [keys]


def with_leaf(value: Any, keys: Keys, leaf: Any) -> Any:
    """A copy in which the leaf at `keys` is another."""
    if not keys:
        return leaf
    copy: Any = value.copy()
    copy[keys[0]] = with_leaf(value[keys[0]], keys[1:], leaf)
    return copy


def leaf_of(value: Any, keys: Keys) -> Any:
    return leaf_of(value[keys[0]], keys[1:]) if keys else value


def is_refused_as_changed(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(BadConfig) as caught:
        read(path)
    assert str(caught.value) == f"{path}: {CHANGED}"


def with_the_seal_of(said: dict[str, Any], other: dict[str, Any]) -> str:
    return unsealed(other) + sealed(said).splitlines(keepends=True)[-1]


@fuzz
@given(
    keys=st.sampled_from([keys for keys in leaf_keys(WHOLE) if keys != ("version",)]),
    leaf=st.floats(0, 100) | st.integers(0, 100) | st.text("abc0.", max_size=4),
)
def test_no_single_value_may_be_changed_by_hand(tmp_path: Path, keys: Keys, leaf: Any) -> None:
    assume(leaf_of(WHOLE, keys) != leaf)
    text = with_the_seal_of(WHOLE, with_leaf(WHOLE, keys, leaf))
    is_refused_as_changed(tmp_path / "tuned.yaml", text)


@pytest.mark.parametrize(
    "other",
    [
        WHOLE | {"incidents": []},
        WHOLE | {"cameras": {"hall": {}}},
        WHOLE | {"cameras": {"door": WHOLE["cameras"]["hall"]}},
        WHOLE | {"thresholds": {"spill": WHOLE["thresholds"]["collapse"]}},
        WHOLE | {"fire": 1},
        {key: value for key, value in WHOLE.items() if key != "cameras"},
    ],
)
def test_nor_may_a_key_be(tmp_path: Path, other: dict[str, Any]) -> None:
    is_refused_as_changed(tmp_path / "tuned.yaml", with_the_seal_of(WHOLE, other))


@pytest.mark.parametrize(
    "seal", ["", "seal:\n", "seal: 0\n", "seal: []\n", f'seal: "{"0" * 64}"\n']
)
def test_nor_may_the_seal(tmp_path: Path, seal: str) -> None:
    is_refused_as_changed(tmp_path / "tuned.yaml", unsealed(WHOLE) + seal)


@fuzz
@given(data=st.data())
def test_comments_spaces_and_order_may_change(tmp_path: Path, data: st.DataObject) -> None:
    said = {key: WHOLE[key] for key in data.draw(st.permutations(list(WHOLE)))}
    flow = yaml.safe_dump(said, sort_keys=False, default_flow_style=data.draw(st.booleans()))
    lines = [*flow.splitlines(), sealed(WHOLE).splitlines()[-1]]
    if flow.startswith("{"):
        lines = [flow.rstrip()[:-1] + f", {lines[-1]}}}"]
    path = tmp_path / "tuned.yaml"
    path.write_text("".join(f"# moved\n{line}   # by hand\n\n" for line in lines))
    assert read(path).said.thresholds == read(thresholds_file(path)).said.thresholds
