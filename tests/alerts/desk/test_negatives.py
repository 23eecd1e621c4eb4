from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.desk.negatives import HardNegatives
from alerts.desk.placing import digest_of
from alerts.errors import DiskRefused
from alerts.event import Event, Evidence, EvidenceFile
from alerts.standing import EventState
from tests.alerts.samples import BEGAN, an_event

JPEG = b"\xff\xd8\xff\xe0 not much of a picture"
MP4 = b"\0\0\0\x18ftypisom not much of a clip"


def kept_in(folder: Path, **changes: Any) -> HardNegatives:
    return HardNegatives(folder, **({"now": lambda: BEGAN + timedelta(days=61)} | changes))


def a_state(event: Event, standing: str = "false_alarm", **changes: Any) -> EventState:
    state = EventState(
        event.event_id, 2, "open", "Kim", BEGAN, "a heap of clothes", 1, event.site, event.camera,
        event.label, event.zone, BEGAN, False, event.score, "desk",
    )  # fmt: skip
    return replace(state, **({"standing": standing} | changes))


def files(folder: Path) -> set[str]:
    return {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "hard_negatives"


@pytest.fixture
def seen(tmp_path: Path) -> tuple[Path, Path]:
    picture, clip = tmp_path / "ledger-picture", tmp_path / "ledger-clip"
    picture.write_bytes(JPEG)
    clip.write_bytes(MP4)
    return picture, clip


def apart_and_not() -> tuple[Event, Event]:
    """An event of a camera-day that is kept apart, and one of a day that is learnt from."""
    found: dict[bool, Event] = {}
    for days in range(60):
        event = replace(an_event(days), occurred_at=BEGAN + timedelta(days=days))
        where = HardNegatives(Path("unused")).place_of(event)
        found.setdefault(where.startswith("apart/"), event)
    return found[True], found[False]


def test_a_false_alarm_is_kept_with_clip_picture_and_who_said_so(
    folder: Path, seen: tuple[Path, Path]
) -> None:
    apart, normal = apart_and_not()
    negatives = kept_in(folder)
    for event in (apart, normal):
        assert negatives.follow(event, a_state(event), *seen)
        assert not negatives.follow(event, a_state(event), *seen)
    for event, top in ((apart, "apart"), (normal, "normal")):
        day = event.occurred_at.date().isoformat()
        assert (folder / top / "site" / "hall" / day / f"{event.event_id}.mp4").read_bytes() == MP4
        told = json.loads((folder / "events" / f"{event.event_id}.json").read_text())
        assert (told["said_by"], told["note"]) == ("Kim", "a heap of clothes")
        assert (told["camera"], told["label"], told["score"]) == ("hall", "collapse", 0.87)
        assert told["model_sha256"] == event.model.sha256
        assert told["digests"] == [digest_of(seen[1]), digest_of(seen[0])]
    with (folder / "truth.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(one["clip"], one["label"], one["onset_s"], one["camera"]) for one in rows] == [
        (kept_in(folder).place_of(apart), "none", "", "hall")
    ]
    assert folder.stat().st_mode & 0o077 == 0
    assert {(folder / name).stat().st_mode & 0o077 for name in files(folder)} == {0}


@pytest.mark.parametrize("standing", ["open", "acknowledged", "escalated", "resolved"])
def test_it_goes_again_when_it_was_one_after_all(
    folder: Path, seen: tuple[Path, Path], standing: str
) -> None:
    negatives = kept_in(folder)
    events = apart_and_not()
    for event in events:
        negatives.follow(event, a_state(event), *seen)
    for event in events:
        assert negatives.follow(event, a_state(event, standing), *seen)
        assert not negatives.follow(event, a_state(event, standing), *seen)
    assert files(folder) == set()
    assert negatives.all() == []


def test_what_comes_later_is_added_and_the_last_word_holds(
    folder: Path, seen: tuple[Path, Path]
) -> None:
    negatives, event = kept_in(folder), an_event()
    assert negatives.follow(event, a_state(event))
    assert [(one.clip, one.snapshot) for one in negatives.all()] == [(None, None)]
    assert negatives.follow(event, a_state(event), seen[0])
    assert negatives.follow(event, a_state(event), *seen)
    assert negatives.follow(event, a_state(event, note="a dog"), *seen)
    (one,) = negatives.all()
    assert one.clip is not None
    assert one.snapshot is not None
    assert one.note == "a dog"


def test_pictures_with_drawings_in_them_are_not_learnt_from(
    folder: Path, seen: tuple[Path, Path]
) -> None:
    for event in apart_and_not():
        kept_in(folder).follow(event, a_state(event), *seen)
    learnt = {name for name in files(folder) if name.startswith(("normal/", "apart/"))}
    assert {Path(name).suffix for name in learnt} == {".mp4"}


def test_drills_are_nobodys_mistake(folder: Path, seen: tuple[Path, Path]) -> None:
    event = an_event(drill=True)
    assert not kept_in(folder).follow(event, a_state(event), *seen)
    assert not folder.exists()


def test_the_devices_own_files_are_taken_if_they_are_the_ones_named(
    folder: Path, tmp_path: Path
) -> None:
    own = tmp_path / "evidence"
    own.mkdir()
    (own / "a.mp4").write_bytes(MP4)
    (own / "a.jpg").write_bytes(JPEG)
    (tmp_path / "secret.mp4").write_bytes(MP4)
    (own / "link.mp4").symlink_to(tmp_path / "secret.mp4")
    digests = digest_of(own / "a.mp4"), digest_of(own / "a.jpg")
    named = Evidence(EvidenceFile("a.jpg", digests[1]), EvidenceFile("a.mp4", digests[0]))
    event = an_event(evidence=named)
    negatives = kept_in(folder, evidence_folder=own)
    negatives.follow(event, a_state(event))
    assert [bool(one.clip and one.snapshot) for one in negatives.all()] == [True]
    for number, name in enumerate(("../secret.mp4", str(tmp_path / "secret.mp4"), "link.mp4"), 1):
        other = an_event(number, evidence=Evidence(clip=EvidenceFile(name, digests[0])))
        negatives.follow(other, a_state(other))
    changed = an_event(5, evidence=Evidence(clip=EvidenceFile("a.mp4", "0" * 64)))
    negatives.follow(changed, a_state(changed))
    assert [one.clip for one in negatives.all()].count(None) == 4


def test_what_is_no_clip_and_no_picture_is_not_taken(folder: Path, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("#!/bin/sh")
    event = an_event()
    kept_in(folder).follow(event, a_state(event), text, text)
    kept_in(folder).follow(event, a_state(event), tmp_path / "gone", tmp_path / "gone")
    assert files(folder) == {f"events/{event.event_id}.json"}


def test_odd_names_stay_folders_of_their_own(folder: Path, seen: tuple[Path, Path]) -> None:
    names = ["😀" * 64, ".hidden", 'a, b; "c"', "Süd 3", "-rf"]
    for number, name in enumerate(names):
        event = an_event(number, camera=name, site=name)
        kept_in(folder).follow(event, a_state(event, note="x\ny"), *seen)
    assert len([one for one in kept_in(folder).all() if one.clip]) == len(names)
    assert not [name for name in files(folder) if "/." in name]


def test_the_oldest_go_when_it_is_too_much(folder: Path, seen: tuple[Path, Path]) -> None:
    events = [replace(an_event(n), event_id=f"20261120T17451234{n}Z-0de25090db") for n in range(6)]
    negatives = kept_in(folder, bytes_max=3 * (len(JPEG) + len(MP4)))
    for event in events:
        negatives.follow(event, a_state(event), *seen)
    assert [one.event_id for one in negatives.all()] == [event.event_id for event in events[3:]]
    assert len([name for name in files(folder) if name.endswith(".mp4")]) == 3


def test_they_are_not_kept_for_ever(folder: Path, seen: tuple[Path, Path]) -> None:
    event = an_event()
    kept_in(folder, keep_days=62).follow(event, a_state(event), *seen)
    kept_in(folder, keep_days=62).tidy()
    assert len(kept_in(folder).all()) == 1
    kept_in(folder, keep_days=60).tidy()
    assert files(folder) == set()


def test_what_a_kill_left_half_done_is_cleared_away(folder: Path, seen: tuple[Path, Path]) -> None:
    negatives, event = kept_in(folder), an_event()
    negatives.follow(event, a_state(event), *seen)
    whole = files(folder)
    for left in ("normal/site/hall/2026-11-20/x.mp4", "apart/.y.mp4.part", "snapshots/z.jpg"):
        (folder / left).parent.mkdir(parents=True, exist_ok=True)
        (folder / left).write_bytes(b"half")
    (folder / "events" / "broken.json").write_text("{")
    assert kept_in(folder).tidy() == 3
    assert files(folder) - {"events/broken.json"} == whole


def test_a_disk_that_refuses_is_told(folder: Path, seen: tuple[Path, Path]) -> None:
    folder.parent.mkdir()
    folder.write_text("in the way")
    with pytest.raises(DiskRefused):
        kept_in(folder).follow(an_event(), a_state(an_event()), *seen)


def test_the_picture_with_nothing_drawn_into_it_is_one_to_learn_from(
    folder: Path, seen: tuple[Path, Path], tmp_path: Path
) -> None:
    plain = tmp_path / "ledger-plain"
    plain.write_bytes(JPEG + b" plain")
    negatives = kept_in(folder)
    for event in apart_and_not():
        assert negatives.follow(event, a_state(event), seen[0], None)
        assert negatives.follow(event, a_state(event), seen[0], None, plain)  # it came later
        at = Path(negatives.place_of(event)).with_suffix(".jpg")
        assert (folder / at).read_bytes() == JPEG + b" plain"
    assert not (folder / "truth.csv").exists()  # that is of clips
    assert negatives.tidy() == 0
    for event in apart_and_not():
        assert negatives.follow(event, a_state(event, "resolved"))
    assert not any(folder.rglob("*.jpg"))


def test_on_a_full_disk_the_oldest_go_until_there_is_room(
    folder: Path, seen: tuple[Path, Path]
) -> None:
    negatives = kept_in(folder)
    assert negatives.give_way(2**60) == 0  # there is none yet
    events = [an_event(ordinal) for ordinal in range(3)]
    for event in events:
        negatives.follow(event, a_state(event), *seen)
    assert negatives.give_way(0) == 0
    assert len(negatives.all()) == 3
    assert negatives.give_way(2**60) == 3  # more than any disk has
    assert files(folder) <= {"truth.csv"}
