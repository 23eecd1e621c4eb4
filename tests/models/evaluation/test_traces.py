"""Traces on disk come back as they were, or not at all."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core.evidence import Evidence
from edge.core.policy import Area
from edge.core.types import LABELS, Box, Label
from models.evaluation import traces
from models.evaluation.program import key
from models.evaluation.recording import Recording
from models.evaluation.trace import Gap, Trace, Values
from models.evaluation.tracing import Setup
from tests.models.evaluation.films import network, setup

SHARE = st.floats(0, 1)
BOXES = st.builds(Box, SHARE, SHARE, SHARE, SHARE)
LETTERS = st.characters(codec="utf-8")
NAMES = st.none() | st.text(LETTERS, max_size=8)
SEEN = st.builds(
    Evidence,
    label=st.sampled_from(LABELS),
    zone=NAMES,
    box=BOXES,
    score=SHARE,
    holding=SHARE,
    since_ns=st.integers(0, 2**62),
    path=st.sampled_from(("fast", "slow", "persist")),
)
GAPS = st.builds(Gap, SHARE, SHARE, st.booleans())


@st.composite
def a_trace(draw: st.DrawFn) -> Trace:
    evidence = tuple(draw(st.lists(st.lists(SEEN, max_size=3).map(tuple), min_size=1, max_size=5)))
    number = len(evidence)
    values = st.lists(st.floats(0, 1, width=32), min_size=number, max_size=number)
    glance: dict[Label, Values] = {label: np.array(draw(values), np.float32) for label in LABELS}
    return Trace(
        at_ns=np.cumsum(np.array(draw(st.lists(st.integers(1, 10**12), min_size=number,
                                               max_size=number)), np.int64)),
        held=np.array(draw(st.lists(st.booleans(), min_size=number, max_size=number))),
        glance=glance,
        evidence=evidence,
        aspect=draw(st.floats(0.1, 10)),
        seconds=draw(st.floats(0, 1e6)),
        gaps=tuple(draw(st.lists(GAPS, max_size=2))),
        skipped=draw(st.integers(0, 1000)),
        damage=draw(st.text(LETTERS, max_size=20)),
        grid=draw(st.none() | st.just(np.eye(3, dtype=np.float32))),
    )  # fmt: skip


def same(one: Trace, other: Trace) -> bool:
    plain = ("aspect", "seconds", "gaps", "skipped", "damage")
    return (
        all(getattr(one, name) == getattr(other, name) for name in plain)
        and tuple(one.evidence) == tuple(other.evidence)
        and one.at_ns.tobytes() == other.at_ns.tobytes()
        and one.held.tobytes() == other.held.tobytes()
        and all(one.glance[label].tobytes() == other.glance[label].tobytes() for label in LABELS)
        and (one.grid is None) == (other.grid is None)
        and (one.grid is None or other.grid is None or np.array_equal(one.grid, other.grid))
    )


SMALL = Trace(
    at_ns=np.array([0, 200_000_000], np.int64),
    held=np.array([False, True]),
    glance={label: np.array([0.25, 0.5], np.float32) for label in LABELS},
    evidence=((), (Evidence("collapse", "ward", Box(0, 0, 1, 1), 0.7, 0.6, 0, "fast"),)),
    aspect=1.5,
    seconds=0.2,
)


@settings(max_examples=50)
@given(a_trace())
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, trace: Trace) -> None:
    path = traces.path_of(tmp_path_factory.getbasetemp() / "traces", "a")
    traces.write(path, trace)
    back = traces.read(path)
    assert back is not None
    assert same(back, trace)
    assert [file.name for file in path.parent.iterdir()] == ["a.trace"]


@given(at=st.integers(0, 10**6), value=st.integers(1, 255), keep=st.booleans())
def test_what_is_damaged_is_not_there(
    tmp_path_factory: pytest.TempPathFactory, at: int, value: int, keep: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.trace"
    traces.write(path, SMALL)
    data = bytearray(path.read_bytes())
    at %= len(data)
    data[at] ^= value
    path.write_bytes(data if keep else data[:at])
    assert traces.read(path) is None


def test_what_is_not_there_is_none(tmp_path: Path) -> None:
    assert traces.read(tmp_path / "a.trace") is None
    assert traces.read(tmp_path) is None


def test_a_folder_that_takes_nothing_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(traces.BadCache, match="--cache DIR"):
        traces.write(tmp_path / "file" / "a.trace", SMALL)


def test_the_longest_unused_go_first(tmp_path: Path) -> None:
    paths = [traces.path_of(tmp_path, str(number)) for number in range(4)]
    for number, path in enumerate(paths):
        traces.write(path, SMALL)
        os.utime(path, (number, number))
    assert traces.read(paths[0]) is not None  # used again
    half = tmp_path / ".killed.123.part"  # somebody was killed at writing it
    half.write_bytes(b"half")
    os.utime(half, (0, 0))
    size = paths[0].stat().st_size
    traces.prune(tmp_path, bytes_max=2 * size)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.trace", "3.trace"]


ZONES = (Area("ward", ((0, 0), (1, 0), (1, 1)), frozenset(LABELS)),)


@pytest.fixture
def how(tmp_path: Path) -> Setup:
    return setup(network(tmp_path))


OF = Recording("a.mp4", Path("a.mp4"), "video", "films", (), 60.0, "ab" * 32)


def test_a_key_is_of_all_that_a_trace_depends_on(how: Setup) -> None:
    file = how.camera.file.model_copy(update={"hold_last_s": 15.0})
    slower = replace(how.policy, collapse=replace(how.policy.collapse, slow_s=30.0))
    drier = replace(how.policy, spill=replace(how.policy.spill, standing_s=1.0))
    others = {
        key(OF, how, "m"),
        key(OF, how, "n"),
        key(replace(OF, sha256="cd" * 32), how, "m"),
        key(replace(OF, seconds=61.0), how, "m"),
        key(replace(OF, kind="folder"), how, "m"),
        key(replace(OF, folder_fps=2.0), how, "m"),
        key(OF, replace(how, camera=how.camera.model_copy(update={"file": file})), "m"),
        key(OF, replace(how, camera=how.camera.model_copy(update={"analyse_fps": 6.0})), "m"),
        key(OF, replace(how, camera=how.camera.model_copy(update={"read_timeout_s": 6.0})), "m"),
        key(OF, replace(how, policy=slower), "m"),
        key(OF, replace(how, policy=drier), "m"),
        key(OF, replace(how, policy=replace(how.policy, zones=ZONES)), "m"),
        key(OF, replace(how, policy=replace(how.policy, masks=ZONES)), "m"),
    }
    assert len(others) == 13


def test_networks_differ_by_what_runs_them_and_by_how_their_card_has_them_read(
    tmp_path: Path,
) -> None:
    one = network(tmp_path)
    model, card = one.config.model, one.model.card
    other = model.model_copy(update={"backend": "onnx"})
    stricter = card.people.model_copy(update={"score_floor": 0.5})
    promised = card.thresholds["spill"].model_copy(update={"value": 0.1})

    def known(**changed: object) -> str:
        return replace(one, model=replace(one.model, card=card.model_copy(update=changed))).identity

    identities = {
        one.identity,
        replace(one, config=one.config.model_copy(update={"model": other})).identity,
        known(people=stricter),
        known(sha256="cd" * 32),
    }
    assert len(identities) == 4
    assert known(thresholds={**card.thresholds, "spill": promised}) == one.identity


def test_thresholds_names_and_the_life_of_events_need_no_new_look(how: Setup) -> None:
    life = replace(how.policy.collapse.life, clear_s=99.0)
    lower = replace(how.policy, collapse=replace(how.policy.collapse, threshold=0.1, life=life))
    wetter = replace(lower, spill=replace(lower.spill, threshold=0.2))
    elsewhere = replace(OF, name="b.mp4", path=Path("x/b.mp4"), source="other", trained=True)
    assert key(elsewhere, replace(how, policy=wetter), "m") == key(OF, how, "m")
