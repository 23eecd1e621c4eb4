"""The tables of `floorwatch measure`: per source, never pooled only, and with their bounds."""

from __future__ import annotations

from collections.abc import Sequence

from edge.core.card import Card
from models.measure import ClipScore, SpillScore


def clip_line(score: ClipScore) -> str:
    """One clip."""
    seen = "unseen" if score.held else "train "
    name = f"{score.source}/{score.clip}"
    return f"{name:58.58} {score.label:9} {seen} down {score.down:.3f} spill {score.spill:.3f}"


def clip_table(scores: Sequence[ClipScore], card: Card) -> list[str]:
    """Per source: collapses found and clips without one that alarm, at the card's thresholds."""
    down, spill = card.thresholds["collapse"].value, card.thresholds["spill"].value
    lines = [
        f"collapse at {down}, spill at {spill}; unseen: not in training",
        f"{'source':22} {'falls found':>12} {'false/clips':>12} {'spill/clips':>12} {'minutes':>8}",
    ]
    for source in dict.fromkeys(s.source for s in scores):
        for held in (True, False):
            mine = [s for s in scores if s.source == source and s.held == held]
            if not mine:
                continue
            falls = [s for s in mine if s.label == "collapse"]
            quiet = [s for s in mine if s.label == "none"]
            found = f"{sum(s.down >= down for s in falls)}/{len(falls)}"
            false = f"{sum(s.down >= down for s in quiet)}/{len(quiet)}"
            wet = f"{sum(s.spill >= spill for s in mine)}/{len(mine)}"
            minutes = sum(s.seconds for s in quiet) / 60
            name = f"{source} {'unseen' if held else 'train'}"
            lines.append(f"{name:22} {found:>12} {false:>12} {wet:>12} {minutes:8.1f}")
    return lines


def spill_table(score: SpillScore) -> list[str]:
    """Real liquids at the threshold where one dry picture in twenty alarms."""
    lines = [
        f"real spills found: {score.recall:.2f} of {score.pictures} pictures, mask overlap "
        f"{score.overlap:.2f}, at {score.threshold:.3f}, where 5 % of {score.dry_pictures} dry "
        "pictures alarm"
    ]
    return lines + [f"  {kind:12} {share:.2f}" for kind, share in score.recall_by_liquid.items()]
