"""Failed logins: after some, each further one has to wait, twice as long each time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_KEYS_MAX = 10_000
_FORGOTTEN_S = 3600.0  # after so long without a failure a key starts anew


@dataclass
class _Tries:
    failed: int
    last_s: float
    until_s: float


class Attempts:
    """Counts failures by key (an account, an address). The first `free` cost nothing; after them
    the wait doubles from `first_s` up to `cap_s`, which is small: whoever knows only a colleague's
    name shall not be able to lock them out for long. Not safe for several threads."""

    def __init__(
        self,
        free: int,
        first_s: float = 1.0,
        cap_s: float = 60.0,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free = free
        self._first_s = first_s
        self._cap_s = cap_s
        self._now_s = now_s
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """How long this key has to wait now; 0 when it may try."""
        tries = self._tries.get(key)
        return 0.0 if tries is None else max(0.0, tries.until_s - self._now_s())

    def failed(self, key: str) -> None:
        """One more failure. The longest ago are forgotten first when there are too many keys."""
        now_s = self._now_s()
        tries = self._tries.pop(key, None)
        if tries is None or now_s - tries.last_s > _FORGOTTEN_S:
            tries = _Tries(0, now_s, now_s)
        tries.failed += 1
        tries.last_s = now_s
        beyond = tries.failed - self._free
        if beyond >= 0:
            tries.until_s = now_s + min(self._cap_s, self._first_s * 2.0 ** min(beyond, 32))
        self._tries[key] = tries
        if len(self._tries) > _KEYS_MAX:
            self._tries.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """What failed before no longer counts."""
        self._tries.pop(key, None)
