"""The curves, as SVG that stands within the page: its letters are the page's own, its colours
follow light and dark, and the same numbers give the same bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from edge.core.types import Label
from models.evaluation.report.numerals import rate

Point = Mapping[str, Any]
Points = Sequence[Point]

# Stand-ins for the page's own colours: matplotlib knows no variables.
_COLOURS: Mapping[str, str] = {
    "collapse": "#eb4034",
    "spill": "#24a0ed",
    "ink": "#010203",
    "soft": "#040506",
    "grid": "#070809",
    "paper": "#0a0b0c",
}
_SIZE_IN = (4.6, 3.5)
_STYLE: Any = {  # its type is that of every setting there is
    "svg.fonttype": "none",
    "svg.hashsalt": "floorwatch",
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.edgecolor": _COLOURS["soft"],
    "axes.labelcolor": _COLOURS["ink"],
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.grid": True,
    "grid.color": _COLOURS["grid"],
    "grid.linewidth": 0.7,
    "text.color": _COLOURS["ink"],
    "xtick.color": _COLOURS["soft"],
    "ytick.color": _COLOURS["soft"],
    "xtick.labelcolor": _COLOURS["ink"],
    "ytick.labelcolor": _COLOURS["ink"],
}
_UNWANTED = re.compile(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", re.DOTALL)
_FONT = re.compile(r"font-family: [^;\"]*;?|font: ([\d.]+)px [^;\"]*;?")


def det(name: str, label: Label, points: Points, operating: Point, described: str) -> Markup:
    """Miss rate against false alarms a camera-day, by threshold. What had none of them has no place
    on such an axis: it stands at the left edge, which says so. `operating` has the numbers at the
    threshold in use."""
    some = sorted(p["false_alarms_per_camera_day"] for p in points if _alarms(p))
    lowest, highest = (some[0], some[-1]) if some else (1.0, 10.0)
    none_at, right = lowest / 4, max(highest * 1.5, lowest * 10)

    def place(point: Point) -> tuple[float, float]:
        return (point["false_alarms_per_camera_day"] if _alarms(point) else none_at), 100 * point[
            "miss_rate"
        ]

    def draw(axes: Axes) -> None:
        axes.set_xscale("log")
        axes.set_xlim(none_at / 1.6, right)
        axes.axvspan(none_at / 1.6, lowest / 2, color=_COLOURS["grid"], alpha=0.5, lw=0)
        xs, ys = zip(
            *sorted((place(p) for p in points), key=lambda at: (at[0], -at[1])), strict=True
        )
        axes.step(xs, ys, where="post", color=_COLOURS[label], lw=1.6)
        axes.plot(xs, ys, ".", color=_COLOURS[label], ms=4)
        _mark(axes, place(operating), label)
        axes.set_ylim(-4, 104)
        _decades(axes, none_at, lowest, right)
        axes.set_xlabel("false alarms a camera-day")
        axes.set_ylabel("missed, %")

    return _svg(name, draw, described)


def curve(
    name: str, label: Label, points: Points, axes_of: tuple[str, str], described: str
) -> Markup:
    """A frame-level curve through two shares of each point, `axes_of` naming them."""
    across, along = axes_of

    def draw(axes: Axes) -> None:
        xs, ys = [p[across] for p in points], [p[along] for p in points]
        if across.startswith("false"):
            axes.plot([0, 1], [0, 1], ":", color=_COLOURS["soft"], lw=1)
        axes.plot(xs, ys, color=_COLOURS[label], lw=1.6)
        _unit(axes)
        axes.set_xlabel(across.replace("_", " "))
        axes.set_ylabel(along.replace("_", " "))

    return _svg(name, draw, described)


def reliability(name: str, label: Label, points: Points, described: str) -> Markup:
    """How often it was so (`share`) among pictures of such a score (`score`), each dot as large as
    the pictures in it are many (`pictures`)."""

    def draw(axes: Axes) -> None:
        most = max(p["pictures"] for p in points)
        axes.plot([0, 1], [0, 1], ":", color=_COLOURS["soft"], lw=1)
        xs, ys = [p["score"] for p in points], [p["share"] for p in points]
        axes.plot(xs, ys, color=_COLOURS[label], lw=1.2)
        sizes = [8 + 60 * p["pictures"] / most for p in points]
        axes.scatter(xs, ys, s=sizes, color=_COLOURS[label], lw=0, zorder=3)
        _unit(axes)
        axes.set_xlabel("score of a picture")
        axes.set_ylabel("share in which it was true")

    return _svg(name, draw, described)


def _alarms(point: Point) -> bool:
    return (point["false_alarms_per_camera_day"] or 0) > 0


def _mark(axes: Axes, at: tuple[float, float], label: Label) -> None:
    axes.plot(*at, "o", ms=10, mfc="none", mec=_COLOURS["ink"], mew=1.4)
    axes.plot(*at, "o", ms=4, color=_COLOURS[label])


def _decades(axes: Axes, none_at: float, lowest: float, right: float) -> None:
    """Ticks at 1, 10, 100 … (and between, where that leaves few), and one for none."""
    fine = [m * 10.0**e for e in range(-4, 7) for m in (1, 2, 5)]
    inside = [tick for tick in fine if lowest * 0.7 <= tick <= right]
    step = -(-len(inside) // 5)
    ticks = inside[::step]
    axes.set_xticks([none_at, *ticks], labels=["none", *(rate(tick) for tick in ticks)])
    axes.minorticks_off()


def _unit(axes: Axes) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)


def _svg(name: str, draw: Callable[[Axes], None], described: str) -> Markup:
    """`name` keeps the ids of several drawings on one page apart; `described` is read aloud."""
    out = io.StringIO()
    with rc_context(_STYLE):
        figure = Figure(figsize=_SIZE_IN, layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        empty = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(out, format="svg", transparent=True, metadata=empty)
    return _within_the_page(out.getvalue(), name, described)


def _within_the_page(text: str, name: str, described: str) -> Markup:
    text = _UNWANTED.sub("", text[text.index("<svg") :])
    text = _FONT.sub(lambda m: f"font-size: {m[1]}px;" if m[1] else "", text)
    text = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{name}-", text)
    for colour, stand_in in _COLOURS.items():
        text = text.replace(stand_in, f"var(--{colour})")
    start = Markup('<svg role="img" aria-label="{}" class="curve"').format(described)
    text = re.sub(r'^<svg xmlns:xlink="[^"]*" width="[^"]*" height="[^"]*"', "", text)
    return start + Markup(text)  # noqa: S704  (matplotlib escapes what it writes)
