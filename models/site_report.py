"""Before and after a site's own pictures: what the model says of those kept apart, picture by
picture, by the shipped steps. What happens over seconds is for `floorwatch evaluate` to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from rich.table import Table

from edge.core.types import LABELS, Scores
from models import eye, site
from models.labels import STATES
from models.mine import alarms
from models.site_places import Told
from models.states import confusion
from models.stores import Mask, Store

DOWN = STATES.index("down")
BEFORE, AFTER = "before", "after"  # the folders of both evaluations in a run's folder


@dataclass
class Counts:
    """So many of so many, by what is counted; and the mean overlap (IoU) of masks."""

    hits: dict[str, int] = field(default_factory=dict)
    of: dict[str, int] = field(default_factory=dict)
    overlaps: list[float] = field(default_factory=list)

    def add(self, name: str, hits: int, of: int = 1) -> None:
        """Count `hits` of `of` more."""
        self.hits[name] = self.hits.get(name, 0) + hits
        self.of[name] = self.of.get(name, 0) + of

    def lines(self) -> dict[str, str]:
        """Each as it is shown."""
        told = {name: f"{self.hits[name]} of {self.of[name]}" for name in self.of if self.of[name]}
        if self.overlaps:
            told["overlap of liquid and mask (IoU)"] = f"{np.mean(self.overlaps):.2f}"
        return told


def look(store: Store, model: Path) -> Counts:
    """What a model in a folder makes of the pictures of a store."""
    counts = Counts()
    seen = []
    with eye.opened(model) as opened:
        at = {label: opened.card.thresholds[label].value for label in LABELS}
        for number, sample in enumerate(store.samples):
            scores = opened.see(store.picture(number))
            if sample.source == site.PEOPLE:
                seen.append((sample.people, scores))
            elif sample.source == site.SPILLS:
                _liquid(counts, scores, store.mask(number), at["spill"])
            else:
                said = alarms(scores)
                for label in LABELS:
                    name = f"normal pictures wrongly over the threshold: {label}"
                    counts.add(name, int(said[label] >= at[label]))
    table = confusion(seen).counts
    if table.sum():
        counts.add("people found", int(table[:, : len(STATES)].sum()), int(table.sum()))
        counts.add("their state told", int(np.trace(table)), int(table.sum()))
        counts.add("people down told", int(table[DOWN, DOWN]), int(table[DOWN].sum()))
        others = np.delete(table, DOWN, 0)
        counts.add("others wrongly told down", int(others[:, DOWN].sum()), int(others.sum()))
    return counts


def _liquid(counts: Counts, scores: Scores, mask: Mask | None, threshold: float) -> None:
    found = alarms(scores)["spill"] >= threshold
    if mask is None:
        counts.add("dry pictures of spills/ wrongly over the threshold", int(found))
        return
    counts.add("pictures with liquid found", int(found))
    size = scores.spill.shape[::-1]
    wet = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 127
    said = scores.spill >= threshold
    counts.overlaps.append(float((wet & said).sum() / max((wet | said).sum(), 1)))


def table(before: Mapping[str, str], after: Mapping[str, str]) -> Table:
    """Both side by side."""
    drawn = Table("of what was kept apart", "before", "after", box=None, pad_edge=False)
    for name in dict.fromkeys([*before, *after]):
        drawn.add_row(name, before.get(name, "–"), after.get(name, "–"))
    return drawn


def doubts(amounts: Mapping[str, Told]) -> list[str]:
    """A line for each source: how much of it was kept apart, and where that is too little to tell
    by, that it is."""
    return [
        f"{source}: {one.doubt() or f'{one.amount()} kept apart'}"
        for source, one in amounts.items()
    ]
