"""Our own rules of what TensorRT builds: `test_tensorrt_rtx` asks NVIDIA's parser the same."""

from __future__ import annotations

import onnx
import pytest

from edge.zoo import find
from models.variants.accepted import faults
from tests.support import refused


@pytest.mark.parametrize("name", refused.REFUSED)
def test_what_tensorrt_refuses_has_a_fault(name: str) -> None:
    assert faults(refused.REFUSED[name]())


def test_what_it_builds_has_none() -> None:
    assert not faults(refused.sound())
    assert not faults(refused.sound_in_16_bits())
    assert not faults(onnx.load(str(find("first", None).path)))


def test_faults_name_the_node_and_what_is_wrong_with_it() -> None:
    assert faults(refused.REFUSED["a zero point of weights"]()) == [
        "DequantizeLinear rough_weights: has a zero point that is not 0: quantise symmetrically"
    ]
    assert faults(refused.REFUSED["bytes moved before their cast"]()) == [
        "Transpose moved: takes bytes, which may feed a Cast and nothing else"
    ]


@pytest.mark.parametrize("name", refused.DOUBTED)
def test_what_only_some_versions_build_has_a_fault_too(name: str) -> None:
    assert faults(refused.DOUBTED[name]())
