"""What is wrong in one picture, and in which blocks it has been for some time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge.fit.cover import Flags, covered
from edge.fit.damage import Lately, holes, out_of_place
from edge.fit.look import Compared, Look
from edge.fit.measures import Blocks, Field, Measures
from edge.fit.shift import Shift, parts, shift, turned
from edge.fit.telling import OK, Finding

_BLACK, _WHITE, _WHITER = 0.97, 0.6, 0.35  # of all pixels; more of them than usual
_STILL, _STILLER = 0.02, 0.15  # changes usually, of all pixels; and of that, when it stands still
_CLOCK = 0.05  # of the picture: what changes where nothing else does
_GONE = 0.8  # of the blocks that can be known
_DIM, _DIMMER = 45.0, 0.5  # of 255; of the usual brightness
_GLARING = 215.0
_SHIFT_PX, _SHIFT_LIKE, _SHIFT_BETTER = 2.0, 0.25, 1.2
_UNLIKE, _ZOOMED, _TURNED_BETTER = 0.6, 0.5, 1.25
_ELSEWHERE, _STRANGE, _COARSE = 0.2, 0.25, 0.2
_PART, _PART_STANDING = 0.2, 0.25  # of the view: covered; hidden by something with edges
_PART_BLURRED = 0.15
_AREA = 0.28  # of all of the view: covered by something that hides what stood there
_SAME_LIGHT = 0.65  # of their edges the other blocks show: in other light all of them show less
_AGREED = 0.6  # a block is blind when it was in so much of the last pictures


@dataclass(frozen=True)
class Lasting:
    """For each block, in how much of the last pictures it was blank, lost, blurred, another or
    hidden, 0–1. `edges` is the mean of their edges, without what passes, `lately` what signs
    of damage there were."""

    edges: Field
    blank: Blocks
    lost: Blocks
    blurred: Blocks
    other: Blocks
    hidden: Blocks
    lately: Lately

    @classmethod
    def nothing(cls, look: Look) -> Lasting:
        """Nothing was wrong yet."""
        nothing = np.zeros(look.shape, np.float32)
        return cls(look.edges, nothing, nothing, nothing, nothing, nothing, Lately())

    def after(self, seen: Measures, now: Compared, part: float, *, steady: bool) -> Lasting:
        """With one more picture, that weighs so much."""

        def mixed(blocks: Blocks, flags: Flags) -> Blocks:
            return np.asarray(blocks + np.float32(part) * (flags - blocks), np.float32)

        return Lasting(
            np.asarray(self.edges + np.float32(part) * (seen.edges - self.edges), np.complex64),
            mixed(self.blank, now.blank),
            mixed(self.lost, now.lost),
            mixed(self.blurred, now.blurred & ~now.lost),
            mixed(self.other, now.changed.other),
            mixed(self.hidden, now.changed.hidden),
            self.lately.after(now, part, steady=steady),
        )


def stands_still(seen: Measures, look: Look | None) -> bool:
    """Whether the picture is the one before it, but for a clock, on a camera that has noise."""
    if seen.changed == 0 or look is None or look.still < _STILL:
        return seen.changed == 0
    return seen.changed <= _STILLER * look.still and seen.around <= _CLOCK


def whole(seen: Measures, look: Look | None, *, stuck: bool = True) -> Finding:
    """Whether all of the picture is wrong, by rules that hold for every camera. `stuck`: pictures
    have stood still for longer than this camera's do by themselves."""
    if seen.black >= _BLACK:
        return Finding("dark", "the picture is black: is the light out, or the lens covered?")
    if seen.white >= max(_WHITE, 0.0 if look is None else look.white + _WHITER):
        words = "the picture is white: does a lamp or the sun shine into the lens?"
        return Finding("bright", words, seen.white)
    if stuck and stands_still(seen, look):
        return Finding("frozen", "the camera sends the same picture again and again")
    return OK


def found(
    seen: Measures, look: Look, now: Compared, lasting: Lasting, *, stuck: bool = True
) -> Finding:
    """What is wrong beside the look that fits best."""
    all_of_it = shift(seen.edges, look.edges)
    for finding in (
        whole(seen, look, stuck=stuck),
        holes(seen, look, now),
        _moved(seen, look, now, lasting, all_of_it),
        out_of_place(look, now, lasting.lately),
        _gone(seen, look, now, all_of_it),
        _partly(now, lasting),
    ):
        if finding.reason != "ok":
            return finding
    return OK


def _moved(
    seen: Measures, look: Look, now: Compared, lasting: Lasting, all_of_it: Shift
) -> Finding:
    if now.is_bare:
        return OK
    if _aside(all_of_it):
        return _pushed(all_of_it, look)
    if now.likeness > _UNLIKE:
        return OK
    return _turned(seen, look, now, lasting, all_of_it)


def _turned(
    seen: Measures, look: Look, now: Compared, lasting: Lasting, all_of_it: Shift
) -> Finding:
    """Whether the view is there in another way, or is another one. What passes hides it in a single
    picture, so the mean of the last ones is asked too."""
    pieces = parts(seen.edges, look.edges)
    if sum(map(_aside, pieces)) >= max(2, _ZOOMED * len(pieces)):
        return Finding("moved", "the camera was turned, or its lens zoomed")
    if _elsewhere(now, all_of_it) and now.fine > _COARSE:
        return Finding("moved", "the camera shows another place")
    of_late = shift(lasting.edges, look.edges)
    if _aside(of_late):
        return _pushed(of_late, look)
    if of_late.at_rest > _UNLIKE:  # people pass
        return OK
    degrees, best = turned(lasting.edges, look.edges)
    if best.likeness > max(_SHIFT_LIKE, _TURNED_BETTER * best.at_rest):
        return Finding("moved", f"the camera was turned, by about {abs(degrees)} degrees")
    return OK


def _pushed(by: Shift, look: Look) -> Finding:
    percent = 100 * by.length / max(look.edges.shape)
    return Finding("moved", f"the camera was moved, by {percent:.0f} % of its view")


def _aside(one: Shift) -> bool:
    return one.length >= _SHIFT_PX and one.likeness > max(_SHIFT_LIKE, _SHIFT_BETTER * one.at_rest)


def _gone(seen: Measures, look: Look, now: Compared, all_of_it: Shift) -> Finding:
    """Whether nothing of the view is left, and what is in its place."""
    left = now.share(now.lost) < _GONE and not _elsewhere(now, all_of_it)
    if left or (not now.is_bare and now.fine > _COARSE):
        return OK
    luma = float(seen.luma.mean())
    if luma < min(_DIM, _DIMMER * float(look.luma.mean())):
        return Finding("dark", "there is no light by which to see")
    if luma > _GLARING:
        return Finding("bright", "there is too much light to see")
    if _layout(seen.luma, look.luma) > 0.7:
        return Finding("blurred", "the picture is out of focus")
    return Finding("blocked", "something is right before the lens")


def _elsewhere(now: Compared, all_of_it: Shift) -> bool:
    """Whether the view is not there, nor near where it was. By chance folds of a cloth lie along
    some of its edges, so not all of them need be lost."""
    return now.likeness < _ELSEWHERE and all_of_it.likeness < _STRANGE


def _layout(now: Blocks, usual: Blocks) -> float:
    """The correlation of how bright the blocks are."""
    a, b = now - now.mean(), usual - usual.mean()
    return float((a * b).sum() / (np.sqrt((a * a).sum() * (b * b).sum()) + 1e-6))


def _partly(now: Compared, lasting: Lasting) -> Finding:
    same_light = now.again > _SAME_LIGHT
    blank = now.share(lasting.blank > _AGREED) if same_light else 0.0
    blurred = blank + now.share((lasting.blurred > _AGREED) & ~(lasting.blank > _AGREED))
    if blank >= _PART and blank > 0.5 * blurred:
        words = f"something covers {100 * blank:.0f} % of what the camera usually sees"
        return Finding("blocked", words, blank)
    others, hidden = lasting.other > _AGREED, lasting.hidden > _AGREED
    area = covered(others, hidden, now.structured) if same_light else 0.0
    if area >= _AREA:
        return Finding("blocked", f"something hides {100 * area:.0f} % of the view", area)
    if blurred >= _PART_BLURRED:
        return Finding("blurred", f"{100 * blurred:.0f} % of the view is not sharp", blurred)
    lost = now.share((lasting.lost > _AGREED) | (lasting.blurred > _AGREED))
    if lost >= _PART_STANDING and same_light:
        words = f"something stands before {100 * lost:.0f} % of what the camera usually sees"
        return Finding("blocked", words, lost)
    return OK
