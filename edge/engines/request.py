"""What is said between the daemon and the process that builds: one JSON value a line.

In, once: the request. Out: `{"doing": words, "done": 0–1}` as it goes on, and at the end either
`{"ready": name}`, the record in the store, or `{"refused": why}`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from edge.engines.ports import Precision


@dataclass(frozen=True)
class Request:
    """Have an engine of the model in the folder `model` ready in `store`, the first of `tried` that
    can be had; `again` builds it even where one is kept."""

    model: Path
    store: Path
    tried: tuple[Precision, ...]
    again: bool = False

    def to_json(self) -> str:
        """One line. Its paths are whole: who reads it may have been started somewhere else."""
        paths = {"model": str(self.model.absolute()), "store": str(self.store.absolute())}
        return json.dumps(vars(self) | paths)

    @classmethod
    def from_json(cls, line: str) -> Request:
        """What `to_json` wrote."""
        given = json.loads(line)
        return cls(
            Path(given["model"]), Path(given["store"]), tuple(given["tried"]), given["again"]
        )
