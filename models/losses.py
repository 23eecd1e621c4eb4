"""What the network is punished for: boxes, scores, states, and liquid missed or invented."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from models.labels import STATES
from models.network import STRIDES, Raw

DOWN = STATES.index("down")
CELLS_MAX = 10  # at most this many cells learn one person
LYING_WEIGHT = 1.5  # a missed fall costs more than a sitter called wrongly
# Where nobody is: clutter at .25 cries wolf, and a focal loss lets it be. Less where only another
# network says so: it does not see everybody who lies.
NOBODY_WEIGHT, UNSEEN_WEIGHT = 3.0, 2.0
PUDDLE_WEIGHT = 30.0  # and more where liquid is: a puddle is no fallen person
SCORE_FLOOR = 0.85  # the target of a learning cell, however poor its box still is
LYING_SCORE_WEIGHT = 2.5  # COCO hardly saw anybody lie: its low scores for them must go
DOUBTED, TRUSTED = 0.1, 0.3  # the teacher's scores: below the first nobody, from the second on so


@dataclass(frozen=True)
class Truth:
    """One picture's labels. `people` is n×5: cx, cy, w, h in input pixels and the state or −1;
    `spill` h×w is the share of liquid in each stride-8 cell; `sure` h×w is 1 in the cells where
    certainly nobody else is, −1 where nothing is to be learnt of who is not labelled."""

    people: Tensor
    spill: Tensor
    sure: Tensor


@dataclass(frozen=True)
class Losses:
    """Each part as a scalar, already weighted; their sum is minimised."""

    box: Tensor
    score: Tensor
    state: Tensor
    spill: Tensor


def all_losses(
    raw: Raw, teacher_score: Tensor, truths: list[Truth], size: tuple[int, int]
) -> Losses:
    """Losses of a batch. `teacher_score` N×A is the untouched COCO network's probability that a
    person is there: where we have no label, its opinion is the target, so that what it knows of
    people stays. `size` is the pictures' (height, width)."""
    centres, strides = _cells(size, raw.boxes.device)
    targets, weights, boxes, states = [], [], [], []
    positives = 0
    for number, truth in enumerate(truths):
        with torch.no_grad():
            who, share = _assign(raw, number, truth.people, centres, strides)
            learning = who >= 0
            asked = 1.0 - _on_all_levels(truth.sure.clamp(min=0))
            other = _sharpened(teacher_score[number]) * asked
            targets.append(torch.where(learning, share.clamp(min=SCORE_FLOOR), other))
            weights.append(_weights(truth, who, other))
        positives += int(learning.sum())
        mine = truth.people[who[learning]]
        boxes.append(1.0 - _giou(raw.boxes[number][learning], mine[:, :4]))
        states.append(_state_loss(raw.states[number][learning], mine[:, 4].long()))
    count = max(positives, 1)
    off = _quality_focal(raw.score, torch.stack(targets)) * torch.stack(weights)
    score = off.sum() / count
    box = torch.cat(boxes).sum() / count
    state = torch.cat(states)
    return Losses(
        2.0 * box,
        1.5 * score,
        1.0 * state.sum() / max(len(state), 1),
        _spill_loss(raw.spill, torch.stack([t.spill for t in truths])),
    )


def _weights(truth: Truth, who: Tensor, other: Tensor) -> Tensor:
    """What a wrong score costs in each cell (A): most where liquid is, more for those who lie.
    `other` is the target where nobody is labelled; 0 is nobody."""
    sure = _on_all_levels(truth.sure)
    nobody = UNSEEN_WEIGHT + (NOBODY_WEIGHT - UNSEEN_WEIGHT) * sure.clamp(min=0)
    nobody = nobody + PUDDLE_WEIGHT * _on_all_levels(truth.spill)
    weight = torch.where(other <= 0, nobody, torch.ones_like(nobody))
    weight = torch.where(who < 0, weight * (1.0 + sure.clamp(max=0)), torch.ones_like(nobody))
    if len(truth.people):
        lying = (who >= 0) & (truth.people[who.clamp(min=0), 4] >= DOWN)
        weight = torch.where(lying, LYING_SCORE_WEIGHT * weight, weight)
    return weight


def _sharpened(score: Tensor) -> Tensor:
    """The teacher's scores without its doubts, which are what clutter gets from it."""
    return score * ((score - DOUBTED) / (TRUSTED - DOUBTED)).clamp(0, 1)


def _on_all_levels(share: Tensor) -> Tensor:
    """What stands in stride-8 cells (h×w), in every cell of every level: A."""
    finest = STRIDES[0]
    levels = [functional.avg_pool2d(share[None], stride // finest) for stride in STRIDES]
    return torch.cat([level.flatten() for level in levels])


def _cells(size: tuple[int, int], device: torch.device) -> tuple[Tensor, Tensor]:
    """Centre (A×2, pixels) and stride (A) of every cell, in the network's order."""
    centres, strides = [], []
    for stride in STRIDES:
        rows, columns = size[0] // stride, size[1] // stride
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        centres.append((torch.stack([x, y], 2).view(-1, 2) + 0.5) * stride)
        strides.append(torch.full((rows * columns,), float(stride)))
    return torch.cat(centres).to(device), torch.cat(strides).to(device)


def _assign(
    raw: Raw, number: int, people: Tensor, centres: Tensor, strides: Tensor
) -> tuple[Tensor, Tensor]:
    """For each cell the person it learns (−1: none), and the overlap its box has already.

    A person is learnt by the cells whose box and score already fit best; a person the network
    does not see at all is learnt by cells at the middle, on the level for that size.
    """
    who = torch.full((len(centres),), -1, dtype=torch.long, device=centres.device)
    held = torch.zeros(len(centres), device=centres.device)
    best = torch.zeros(len(centres), device=centres.device)
    score = torch.sigmoid(raw.score[number])
    for index, person in enumerate(people):
        away = (centres - person[:2]).abs()
        inside = (away < torch.maximum(0.5 * person[2:4] * 0.8, 1.5 * strides[:, None])).all(1)
        overlap = _iou(raw.boxes[number], person[:4].expand(len(centres), 4))
        size = torch.sqrt(person[2] * person[3])
        level = torch.exp(-(torch.log2(size / (strides * 5.0)) ** 2))
        near = torch.exp(-((away / strides[:, None]) ** 2).sum(1) / 4.0)
        fit = (score.sqrt() * overlap**3 + 0.02 * level * near) * inside
        top = torch.topk(overlap * inside, CELLS_MAX).values.sum()
        count = int(top.clamp(2, CELLS_MAX))
        values, cells = torch.topk(fit, count)
        won = (values > best[cells]) & (values > 0)
        cells, values = cells[won], values[won]
        who[cells], best[cells], held[cells] = index, values, overlap[cells]
    return who, held


def _quality_focal(logit: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy against a soft target, weighted by how far off it is."""
    off = (torch.sigmoid(logit) - target).abs() ** 2
    return off * functional.binary_cross_entropy_with_logits(logit, target, reduction="none")


def _state_loss(logits: Tensor, state: Tensor) -> Tensor:
    """Cross-entropy of the cells whose person has a known state."""
    known = state >= 0
    weight = torch.tensor([1.0, 1.0, LYING_WEIGHT, LYING_WEIGHT], device=logits.device)
    return functional.cross_entropy(
        logits[known], state[known], weight=weight, reduction="none", label_smoothing=0.03
    )


def _spill_loss(logit: Tensor, share: Tensor) -> Tensor:
    """Cross-entropy over cells, and the overlap of each picture's puddles (Dice)."""
    cell = functional.binary_cross_entropy_with_logits(logit, share, reduction="none")
    cell = cell * (1.0 + 3.0 * share)
    wet = share.sum((1, 2)) > 1.0
    probability = torch.sigmoid(logit[wet])
    both = 2.0 * (probability * share[wet]).sum((1, 2)) + 1.0
    dice = 1.0 - both / (probability.sum((1, 2)) + share[wet].sum((1, 2)) + 1.0)
    return 4.0 * cell.mean() + 0.7 * dice.sum() / max(len(logit), 1)


def _corners(boxes: Tensor) -> tuple[Tensor, Tensor]:
    return boxes[:, :2] - boxes[:, 2:4] / 2, boxes[:, :2] + boxes[:, 2:4] / 2


def _iou(a: Tensor, b: Tensor) -> Tensor:
    """Overlap of boxes pair by pair, both n×4 centre and size."""
    (a0, a1), (b0, b1) = _corners(a), _corners(b)
    shared = (torch.minimum(a1, b1) - torch.maximum(a0, b0)).clamp(min=0).prod(1)
    return shared / (a[:, 2:4].prod(1) + b[:, 2:4].prod(1) - shared).clamp(min=1e-6)


def _giou(a: Tensor, b: Tensor) -> Tensor:
    """Overlap less the empty share of the rectangle round both."""
    (a0, a1), (b0, b1) = _corners(a), _corners(b)
    shared = (torch.minimum(a1, b1) - torch.maximum(a0, b0)).clamp(min=0).prod(1)
    union = (a[:, 2:4].prod(1) + b[:, 2:4].prod(1) - shared).clamp(min=1e-6)
    hull = (torch.maximum(a1, b1) - torch.minimum(a0, b0)).prod(1).clamp(min=1e-6)
    return shared / union - (hull - union) / hull
