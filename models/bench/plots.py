"""The plots that `--out` writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

Document = Mapping[str, Any]
_OURS, _OTHERS = "#2a6f97", "#b0b7bf"


def write(document: Document, folder: Path) -> list[Path]:
    """`speed.png`, and `growth.png` where several numbers of cameras were measured. Gives what was
    written."""
    written = [_speed(document, folder / "speed.png")]
    if document["growth"]:
        written.append(_growth(document["growth"], folder / "growth.png"))
    return written


def _speed(document: Document, path: Path) -> Path:
    sizes = document["sizes"]
    figure = Figure(figsize=(8, 3.2 * len(sizes)))
    axes = figure.subplots(len(sizes), 1, squeeze=False)
    for axis, (name, size) in zip(axes[:, 0], sizes.items(), strict=True):
        rows = {n: one for n, one in size["contenders"].items() if n != "the network alone"}
        rates = [one["frames_per_s"] for one in rows.values()]
        medians = [rate["median"] for rate in rates]
        errors = [
            [rate["median"] - rate["least"] for rate in rates],
            [rate["most"] - rate["median"] for rate in rates],
        ]
        colours = [_OURS if one.startswith("floorwatch") else _OTHERS for one in rows]
        axis.barh(list(rows), medians, xerr=errors, color=colours, ecolor="#555")
        axis.axvline(size["limit_frames_per_s"], color="#c1121f", linestyle="--")
        axis.annotate(
            "limit", (size["limit_frames_per_s"], 1), xycoords=("data", "axes fraction"),
            xytext=(0, 2), textcoords="offset points", ha="center", color="#c1121f", fontsize=8,
        )  # fmt: skip
        axis.invert_yaxis()
        # Above the word, wherever that stands.
        axis.set_title(f"{name}, {size['fps']:.3g} fps", loc="left", pad=14)
        axis.set_xlabel("source frames a second, all cores")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    return path


def _growth(growth: list[Document], path: Path) -> Path:
    figure = Figure(figsize=(11, 3.4))
    late, memory, busy = figure.subplots(1, 3)
    cameras = [one["cameras"] for one in growth]
    for key in ("p50_ms", "p95_ms", "p99_ms"):
        late.plot(cameras, [one[key] for one in growth], marker="o", label=key[:3])
    late.set_yscale("log")
    late.set_ylabel("packet to decision, ms")
    late.legend()
    memory.plot(cameras, [one["memory_mb"] for one in growth], marker="o", color=_OURS)
    memory.set_ylim(bottom=0)
    memory.set_ylabel("memory, MB")
    busy.plot(cameras, [one["share"] for one in growth], marker="o", label="decided of those due")
    busy.plot(cameras, [one["cores_busy"] for one in growth], marker="o", label="of the machine")
    busy.set_ylim(bottom=0)
    busy.legend()
    for axis in (late, memory, busy):
        axis.set_xlabel("cameras")
        axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    return path
