from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.backends.runtime import ort

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("onnx")

from models import export, graph  # noqa: E402 - only where torch is
from models.network import Network  # noqa: E402


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, Path]:
    torch.manual_seed(0)
    network = Network()
    file = tmp_path_factory.mktemp("export") / "small.onnx"
    export.write_onnx(network, file, 160, 96)
    return network, file


def test_the_file_says_what_torch_says(small: tuple[Network, Path]) -> None:
    assert export.parity(*small, 160, 96) < 1e-3


def test_any_number_of_pictures_goes_in(small: tuple[Network, Path]) -> None:
    session = ort.InferenceSession(str(small[1]), providers=["CPUExecutionProvider"])
    for count in (1, 5):
        images = np.full((count, 3, 96, 160), 50, np.float32)
        people, spill = session.run(None, {"images": images})
        assert people.shape == (count, 315, 9)
        assert spill.shape == (count, 12, 20)


def test_checkpoints_are_averaged(small: tuple[Network, Path], tmp_path: Path) -> None:
    weights = small[0].state_dict()
    for number in (0, 1):
        moved = {name: value + 2 * number for name, value in weights.items()}
        torch.save({"mean": moved}, tmp_path / f"{number}.pt")
    mean = export.average([tmp_path / "0.pt", tmp_path / "1.pt"])
    for name, value in weights.items():
        assert torch.allclose(mean[name], value + 1, atol=1e-5)


def test_cost_is_counted_from_the_graph(small: tuple[Network, Path]) -> None:
    parameters = sum(p.numel() for p in small[0].parameters())
    assert graph.cost(small[1]).parameters == parameters
