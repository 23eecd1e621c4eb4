"""What the arguments name: recordings, as which camera each is watched, by which thresholds."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml

from alerts.errors import UserError
from alerts.main import main
from edge import zoo
from edge.sources.pattern import draw
from models.evaluation import inputs
from models.evaluation.about import about
from models.evaluation.arguments import add_arguments
from models.evaluation.inputs import Inputs
from models.lineage import SHIPPED_MODEL
from tests.models.evaluation.films import FALL, LIQUID, SIZE, film
from tests.support import tuned
from tests.support.site import pattern_model, site_file

HALL = {"name": "hall", "url": "rtsp://camera.invalid/"}
DOOR = HALL | {"name": "door", "labels": {"collapse": {"threshold": 0.95}}}
TRUTH = """clip,label,onset_s,end_s,camera
fall.mp4,collapse,3,7,hall
wet.mp4,spill,2,7,door
"""
Read = Callable[..., Inputs]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """fall.mp4 and wet.mp4 with their truth, and two quiet ones in a folder of their own."""
    folder = tmp_path_factory.mktemp("clips")
    film(folder / "fall.mp4", FALL)
    film(folder / "wet.mp4", LIQUID)
    film(folder / "quiet" / "quiet.mp4", ())
    dry = np.ascontiguousarray(draw((), 0, SIZE)[:, :, ::-1])
    cv2.imwrite(str(folder / "quiet" / "dry.png"), dry)
    (folder / "truth.csv").write_text(TRUTH)
    return folder


@pytest.fixture
def read(clips: Path, tmp_path: Path) -> Read:
    """Reads arguments as the verbs do; `cameras` makes a site file of them."""

    def run(*words: Any, cameras: list[dict[str, Any]] | None = None) -> Inputs:
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        said = ["--truth", clips / "truth.csv", "--cache", tmp_path / "cache", *words]
        if cameras is not None:
            said += ["--config", site_file(tmp_path / "site", cameras)]
        return inputs.read(parser.parse_args([str(word) for word in said]))

    return run


def names(of: Inputs) -> dict[str, str]:
    return {one.name: of.camera_of(one).name for one in of.recordings}


def test_each_recording_is_watched_as_the_camera_it_is_of(read: Read) -> None:
    found = read(cameras=[HALL, DOOR])
    assert names(found) == {"fall.mp4": "hall", "wet.mp4": "door"}
    values = {
        (camera, label): (used.value, used.source)
        for camera, labels in found.thresholds().items()
        for label, used in labels.items()
    }
    assert values["hall", "collapse"] == (0.5, "the test")
    assert values["door", "collapse"] == (0.95, "site file")
    by_name = {one.name: found.policy_of(one).collapse.threshold for one in found.recordings}
    assert by_name == {"fall.mp4": 0.5, "wet.mp4": 0.95}


def test_an_option_given_twice_adds_up_and_once_more_begins_anew() -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    words = (
        "--truth a b --normal c --rename fall=collapse --truth d --normal e f --rename wet=spill"
    )
    for _ in range(2):
        args = parser.parse_args(words.split())
        assert args.truth == [Path("a"), Path("b"), Path("d")]
        assert args.normal == [Path("c"), Path("e"), Path("f")]
        assert args.rename == [("fall", "collapse"), ("wet", "spill")]
    bare = parser.parse_args(["--truth", "a"])
    assert (bare.normal, bare.rename, bare.by) == ([], [], [])


def test_what_names_no_camera_of_the_site_is_watched_as_the_one_asked_for(
    read: Read, clips: Path
) -> None:
    found = read("--normal", clips / "quiet", "--camera", "door", cameras=[HALL, DOOR])
    assert names(found) == {
        "fall.mp4": "hall", "wet.mp4": "door", "quiet.mp4": "door", "dry.png": "door",
    }  # fmt: skip
    only = read("--normal", clips / "quiet", cameras=[DOOR])
    assert set(names(only).values()) == {"door"}


def test_a_site_of_several_cameras_wants_to_know_which(read: Read, clips: Path) -> None:
    with pytest.raises(UserError, match=r"quiet\.mp4|dry\.png") as error:
        read("--normal", clips / "quiet", cameras=[HALL, DOOR])
    assert "--camera NAME" in str(error.value)
    with pytest.raises(UserError, match="no camera yard; it has: hall, door"):
        read("--camera", "yard", cameras=[HALL, DOOR])


def test_without_a_site_the_shipped_defaults_count(read: Read) -> None:
    found = read()
    assert found.model.card.name == "first"
    assert names(found) == {"fall.mp4": "hall", "wet.mp4": "door"}
    assert {found.camera_of(one).analyse_fps for one in found.recordings} == {5}
    sources = {used.source for labels in found.thresholds().values() for used in labels.values()}
    assert sources == {used.source for used in found.model.card.thresholds.values()}


def test_another_network_by_name_or_folder(read: Read, tmp_path: Path) -> None:
    folder = pattern_model(tmp_path / "other")
    assert read("--model", folder).model.card.name == "pattern"
    assert read("--model", "first", cameras=[HALL]).model.card.name == "first"
    with pytest.raises(UserError, match="'third' does not ship; there is: first"):
        read("--model", "third")
    with pytest.raises(UserError, match=r"card\.json"):
        read("--model", tmp_path / "nowhere")


def thresholds_file(path: Path, model: Path, **more: Any) -> Path:
    card = yaml.safe_load((model / "card.json").read_text())
    sections = {
        "model": {"name": card["name"], "sha256": card["sha256"]},
        "thresholds": {"collapse": tuned.kept(0.2)},
        "cameras": {"hall": {"collapse": tuned.kept(0.3)}},
    }
    return tuned.thresholds_file(path, **(sections | more))


def test_tuned_thresholds_count_as_they_do_for_the_daemon(read: Read, tmp_path: Path) -> None:
    file = thresholds_file(tmp_path / "t.yaml", pattern_model(tmp_path / "site" / "model"))
    found = read("--thresholds", file, cameras=[HALL, DOOR, HALL | {"name": "yard"}])
    by_name = {one.name: found.policy_of(one).collapse.threshold for one in found.recordings}
    assert by_name == {"fall.mp4": 0.3, "wet.mp4": 0.95}
    assert found.thresholds()["hall"]["collapse"].incidents == 59


@pytest.mark.parametrize(
    ("listed", "tuned_on"),
    [("collapse name", 1), ("collapse clip", 1), ("spill clip", 0), ("collapse neither", 0)],
)
def test_incidents_that_the_thresholds_were_tuned_on_are_counted(
    read: Read, clips: Path, tmp_path: Path, listed: str, tuned_on: int
) -> None:
    (fall, _) = read(cameras=[HALL, DOOR]).recordings
    label, by = listed.split()
    incident = fall.spans[0].incident if by == "name" else "another"
    digest = fall.sha256[:16] if by == "clip" else "0" * 16
    file = thresholds_file(
        tmp_path / "t.yaml",
        pattern_model(tmp_path / "site" / "model"),
        incidents=[{"incident": incident, "label": label, "clips": [digest]}],
    )
    truth = [clips / "truth.csv"]
    assert about(read(cameras=[HALL, DOOR]), truth)["incidents_tuned_on"] == 0
    found = about(read("--thresholds", file, cameras=[HALL, DOOR]), truth)
    assert found["incidents_tuned_on"] == tuned_on


def test_tuned_thresholds_of_another_network_are_refused_without_a_site_too(
    read: Read, tmp_path: Path
) -> None:
    file = thresholds_file(tmp_path / "t.yaml", pattern_model(tmp_path / "site" / "model"))
    with pytest.raises(UserError, match="tuned for model pattern"):
        read("--thresholds", file)


def test_the_card_s_thresholds_count_though_the_site_names_those_of_another_network(
    read: Read, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    site = site_file(folder, [HALL])
    thresholds_file(folder / "t.yaml", zoo.find(SHIPPED_MODEL, None).path.parent)
    site.write_text(site.read_text() + "thresholds: t.yaml\n")
    with pytest.raises(UserError, match="tuned for model"):
        read("--config", site)
    found = read("--config", site, "--card-thresholds").thresholds()
    assert {one["collapse"].source for one in found.values()} == {"the test"}
    with pytest.raises(UserError, match="take one of them out"):
        read("--thresholds", folder / "t.yaml", "--card-thresholds")


def test_how_long_the_last_picture_is_held_is_said_or_the_cameras_own(read: Read) -> None:
    file = {"name": "hall", "url": "fall.mp4", "file": {"hold_last_s": 4.0}}
    assert {read(cameras=[file]).setup_of(one).camera.file.hold_last_s
            for one in read(cameras=[file]).recordings} == {4.0}  # fmt: skip
    said = read("--hold-last-s", 15, cameras=[file])
    assert {said.setup_of(one).camera.file.hold_last_s for one in said.recordings} == {15.0}


def test_what_is_watched_has_its_alerts_and_pictures_have_none(read: Read, clips: Path) -> None:
    site = [HALL, HALL | {"name": "door"}]
    found = inputs.watch(
        read("--normal", clips / "quiet", "--camera", "hall", "--hold-last-s", 6, cameras=site)
    )
    told = {one.recording.name: [(a.label, a.phase) for a in one.alerts] for one in found}
    assert told["fall.mp4"][0] == ("collapse", "opened")
    assert told["wet.mp4"][0] == ("spill", "opened")
    assert told["quiet.mp4"] == told["dry.png"] == []


def test_a_label_that_is_switched_off_tells_nothing(read: Read) -> None:
    off = {"labels": {"collapse": {"enabled": False}}}
    found = inputs.watch(read(cameras=[HALL | off, HALL | {"name": "door"}]))
    assert [one.alerts for one in found if one.recording.camera == "hall"] == [()]
    assert [one.off for one in found] == [frozenset({"collapse"}), frozenset()]
    assert found[0].trace.strongest("collapse").max() > 0.5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--jobs", "0"], "'0' is not a number of processes from 1 to 1024"),
        (["--jobs", "many"], "'many' is not a number of processes"),
        (["--hold-last-s", "-1"], "'-1' is not a number of seconds"),
        (["--hold-last-s", "nan"], "'nan' is not a number of seconds"),
        (["--folder-fps", "0"], "'0' is not a number of pictures per second"),
        (["--by", "colour"], "--by colour: the truth has no such column; it has: camera"),
        (["--rename", "fall"], "'fall' is not OLD=NEW, such as fall=collapse"),
        (["--config", "/nowhere/site.yaml"], "there is no such file"),
        (
            ["--thresholds", "/nowhere/t.yaml"],
            "/nowhere/t.yaml: there is no such file; `floorwatch tune` writes one; or leave "
            "--thresholds out",
        ),
        (["--model", "/nowhere/model"], "card.json"),
        (["--clips", "/nowhere"], "/nowhere"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    clips: Path,
    tmp_path: Path,
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = ["--truth", str(clips / "truth.csv"), "--out", str(tmp_path / "out"), *words]
    assert main(["evaluate", *given]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert all(line.startswith("floorwatch: ") for line in err.splitlines())
