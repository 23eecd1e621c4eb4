"""Where the floor is in photographed rooms whose source marks it with rough boxes.

The boxes of `spills/blackspot_floor` take in beds, tables and cabinets. Liquids painted there
would teach a network that a table top is a puddle. So colours decide inside the boxes (GrabCut,
Rother et al. 2004), and rooms where that went wrong are left out, listed after looking at all.
"""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb
from models.stores import Sample

LEFT_OUT = Path(__file__).parent / "annotations" / "floors_left_out.csv"
SIDE = 256  # pixels; the cut is made in a smaller copy
NEAR, FAR = 12.0, 55.0  # distances in CIE Lab (8 bit) from the floor's main colour
BOX_MIN = 0.002  # of the picture; smaller boxes are slips of the annotator
ROUNDS = 4
Mask = NDArray[np.bool_]
Bytes = NDArray[np.uint8]


def left_out() -> frozenset[str]:
    """Names of rooms whose floor cannot be told from its boxes."""
    with LEFT_OUT.open(encoding="utf-8", newline="") as file:
        return frozenset(row["image"] for row in csv.DictReader(file))


def boxed(sample: Sample) -> Mask:
    """The pixels inside the marked boxes or polygons."""
    mask = np.zeros((sample.height, sample.width), np.uint8)
    for polygon in sample.floor:
        corners = np.array(polygon).reshape(-1, 2)
        if np.prod(np.ptp(corners, axis=0)) < BOX_MIN:
            continue
        pixels = np.round(corners * (sample.width, sample.height)).astype(np.int32)
        cv2.fillPoly(mask, [pixels], 1)
    return np.asarray(mask > 0, np.bool_)


def cut(rgb: Rgb, boxes: Mask) -> Mask:
    """The part of the boxes that has the floor's colours; empty where no floor can be told."""
    small = cv2.resize(rgb, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    inside = cv2.resize(boxes.astype(np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    lab = cv2.cvtColor(cv2.bilateralFilter(small, 7, 30, 7), cv2.COLOR_RGB2LAB)
    seeds = _seeds(np.asarray(lab, np.uint8), np.asarray(inside, np.uint8))
    if seeds is None or not (seeds == cv2.GC_BGD).any():
        return np.zeros_like(boxes) if seeds is None else boxes
    cv2.setRNGSeed(1)  # GrabCut's clusters start at random
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(lab, seeds, None, *models, ROUNDS, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]  # the stubs know no None
    found = np.isin(seeds, (cv2.GC_FGD, cv2.GC_PR_FGD)) & (np.asarray(inside) > 0)
    tidy = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    tidy = cv2.morphologyEx(tidy, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    whole = cv2.resize(_large(tidy), boxes.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole > 127, np.bool_) & boxes


def _seeds(lab: Bytes, inside: Bytes) -> Bytes | None:
    """What GrabCut starts from: the commonest colour low in the boxes is surely floor."""
    rows = np.flatnonzero(inside.any(axis=1))
    if not len(rows):
        return None
    inner = cv2.erode(inside, np.ones((7, 7), np.uint8), borderValue=0) > 0
    depth = (np.arange(SIDE)[:, None] - rows[0]) / (rows[-1] - rows[0] + 1) * np.ones((1, SIDE))
    low = inner & (depth > 0.3)
    if low.sum() < 80:
        return None
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 1.0)
    start = np.zeros((int(low.sum()), 1), np.int32)
    cv2.setRNGSeed(1)
    _, of, centres = cv2.kmeans(
        lab[low].astype(np.float32), 4, start, stop, 2, cv2.KMEANS_PP_CENTERS
    )
    most = int(np.argmax(np.bincount(of[:, 0], weights=depth[low], minlength=4)))
    apart = np.linalg.norm(lab.astype(np.float32) - centres[most], axis=2)
    seeds = np.where(inside > 0, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    seeds[(apart < NEAR) & low] = cv2.GC_FGD
    seeds[(inside > 0) & (apart > FAR)] = cv2.GC_PR_BGD
    return seeds


def _large(found: Bytes | NDArray[np.generic]) -> Bytes:
    """255 where a connected piece of at least 300 pixels is."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(np.asarray(found, np.uint8))
    keep = stats[:, cv2.CC_STAT_AREA] >= 300
    keep[0] = False
    return np.asarray(keep[labels] * np.uint8(255), np.uint8)
