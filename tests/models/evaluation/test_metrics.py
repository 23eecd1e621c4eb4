"""metrics.json as a whole: its shape, its keys, its parts."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from models.evaluation import keys, metrics
from models.evaluation.alarms import Watched
from models.evaluation.bounds import rate_upper, share_lower
from models.evaluation.trace import Gap
from tests.models.evaluation.scenes import Bout, SpanRow, picture, recording, trace, watched

ABOUT = {"model": {"name": "none", "share": 0.123456789}}
FALL: SpanRow = ("collapse", 20.0, 40.0)
FOUND = (Bout("collapse", 24, 45, 0.8),)


def with_columns(one: Watched, *columns: dict[str, str]) -> Watched:
    """The rows of truth say something more; the recording says what its first row says."""
    spans = tuple(
        replace(span, columns=said) for span, said in zip(one.recording.spans, columns, strict=True)
    )
    return replace(one, recording=replace(one.recording, spans=spans, columns=columns[0]))


@pytest.fixture(scope="module")
def world() -> list[Watched]:
    """Something of everything."""
    fallen = Bout("collapse", 24, 45, 0.8)
    far = with_columns(
        watched(
            recording("two.mp4", [FALL, ("collapse", 100.0, 110.0)], source="hall"),
            trace(300, [fallen, Bout("collapse", 200, 210, 0.7, 1), Bout("spill", 250, 260, 0.9)]),
        ),
        {"distance": "near", "light": "day", "floor": "wood"},
        {"distance": "far", "light": "day", "floor": "wood"},
    )
    same: SpanRow = ("collapse", 20.0, 40.0, "seen twice")
    front = recording("front.mp4", [same], 60.0, source="ward", camera="front")
    side = recording("side.mp4", [same], 60.0, source="ward", camera="side", trained=True)
    broken = trace(60, gaps=[Gap(10, 30, True)], damage="no pictures from 10 s to 30 s")
    dry = [picture(recording(f"dry{n}.jpg", kind="picture"), n / 20) for n in range(20)]
    wet = recording("wet.jpg", [("spill", 0.0, 0.0)], kind="picture", columns={"kind": "oil"})
    held = watched(recording("held.mp4", seconds=20), trace(20, [fallen], held_s=15))
    return [
        far,
        watched(front, trace(60, [fallen])),
        watched(side, broken),
        watched(recording("ignored.mp4", [("ignore", 0.0, 60.0)], 60.0), trace(60, [fallen])),
        watched(recording("wet.mp4", [("spill", 10.0, 60.0)], 60.0), trace(60)),
        held,
        *dry,
        picture(wet, 0.93),
    ]


@pytest.fixture(scope="module")
def built(world: list[Watched]) -> dict[str, Any]:
    return metrics.build(world, ABOUT, ["floor"])


def test_no_bound_is_rounded_in_our_favour() -> None:
    of = [
        watched(recording(f"{n}.mp4", [FALL]), trace(bouts=FOUND if n else ())) for n in range(10)
    ]
    found = metrics.build(of, ABOUT)["labels"]["collapse"]["all"]
    lower, upper = share_lower(9, 10, 0.95), rate_upper(0, found["normal_hours"] / 24, 0.95)
    assert 0 <= lower - found["event_recall_lower95"] < 1e-6
    assert 0 <= found["false_alarms_per_camera_day_upper95"] - upper < 1e-3


def test_counts(built: dict[str, Any]) -> None:
    collapse, spill = (built["labels"][label]["all"] for label in ("collapse", "spill"))
    assert [collapse[key] for key in ("incidents", "detected", "ignored")] == [3, 2, 1]
    assert [collapse[key] for key in ("false_alarms", "false_alarms_in_held_time")] == [2, 1]
    assert [spill[key] for key in ("incidents", "detected", "false_alarms")] == [1, 0, 1]
    both = built["labels"]["any"]["all"]
    assert [both[key] for key in ("incidents", "detected", "false_alarms")] == [4, 2, 3]
    assert both["frames"] is None
    assert built["recordings"] == {
        "count": 27,
        "pictures": 21,
        "trained": 1,
        "hours": round(560 / 3600, 6),
        "held_s": 15.0,
        "analysed": 2721,
        "skipped": 0,
        "damaged": {"ward: side.mp4": "no pictures from 10 s to 30 s"},
    }
    (held,) = [one for one in built["false_alarms"] if one["held"]]
    assert (held["clip"], held["t_s"], held["source"]) == ("held.mp4", 24.0, "scene")


def test_hours_of_both_labels_are_those_of_either(built: dict[str, Any]) -> None:
    hours = {label: of["all"]["normal_hours"] * 3600 for label, of in built["labels"].items()}
    # hall, before the fall in front and at the side, wet, held
    assert hours["collapse"] == pytest.approx((300 - 2 * 46) + 19 + 10 + 60 + 20, abs=0.01)
    # hall, front, side but for the gap, before it is wet, held
    assert hours["spill"] == pytest.approx(300 + 60 + 40 + 9 + 20, abs=0.01)
    assert hours["any"] == pytest.approx(300 + 60 + 40 + 60 + 20, abs=0.01)


def test_an_incident_is_where_its_own_row_says(built: dict[str, Any]) -> None:
    strata = built["labels"]["collapse"]["strata"]
    assert set(strata) == {"camera", "light", "distance", "in_training", "unseen_source", "floor"}
    near, far = strata["distance"]["near"], strata["distance"]["far"]
    assert (near["incidents"], near["detected"], near["false_alarms"]) == (1, 1, 1)
    assert (far["incidents"], far["detected"], far["normal_hours"]) == (1, 0, 0.0)
    assert strata["light"]["day"]["incidents"] == 2
    assert strata["floor"]["wood"]["incidents"] == 2


def test_each_camera_answers_for_itself(built: dict[str, Any]) -> None:
    of = built["labels"]["collapse"]
    assert of["sources"]["ward"]["incidents"] == of["sources"]["ward"]["detected"] == 1
    front, side = (of["strata"]["camera"][name] for name in ("front", "side"))
    assert (front["incidents"], front["detected"]) == (1, 1)
    assert (side["incidents"], side["detected"], side["excused"]) == (0, 0, 1)
    assert of["strata"]["in_training"]["yes"]["coverage"] == pytest.approx(2 / 3, abs=1e-6)
    (twice,) = [one for one in built["incidents"] if one["name"] == "seen twice"]
    assert twice["clips"] == ["front.mp4", "side.mp4"]
    assert (twice["detected"], twice["in_training"], twice["delay_s"]) == (True, True, 4.0)


def test_an_incident_that_training_saw_by_one_camera_is_seen(built: dict[str, Any]) -> None:
    strata = built["labels"]["collapse"]["strata"]
    seen, unseen = (strata["in_training"][said] for said in ("yes", "no"))
    assert (seen["incidents"], seen["detected"], unseen["incidents"]) == (1, 1, 2)
    assert strata["unseen_source"]["ward"]["incidents"] == 0
    assert strata["unseen_source"]["ward"]["normal_hours"] > 0


def test_pictures_have_parts_of_their_own(built: dict[str, Any]) -> None:
    of = built["pictures"]["spill"]
    assert (of["all"]["spills"], of["all"]["dry"]) == (1, 20)
    assert of["all"]["recall_at_fpr"]["0.05"]["recall"] == 1
    assert of["all"]["recall_at_fpr"]["0.01"]["recall"] == 0
    assert of["strata"]["kind"]["oil"]["recall_at_fpr"]["0.05"]["threshold"] == 0.9
    assert list(of["sources"]) == ["scene"]


def test_it_is_json_and_the_same_in_any_order(world: list[Watched], built: dict[str, Any]) -> None:
    text = json.dumps(built, allow_nan=False)
    assert json.loads(text) == built
    shuffled = list(world)
    random.Random(1).shuffle(shuffled)
    assert json.dumps(metrics.build(shuffled, ABOUT, ["floor"]), allow_nan=False) == text
    assert built["about"] == ABOUT


def test_nothing_watched_is_nothing_counted() -> None:
    found = metrics.build([], {})
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["labels"]["any"]["all"]["incidents"] == 0
    assert found["labels"]["collapse"]["strata"] == {}


def walked(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of each key, those of lists among them as numbers."""
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, one in inner:
        yield (*path, str(key))
        yield from walked(one, (*path, str(key)))


def fits(path: tuple[str, ...], where: str) -> bool:
    pattern = tuple(where.split(".")) if where else ()
    return len(path) == len(pattern) and all(
        want in ("*", got) for got, want in zip(path, pattern, strict=True)
    )


def patterns() -> dict[str, set[str]]:
    """Per place the keys that are documented there."""
    found: dict[str, set[str]] = {}
    for group in keys.groups():
        for where in group.where or ("",):
            found.setdefault(where, set()).update(key.name for key in group.keys)
    return found


# Where names are the user's, or numbers, or rates.
FREE = (
    *(f"{top}.*.{part}" for top in ("labels", "pictures") for part in ("sources", "strata")),
    *(f"{top}.*.strata.*" for top in ("labels", "pictures")),
    *(f"curves.*.{name}" for name in ("det", "pr", "roc", "calibration")),
    *(f"pictures.*.{part}.recall_at_fpr" for part in ("all", "sources.*", "strata.*.*")),
    *("labels", "curves", "pictures", "incidents", "false_alarms"),
    *("recordings.damaged", "incidents.*.clips", "fit.hours_blind"),
)


def test_every_key_is_documented_and_every_documented_key_occurs(built: dict[str, Any]) -> None:
    documented = patterns()
    occurring: dict[str, set[str]] = {where: set() for where in documented}
    unknown = set()
    for path in walked({key: value for key, value in built.items() if key != "about"}):
        *parent, key = path
        places = [where for where in documented if fits(tuple(parent), where)]
        for where in places:
            occurring[where].add(key)
        named = any(key in documented[where] for where in places)
        free = any(fits(tuple(parent), where) for where in FREE)
        if not named and not free:
            unknown.add(".".join(path))
    assert unknown == {f"incidents.{n}.floor" for n in range(4)}  # the column asked for
    occurring[""].add("about")
    missing = {
        f"{where}: {name}"
        for where, names in documented.items()
        for name in names - occurring[where]
    }
    assert not missing


def test_the_table_says_something_of_each() -> None:
    found = [key for group in keys.groups() for key in group.keys]
    assert len(found) > 90
    assert all(key.meaning for key in found)
    text = keys.table()
    assert text.count("\n| `") == len(found)
