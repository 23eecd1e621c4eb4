"""What PyYAML says about text that is not YAML, in words that say what to change."""

from __future__ import annotations

import re

import yaml

from alerts.settings.problem import Problem

# Part of PyYAML's message → ours. Ours never repeat the text: it may hold a secret.
_WORDS = (
    ("undefined alias", "an alias (*) names no anchor (&); quote a text that begins with *"),
    ("found duplicate anchor", "an anchor (&) is defined twice; give one another name"),
    ("another document", "a second document (---) begins here; a site file is one"),
    ("nested too deep", "lists and mappings are nested too deep for a site file"),
    (
        "mapping values are not allowed",
        "a colon makes no sense here; check the indentation of this "
        "line, and quote a text that contains a colon and a blank",
    ),
    ("could not find expected ':'", "a key without its colon, or a text without its quotes"),
    (
        "expected ',' or",
        "a list [ ] or mapping { } opened here lacks a comma or its closing bracket",
    ),
    ("<block end>", "this line does not fit the ones above; check indentation, dashes and quotes"),
    ("unexpected end of stream", "a quote opened here is never closed"),
    ("unexpected document separator", "a quote opened here is never closed"),
    ("unknown escape character", "a backslash in double quotes means something; use single quotes"),
    ("cannot start any token", "a text may not begin with @, % or a backtick; put it in quotes"),
)
_BEGUN_AT = (
    "could not find expected ':'",
    "expected ',' or",
    "unexpected end of stream",
    "unexpected document separator",
)


def syntax_problem(error: Exception, text: str) -> Problem:
    """The problem behind an error of PyYAML. Its line counts from 1; where something is not
    ended it is the line that began it."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        code = error.character if isinstance(error.character, int) else ord(error.character)
        return Problem(line, (), f"a control character (U+{code:04X}); remove it")
    if not isinstance(error, yaml.MarkedYAMLError):
        return Problem(None, (), "an escape or a %YAML line names a number that makes no sense")
    said = error.problem or ""
    mark = error.problem_mark or error.context_mark
    if error.context_mark is not None and any(part in said for part in _BEGUN_AT):
        mark = error.context_mark
    line = mark.line + 1 if mark is not None else 1
    if (tab := _tab_line(text, line)) is not None:
        return Problem(tab, (), "the line begins with a tab; YAML indents with blanks only")
    for part, words in _WORDS:
        if part in said:
            return Problem(line, (), words)
    return Problem(line, (), "this is not YAML; check quotes, colons and indentation")


def _tab_line(text: str, line: int) -> int | None:
    """The number of the marked line, or of the one before it, if a tab indents it."""
    lines = text.split("\n")
    for number in (line, line - 1):
        if 0 < number <= len(lines) and re.match(r" *\t", lines[number - 1]):
            return number
    return None
