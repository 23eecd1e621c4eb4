"""The compiled validator lets through nothing that JSON Schema does not, whatever is said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from alerts import schema
from alerts.resyncing import Resync
from alerts.status import DeskStatus, Health
from tests.alerts.samples import BEGAN, an_event
from tests.alerts.telling import a_page, a_state
from tests.alerts.test_contract import STATUS
from tests.alerts.test_messages import COMMAND

SAID: dict[schema.Kind, str] = {
    "event": an_event().to_json(),
    "status": STATUS.to_json(),
    "health": Health("site", "hall", "ok", BEGAN, "").to_json(),
    "state": a_state().to_json(),
    "command": COMMAND.to_json(),
    "resync": Resync("r", BEGAN, "desk").to_json(),
    "page": a_page().to_json(),
    "desk_status": DeskStatus("site", "desk", BEGAN, {"sent": 3}, {}).to_json(),
}
NEAR = st.sampled_from(
    [None, True, False, 0, 1, 1.0, 0.5, -1, 2**53, 2**53 + 0.0, 1e300, "", "a", "a\n", "$a", "한",
     "..", "\u2028", "x" * 65, "x" * 5000, [], [0.1], [0.1, 0.2, 0.3, 0.4], [True] * 4, {"a": 1}]
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where anything stands in it."""
    found = [path] if path else []
    inner = dict(enumerate(value)) if isinstance(value, list) else value
    for key, one in inner.items() if isinstance(inner, dict) else ():
        found += places(one, (*path, key))
    return found


def put(value: Any, path: tuple[Any, ...], new: Any) -> None:
    """`new` stands there instead."""
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = new


@pytest.mark.parametrize("kind", schema.KINDS)
def test_the_compiled_one_takes_what_is_right_by_itself(kind: schema.Kind) -> None:
    assert schema.keeps(kind, json.loads(SAID[kind]))


@settings(max_examples=200)
@given(data=st.data())
def test_nothing_passes_that_is_wrong(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(schema.KINDS))
    fields = json.loads(SAID[kind])
    for path in data.draw(st.lists(st.sampled_from(places(fields)), min_size=1, max_size=2)):
        try:
            put(fields, path, data.draw(NEAR))
        except (TypeError, KeyError, IndexError):
            continue  # the first change took away where the second was to be
    fields |= data.draw(st.sampled_from([{}, {}, {}, {"mood": "fine"}]))
    if schema.keeps(kind, fields):
        assert Draft202012Validator(json.loads(schema.text(kind))).is_valid(fields)


def test_true_is_not_one() -> None:
    fields = json.loads(SAID["state"]) | {"schema_version": True}
    assert not schema.keeps("state", fields)
    with pytest.raises(schema.NotByContract, match="schema_version"):
        schema.check("state", json.dumps(fields))


def test_what_is_left_to_choose_from_is_words() -> None:
    """Where numbers were to choose from the compiled one would take True for 1."""
    for kind in schema.KINDS:
        whole = json.loads(schema.text(kind))
        for path in places(whole):
            if path[-1] == "const":
                assert path == ("properties", "schema_version", "const")
            elif path[-1] == "enum":
                found: Any = whole
                for key in path:
                    found = found[key]
                assert all(isinstance(word, str) for word in found)
