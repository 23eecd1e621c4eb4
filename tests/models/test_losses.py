from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from models.losses import Truth, all_losses  # noqa: E402 - only where torch is
from models.network import Network, Raw  # noqa: E402

SIDE = 64
CELLS = 64 + 16 + 4


def _raw(box: tuple[float, float, float, float], score: float, state: int, wet: float) -> Raw:
    boxes = torch.tensor(box).expand(1, CELLS, 4).clone()
    states = torch.zeros(1, CELLS, 4)
    states[..., state] = 6.0
    return Raw(boxes, torch.full((1, CELLS), score), states, torch.full((1, 8, 8), wet))


def _truth(state: int, wet: float = 0.0) -> list[Truth]:
    people = torch.tensor([[32.0, 32.0, 30.0, 20.0, float(state)]])
    return [Truth(people, torch.full((8, 8), wet), sure=torch.ones(8, 8))]


def _total(raw: Raw, truth: list[Truth], part: str) -> float:
    return float(getattr(all_losses(raw, torch.zeros(1, CELLS), truth, (SIDE, SIDE)), part))


def test_the_right_box_state_and_puddle_cost_less() -> None:
    right = _raw((32, 32, 30, 20), 0.0, 2, 4.0)
    wrong = _raw((20, 40, 12, 28), 0.0, 0, -4.0)
    for part in ("box", "state", "spill"):
        truth = _truth(2, wet=1.0)
        assert _total(right, truth, part) < _total(wrong, truth, part)


def test_an_unknown_state_costs_nothing() -> None:
    assert _total(_raw((32, 32, 30, 20), 0.0, 1, 0.0), _truth(-1), "state") == 0.0


def test_where_nothing_is_labelled_the_teacher_is_believed() -> None:
    nobody = [Truth(torch.zeros(0, 5), torch.zeros(8, 8), sure=torch.zeros(8, 8))]
    opinion = torch.full((1, CELLS), 0.9)
    sure = all_losses(_raw((32, 32, 9, 9), 2.2, 0, -9.0), opinion, nobody, (SIDE, SIDE))
    blind = all_losses(_raw((32, 32, 9, 9), -4.0, 0, -9.0), opinion, nobody, (SIDE, SIDE))
    assert float(sure.score) < float(blind.score)


def test_a_person_nobody_sees_yet_is_learnt_all_the_same() -> None:
    torch.manual_seed(0)
    network = Network()
    raw = network.raw(torch.rand(1, 3, SIDE, SIDE) * 255)
    losses = all_losses(raw, torch.zeros(1, CELLS), _truth(2), (SIDE, SIDE))
    total = losses.box + losses.score + losses.state + losses.spill
    total.backward()  # type: ignore[no-untyped-call]  # torch leaves backward untyped
    assert float(losses.box.detach()) > 0.0
    gradients = [p.grad for p in network.state.parameters() if p.grad is not None]
    assert gradients
    assert all(bool(torch.isfinite(g).all()) for g in gradients)
