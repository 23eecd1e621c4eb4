from __future__ import annotations

import logging
import re
import sys

from alerts.log import KeyValueFormatter


def line(message: str, *arguments: object, **more: object) -> str:
    record = logging.LogRecord("edge.grab", logging.WARNING, "f", 1, message, arguments, None)
    record.threadName = "grab:hall"
    vars(record).update(more)
    return KeyValueFormatter().format(record)


def test_one_line_with_the_thread_in_front() -> None:
    text = line("no frames for %d s", 20, fields={"camera": "hall 3", "lost": 4})
    assert re.fullmatch(
        r"grab:hall level=warning at=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z from=edge\.grab "
        r'msg="no frames for 20 s" camera="hall 3" lost=4',
        text,
    )


def test_whatever_it_says_it_stays_one_line() -> None:
    try:
        raise ValueError('a "quoted"\nline')
    except ValueError:
        text = line("two\nlines\x9b2J", exc_info=sys.exc_info())
    assert "\n" not in text
    assert text.isprintable()
    assert 'msg="two\\nlines\\u009b2J"' in text
    assert "ValueError" in text
