from __future__ import annotations

import itertools
from pathlib import Path

from models import labels
from models.labels import STATES, Labelled, as_labelled, clip_states, state_at
from models.teacher import Seen


def test_annotations_use_only_the_four_states() -> None:
    for name in ("hospital_bed", "clips"):
        rows = labels.annotation(name)
        assert rows
        assert {row["state"] for row in rows} <= set(STATES)


def test_spans_of_a_clip_do_not_overlap_and_are_not_turned() -> None:
    for clip, spans in clip_states().items():
        for start, end, _ in spans:
            assert start < end, clip
        ordered = sorted(spans)
        for before, after in itertools.pairwise(ordered):
            assert before[1] <= after[0], clip


def test_between_two_spans_the_state_is_unknown() -> None:
    spans = [(0.0, 1.0, 0), (2.0, 9.0, 2)]
    assert [state_at(spans, at) for at in (0.5, 1.5, 2.0, 10.0)] == [0, -1, 2, -1]


def test_one_person_marked_twice_is_one_with_the_known_state() -> None:
    who = Labelled(0.5, 0.5, 0.2, 0.4, labels.UNKNOWN)
    does = Labelled(0.5, 0.52, 0.2, 0.38, STATES.index("low"))
    other = Labelled(0.9, 0.5, 0.1, 0.4, STATES.index("upright"))
    kept = labels._one_each([who, does, other])
    assert sorted(p.state for p in kept) == [0, 1]


def test_a_teachers_box_becomes_fractions() -> None:
    label = as_labelled(Seen(64, 36, 128, 72, 0.9, 0.1), 640, 360, 2)
    assert label == Labelled(0.2, 0.2, 0.2, 0.2, 2)


def test_the_hospitals_words_become_states(tmp_path: Path) -> None:
    lines = [
        "image,clip_group,original_split,label,x,y,w,h",
        "a.jpg,9,train,bed,0,0,1,1",
        "a.jpg,9,train,stand,0.1,0.1,0.1,0.4",
        "a.jpg,9,train,person,0.1,0.1,0.1,0.41",
        "a.jpg,9,train,sit,0.6,0.1,0.1,0.2",
        "a.jpg,9,train,fall,0.8,0.7,0.2,0.1",
        "a.jpg,9,train,wheelchair,0.3,0.3,0.1,0.1",
    ]
    (tmp_path / "boxes.csv").write_text("\n".join(lines), encoding="utf-8")
    people = labels.hospital_people(tmp_path)[("9", "a.jpg")]
    # `fall` holds all four states: without our reading of this very box it has none.
    assert sorted(p.state for p in people) == [labels.UNKNOWN, 0, 1]
