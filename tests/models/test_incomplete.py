"""Data of which a part is missing: one line that names the file, before minutes of work."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra `train` is not installed")

from alerts.main import main
from edge.zoo import find
from models import seen, sources


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with the files that nothing can be prepared without: here they are empty."""
    for name in sources.FILES:
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_text("")
    return tmp_path / "data"


def complaint(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The line, without the name of the program."""
    assert main([*words]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


@pytest.mark.parametrize("missing", sources.FILES)
def test_what_is_missing_is_named(
    data: Path, missing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / missing).unlink()
    work = data.parent
    said = complaint(
        capsys, "audit", "--data", f"{data}", "--out", f"{work}/o", "--cache", f"{work}/c"
    )
    assert f"{data / missing}: not there; --data names the folder" in said
    assert not (work / "c").exists()


def test_a_listed_picture_that_is_missing_is_named(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    boxes = data / "falls/hospital_bed/boxes.csv"
    boxes.write_text("image,clip_group,label,x,y,w,h\n5_a.jpg,5,stand,0,0,1,1\n")
    shipped = find("first", None).path.parent
    said = complaint(capsys, "states", f"{shipped}", "--data", f"{data}")
    assert "falls/hospital_bed/5_a.jpg: not there; --data names the folder" in said


def test_what_a_model_saw_cannot_be_listed_without_its_boxes(data: Path) -> None:
    (data / "falls/hospital_bed/boxes.csv").unlink()
    with pytest.raises(sources.Incomplete, match=r"boxes.csv: not there"):
        list(seen.of_training(data, ()))
