"""What `floorwatch bench` prints where nobody asked for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

_GOAL_SIGN = {"memory_per_camera_mb": "≤"}
Document = Mapping[str, Any]


def show(document: Document, out: Console) -> None:
    """All tables."""
    machine = document["machine"]
    out.print(
        f"{machine['processor']}, {machine['cores']} cores; {document['backend']} runs the network;"
        f" {machine['load_before']:.1f} threads wanted a core before"
    )
    for name, size in document["sizes"].items():
        out.print(_size(name, size))
    if document["networks"]:
        out.print(_networks(document["networks"]))
    if document["growth"]:
        out.print(_growth(document["growth"]))
    out.print(_goals(document))
    for line in document["left_out"]:
        out.print(f"[dim]{escape(line)}[/]")


def _size(name: str, size: Document) -> Table:
    table = Table(
        "what", "frames/s", "from – to", "cameras of 5 fps", "frames/CPU-s", "CPU-ms a frame",
        title=f"{name}: {size['fps']:.3g} fps, {size['kbit_s']:.0f} kbit/s; source frames",
    )  # fmt: skip
    for what, one in size["contenders"].items():
        rate = one["frames_per_s"]
        # A rate of the network's pictures is no rate of cameras' frames.
        cameras = "" if what in _NO_CAMERAS else f"{rate['median'] / size['fps']:.1f}"
        table.add_row(
            what,
            f"{rate['median']:.1f}",
            f"{rate['least']:.1f} – {rate['most']:.1f}",
            cameras,
            f"{one['frames_per_cpu_s']['median']:.1f}",
            f"{1000 * one['cpu_s_per_frame']:.2f}",
        )
    table.add_row(
        "limit: decoding, then the network",
        f"{size['limit_frames_per_s']:.1f}", "", f"{size['limit_streams']:.1f}", "", "",
    )  # fmt: skip
    return table


_NO_CAMERAS = frozenset({"the network alone", "floorwatch at 10"})


def _networks(networks: Mapping[str, Document]) -> Table:
    table = Table("network, pictures at once", "pictures/s", "from – to", "pictures/CPU-s")
    for what, one in networks.items():
        rate = one["frames_per_s"]
        table.add_row(
            what,
            f"{rate['median']:.1f}",
            f"{rate['least']:.1f} – {rate['most']:.1f}",
            f"{one['frames_per_cpu_s']['median']:.1f}",
        )
    return table


def _growth(growth: list[Document]) -> Table:
    table = Table(
        "cameras", "p50", "p95", "p99 ms", "decided", "dropped", "CPU-ms a decision",
        "of the machine", "MB",
        title="at a camera's pace, 5 analysed frames a second each; packet to decision",
    )  # fmt: skip
    for one in growth:
        ages = (f"{one[key]:.0f}" for key in ("p50_ms", "p95_ms", "p99_ms"))
        table.add_row(
            str(one["cameras"]), *ages, f"{one['share']:.0%}", str(one["dropped"]),
            f"{1000 * one['cpu_s_per_frame']:.1f}", f"{one['cores_busy']:.0%}",
            f"{one['memory_mb']:.0f}",
        )  # fmt: skip
    return table


def _goals(document: Document) -> Table:
    # Whole, since their ends tell them apart: the others give way where there is little room.
    key_column = Column("key", no_wrap=True, min_width=max(map(len, document["goals"])))
    table = Table(key_column, "here", "from – to", "by CPU time", "goal", "met")
    for key, one in document["goals"].items():
        value, ratio = document[key], document["ratios"].get(key)
        sign = _GOAL_SIGN.get(key, "≥")
        met = {True: "[green]yes[/]", False: "[red]no[/]", None: "[dim]not measured[/]"}
        table.add_row(
            key,
            "–" if value is None else f"{value:.2f}",
            f"{ratio['least']:.2f} – {ratio['most']:.2f}" if ratio else "",
            f"{ratio['by_processor']:.2f}" if ratio else "",
            f"{sign} {one['goal']:g}",
            met[one["met"]],
        )
    return table
