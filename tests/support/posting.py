"""A publisher running in a thread, as the daemon runs it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from alerts.publisher import Publisher


@contextlib.contextmanager
def posting(publisher: Publisher) -> Iterator[threading.Event]:
    """Runs it until the block ends, or until the event it gives is set; fails if it will not end.

    An error in its thread fails the test: pytest turns it into one.
    """
    stop = threading.Event()
    thread = threading.Thread(target=publisher.run, args=(stop,), name="post")
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive(), "the publisher did not stop"
