"""Every kind of mistake in the YAML itself, with the exact line the user gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.errors import BadConfig
from edge.config import load
from tests.edge.config.conftest import Said

HEAD = "version: 1\nsite: {name: a}\n"

SYNTAX = {
    "empty": ("", "1: the file is empty; begin with `version: 1`"),
    "comment only": ("# soon\n", "1: the file is empty; begin with `version: 1`"),
    "a text": (
        "hello",
        "1: the file must be a mapping (`key: value` lines), beginning with `version: 1`",
    ),
    "a list": (
        "- version: 1",
        "1: the file must be a mapping (`key: value` lines), beginning with `version: 1`",
    ),
    "tab": (
        "site:\n\tname: a\n",
        "2: the line begins with a tab; YAML indents with blanks only",
    ),
    "tab after blanks": (
        "site:\n  name: a\n  \ttime_zone: UTC\n",
        "3: the line begins with a tab; YAML indents with blanks only",
    ),
    "open quote": ('site:\n  name: "a\nversion: 1\n', "2: a quote opened here is never closed"),
    "open list": (
        "cameras: [\n  1, 2\nversion: 1\n",
        "1: a list [ ] or mapping { } opened here lacks a comma or its closing bracket",
    ),
    "colon in a text": (
        "site: name: a\n",
        "1: a colon makes no sense here; check the indentation of this line, and quote a text "
        "that contains a colon and a blank",
    ),
    "no colon": (
        "version: 1\nsite\nbroker: {}\n",
        "2: a key without its colon, or a text without its quotes",
    ),
    "indentation": (
        "site:\n    name: a\n  time_zone: UTC\n",
        "3: this line does not fit the ones above; check indentation, dashes and quotes",
    ),
    "at sign": (
        "site: {name: @home}\n",
        "1: a text may not begin with @, % or a backtick; put it in quotes",
    ),
    "alias": (
        "site: *hunter2\n",
        "1: an alias (*) names no anchor (&); quote a text that begins with *",
    ),
    "backslash": (
        'state:\n  path: "C:\\data"\n',
        "2: a backslash in double quotes means something; use single quotes",
    ),
    "two documents": (
        "version: 1\n---\nversion: 1\n",
        "2: a second document (---) begins here; a site file is one",
    ),
    "deep": ("a: " + "[" * 200, "1: lists and mappings are nested too deep for a site file"),
    "control character": ("version: 1\nsite: \a", "2: a control character (U+0007); remove it"),
    "escaped control character": (
        'version: 1\nsite: {name: "a\\0"}',
        "2: site.name: the text has a control character (U+0000); remove it",
    ),
    "line break": (
        "site:\n  name: |\n    a\n    b\n",
        "2: site.name: the text has a line break; write it in one line",
    ),
    "twice": (
        "version: 1\nsite: {name: a}\nversion: 1\n",
        "3: version: given twice, first in line 1; keep one",
    ),
    "python object": (
        "version: !!python/object/apply:os.getcwd []\n",
        "1: version: a tag (!) is not allowed; write the value alone",
    ),
    "own tag": ("site: !secret {}\n", "1: site: a tag (!) is not allowed; write the value alone"),
    "list as key": ("? [1, 2]\n: 3\n", "1: a list or a mapping cannot be a key"),
    "self": ("site: &a [*a]\n", "1: site[0]: contains itself through an alias (*)"),
    "merge of a text": (
        "site: {<<: name}\n",
        "1: site: << merges mappings; give it an alias (*) of one",
    ),
    "not UTF-8": (
        b"version: 1\nsite: {name: caf\xe9}\n",
        "2: not UTF-8; save the file in that encoding",
    ),
}

VERSION = {
    "missing": (
        "site: {name: a}\n",
        "1: version: missing, begin the file with `version: 1`",
    ),
    "newer": (
        "\nversion: 7\n",
        "2: version: the file is of version 7, this floorwatch reads up to 1; update floorwatch",
    ),
    "before the first": (
        "version: 0\n",
        "1: version: found the number 0; allowed: the whole number 1",
    ),
    "text": ('version: "1"\n', '1: version: found the text "1"; allowed: the whole number 1'),
    "truth": ("version: true\n", "1: version: found true; allowed: the whole number 1"),
}


@pytest.mark.parametrize(("text", "line"), SYNTAX.values(), ids=list(SYNTAX))
def test_what_is_not_yaml(text: str | bytes, line: str, said: Said) -> None:
    assert said(text) == [f"site.yaml:{line}"]


@pytest.mark.parametrize(("text", "line"), VERSION.values(), ids=list(VERSION))
def test_the_wrong_version(text: str, line: str, said: Said) -> None:
    assert said(text) == [f"site.yaml:{line}"]


def test_escapes_that_python_chokes_on(said: Said) -> None:
    words = "an escape or a %YAML line names a number that makes no sense"
    assert said('version: "\\UFFFFFFFF"') == [f"site.yaml: {words}"]


def test_aliases_that_stand_for_millions(said: Said) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    [line] = said("\n".join(lines))
    assert line.endswith("the file is too large or too deep once its aliases (*) are followed")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadConfig) as caught:
        load(tmp_path / "site.yaml")
    words = "there is no such file; configs/example.yaml is one"
    assert str(caught.value) == f"{tmp_path}/site.yaml: {words}"


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadConfig) as caught:
        load(tmp_path)
    assert str(caught.value) == f"{tmp_path}: cannot be read: Is a directory"


def test_a_film_by_mistake(site_file: Path) -> None:
    site_file.write_bytes(b"\n" * 1_000_001)
    with pytest.raises(BadConfig) as caught:
        load(site_file)
    assert str(caught.value) == f"{site_file}: larger than 1000000 bytes; this is not a site file"
