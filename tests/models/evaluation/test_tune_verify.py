"""`tune` and `verify` as a user meets them: real clips, the shipped pipeline, files and words. The
network alone is the scripted one, which sees what is drawn."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.errors import UserError
from alerts.main import main
from edge.core.types import Box
from edge.sources.pattern import Mark
from models.evaluation import tune, verify
from tests.models.evaluation.films import film
from tests.models.evaluation.truths import picture
from tests.support.site import site_file
from tests.support.tuned import sealed

CAMERAS = [{"name": "hall", "url": "rtsp://camera.invalid/"}]


def fall(number: int) -> tuple[Mark, ...]:
    """A person, somewhere else in each clip, so that no two clips are the same."""
    x = 0.05 + 0.03 * number
    return (
        Mark("upright", Box(x, 0.20, 0.12, 0.50), 0, 2),
        Mark("down", Box(x, 0.62, 0.36, 0.16), 2),
    )


@dataclass(frozen=True)
class Place:
    """A folder with clips, truth and a site."""

    folder: Path

    def truth(self, name: str, clips: Sequence[int], label: str = "collapse") -> Path:
        path = self.folder / name
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["clip", "label", "onset_s", "end_s", "incident"])
            rows.writerows([f"{n}.mp4", label, 2, 6, f"person {n}"] for n in clips)
        return path

    def site(self, **more: Any) -> Path:
        return site_file(self.folder / "site", CAMERAS, **more)

    def run(self, *words: str | Path) -> int:
        parser = argparse.ArgumentParser()
        verbs = parser.add_subparsers()
        tune.add(verbs)
        verify.add(verbs)
        said = [*words, "--cache", self.folder / "cache", "--jobs", "1"]
        if "--config" not in words:
            said += ["--config", self.site()]
        args = parser.parse_args([str(word) for word in said])
        return int(args.run(args))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Clips 0–5 show a fall, 6 nothing, though its truth may say so; `normal` shows nothing."""
    folder = tmp_path_factory.mktemp("place")
    for number in range(6):
        film(folder / f"{number}.mp4", fall(number), 6, 5)
    film(folder / "6.mp4", (), 6, 5)
    film(folder / "normal" / "quiet.mp4", (), 8, 5)
    return Place(folder)


@pytest.fixture(scope="module")
def tuned(place: Place) -> Path:
    """Thresholds that keep 0.3 on the first three."""
    out = place.folder / "tuned.yaml"
    truth = place.truth("first.csv", [0, 1, 2])
    assert place.run("tune", "--truth", truth, "--target-recall", "0.3", "--out", out) == 0
    return out


def test_thresholds_that_keep_a_promise_are_written(
    place: Place, tuned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth, normal = place.truth("first.csv", [0, 1, 2]), place.folder / "normal"
    again = place.folder / "again.yaml"
    common = ("tune", "--truth", truth, "--normal", normal, "--target-recall", "0.3")
    assert place.run(*common, "--out", again, "--hold-last-s", "1") == 0
    assert "the last picture of each recording was held 1 s" in capsys.readouterr().out
    assert place.run(*common, "--out", again) == 0
    words = capsys.readouterr().out
    assert "collapse: 3 incidents support at most recall 0.36 at 95 %" in words
    assert "keeps recall 0.3 at 95 % confidence (0 of 3 incidents missed)" in words
    assert "A promise counts independent incidents: person × camera × session." in words
    assert "seconds of normal footage: 0 per camera-day, at most" in words
    written = yaml.safe_load(again.read_text())
    value = written["thresholds"]["collapse"].pop("value")
    assert 0.5 < value < 1
    assert written["thresholds"]["collapse"] == {
        "target_recall": 0.3, "confidence": 0.95, "incidents": 3, "misses": 0,
    }  # fmt: skip
    assert written["rules"]["collapse"] == {"confirm_s": 2, "slow_s": 4, "second_look": True}
    assert [one["incident"] for one in written["incidents"]] == [f"person {n}" for n in range(3)]
    assert yaml.safe_load(tuned.read_text())["thresholds"]["collapse"]["value"] == value

    assert place.run(*common, "--out", again, "--json") == 0
    said = json.loads(capsys.readouterr().out)["labels"]["collapse"]
    assert (said["threshold"], said["misses_allowed"], said["recall_supported"]) == (
        value, 0, 0.368403,
    )  # fmt: skip
    assert said["price"]["false_alarms"] == 0


def test_thresholds_that_the_site_has_already_are_no_hindrance(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tuned for a model that is there no more, or not there yet: they are what is being made."""
    truth, again = place.truth("again.csv", [0, 1, 2]), place.folder / "again.yaml"
    site = place.site(thresholds="none-yet.yaml")
    common: list[str | Path] = ["--truth", truth, "--target-recall", "0.3", "--out", again]
    common += ["--config", site]
    assert place.run("tune", *common) == 0
    capsys.readouterr()


def test_what_a_promise_is_limited_to_is_said_and_stands_in_the_file(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    corner = {"name": "corner", "polygon": [[0, 0], [0.02, 0], [0, 0.02]]}
    site = site_file(place.folder / "masked", [CAMERAS[0] | {"masks": [corner]}])
    truth, out = place.truth("masked.csv", [0, 1, 2]), place.folder / "masked.yaml"
    common: list[str | Path] = ["--truth", truth, "--target-recall", "0.3", "--config", site]
    assert place.run("tune", *common, "--out", out, "--hold-last-s", "1") == 0
    said = capsys.readouterr().out.splitlines()
    notes = [
        "collapse: the promise is of what happens outside the masks of hall",
        "the last picture of each recording was held 1 s",
    ]
    assert said[-3:-1] == notes
    assert out.read_text().splitlines()[2:5] == [*(f"# {note}" for note in notes), "version: 1"]
    assert place.run("verify", "--truth", place.truth("others.csv", [3, 4, 5]),
                     "--thresholds", out, "--config", site) == 0  # fmt: skip


def test_too_few_incidents_promise_nothing(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the command itself: one line that says why, and no file."""
    truth, out = place.truth("one.csv", [0]), place.folder / "none.yaml"
    common = ["--config", str(place.site()), "--cache", str(place.folder / "cache"), "--jobs", "1"]
    assert main(["tune", "--truth", str(truth), "--out", str(out), *common]) == 3
    said = capsys.readouterr()
    assert "that needs 59 incidents without a miss, or 93 with one" in said.out
    assert said.err.splitlines()[-1].endswith(
        "none.yaml: not written, nothing can be promised: collapse: 1 incident supports at most "
        "recall 0.05 at 95 %"
    )
    assert not out.exists()


def test_single_pictures_are_no_incidents(place: Place) -> None:
    picture(place.folder / "wet.png")
    truth, out = place.folder / "pictures.csv", place.folder / "none.yaml"
    truth.write_text("clip,label,onset_s,end_s\nwet.png,spill,,\n")
    with pytest.raises(UserError, match=r"; single pictures do not count as incidents$"):
        place.run("tune", "--truth", truth, "--out", out)
    assert not out.exists()


def test_incidents_that_trip_at_no_threshold_are_said(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    truth, out = place.truth("blind.csv", [0, 1, 6]), place.folder / "none.yaml"
    with pytest.raises(UserError, match="nothing can be promised"):
        place.run("tune", "--truth", truth, "--out", out, "--target-recall", "0.3")
    assert "1 of 3 incidents trip at no threshold at all, and 0 may" in capsys.readouterr().out


def test_a_label_without_a_promise_is_left_out_of_the_file(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    truths = [place.truth("first.csv", [0, 1, 2]), place.truth("wet.csv", [3], "spill")]
    out = place.folder / "some.yaml"
    assert place.run("tune", "--truth", *truths, "--out", out, "--target-recall", "0.3") == 1
    assert [*yaml.safe_load(out.read_text())["thresholds"]] == ["collapse"]
    assert "spill: 1 incident supports at most recall 0.05" in capsys.readouterr().out
    only = ("--label", "collapse")
    assert place.run("tune", "--truth", *truths, "--out", out, "--target-recall", "0.3", *only) == 0


@pytest.mark.parametrize(
    ("clips", "code", "said"),
    [
        ([3, 4, 5], 0, ["kept: 3 of 3 untouched incidents trip at"]),
        (
            [3, 4],
            1,
            [
                "not shown: 2 of 2 untouched incidents trip at",
                "1 more without a miss would show it",
                "alerts went out in time for 2 of 2",
            ],
        ),
        ([6], 1, ["not shown: 0 of 1 untouched incident trip at"]),
    ],
)
def test_a_promise_is_checked_on_others(
    place: Place, tuned: Path, clips: list[int], code: int, said: list[str]
) -> None:
    truth = place.truth("others.csv", clips)
    with redirect_stdout(StringIO()) as out:
        assert place.run("verify", "--truth", truth, "--thresholds", tuned) == code
    assert [words for words in said if words not in out.getvalue()] == []


def test_a_broken_promise_is_called_so(
    place: Place, tuned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What would have kept 0.99, on a clip that shows nothing."""
    bold = yaml.safe_load(tuned.read_text())
    bold["thresholds"]["collapse"]["target_recall"] = 0.99
    path = place.folder / "bold.yaml"
    path.write_text(sealed(bold))
    truth = place.truth("others.csv", [6])
    assert place.run("verify", "--truth", truth, "--thresholds", path, "--json") == 1
    (found,) = json.loads(capsys.readouterr().out)["collapse"]["promises"]
    assert (found["verdict"], found["hits"], found["recall_upper"]) == ("broken", 0, 0.95)


def test_incidents_that_were_tuned_on_verify_nothing(place: Place, tuned: Path) -> None:
    by_name = place.truth("mixed.csv", [1, 3])
    with pytest.raises(UserError, match=r"mixed\.csv:2: collapse person 1 was tuned on") as no:
        place.run("verify", "--truth", by_name, "--thresholds", tuned)
    assert len(str(no.value).splitlines()) == 1
    renamed = place.truth("renamed.csv", [1, 3])
    renamed.write_text(renamed.read_text().replace("person 1", "somebody else"))
    with pytest.raises(UserError, match=r"renamed\.csv:2: collapse somebody else was tuned on"):
        place.run("verify", "--truth", renamed, "--thresholds", tuned)


def test_other_rules_and_another_model_are_refused(place: Place, tuned: Path) -> None:
    truth = place.truth("others.csv", [3, 4])
    said = yaml.safe_load(tuned.read_text())
    said["rules"]["collapse"]["confirm_s"] = 3
    rules = place.folder / "rules.yaml"
    rules.write_text(sealed(said))
    with pytest.raises(UserError, match=r"confirm_s is 2 here and was 3"):
        place.run("verify", "--truth", truth, "--thresholds", rules)
    said = yaml.safe_load(tuned.read_text())
    said["model"] = {"name": "other", "sha256": "0" * 64}
    model = place.folder / "model.yaml"
    model.write_text(sealed(said))
    with pytest.raises(UserError, match=r"tuned for model other \(000000000000…\)"):
        place.run("verify", "--truth", truth, "--thresholds", model)


def test_only_what_is_promised_is_checked(place: Place, tuned: Path) -> None:
    truth = place.truth("others.csv", [3, 4])
    with pytest.raises(UserError, match="promises nothing of spills"):
        place.run("verify", "--truth", truth, "--thresholds", tuned, "--label", "spill")


def test_incidents_at_one_time_are_refused(place: Place, tuned: Path) -> None:
    truth = place.truth("twice.csv", [3, 3])
    text = truth.read_text().replace("2,6,person 3", "1,6,another", 1)
    truth.write_text(text)
    out = place.folder / "none.yaml"
    for verb, option, path in (("verify", "--thresholds", tuned), ("tune", "--out", out)):
        with pytest.raises(UserError, match=r"twice\.csv:2 and .*twice\.csv:3: two collapses"):
            place.run(verb, option, path, "--truth", truth)


@pytest.mark.parametrize("wrong", ["0", "1", "95", "-0.1", "nan", "most"])
def test_shares_lie_between_0_and_1(
    place: Place, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        place.run("tune", "--truth", "t.csv", "--out", "t.yaml", f"--target-recall={wrong}")
    assert ended.value.code == 2
    assert f"{wrong!r} is not a share between 0 and 1, such as 0.95" in capsys.readouterr().err


def test_a_truth_without_incidents_is_refused(place: Place) -> None:
    truth = place.folder / "dull.csv"
    truth.write_text("clip,label,onset_s,end_s\n6.mp4,none,,\n")
    with pytest.raises(UserError, match="the truth has no incidents"):
        place.run("tune", "--truth", truth, "--out", place.folder / "none.yaml")
