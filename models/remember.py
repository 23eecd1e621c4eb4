"""What a network knew before a site's pictures came, kept where the site says nothing."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from models.losses import DOWN, Truth
from models.network import Raw

WEIGHT = 2.0


def loss(raw: Raw, before: Raw, truths: list[Truth]) -> Tensor:
    """How far the states of people nobody labelled are from what the network said before: the
    divergence of both, weighted by its old score that somebody is there. Whom it called down it is
    not held to: who nobody labelled is mostly of footage in which nothing happens, and there its
    false alarms are what is to be forgotten."""
    with torch.no_grad():
        was = torch.softmax(before.states, 2)
        weight = torch.sigmoid(before.score) * (1.0 - labelled(before, truths))
        weight = weight * (1.0 - was[..., DOWN])
    apart = functional.kl_div(torch.log_softmax(raw.states, 2), was, reduction="none").sum(2)
    return WEIGHT * (apart * weight).sum() / weight.sum().clamp(min=1.0)


def opinion(before: Raw) -> Tensor:
    """N×A: how surely somebody is there as the network said before, whom it called down left out:
    a mat that it took for somebody who lies would be held to its old score otherwise, whatever is
    shown beside it."""
    down = torch.softmax(before.states, 2)[..., DOWN]
    return torch.sigmoid(before.score) * (1.0 - down)


def labelled(raw: Raw, truths: list[Truth]) -> Tensor:
    """N×A: 1 for the cells whose box has its middle in somebody's who has a label."""
    return torch.stack([_inside(raw.boxes[n], t.people) for n, t in enumerate(truths)])


def _inside(boxes: Tensor, people: Tensor) -> Tensor:
    away = (boxes[:, None, :2] - people[None, :, :2]).abs() * 2.0
    return (away <= people[None, :, 2:4]).all(2).any(1).float()
