"""Small rooms: nothing is longer than can be read at once, nothing heavier than a clone bears."""

from __future__ import annotations

from tests.house.tree import ROOMS, ROOT, sources, tracked

LINES_MAX = 300
FUNCTION_LINES_MAX = 60
HEAVY_BYTES_MAX = 5_000_000
HEAVY = {".avi", ".bin", ".gif", ".jpg", ".jpeg", ".mkv", ".mp4", ".npz", ".onnx", ".png", ".pt"}


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    long = {
        source.name: lines
        for source in sources(*ROOMS)
        if (lines := source.text.count("\n")) > LINES_MAX
    }
    assert not long, "divide these rooms"


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = {
        f"{source.name}:{node.lineno} {node.name}": lines
        for source in sources(*ROOMS, "tests")
        for node in source.functions()
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    }
    assert not long, "divide these functions"


def test_pictures_clips_and_models_are_light() -> None:
    heavy = {
        str(path.relative_to(ROOT)): size
        for path in tracked()
        if path.suffix.lower() in HEAVY and (size := path.stat().st_size) >= HEAVY_BYTES_MAX
    }
    assert not heavy, "everybody who clones carries these"
