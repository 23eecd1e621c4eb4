"""One look of a camera: how its view usually is in one kind of light, and how a picture compares.

What stands still shows in the mean of the directions (`Measures.edges`): people and noise cancel
out, edges that stay add up. Where that mean is long the camera sees something it can be known by.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.fit.cover import Changed, Edges, Flags, changed
from edge.fit.measures import Blocks, Field, Measures, Profile, means
from edge.fit.signs import NO_SIGNS, Signs

Hours = tuple[float, ...]  # 24 of them
Array = TypeVar("Array", Blocks, Field)

_STRUCTURE = 0.05  # mean squared length of the directions: from here on a block can be known
_LOST = 0.35  # of what is usually seen again of a block's edges
_LEARNT = 60  # pictures
_BARE = 0.45  # of the usual structure
_NEAR_PX = 9  # a straight step may wander so far, where a camera shakes


@dataclass(frozen=True)
class Look:
    """Means over `pictures` pictures of what `Measures` has. `still` is how little of the picture
    changes in its stillest moments, `hours` for how many seconds it was seen in each hour, `known`
    the most blocks by which it could ever be known again, `usual` the strongest signs of damage in
    the pictures it was learnt from, `usual_lately` those of the mean of some of them."""

    edges: Field
    luma: Blocks
    laplacian: Blocks
    gradient: Blocks
    rows: Profile
    columns: Profile
    noise: float
    white: float
    smeared: float
    flat: float
    still: float
    pictures: int
    hours: Hours = (0.0,) * 24
    known: int = 0
    usual: Signs = NO_SIGNS
    usual_lately: Signs = NO_SIGNS

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of blocks."""
        return self.luma.shape[0], self.luma.shape[1]

    @property
    def is_learnt(self) -> bool:
        """Whether it has seen enough of what is usual."""
        return self.pictures >= _LEARNT

    @cached_property
    def strength(self) -> Blocks:
        """Of the edges of each block, squared."""
        return strength(self.edges, self.shape)

    @cached_property
    def structured(self) -> Flags:
        """The blocks that can be known again."""
        return np.asarray(self.strength >= _STRUCTURE)

    @cached_property
    def energy(self) -> float:
        """Of all edges."""
        return float(np.vdot(self.edges, self.edges).real)

    def fits(self, seen: Measures | Look) -> bool:
        """Whether the picture has the size this look was learnt in."""
        return self.rows.shape == seen.rows.shape and self.columns.shape == seen.columns.shape


@dataclass(frozen=True)
class Compared:
    """One picture beside a look. `likeness` is the correlation of all edges (1: the same).

    Flags are of blocks: `structured` ones can be known again; of them `lost` do not show their
    edges, `blank` show no others either, and `blurred` are much less sharp than they usually are.
    `again` is how much of their edges the blocks show that are not lost (the median, about 1).
    `structure` is how many blocks of the picture have edges, as a share of the look's, `fine` how
    much fine detail there is, as a share too, `new` how much edge there is that never was."""

    likeness: float
    structured: Flags
    lost: Flags
    blank: Flags
    blurred: Flags
    changed: Changed
    again: float
    structure: float
    fine: float
    new: float
    signs: Signs

    @property
    def is_bare(self) -> bool:
        """Whether hardly any edges are left."""
        return self.structure < _BARE

    def share(self, flags: Flags) -> float:
        """Of the blocks that can be known again, 0–1."""
        count = int(np.count_nonzero(self.structured))
        return float(np.count_nonzero(flags & self.structured)) / count if count else 0.0


def strength(edges: Field, shape: tuple[int, int]) -> Blocks:
    """The mean squared length of the directions in each block."""
    return means((edges.real**2 + edges.imag**2).astype(np.float32), *shape)


def begun(seen: Measures, usual: Signs = NO_SIGNS) -> Look:
    """A look nobody knew, with its first picture."""
    return Look(
        seen.edges, seen.luma, seen.laplacian, seen.gradient, seen.rows, seen.columns, seen.noise,
        seen.white, seen.smeared, seen.flat, seen.changed, 1, usual=usual,
    )  # fmt: skip


def joined(look: Look, other: Look) -> Look:
    """The mean of all pictures of both, of the same size. How still is that of the stillest."""
    part = other.pictures / (look.pictures + other.pictures)

    def mixed(usual: Array, now: Array) -> Array:
        return np.asarray(usual + part * (now - usual), usual.dtype)

    return replace(
        look,
        edges=mixed(look.edges, other.edges),
        luma=mixed(look.luma, other.luma),
        laplacian=mixed(look.laplacian, other.laplacian),
        gradient=mixed(look.gradient, other.gradient),
        rows=mixed(look.rows, other.rows),
        columns=mixed(look.columns, other.columns),
        noise=look.noise + part * (other.noise - look.noise),
        white=look.white + part * (other.white - look.white),
        smeared=look.smeared + part * (other.smeared - look.smeared),
        flat=look.flat + part * (other.flat - look.flat),
        still=min(look.still, other.still),
        usual=look.usual.most(other.usual),
        usual_lately=look.usual_lately.most(other.usual_lately),
        pictures=look.pictures + other.pictures,
    )


def noted(look: Look, seen: Measures, hour: float) -> Look:
    """Only that it was seen, in which hour, and how still."""
    rate = 0.2 if seen.changed < look.still else 0.002
    hours = list(look.hours)
    hours[int(hour) % 24] += 1.0
    still = look.still + rate * (seen.changed - look.still)
    return replace(look, still=still, hours=tuple(hours))


def likeness(seen: Measures | Look, look: Look) -> float:
    """How much alike all edges are: 1 the same, 0 nothing in common."""
    if not look.fits(seen):
        return 0.0
    energy = float(np.vdot(seen.edges, seen.edges).real) * look.energy
    return float(np.vdot(look.edges, seen.edges).real / (np.sqrt(energy) + 1e-6))


_BLURRED = 0.3  # of the usual sharpness
_DETAIL = 2.0  # so many times the noise: less fine detail cannot be told from it
_BLANK_GRADIENT = 1.0  # added to the gradient's energy, so that a blank block is not called sharp
_NEW = 0.1  # of squared length: so much more edge than usual is a new one


def compared(seen: Measures, look: Look) -> Compared:
    """A picture beside a look of the same size."""
    shape = look.shape
    product = seen.edges.real * look.edges.real + seen.edges.imag * look.edges.imag
    same = means(product, *shape)
    again = same / np.maximum(look.strength, 1e-6)
    lost = again < _LOST
    now = strength(seen.edges, shape)
    count = max(1, int(np.count_nonzero(look.structured)))
    lost &= look.structured
    left = look.structured & ~lost
    like = likeness(seen, look)
    new, axial = _new(seen.edges, look.edges, product)
    return Compared(
        like,
        look.structured,
        np.asarray(lost),
        np.asarray(lost & (now < np.maximum(_STRUCTURE, 0.3 * look.strength))),
        _blurred(seen, look),
        changed(Edges(now, look.strength, same, look.structured, lost), seen.luma, look.luma),
        float(np.median(again[left])) if left.any() else 0.0,
        float(np.count_nonzero(now >= _STRUCTURE)) / count,
        _fine(seen.laplacian, seen.noise) / max(1.0, _fine(look.laplacian, look.noise)),
        new,
        _signs(seen, look, axial, float(np.count_nonzero(lost)) / count, 1 - like),
    )


def _signs(seen: Measures, look: Look, axial: float, lost: float, unlike: float) -> Signs:
    rows, columns = _steps(seen.rows, look.rows), _steps(seen.columns, look.columns)
    return Signs(
        seen.smeared - look.smeared,
        seen.flat - look.flat,
        max(rows, columns),
        (max(0.0, rows) * max(0.0, columns)) ** 0.5,
        axial,
        lost,
        unlike,
    )


def _blurred(seen: Measures, look: Look) -> Flags:
    """Fine over coarse energy, without the noise: the least fine of the blocks show only that."""
    usual = (look.laplacian - look.noise) / (look.gradient + _BLANK_GRADIENT)
    now = np.maximum(0, seen.laplacian - seen.noise) / (seen.gradient + _BLANK_GRADIENT)
    known = look.structured & (look.laplacian > _DETAIL * look.noise)
    return np.asarray(known & (now < _BLURRED * usual))


def _fine(laplacian: Blocks, noise: float) -> float:
    """How much fine detail there is in all."""
    return float(np.median(np.maximum(0, laplacian - noise)))


def _steps(now: Profile, usual: Profile) -> float:
    near = np.ones((_NEAR_PX, 1), np.uint8)
    wide = np.asarray(cv2.dilate(usual.reshape(-1, 1), near), np.float32).ravel()
    return float((now - wide).max())


def _new(now: Field, usual: Field, product: NDArray[np.float32]) -> tuple[float, float]:
    """How much new edge there is, and how much of it is level or upright."""
    energy = now.real**2 + now.imag**2
    new = np.maximum(0, energy - (usual.real**2 + usual.imag**2) - _NEW)
    new[product > 0.3] = 0
    axial = new[np.abs(now.imag) < 0.12 * np.abs(now.real)]
    return float(new.mean()), float(axial.sum()) / new.size
