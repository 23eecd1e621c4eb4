"""A promise against untouched incidents, camera by camera, from plain lists."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from edge import tuned
from models.evaluation.alarms import Watched
from models.evaluation.checked import Checked, TunedOnThese, checks, refuse_tuned_on
from models.evaluation.offers import eligible_of
from models.evaluation.thresholds_file import TunedOn
from tests.models.evaluation.scenes import Bout, recording, trace, watched
from tests.support.tuned import kept, thresholds_file

PROMISE = {"target_recall": 0.5, "confidence": 0.9}


def said(folder: Path, **sections: object) -> tuned.Tuned:
    return tuned.read(thresholds_file(folder / "t.yaml", **sections))


def fall(number: int, scores: Mapping[str, float]) -> list[Watched]:
    """One collapse, as each camera sees it."""
    return [
        watched(
            recording(f"{camera}{number}", [("collapse", 20, 60, f"fall {number}")], 60,
                      camera=camera),
            trace(60, [Bout("collapse", 24, 60, score)]),
        )
        for camera, score in scores.items()
    ]  # fmt: skip


def found(seen: list[Watched], file: tuned.Tuned) -> dict[str, Checked]:
    return {one.camera: one for one in checks(seen, eligible_of("collapse", seen), file)}


def test_each_camera_is_held_to_its_own_threshold(tmp_path: Path) -> None:
    file = said(
        tmp_path,
        thresholds={"collapse": kept(0.6, **PROMISE)},
        cameras={"hall": {"collapse": kept(0.4, **PROMISE)}, "yard": {}},
    )
    seen = [
        *fall(1, {"hall": 0.5}),  # by its own threshold
        *fall(2, {"yard": 0.5}),  # goes by the site's: missed
        *fall(3, {"yard": 0.7, "hall": 0.1}),  # by the other camera
        *fall(4, {"hall": 0.39}),
    ]
    of = found(seen, file)
    assert list(of) == ["", "hall"]
    assert (of[""].threshold, of[""].verified.hits, of[""].verified.incidents) == (0.6, 2, 4)
    assert (of["hall"].threshold, of["hall"].verified.hits) == (0.4, 1)
    assert of["hall"].verified.incidents == 3
    assert (of[""].alerted, of["hall"].alerted) == (2, 1)


def test_a_camera_alone_may_have_a_promise(tmp_path: Path) -> None:
    file = said(tmp_path, thresholds={}, cameras={"hall": {"collapse": kept(0.4, **PROMISE)}})
    seen = [one for n in range(4) for one in fall(n, {"hall": 0.5, "yard": 0.9})]
    of = found(seen, file)
    assert list(of) == ["hall"]
    assert (of["hall"].verified.verdict, of["hall"].verified.incidents) == ("kept", 4)


def test_what_trips_within_an_open_event_is_a_hit_and_seldom_an_alert(tmp_path: Path) -> None:
    """A second collapse at one place, seconds after the first: the event is open, and the next
    `updated` is not due before the incident stops counting."""
    of = recording("a.mp4", [("collapse", 20, 30), ("collapse", 31, 33)], 60)
    seen = [watched(of, trace(60, [Bout("collapse", 22, 34, 0.9)]))]
    file = said(tmp_path, thresholds={"collapse": kept(0.5, **PROMISE)})
    one = found(seen, file)[""]
    assert (one.verified.hits, one.alerted) == (2, 1)


def test_false_alarms_are_counted_at_the_files_threshold(tmp_path: Path) -> None:
    normal = watched(
        recording("normal", (), 3600, camera="hall"),
        trace(3600, [Bout("collapse", 100, 104, 0.45), Bout("collapse", 900, 905, 0.7)], fps=1),
    )
    seen = [*fall(1, {"yard": 0.9}), normal]
    for value, false_alarms in ((0.4, 2), (0.6, 1), (0.8, 0)):
        file = said(tmp_path, thresholds={"collapse": kept(value, **PROMISE)})
        assert found(seen, file)[""].price.false_alarms == false_alarms


@pytest.mark.parametrize(
    ("tuned_on", "lines"),
    [
        (TunedOn(incident="fall 1", label="collapse", clips=()), 1),
        (TunedOn(incident="fall 1", label="spill", clips=()), 0),
        (TunedOn(incident="other", label="collapse", clips=("0" * 16,)), 0),
    ],
)
def test_what_was_tuned_on_is_known_by_its_name(tuned_on: TunedOn, lines: int) -> None:
    seen = [*fall(1, {"hall": 0.5, "yard": 0.5}), *fall(2, {"hall": 0.5})]
    those = eligible_of("collapse", seen)
    if not lines:
        refuse_tuned_on(those, [tuned_on], "t.yaml")
        return
    with pytest.raises(TunedOnThese, match="collapse fall 1 was tuned on") as refused:
        refuse_tuned_on(those, [tuned_on], "t.yaml")
    assert len(str(refused.value).splitlines()) == lines


def test_what_was_tuned_on_is_known_by_any_of_its_recordings() -> None:
    seen = [*fall(1, {"hall": 0.5, "yard": 0.5}), *fall(2, {"hall": 0.5})]
    those = eligible_of("collapse", seen)
    clip = seen[1].recording.sha256[:16]
    before = [TunedOn(incident="some other name", label="collapse", clips=("f" * 16, clip))]
    with pytest.raises(TunedOnThese, match="collapse fall 1 was tuned on"):
        refuse_tuned_on(those, before, "t.yaml")


def test_a_great_many_are_not_all_listed() -> None:
    seen = [one for n in range(30) for one in fall(n, {"hall": 0.5})]
    before = [TunedOn(incident=f"fall {n}", label="collapse", clips=()) for n in range(30)]
    with pytest.raises(TunedOnThese) as refused:
        refuse_tuned_on(eligible_of("collapse", seen), before, "t.yaml")
    assert str(refused.value).splitlines()[20:] == ["… and 10 more"]
