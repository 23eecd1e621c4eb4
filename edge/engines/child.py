"""The process that builds engines and tests them: `python -m edge.engines.child`.

A process of its own, not a thread of the daemon: a builder runs NVIDIA's native code for minutes
over a network it has never seen, and takes gigabytes. Should it crash, or the system run out of
memory, it takes nobody with it; what it took it gives back; and one number makes all its threads
step back behind the daemon's. A new engine runs for the first time in here, too.

It ends when whoever started it does: then its standard input ends.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

from alerts import log
from alerts.errors import UserError
from edge.engines import toolchain
from edge.engines.ports import BuildOptions
from edge.engines.provide import Provider
from edge.engines.request import Request
from edge.engines.store import Store
from edge.zoo import find

_NICE = 10  # behind everybody who does not say so
_OOM_SCORE = "800"  # of 1000: if the memory ends, this is the one to go


def main() -> int:
    """Reads a request, does it, and says so; 0 unless it crashes."""
    request = Request.from_json(sys.stdin.readline())
    log.set_up("info")
    threading.current_thread().name = "engine"
    step_back()
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    try:
        _say(ready=work(request))
    except UserError as fault:
        _say(refused=str(fault))
    return 0


def work(request: Request) -> str:
    """Has the engine ready; gives its name in the store. Raises UserError."""
    model = find(None, request.model)
    store = Store(request.store)
    options = BuildOptions(input=model.card.input.name)
    tools = toolchain.find(store.timing)

    def progress(doing: str, done: float) -> None:
        _say(doing=doing, done=round(done, 4))

    provider = Provider(model, store, tools, options, progress)
    return provider.provide(request.tried, again=request.again).key.name


def step_back() -> None:
    """Lets all others go first: for the processor, and should memory end, out of the door."""
    os.nice(_NICE)
    with suppress(OSError):  # no Linux, or a container that does not allow it: nothing is lost
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)


def _say(**what: object) -> None:
    try:
        sys.stdout.write(json.dumps(what, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os._exit(1)  # nobody wants to know any more, and TensorRT cannot be interrupted otherwise


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
