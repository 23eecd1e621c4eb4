"""The numbers of a model's card: what the exported file scores on every source, one by one.

    floorwatch measure models/zoo/first --data DIR

For a clip the number is the highest threshold at which it would still alarm: within some ten
seconds, three quarters of the samples show someone of at least that `score × down`. It is monotone
in the threshold, needs no tracker, and is a yardstick for models, not the shipped rule: event
numbers come from `floorwatch replay`. Clips that end early have their last frame held 15 s.
For a picture of a floor the number is its wettest 2×2 cells.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from edge.core import heads
from edge.core.card import Card
from edge.core.preprocess import to_batch
from edge.core.types import Grid, Rgb, Scores
from models import splits
from models.prepare import fit, read_clip, read_picture

FPS = 5.0
HELD_S = 15.0
WINDOW_S = 10.0
AGREE = 0.75
CELLS = 2


class Eye:
    """A model folder, opened: pictures in, `Scores` out, by the shipped pre- and post-steps."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        text = (folder / "card.json").read_text(encoding="utf-8")
        self.card = Card.model_validate_json(text)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = ort.InferenceSession(
            str(folder / self.card.file), options, ["CPUExecutionProvider"]
        )

    def see(self, rgb: Rgb) -> Scores:
        """What the model says of one fitted picture."""
        batch = to_batch([rgb], self.card.input)
        names = [self.card.people.name, self.card.spill.name]
        people, grid = self._session.run(names, {self.card.input.name: batch})
        return heads.read(people[0], grid[0], self.card, (rgb.shape[1], rgb.shape[0]), 0)


@dataclass(frozen=True)
class ClipScore:
    """One clip: its source, path, label of truth (`collapse`, `none`, `ignore`), whether training
    never saw it, and the highest thresholds at which it alarms."""

    source: str
    clip: str
    label: str
    held: bool
    seconds: float
    down: float
    spill: float


def sustained(scores: Iterable[float], fps: float = FPS) -> float:
    """The highest threshold that three quarters of some window's samples reach."""
    values = np.array(list(scores), np.float64)
    length = min(len(values), round(WINDOW_S * fps))
    if not length:
        return 0.0
    rank = int(np.floor(length * (1 - AGREE)))
    windows = np.lib.stride_tricks.sliding_window_view(values, length)
    return float(np.sort(windows, axis=1)[:, rank].max())


def down_score(scores: Scores) -> float:
    """The likeliest collapsed person of a frame."""
    return max((p.score * p.down for p in scores.people), default=0.0)


def wet_score(grid: Grid) -> float:
    """The wettest square of 2×2 cells, by its mean."""
    return float(cv2.blur(np.asarray(grid), (CELLS, CELLS)).max())


def watch(eye: Eye, path: Path) -> tuple[list[Scores], float]:
    """Scores of a clip at 5 a second, its last frame held; and its own length in seconds."""
    seen = [(at_s, eye.see(rgb)) for at_s, rgb in read_clip(path, FPS)]
    if not seen:
        return [], 0.0
    held = [seen[-1][1]] * round(HELD_S * FPS)
    return [s for _, s in seen] + held, seen[-1][0] + 1 / FPS


def clips(data: Path) -> Iterator[tuple[str, str, Path, str, bool]]:
    """Source, name, path, label and whether it was held out, of every clip there is."""
    sources = (
        ("gmdcsa24", "falls/gmdcsa24", splits.gmdcsa24),
        ("assist_iot", "falls/assist_iot", splits.assist_iot),
        ("upfall_s1", "evaluation_only/upfall_s1", None),
        ("cctv_normal", "evaluation_only/cctv_normal", None),
    )
    for source, folder, split in sources:
        with (data / folder / "truth.csv").open(encoding="utf-8", newline="") as lines:
            labels = {row["clip"]: row["label"] for row in csv.DictReader(lines)}
        for clip, label in labels.items():
            held = split is None or split(clip) == "held"
            yield source, clip, data / folder / clip, label, held
    for path in sorted((data / "normal").rglob("*.mp4")):
        clip = str(path.relative_to(data / "normal"))
        yield "normal", clip, path, "none", splits.normal(clip) == "held"


def measure_clips(eye: Eye, data: Path) -> list[ClipScore]:
    """Every clip's scores; minutes on one core."""
    out = []
    for source, clip, path, label, held in clips(data):
        seen, seconds = watch(eye, path)
        down = sustained(down_score(s) for s in seen)
        wet = _steady_wet([s.spill for s in seen])
        out.append(ClipScore(source, clip, label, held, seconds, down, wet))
    return out


def _steady_wet(grids: list[Grid]) -> float:
    """The wettest place that stays wet: per cell the level three quarters of the samples reach."""
    if not grids:
        return 0.0
    steady = np.quantile(np.stack(grids[-round(60 * FPS) :]), 1 - AGREE, axis=0)
    return wet_score(np.asarray(steady, np.float32))


@dataclass(frozen=True)
class SpillScore:
    """Real liquids: the share of pictures found, and the mean overlap of the mask, both at the
    threshold at which `dry_share` of the dry pictures alarm."""

    pictures: int
    dry_pictures: int
    threshold: float
    recall: float
    overlap: float
    recall_by_liquid: dict[str, float]


def measure_spills(eye: Eye, data: Path, dry_share: float = 0.05) -> SpillScore:
    """`spillage_nashit` against dry floors no training saw."""
    folder = data / "evaluation_only/spillage_nashit"
    dry = np.array([wet_score(eye.see(rgb).spill) for rgb in dry_pictures(data)])
    threshold = float(np.quantile(dry, 1 - dry_share))
    found: dict[str, list[bool]] = {}
    overlaps = []
    for file, truth, kinds in liquids(folder):
        rgb = fit(read_picture(file))
        grid = eye.see(rgb).spill
        hit = wet_score(grid) > threshold
        for kind in kinds:
            found.setdefault(kind, []).append(hit)
        found.setdefault("", []).append(hit)
        real = cv2.resize(truth, grid.shape[::-1], interpolation=cv2.INTER_AREA) > 0.5
        said = grid > threshold
        overlaps.append(float((real & said).sum() / max((real | said).sum(), 1)))
    recall = {kind: float(np.mean(hits)) for kind, hits in sorted(found.items())}
    return SpillScore(
        len(overlaps), len(dry), threshold, recall.pop(""), float(np.mean(overlaps)), recall
    )


def liquids(folder: Path) -> Iterator[tuple[Path, NDArray[np.float32], tuple[str, ...]]]:
    """Each real spill: its file, its mask (H×W, 1 is liquid) and what is spilled."""
    coco = json.loads((folder / "spills_coco.json").read_text(encoding="utf-8"))
    kinds = {c["id"]: c["name"] for c in coco["categories"]}
    for image in coco["images"]:
        mask = np.zeros((image["height"], image["width"]), np.float32)
        names = set()
        for mark in coco["annotations"]:
            if mark["image_id"] != image["id"]:
                continue
            names.add(kinds[mark["category_id"]])
            for polygon in mark["segmentation"]:
                corners = np.round(np.array(polygon).reshape(-1, 1, 2)).astype(np.int32)
                cv2.fillPoly(mask, [corners], 1.0)
        if names:
            yield folder / image["file_name"], mask, tuple(sorted(names))


def dry_pictures(data: Path) -> Iterator[Rgb]:
    """Floors without liquid which training never saw: held-out rooms, wards and clips, CCTV."""
    for path in sorted((data / "spills/blackspot_floor").rglob("*.jpg")):
        if splits.rooms(path.name) == "held":
            yield fit(read_picture(path))
    for source, _, path, _, held in clips(data):
        if held and source != "assist_iot":
            frames = [rgb for _, rgb in read_clip(path, 1.0)]
            yield frames[len(frames) // 2]
