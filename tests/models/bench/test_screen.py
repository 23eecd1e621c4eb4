"""What bench prints can be read where there are 80 columns: a log, a small terminal."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from models.bench import ratios, screen


def test_keys_are_whole_and_what_was_left_out_is_as_it_was_said() -> None:
    values = dict.fromkeys(ratios.GOALS, 1.25)
    spread = {"median": 1.25, "least": 1.0, "most": 1.5, "by_processor": 1.25}
    document = {
        "machine": {"processor": "a processor", "cores": 2, "load_before": 0.5},
        "backend": "onnx", "sizes": {}, "networks": {}, "growth": [],
        "goals": ratios.goals(values), "ratios": dict.fromkeys(ratios.GOALS, spread),
        "left_out": ["tensorrt: left out, [Errno 2] no such file"], **values,
    }  # fmt: skip
    out = Console(file=StringIO(), width=80)
    screen.show(document, out)
    assert isinstance(out.file, StringIO)
    printed = out.file.getvalue()
    assert all(f"│ {key} " in printed for key in ratios.GOALS)
    assert "[Errno 2]" in printed
    assert max(map(len, printed.splitlines())) <= 80
