"""Zones are put into a site file without touching anything else in it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.errors import BadConfig
from alerts.settings.document import parse
from alerts.web.site_text import Area, Areas, areas_of, as_yaml, camera_index, with_areas
from tests.house.tree import ROOT

EXAMPLE = (ROOT / "configs" / "example.yaml").read_text("utf-8")
HEAD = "version: 1\nsite: {name: a}\ncameras:"
TRIANGLE = ((0.1, 0.2), (0.9, 0.2), (0.5, 0.9))
SQUARE = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5))
DOOR = Area("door", TRIANGLE, ("spill",))


def found(text: str, camera: str) -> Areas:
    values = parse(text, "site.yaml").values
    return areas_of(values["cameras"][camera_index(values, camera, "site.yaml")])  # type: ignore[index]


def edited(text: str, camera: str, zones: list[Area], masks: list[Area]) -> str:
    new = with_areas(text, "site.yaml", camera, {"zones": zones, "masks": masks})
    assert found(new, camera) == {"zones": zones, "masks": masks}
    return new


def comments(text: str) -> list[str]:
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line]


def test_what_is_not_changed_stays_to_the_last_byte() -> None:
    had = found(EXAMPLE, "hall")
    assert edited(EXAMPLE, "hall", list(had["zones"]), list(had["masks"])) == EXAMPLE


def test_a_moved_corner_changes_one_line_and_keeps_its_comment() -> None:
    had = found(EXAMPLE, "hall")
    [entrance] = had["zones"]
    new = edited(EXAMPLE, "hall", [Area("entrance", TRIANGLE, entrance.labels)], list(had["masks"]))
    changed = [
        (old, now)
        for old, now in zip(EXAMPLE.splitlines(), new.splitlines(), strict=True)
        if old != now
    ]
    assert len(changed) == 1
    assert changed[0][1].strip() == "polygon: [[0.1, 0.2], [0.9, 0.2], [0.5, 0.9]]  # (example)"


def test_one_more_and_one_fewer_keep_every_other_comment() -> None:
    had = found(EXAMPLE, "hall")
    more = edited(EXAMPLE, "hall", [*had["zones"], DOOR], list(had["masks"]))
    assert comments(more) == comments(EXAMPLE)
    assert "      - name: door\n        polygon: [[0.1, 0.2]" in more
    none = edited(more, "hall", [], list(had["masks"]))
    assert "    zones: []" in none
    assert set(comments(EXAMPLE)) - set(comments(none)) <= {
        " (example) said in the alert", " (example)"
    }  # fmt: skip
    again = edited(none, "hall", [DOOR], [])
    assert comments(again)[:20] == comments(none)[:20]


def test_a_camera_without_zones_gets_them_at_its_end() -> None:
    text = (
        "version: 1\nsite: {name: a}\ncameras:\n- name: x\n  url: x.mp4 # here\n"
        "# after\n- name: y\n  url: y.mp4"
    )
    new = edited(text, "x", [DOOR], [Area("bed 1", SQUARE)])
    assert new.startswith(text[: text.index("# after") - 1])
    assert "# here\n  zones:\n    - name: door\n" in new
    assert "# after\n- name: y" in new
    last = edited(text, "y", [DOOR], [])
    assert last.startswith(text)


@pytest.mark.parametrize("empty", ["[]", "null", "", "[ ]  # none yet"])
def test_an_empty_list_is_filled(empty: str) -> None:
    text = f"{HEAD}\n  - name: x\n    zones: {empty}\n    url: x.mp4\n"
    new = edited(text, "x", [DOOR], [])
    assert new.endswith("    url: x.mp4\n")
    assert ("# none yet" in new) is ("#" in empty)


def test_a_camera_in_braces() -> None:
    text = f"{HEAD} [{{name: x, url: x.mp4}}, {{name: y, url: y, zones: []}}]\n"
    new = edited(text, "x", [DOOR, Area("true", SQUARE)], [])
    assert edited(new, "y", [DOOR], []).endswith("]\n")


def test_line_ends_of_another_system_stay() -> None:
    text = EXAMPLE.replace("\n", "\r\n")
    new = edited(text, "hall", [DOOR], [])
    assert new.count("\n") == new.count("\r\n")


def test_areas_that_two_cameras_share_are_left_to_people() -> None:
    text = (
        f"{HEAD}\n"
        "  - name: x\n    url: x\n    zones: &floor\n"
        "      - {name: f, polygon: [[0, 0], [1, 0], [1, 1]]}\n"
        "  - name: y\n    url: y\n    zones: *floor\n"
    )
    for camera in ("x", "y"):
        with pytest.raises(BadConfig, match="by hand"):
            with_areas(text, "site.yaml", camera, {"zones": [DOOR], "masks": []})


def test_merged_ones_are_overridden_for_this_camera_alone() -> None:
    text = (
        f"{HEAD}\n"
        "  - &x\n    name: x\n    url: x\n    zones:\n"
        "      - {name: f, polygon: [[0, 0], [1, 0], [1, 1]]}\n"
        "  - <<: *x\n    name: y\n"
    )
    new = edited(text, "y", [DOOR], [])
    assert found(new, "x") == found(text, "x")


def test_a_camera_that_is_not_there() -> None:
    with pytest.raises(BadConfig, match="has no camera cellar"):
        with_areas(EXAMPLE, "site.yaml", "cellar", {"zones": [], "masks": []})


def test_what_is_shown_is_what_is_written() -> None:
    shown = as_yaml({"zones": [DOOR], "masks": []})
    assert shown == (
        "zones:\n  - name: door\n    polygon: [[0.1, 0.2], [0.9, 0.2], [0.5, 0.9]]\n"
        "    labels: [spill]\nmasks: []\n"
    )  # fmt: skip


fractions = st.floats(0, 1).map(lambda x: round(x, 4))
names = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20)
areas = st.builds(
    Area,
    names,
    st.lists(st.tuples(fractions, fractions), min_size=3, max_size=5).map(tuple),
    st.sampled_from([("collapse",), ("spill",), ("spill", "collapse")]),
)
lists = st.lists(areas, max_size=3, unique_by=lambda area: area.name)
TEXTS = [
    "# a site\nversion: 1\nsite: {name: a}\ncameras:\n"
    "  - name: hall  # there\n    url: x\n    zones:  # all\n"
    "      # above\n      - name: f  # one\n        polygon: [[0, 0], [1, 0], [1, 1]]  # two\n"
    "        labels:\n          - spill   # wet\n\n      # next\n      - name: g\n"
    "        polygon: [[0, 0], [1, 0], [1, 1]]\n\n    # of masks\n    masks: []\nalarms: {}\n",
    "version: 1\nsite: {name: a}\ncameras:\n-\n  name: hall\n  url: x\n  zones:\n  - polygon:\n"
    "    - [0, 0]\n    - - 1\n      - 0\n    - [1, 1]\n    name: f\n",
]


@given(st.sampled_from(TEXTS), lists, lists, lists)
@settings(max_examples=40, deadline=None)
def test_whatever_is_drawn_is_what_the_daemon_reads(
    text: str, first: list[Area], second: list[Area], masks: list[Area]
) -> None:
    once = edited(text, "hall", [*found(text, "hall")["zones"], *first], masks)
    twice = edited(once, "hall", second, masks)
    assert edited(twice, "hall", second, masks) == twice
