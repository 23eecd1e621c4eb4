"""The numbers of a model's card: what the exported file scores on every source, one by one.

    floorwatch measure models/zoo/first --data DIR

For a clip and a label the number is the highest threshold at which the shipped rule would trip:
its first half, `decide.observe`, knows no threshold. Clips that end early have their last frame
held 15 s. For a picture of a floor the number is its wettest 2×2 cells.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from edge.core import decide, heads
from edge.core.card import Card
from edge.core.policy import CollapsePolicy, Life, Policy, SpillPolicy
from edge.core.preprocess import to_batch
from edge.core.types import LABELS, Grid, Label, Rgb, Scores
from models import splits
from models.prepare import fit, read_clip, read_picture

FPS = 5.0
HELD_S = 15.0
CELLS = 2
_LIFE = Life(clear_s=10, cool_down_s=60, update_s=30)
# The shipped defaults; thresholds play no part in `observe`.
POLICY = Policy(CollapsePolicy(0.5, 3, 20, _LIFE), SpillPolicy(0.5, 20, _LIFE))


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

    def see(self, rgb: Rgb, at_ns: int = 0) -> Scores:
        """What the model says of one fitted picture."""
        batch = to_batch([rgb], self.card.input)
        names = [self.card.people.name, self.card.spill.name]
        people, grid = self._session.run(names, {self.card.input.name: batch})
        return heads.read(people[0], grid[0], self.card, (rgb.shape[1], rgb.shape[0]), at_ns)


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


def wet_score(grid: Grid) -> float:
    """The wettest square of 2×2 cells, by its mean."""
    return float(cv2.blur(np.asarray(grid), (CELLS, CELLS)).max())


def highest(frames: Iterable[Scores]) -> dict[Label, float]:
    """Per label the highest threshold at which a clip's frames trip."""
    state, best = decide.State(), dict.fromkeys(LABELS, 0.0)
    for scores in frames:
        state, found = decide.observe(state, scores, POLICY)
        for evidence in found:
            best[evidence.label] = max(best[evidence.label], evidence.score)
    return best


def watch(eye: Eye, path: Path) -> tuple[list[Scores], float]:
    """Scores of a clip at 5 a second, its last frame held; and its own length in seconds."""
    seen = [eye.see(rgb, round(at_s * 1e9)) for at_s, rgb in read_clip(path, FPS)]
    if not seen:
        return [], 0.0
    last, step = seen[-1], round(1e9 / FPS)
    held = [replace(last, at_ns=last.at_ns + step * (n + 1)) for n in range(round(HELD_S * FPS))]
    return seen + held, last.at_ns / 1e9 + 1 / FPS


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


def measure_clips(eye: Eye, data: Path) -> Iterator[ClipScore]:
    """Every clip's scores; minutes on one core."""
    for source, clip, path, label, held in clips(data):
        frames, seconds = watch(eye, path)
        best = highest(frames)
        yield ClipScore(source, clip, label, held, seconds, best["collapse"], best["spill"])


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
