from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from models.evaluation.truth import FAULTS_MAX, BadTruth, Wanted, gather
from tests.models.evaluation.truths import COLUMNS, clip, picture, table

GOOD = ("fall1.mp4", "collapse", "1", "3", "i1")


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    clip(folder / "fall1.mp4")
    clip(folder / "fall2.mp4", 90)
    picture(folder / "floor.png")
    for number in range(4):
        picture(folder / "stills" / f"{number}.png")
    (folder / "notes.mp4").write_text("not a video")
    (folder / "torn.png").write_text("not a picture")
    (folder / "empty").mkdir()
    return folder


def said(clips: Path, text: str | bytes, name: str = "truth.csv", **wanted: Any) -> list[str]:
    """The faults of a truth file, one a line, without its folder."""
    file = clips / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    given = Wanted(truth=(file,), **wanted)
    with pytest.raises(BadTruth) as caught:
        gather(given)
    return str(caught.value).replace(f"{clips}/", "").splitlines()


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (("fall3.mp4", "none", "", "", ""), "fall3.mp4: no such clip below"),
        (("fal2.mp4", "none", "", "", ""), "did you mean fall2.mp4?"),
        (("", "none", "", "", ""), "no clip named"),
        (("fall2.mp4", "collapse", "3", "1", ""), "onset after end: onset_s 3, end_s 1"),
        (("fall2.mp4", "collapse", "2", "2", ""), "onset after end"),
        (("fall2.mp4", "collapse", "-1", "2", ""), "onset_s -1 is before the clip's first"),
        (("fall2.mp4", "collapse", "nan", "2", ""), "onset_s 'nan' is not a number"),
        (("fall2.mp4", "collapse", "1", "inf", ""), "end_s 'inf' is not a number"),
        (("fall2.mp4", "collapse", "1", "0:03", ""), "write 3 (seconds)"),
        (("fall2.mp4", "collapse", "1,5", "2", ""), "onset_s '1,5' is not a number"),
        (("fall2.mp4", "collapse", "1", "4.6", ""), "beyond the clip's length, 4.00 s"),
        (("fall2.mp4", "collapse", "", "2", ""), "onset_s empty"),
        (("fall2.mp4", "collapse", "", "", ""), "onset_s and end_s empty"),
        (("fall2.mp4", "colapse", "1", "2", ""), "did you mean collapse?"),
        (
            ("fall2.mp4", "topple", "1", "2", ""),
            "are collapse, spill, ignore or none; --rename topple=",
        ),
        (("fall2.mp4", "", "1", "2", ""), "unknown label ''"),
        (GOOD, "doubled row: truth.csv:2 says the same"),
        (
            ("fall1.mp4", "Collapse", "1.0", "3", "i2"),
            "2 says the same, but for the incident; take",
        ),
        (("fall1.mp4", "collapse", "1", "3", ""), "2 says the same, but for the incident; take"),
        (("fall1.mp4", "none", "", "", ""), "none, but truth.csv:2 says collapse"),
        (("fall2.mp4", "none", "0", "4", ""), "leave onset_s and end_s empty, or label the span"),
        (("fall2.mp4", "spill", "1", "2", "i1"), "truth.csv:2 calls 'i1' a collapse"),
        (("fall1.mp4", "collapse", "2", "4", "i1"), "overlaps with truth.csv:2"),
        (("fall2.mp4", "collapse"), "2 cells, but the header names 5"),
        (("fall2.mp4", "collapse", "1", "2", "i", "x"), "6 cells, but the header names 5"),
        (("notes.mp4", "none", "", "", ""), "not a video"),
        (("torn.png", "none", "", "", ""), "not a picture"),
        (("empty", "none", "", "", ""), "no pictures in this folder"),
        (("floor.png", "collapse", "", "", ""), "a single picture shows no collapse"),
        (("floor.png", "spill", "1", "2", ""), "a single picture has no length"),
    ],
)
def test_a_wrong_row_is_named_with_its_line(clips: Path, row: tuple[str, ...], fault: str) -> None:
    [line] = said(clips, table([GOOD, row]))
    assert line.startswith("truth.csv:3: ")
    assert fault in line


def test_two_fall_in_one_clip_at_times_of_their_own(clips: Path) -> None:
    file = clips / "truth.csv"
    file.write_text(table([GOOD, ("fall1.mp4", "collapse", "1.1", "3", "i2")]))
    (one,) = gather(Wanted((file,)))
    assert [span.incident for span in one.spans] == ["i1", "i2"]
    wet = [("floor.png", "spill", "", "", "i1"), ("floor.png", "spill", "", "", "i2")]
    file.write_text(table(wet))  # a picture has no times that could be the same
    (one,) = gather(Wanted((file,)))
    assert [span.incident for span in one.spans] == ["i1"]


def test_all_are_told_at_once_in_the_order_of_their_lines(clips: Path) -> None:
    rows = [
        ("fall2.mp4", "toppled", "3", "1", ""),
        GOOD,
        ("fall9.mp4", "none", "", "", ""),
        ("fall9.mp4", "spill", "x", "2", ""),
    ]
    places = [line.split(": ")[0] for line in said(clips, table(rows))]
    assert places == [f"truth.csv:{number}" for number in (2, 4, 4, 5, 5)]


def test_many_faults_are_counted(clips: Path) -> None:
    rows = [(f"gone{n}.mp4", "none", "", "", "") for n in range(FAULTS_MAX + 7)]
    lines = said(clips, table(rows))
    assert len(lines) == FAULTS_MAX + 1
    assert lines[-1] == "… and 7 more"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"", "truth.csv: is empty"),
        (b"\xef\xbb\xbf \r\n", "truth.csv: is empty"),
        (b"clip,label,onset_s,end_s\n", "truth.csv: no rows below the header"),
        (b"clip,label,onset_s\nfall1.mp4,none,\n", "truth.csv:1: missing column end_s"),
        (b"clip,label,clip,onset_s,end_s\n", "truth.csv:1: column clip is there twice"),
        (b"fall1.mp4,collapse,1,2\n", "truth.csv:1: no truth that is known"),
        (
            b"clip,label,onset_s,end_s\nfall1.mp4,none,,\nf\xe9.mp4,none,,\n",
            "truth.csv:3: byte 0xe9",
        ),
        (
            b'clip,label,onset_s,end_s\nfall1.mp4,none,,\n"fall2.mp4,none,,\n',
            "truth.csv:3: not a tab",
        ),
        (b"PK\x03\x04rest", "truth.csv: a spreadsheet or ZIP file: save it as CSV, or unpack"),
        (b"\xd0\xcf\x11\xe0rest", "truth.csv: a spreadsheet or ZIP file: save it as CSV"),
        (b"{", "truth.csv: not JSON"),
        (b"{}", "truth.csv: JSON, but neither ActivityNet"),
        (b"[]", "truth.csv: JSON, but neither ActivityNet"),
        (b"<annotations>", "truth.csv: not an XML file"),
        (b"<annotations/>", "truth.csv: names no task"),
        (b"<html><image/></html>", 'truth.csv: export it from CVAT as "CVAT for video 1.1"'),
        (b'{"database": {"fall1": {"annotations": [{"label": "spill"}]}}}', "0.segment: Field req"),
        (b'[{"data": {}}]', "0.annotations: Field required (in Label Studio)"),
        (b'{"images": [{}], "annotations": []}', "images.0.id: Field required (in COCO)"),
    ],
)
def test_a_file_that_is_no_truth_is_told_in_one_line(clips: Path, text: bytes, fault: str) -> None:
    assert fault in said(clips, text)[0]


@pytest.mark.parametrize(
    ("header", "typed", "meant"),
    [
        ("clip,label,onset_s,end_s,incidents", "incidents", "incident"),
        ("clip,label,onset_s,end_s,Incident", "Incident", "incident"),
        ("clip,label,onset_s,end_s,camra", "camra", "camera"),
        ("clip,label,onset_s,end_s,lihgt", "lihgt", "light"),
        ("clip,label,onset_s,end_s,camera,ligth", "ligth", "light"),
        ("clip,label,onset,end_s", "onset", "onset_s"),
        ("clip,label,onset_s,end", "end", "end_s"),
        ("Clip,label,onset_s,end_s", "Clip", "clip"),
        ("clip;label;onset_s;end_s;masks", "masks", "mask"),
    ],
)
def test_a_mistyped_column_is_told(clips: Path, header: str, typed: str, meant: str) -> None:
    text = f"{header}\nfall1.mp4,none,,\n"
    assert said(clips, text)[0].startswith(f"truth.csv:1: column {typed}: did you mean {meant}?")
    assert len(said(clips, text)) == 1


def test_columns_of_ones_own_are_welcome(clips: Path) -> None:
    own = ("room", "Person", "session", "lamp", "cam", "", "incident", "incidents", "fps", "kind")
    file = clips / "truth.csv"
    file.write_text(table([("fall1.mp4", "none", "", "", *own)], names=(*COLUMNS[:4], *own)))
    (one,) = gather(Wanted((file,)))
    assert one.columns == {name: name for name in own if name}


def test_an_xml_file_cannot_reach_out(clips: Path) -> None:
    text = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><annotations>&e;</annotations>'
    [line] = said(clips, text)
    assert line == "truth.csv: has entities (<!ENTITY>), as no export has; export it from CVAT anew"


def test_a_truth_file_or_folder_that_is_not_there(clips: Path, tmp_path: Path) -> None:
    file = clips / "truth.csv"
    file.write_text(table([GOOD]))
    gone = tmp_path / "gone"
    wanted = Wanted((gone, file, file), normal=(gone, clips / "empty"), rename={"a": "b"})
    with pytest.raises(BadTruth) as caught:
        gather(wanted)
    lines = str(caught.value).splitlines()
    assert [line.rpartition(": ")[2] for line in lines] == [
        "b is no label; a word may mean collapse, spill, ignore or none",
        "no such file or directory",
        "named twice; name it once",
        "no such file or folder",
        "no video and no picture in it",
    ]
    with pytest.raises(BadTruth, match="no folder"):
        gather(Wanted((file,), clips=gone))


def test_what_is_named_as_normal_must_be(clips: Path) -> None:
    text = table([GOOD, ("fall2.mp4", "none", "", "", "")])
    [line] = said(clips, text, normal=(clips / "fall1.mp4", clips / "fall2.mp4"))
    assert line == "fall1.mp4: named as normal, but truth.csv:2 says what happens in it"


def test_a_word_that_is_renamed_to_no_label_is_told_once(clips: Path) -> None:
    rows = [(f"fall{n}.mp4", "fall", "1", "2", "") for n in (1, 2)]
    [line] = said(clips, table(rows), rename={"fall": "tumble"})
    assert line.startswith("--rename fall=tumble: tumble is no label; a word may mean collapse,")


def test_a_place_is_named_once(clips: Path, tmp_path: Path) -> None:
    odd = tmp_path / "text.mp4"
    odd.write_text("not a video")
    [line] = said(clips, table([GOOD]), normal=(tmp_path,))
    assert line.startswith(f"{odd}: not a video")


@pytest.mark.parametrize(
    ("clip_name", "column", "cell", "fault"),
    [
        ("stills", "fps", "0", "fps '0': how many pictures a second?"),
        ("stills", "fps", "two", "fps 'two'"),
        ("floor.png", "mask", "no.png", "no.png: no such mask"),
        ("fall1.mp4", "mask", "floor.png", "floor.png: only a single picture has a mask"),
    ],
)
def test_columns_that_say_what_a_clip_is(
    clips: Path, clip_name: str, column: str, cell: str, fault: str
) -> None:
    rows = [(clip_name, "none", "", "", "", cell)]
    [line] = said(clips, table(rows, names=(*COLUMNS, column)))
    assert line.startswith("truth.csv:2: ")
    assert fault in line


def test_two_recordings_of_one_name_need_two_sources(tmp_path: Path) -> None:
    for folder in ("a/x", "b/x"):
        clip(tmp_path / folder / "fall1.mp4")
        (tmp_path / folder / "truth.csv").write_text(table([("fall1.mp4", "none", "", "", "")]))
    files = (tmp_path / "a/x/truth.csv", tmp_path / "b/x/truth.csv")
    with pytest.raises(BadTruth, match=r"b/x/truth.csv:2: fall1.mp4 of x is named at .*a/x/truth"):
        gather(Wanted(files))


def test_a_clip_is_one_recording_under_one_name(clips: Path) -> None:
    rows = [("fall1.mp4", "none", "", "", ""), ("./fall1.mp4", "spill", "1", "2", "")]
    [line] = said(clips, table(rows))
    assert line.startswith("truth.csv:3: ./fall1.mp4 is the clip of truth.csv:2")


def test_rubbish_is_told_as_well(clips: Path) -> None:
    long = "x" * 5000 + ".mp4"
    assert "no such clip" in said(clips, table([(long, "none", "", "", "")]))[0]
    [line] = said(clips, table([("two\nlines\x1b[31m.mp4", "none", "", "", "")]))
    assert "two?lines?[31m.mp4: no such clip" in line
    assert "not JSON" in said(clips, "[" * 100_000)[0]
    video = {"data": {"video": "http://[x"}, "annotations": [{"result": []}]}
    assert "no such clip" in said(clips, json.dumps([video]))[0]
