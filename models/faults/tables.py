"""What was measured, as a table and as numbers, with exact bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from models.evaluation.bounds import CONFIDENCE, rate_upper, share, share_lower95
from models.faults.measuring import LEAD_S, RAMP_S, WITHIN_S, Tried, Untouched

ABOUT = (
    f"A camera is watched for {LEAD_S} s, then the fault comes, at once or over {RAMP_S} s; it is "
    f"found if anything is reported within {WITHIN_S} s of its full strength. Clips that are over "
    "too soon are played forth and back. Bounds are exact, one-sided, at 95 %."
)


def numbers(tries: Sequence[Tried], well: Sequence[Untouched]) -> dict[str, object]:
    """All of it, for a machine."""
    return {
        "about": ABOUT,
        "faults": {name: _row(of) for name, of in _by_fault(tries).items()},
        "all": _row(tries),
        "untouched": _untouched(well),
        "missed": [
            {"clip": one.clip, "fault": one.injection.fault.name,
             "strength": one.injection.strength, "ramp_s": one.injection.ramp_s,
             "seed": one.injection.seed}
            for one in tries if one.reported is None
        ],
    }  # fmt: skip


def table(tries: Sequence[Tried], well: Sequence[Untouched]) -> str:
    """All of it, for people."""
    lines = [ABOUT, ""]
    if tries:
        lines.append(
            f"{'fault':<13}{'tried':>6}{'found':>7}{'share':>8}{'at least':>10}{'named':>7}"
            f"{'p50 s':>7}{'max s':>7}  said"
        )
        for name, of in [*_by_fault(tries).items(), ("all", list(tries))]:
            lines.append(_line(name, of))
    if well:
        row = _untouched(well)
        lines += [
            "",
            f"untouched: {row['false_reports']} reports in {row['camera_hours']} camera-hours of "
            f"{row['clips']} clips, {row['per_hour_upper95']} an hour at most",
        ]
        lines += [
            f"  {one.clip} at {at_s:.0f} s: {reason}"
            for one in well
            for at_s, reason in one.reported
        ]
    return "\n".join(lines)


def _by_fault(tries: Sequence[Tried]) -> dict[str, list[Tried]]:
    names = dict.fromkeys(one.injection.fault.name for one in tries)
    return {name: [one for one in tries if one.injection.fault.name == name] for name in names}


def _row(tries: Sequence[Tried]) -> dict[str, object]:
    after = sorted(one.after_s for one in tries if one.after_s is not None)
    return {
        "tried": len(tries),
        "found": len(after),
        "share": share(len(after), len(tries)),
        "share_lower95": share_lower95(len(after), len(tries)),
        "named_right": sum(one.named_right for one in tries),
        "after_s_p50": after[len(after) // 2] if after else None,
        "after_s_max": after[-1] if after else None,
        "said": dict(Counter(one.reported or "nothing" for one in tries).most_common()),
    }


def _line(name: str, tries: Sequence[Tried]) -> str:
    row = _row(tries)
    cells = [f"{'-' if v is None else f'{v:.3f}'}" for v in (row["share"], row["share_lower95"])]
    after = ["-" if row[k] is None else f"{row[k]:.0f}" for k in ("after_s_p50", "after_s_max")]
    said = Counter(one.reported or "nothing" for one in tries).most_common()
    return (
        f"{name:<13}{row['tried']:>6}{row['found']:>7}{cells[0]:>8}{cells[1]:>10}"
        f"{row['named_right']:>7}{after[0]:>7}{after[1]:>7}  "
        + ", ".join(f"{word} {count}" for word, count in said)
    )


def _untouched(well: Sequence[Untouched]) -> dict[str, object]:
    hours = sum(one.seconds for one in well) / 3600
    count = sum(len(one.reported) for one in well)
    upper = rate_upper(count, hours, CONFIDENCE)
    return {
        "clips": len(well),
        "camera_hours": round(hours, 3),
        "false_reports": count,
        "per_hour_upper95": None if upper is None else round(upper, 2),
        "reports": [
            {"clip": one.clip, "at_s": at_s, "reason": reason}
            for one in well
            for at_s, reason in one.reported
        ],
    }
