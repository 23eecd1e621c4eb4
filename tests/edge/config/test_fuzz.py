"""Whatever stands in the file: a `Config` or a `BadConfig`, and nothing else."""

from __future__ import annotations

from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.errors import BadConfig
from alerts.settings.explain import all_keys
from alerts.settings.problem import SHOWN_MAX
from edge.config import Config, load

EXAMPLE = (Path(__file__).parents[3] / "configs" / "example.yaml").read_text(encoding="utf-8")
WORDS = sorted({path.rpartition(".")[2].removesuffix("[]") for path, _ in all_keys(Config)})
SYNTAX = [*"\t\n -:{}[]&*!|>'\"%@`#,?~\\\0\x85\ufeff", "---", "...", "<<", "!!", "\n\t"]

fuzz = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

keys = st.sampled_from(WORDS) | st.text(max_size=5)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["rtsp://h/s", "rtsp://u:p@h", "x.mp4", "22:00", "mon", "spill", "~x", "a/b"])
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=25,
)


def is_config_or_bad(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        assert isinstance(load(path), Config)
    except BadConfig as error:
        lines = str(error).split("\n")
        assert 1 <= len(lines) <= SHOWN_MAX + 1
        for line in lines:
            assert line.startswith(f"{path}:")
            assert line.isprintable() or not line.isascii()


@fuzz
@given(content=st.binary(max_size=200))
def test_any_bytes(site_file: Path, content: bytes) -> None:
    is_config_or_bad(site_file, content)


@fuzz
@given(pieces=st.lists(keys | st.sampled_from(SYNTAX) | st.text(max_size=3), max_size=30))
def test_anything_like_yaml(site_file: Path, pieces: list[str]) -> None:
    is_config_or_bad(site_file, "".join(pieces).encode("utf-8", "surrogatepass"))


@fuzz
@given(tree=st.dictionaries(keys, values, max_size=6))
def test_any_values_at_any_keys(site_file: Path, tree: dict[str, object]) -> None:
    content = yaml.safe_dump({**tree, "version": 1}, allow_unicode=True)
    is_config_or_bad(site_file, content.encode("utf-8", "surrogatepass"))


@settings(fuzz, max_examples=60)
@given(data=st.data())
def test_the_example_with_slips_of_the_hand(site_file: Path, data: st.DataObject) -> None:
    text = EXAMPLE
    for _ in range(data.draw(st.integers(1, 3))):
        begin = data.draw(st.integers(0, len(text)))
        end = min(len(text), begin + data.draw(st.integers(0, 30)))
        put = data.draw(st.sampled_from([*SYNTAX, *WORDS, "1", "null", "-1.5", "x: 1\n"]))
        text = text[:begin] + put + text[end:]
    is_config_or_bad(site_file, text.encode())
