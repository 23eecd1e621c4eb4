"""What a decoder makes of a stream with holes: filled places, and parts in the wrong place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge.fit.look import Compared, Look
from edge.fit.measures import Measures
from edge.fit.signs import NO_SIGNS, Signs
from edge.fit.telling import OK, Finding

_DAMAGED = Finding("damaged", "the stream is damaged: see to the network and the cable")
_SMEARED, _FLAT, _STEPS, _GRID = 0.008, 0.04, 0.4, 0.17
_AXIAL, _AXIAL_SHARE, _AXIAL_MUCH = 0.012, 0.2, 0.03
_MOST = (_SMEARED, _FLAT, _STEPS, _GRID, _AXIAL_MUCH)
_TOGETHER = 1.5  # signs that are each too weak
_CLIPPED = 0.15
_OUT_OF_PLACE = 0.5  # less alike than that, and so much lost
_STEADY, _RESTLESS, _RESTLESS_PART = 0.7, 0.1, 0.25
_ODD = 0.4  # of the last pictures
_BLOCKY, _BLOCKIER = 0.06, 0.14  # steps of both: people bring some, blocks out of place bring more
_NEW = 0.05  # so much new edge, and a picture is quite another


def holes(seen: Measures, look: Look, now: Compared) -> Finding:
    """Whether a decoder filled what it had not."""
    signs = now.signs.beyond(look.usual)
    flat = signs.flat > _FLAT and seen.white - look.white < _CLIPPED  # colours are clipped apart
    return _DAMAGED if signs.smeared > _SMEARED or flat else OK


@dataclass(frozen=True)
class Lately:
    """Of the last pictures: the means of their signs and of how much `new` edge there was, and how
    often what was new in one was not in the one before, 0–1."""

    signs: Signs = NO_SIGNS
    new: float = 0.0
    restless: float = 0.0

    def after(self, now: Compared, part: float, *, steady: bool) -> Lately:
        """With one more picture, that weighs so much."""
        means = (
            mean + part * (one - mean) for mean, one in zip(self.signs, now.signs, strict=True)
        )
        restless = self.restless + _RESTLESS_PART * (float(not steady) - self.restless)
        return Lately(Signs(*means), self.new + part * (now.new - self.new), restless)


def out_of_place(look: Look, now: Compared, lately: Lately) -> Finding:
    """Whether parts are in the wrong place, others each time."""
    signs = now.signs.beyond(look.usual)
    straight = signs.axial > _AXIAL and signs.axial > _AXIAL_SHARE * now.new
    lined = signs.steps > _STEPS or signs.grid > _GRID or straight or signs.axial > _AXIAL_MUCH
    strange = ((now.signs.unlike, signs.unlike), (now.signs.lost, signs.lost))
    gone = all(one > _OUT_OF_PLACE and more > 0 for one, more in strange) and not now.is_bare
    together = sum(max(0.0, one) / most for one, most in zip(signs, _MOST, strict=False))
    lined |= together > _TOGETHER or _oddness(look, lately) > _ODD
    return _DAMAGED if (lined or gone) and lately.restless > _RESTLESS else OK


def _oddness(look: Look, lately: Lately) -> float:
    """How odd the last pictures are beside those the look was learnt from, 0–1. After a lost key
    picture bad ones come in turns with good ones, and hardly any is bad enough by itself. A crowd
    brings upright edges and steps of rows, but few of rows and columns."""
    if not look.is_learnt:
        return 0.0
    signs = lately.signs.beyond(look.usual_lately)
    blocky = max(0.0, (signs.grid - _BLOCKY) / (_BLOCKIER - _BLOCKY))
    smeared = max(0.0, signs.smeared) / _SMEARED
    return min(1.0, blocky + smeared) * min(1.0, lately.new / _NEW)


def steady(seen: Measures, before: Measures | None, look: Look) -> bool:
    """Whether what is new in the picture was there in the one before, too."""
    if before is None or before.edges.shape != seen.edges.shape:
        return True
    new = np.abs(seen.edges) - np.abs(look.edges) > 0.3
    product = float((seen.edges[new] * before.edges[new].conj()).real.sum())
    energy = float((np.abs(seen.edges[new]) ** 2).sum())
    return product >= _STEADY * energy  # where nothing is new, too
