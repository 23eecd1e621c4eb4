"""The file between tune, the daemon and verify."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.errors import UserError
from edge import tuned
from edge.core.types import LABELS
from models.evaluation import promise, thresholds_file
from models.evaluation.thresholds_file import BadThresholds, Promises, Rules, TunedOn
from tests.support.scenes import policy
from tests.support.tuned import sealed

RULES = Rules(analyse_fps=5, confirm_s=3, slow_s=20, second_look=True, persist_s=20, standing_s=600)
TUNED = promise.tune([0.213, *[0.5] * 58], 0.9, 0.95)
PROMISES = Promises(
    model="first",
    model_sha256="ab" * 32,
    close_ups_sha256=None,
    tuned_at=datetime(2026, 11, 20, 12, tzinfo=timezone.utc),
    rules=RULES,
    labels={"collapse": TUNED},
    cameras={"hall": {"spill": promise.tune([0.3] * 29, 0.9, 0.95)}},
    incidents=(TunedOn(incident="gmdcsa24/1", label="collapse", clips=("0123456789abcdef",)),),
)
TEXT = """\
# Thresholds tuned by floorwatch; made by `floorwatch tune`, not by hand: a changed value keeps no
# promise. Name this file under `thresholds:` in the site file.
version: 1
model: {name: first, sha256: "abababababababababababababababababababababababababababababababab"}
tuned_at: "2026-11-20T12:00:00Z"
rules:
  analyse_fps: 5
  collapse: {confirm_s: 3, slow_s: 20, second_look: true}
  spill: {persist_s: 20, standing_s: 600}
thresholds:
  collapse: {value: 0.5, target_recall: 0.9, confidence: 0.95, incidents: 59, misses: 1}
cameras:
  hall:
    spill: {value: 0.3, target_recall: 0.9, confidence: 0.95, incidents: 29, misses: 0}
incidents:
- {incident: "gmdcsa24/1", label: collapse, clips: ["0123456789abcdef"]}
seal: "9c0c81be56d1812c477a23ebc40f0adbe20ee7d9681aab38fe1a366a52222100"
"""


def test_it_reads_well(tmp_path: Path) -> None:
    thresholds_file.write(tmp_path / "new" / "thresholds.yaml", PROMISES)
    assert (tmp_path / "new" / "thresholds.yaml").read_text() == TEXT
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["thresholds.yaml"]


def test_it_names_the_network_for_close_ups_if_there_was_one(tmp_path: Path) -> None:
    path = tmp_path / "thresholds.yaml"
    thresholds_file.write(path, replace(PROMISES, close_ups_sha256="cd" * 32))
    assert tuned.read(path).said.model.close_ups == "cd" * 32


def test_the_daemon_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "thresholds.yaml"
    path.write_text("what was there before")
    thresholds_file.write(path, PROMISES)
    said = tuned.read(path)
    used = said.threshold("yard", "collapse")
    assert used is not None
    assert (used.value, used.target_recall, used.confidence, used.incidents) == (0.5, 0.9, 0.95, 59)
    assert said.threshold("hall", "spill") is not None
    assert said.threshold("yard", "spill") is None


@given(
    names=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), max_size=8),
    value=st.floats(1e-6, 1),
    camera=st.sampled_from(["hall", "no", "12", "2026-11-20", "über: # 1"]),
)
@settings(deadline=None, max_examples=60)
def test_whatever_stands_in_it_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], value: float, camera: str
) -> None:
    path = tmp_path_factory.mktemp("file") / "t.yaml"
    of = promise.tune([value] * 59, 0.95, 0.95)
    incidents = tuple(
        TunedOn(incident=name, label=LABELS[n % 2], clips=("12345678901234e5", "0" * 16)[: n % 3])
        for n, name in enumerate(names)
    )
    thresholds_file.write(
        path,
        replace(
            PROMISES, labels={"spill": of}, cameras={camera: {"collapse": of}}, incidents=incidents
        ),
    )
    said, read = thresholds_file.read(path)
    assert read == incidents
    for place in (said.said.thresholds.of("spill"), said.said.cameras[camera].of("collapse")):
        assert place is not None
        assert place.value == of.threshold


@pytest.mark.parametrize(
    ("incidents", "words"),
    [
        ("all of them", "incidents"),
        ([{"incident": "a", "label": "fall", "clips": []}], r"incidents\[0\]\.label: .*tune again"),
        ([{"incident": "a", "label": "spill"}], r"incidents\[0\]\.clips: field required"),
        ([{"incident": 3, "label": "spill", "clips": []}], r"incidents\[0\]\.incident"),
    ],
)
def test_what_was_tuned_on_must_be_readable(tmp_path: Path, incidents: object, words: str) -> None:
    path = tmp_path / "t.yaml"
    thresholds_file.write(path, PROMISES)
    path.write_text(sealed(yaml.safe_load(path.read_text()) | {"incidents": incidents}))
    with pytest.raises(Exception, match=words) as refused:
        thresholds_file.read(path)
    assert type(refused.value).__name__ in {"BadConfig", "BadThresholds"}
    assert "\n" not in str(refused.value)


def test_where_there_is_none_nothing_is_said_of_a_site_file(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        thresholds_file.read(tmp_path / "t.yaml")
    words = "there is no such file; `floorwatch tune` writes one"
    assert str(refused.value) == f"{tmp_path / 't.yaml'}: {words}"


def test_what_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path, words in (
        (tmp_path, "is a folder; say --out FILE"),
        (tmp_path / "file" / "t.yaml", "cannot be written"),
    ):
        with pytest.raises(BadThresholds, match=words):
            thresholds_file.try_out(path)
    thresholds_file.try_out(tmp_path / "t.yaml")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_rules_are_those_of_the_policy() -> None:
    assert Rules.of(policy(), 5) == Rules(
        5, confirm_s=3, slow_s=20, second_look=False, persist_s=20, standing_s=120
    )
