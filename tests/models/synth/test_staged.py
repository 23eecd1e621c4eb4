"""Spills staged in a camera's own view: people stay in front, light is followed, truth is true."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.evaluation.truth import Wanted, gather
from models.synth import staged, staged_files, staged_site, staged_view
from models.synth.staged import Scene
from models.synth.staged_site import BadFloor, Site, site_of
from models.synth.staged_view import BadBackground, Rgb, View
from tests.support.clips import write_clip
from tests.support.site import PROGRAM

WIDTH, HEIGHT, FPS = 256, 160, 4.0
FLOOR = "0.02,0.98,0.02,0.45,0.98,0.45,0.98,0.98"
MAT = "0.1,0.95,0.1,0.837,0.147,0.837,0.147,0.95"


def room(walker: int | None = None, light: float = 1.0) -> Rgb:
    """A wall over a rough floor, and somebody in blue whose left side is at column `walker`."""
    rng = np.random.default_rng(3)
    rgb = np.full((HEIGHT, WIDTH, 3), 190, np.uint8)
    rgb[64:] = rng.integers(120, 150, (HEIGHT - 64, WIDTH, 1), dtype=np.uint8)
    if walker is not None:
        rgb[40:130, max(0, walker) : max(0, walker + 24)] = (30, 50, 160)
    return np.asarray(np.clip(rgb * light, 0, 255), np.uint8)


def walk() -> Iterator[Rgb]:
    for number in range(40):
        rgb = room(number * 8 - 40)
        grain = np.random.default_rng(number).normal(0, 2, rgb.shape)
        yield np.asarray(np.clip(rgb + grain, 0, 255), np.uint8)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("background") / "hall.mp4"
    return write_clip(path, walk(), fps=FPS, gop=8)


@pytest.fixture(scope="module")
def site(clip: Path) -> Site:
    return site_of(staged_view.opened(clip), [FLOOR])


def scene_of(site: Site, wet: bool, seed: int = 1) -> Scene:
    return staged.draw_scene("one", wet, site, np.random.default_rng(seed))


def test_the_clean_view_has_nobody_in_it(site: Site) -> None:
    assert site.view.seconds == pytest.approx(10.0, abs=0.3)
    assert np.abs(site.view.clean.astype(int) - room()).mean() < 4
    assert 0.003 < site.view.noise < 0.03


def test_who_walks_is_in_front_and_a_shadow_is_not(site: Site) -> None:
    clean = np.asarray(site.view.clean / 255, np.float32)
    now = np.asarray(room(100) / 255, np.float32)
    now[:, :80] *= 0.8
    found = staged_view.in_front(now, clean, site.view.noise)
    there = np.zeros_like(found)
    there[40:130, 100:124] = True
    assert (found & there).sum() / (found | there).sum() > 0.8
    assert not found[:, :80].any()


def test_a_moving_camera_is_refused(tmp_path: Path) -> None:
    stripes = np.tile(np.arange(WIDTH) // 16 % 2 * 200, (HEIGHT, 1)).astype(np.uint8)
    pictures = (np.repeat(np.roll(stripes, 5 * n, 1)[..., None], 3, 2) for n in range(40))
    path = write_clip(tmp_path / "pan.mp4", pictures, fps=FPS)
    with pytest.raises(BadBackground, match="a camera that stays put"):
        staged_view.opened(path)


def test_liquid_comes_at_its_onset_spreads_and_stays_behind_people(site: Site) -> None:
    scene = scene_of(site, wet=True)
    done = staged.staging(scene, site)
    empty = room()
    before, nothing = done.on(empty, site.view, scene.onset_s - 0.1)
    assert (before == empty).all()
    assert not nothing.any()
    part = done.on(empty, site.view, scene.onset_s + 0.1 * scene.lasts_s)[1]
    whole_picture, whole = done.on(empty, site.view, scene.onset_s + scene.lasts_s)
    assert 0 < part.sum() < whole.sum()
    assert not (part & ~whole).any()
    assert not (whole & ~site.floor).any()
    assert np.abs(whole_picture.astype(int) - empty)[whole].mean() > 8
    middle = int(np.flatnonzero(whole.any(axis=0)).mean())
    with_person = room(middle - 12)
    person = (with_person != empty).any(axis=2)
    made, wet = done.on(with_person, site.view, scene.onset_s + scene.lasts_s)
    assert not (wet & person).any()
    inner = cv2.erode(person.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    assert np.abs(made.astype(int) - with_person)[inner].max() <= 2


def test_liquid_follows_the_light(site: Site) -> None:
    done = staged.staging(scene_of(site, wet=True), site)
    bright, wet = done.on(room(), site.view, 59.0)
    dim = done.on(room(light=0.7), site.view, 59.0)[0]
    assert dim[wet].mean() == pytest.approx(0.7 * bright[wet].mean(), rel=0.1)


def test_a_decoy_is_seen_and_is_no_liquid(site: Site) -> None:
    for seed in range(4):
        scene = scene_of(site, wet=False, seed=seed)
        made, wet = staged.staging(scene, site).on(room(), site.view, scene.onset_s + 10)
        assert not wet.any()
        assert (made != room()).any()


def test_truth_is_read_and_same_seed_gives_the_same(site: Site, tmp_path: Path) -> None:
    for name in ("a", "b"):
        out = tmp_path / name
        staged_files.write_clips(site, out, 1, seconds=40.0, seed=7, progress=lambda _: None)
        staged_files.write_pictures(site, out, 2, 7, lambda _: None)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*.*"))
    assert len(files) == 8  # two clips, truth, sheet, two pictures, two masks
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    recordings = gather(Wanted((tmp_path / "a" / "truth.csv",)))
    assert [r.name for r in recordings] == ["clips/spill_01.mp4", "clips/decoy_01.mp4"]
    spill, decoy = csv.DictReader((tmp_path / "a" / "truth.csv").read_text().splitlines())
    assert (spill["label"], decoy["label"]) == ("spill", "none")
    assert 10 <= float(spill["onset_s"]) <= 18
    assert recordings[0].seconds == pytest.approx(40.0, abs=0.3)
    with pytest.raises(staged_files.AlreadyThere):
        staged_files.write_clips(
            site, tmp_path / "a", 1, seconds=40.0, seed=7, progress=lambda _: None
        )


def test_masks_say_where_liquid_is(site: Site, tmp_path: Path) -> None:
    staged_files.write_pictures(site, tmp_path, 8, 3, lambda _: None)
    shares = []
    for path in sorted((tmp_path / "spills" / "images").iterdir()):
        picture = cv2.imread(str(path))
        mask = cv2.imread(str(tmp_path / "spills" / "masks" / path.name), cv2.IMREAD_UNCHANGED)
        assert mask is not None
        assert picture is not None
        assert mask.shape == picture.shape[:2] == (HEIGHT, WIDTH)
        assert set(np.unique(mask)) <= {0, 255}
        assert not (mask[~site.floor] > 0).any()
        shares.append(float((mask > 0).mean()))
    assert max(shares) > 0.001
    assert min(shares) == 0


def test_a_single_picture_will_do(tmp_path: Path) -> None:
    path = tmp_path / "hall.png"
    cv2.imwrite(str(path), room()[..., ::-1])
    view = staged_view.opened(path)
    pictures = list(staged_view.pictures(view, 0.0, 1.0, np.random.default_rng(1)))
    assert len(pictures) == round(view.fps)
    assert (pictures[0] != pictures[1]).any()
    assert np.abs(np.mean(pictures, axis=0) - room()).mean() < 1


def test_a_short_clip_is_played_to_and_fro(site: Site) -> None:
    shown = list(staged_view.pictures(site.view, 0.0, 30.0, np.random.default_rng(1)))
    assert len(shown) == 120
    steps = [np.abs(a.astype(int) - b).mean() for a, b in pairwise(shown)]
    assert max(steps[30:50]) < 4 * np.median(steps)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.1,0.9,0.5", "3 numbers"),
        ("0.1,0.9,0.5,0.4", "at least 3"),
        ("0.1,0.9,a,0.4,0.5,0.5", "no number"),
        ("0.1,0.9,5,0.4,0.5,0.5", "leaves the picture at point 1"),
        ("0,0,1,1,1,0,0,1", "crosses"),
    ],
)
def test_floors_that_are_none(text: str, words: str) -> None:
    with pytest.raises(BadFloor, match=words):
        staged_site.polygon(text)


def test_a_floor_may_be_copied_from_a_site_file() -> None:
    typed = staged_site.polygon("0.05,0.4,.6,0.35,0.7,1")
    assert typed == staged_site.polygon("[[0.05, 0.40], [0.60, 0.35], [0.70, 1.0]]")
    assert typed == ((0.05, 0.4), (0.6, 0.35), (0.7, 1.0))


def test_nearer_floor_is_seen_larger(site: Site) -> None:
    _, y = site.plane.metres(HEIGHT, WIDTH)
    far, near = (abs(y[row, 100] - y[row, 101]) for row in (80, 150))
    assert far > 1.3 * near
    with pytest.raises(BadFloor, match="give a smaller"):
        site_of(site.view, [FLOOR], horizon=0.6)


def test_no_room_is_said(clip: Path) -> None:
    view: View = staged_view.opened(clip)
    thin = site_of(view, ["0.1,0.9,0.13,0.9,0.13,0.95"])
    with pytest.raises(staged.NoRoom, match="--floor"):
        scene_of(thin, wet=True)


def test_one_thing_that_does_not_fit_ends_nothing(clip: Path, tmp_path: Path) -> None:
    """On a doormat of floor small puddles fit, and of the rest not everything."""
    mat = site_of(staged_view.opened(clip), [MAT])
    with pytest.raises(staged.NoRoom):
        staged.draw_scene("decoy_01", False, mat, np.random.default_rng((1, 0, False)))
    made = staged_files.write_clips(mat, tmp_path, 2, seconds=20.0, seed=1, progress=lambda _: None)
    assert made.spills >= 1
    assert 0 < made.skipped == 4 - made.spills - made.decoys
    rows = made.truth.read_text().splitlines()
    assert len(rows) == 1 + made.spills + made.decoys
    tile = site_of(staged_view.opened(clip), ["0.1,0.95,0.1,0.862,0.151,0.862,0.151,0.95"])
    assert staged_files.write_pictures(tile, tmp_path, 2, 1, lambda _: None) == 2
    with pytest.raises(staged.NoRoom, match="give --floor more of it"):
        staged_files.write_clips(
            tile, tmp_path / "tile", 1, seconds=20.0, seed=1, progress=lambda _: None
        )


def test_the_verb_says_what_is_missing(tmp_path: Path) -> None:
    said = subprocess.run(
        [PROGRAM, "synth", "--background", "no.mp4", "--out", str(tmp_path / "out")],
        check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert said.returncode == 2
    assert "--background needs --floor" in said.stderr
    assert not (tmp_path / "out").exists()
