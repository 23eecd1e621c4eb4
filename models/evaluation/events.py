"""`events.jsonl`: every phase of every event, so that anybody's scorer can check ours."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from models.evaluation.alarms import Alert, Watched
from models.evaluation.recording import Recording


def lines(watched: Iterable[Watched]) -> Iterator[str]:
    """One JSON line a phase, recording by recording, in the order they would have gone out.

    `clip` and `source` as in the truth; `event` counts the events of a clip and label; `t_s` is
    when the alert would have gone out, `onset_estimate_s` when what is seen is thought to have
    begun, both in seconds from the clip's first picture; `score` and `threshold` are 0–1; `zone`
    is null without zones; `box` is x, y, w, h as fractions of the picture; `path` is `fast`,
    `slow` or `persist`; `held`: told while the last picture was held.
    """
    for one in watched:
        for alert in one.alerts:
            yield json.dumps(_line(one.recording, alert), ensure_ascii=False, allow_nan=False)


def _line(recording: Recording, alert: Alert) -> dict[str, object]:
    return {
        "clip": recording.name,
        "source": recording.source,
        "label": alert.label,
        "event": alert.event,
        "phase": alert.phase,
        "t_s": alert.t_s,
        "onset_estimate_s": alert.onset_s,
        "score": alert.score,
        "threshold": alert.threshold,
        "zone": alert.zone,
        "box": list(alert.box),
        "path": alert.path,
        "held": alert.held,
    }
