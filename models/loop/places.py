"""Where everything of a loop lies.

labels/             the label project (`floorwatch label --project`)
rounds/001/         one round, and what each step of it left:
    round.json      what was asked, which steps are done, what they found
    data/           what was labelled, as `floorwatch train` takes it; gone once it is answered
    run/            the training run; run/model is the new model
    thresholds.yaml tuned for it, where incidents are enough
    before/ after/  `floorwatch evaluate` of both
    report.html     both side by side
accepted/000/       the model, and its thresholds, that were used before the first round
accepted/001/       those of round 1, once somebody accepted it
current             a link to the one that is used: what the site file names
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alerts.errors import UserError

MODEL, THRESHOLDS, CURRENT = "model", "thresholds.yaml", "current"
NOTE, REPORT = "round.json", "report.html"
_MARK = "loop.json"
_OR = ", or move its folder away: then it begins anew"


class BadLoop(UserError):
    """The folder is no loop's, or not as the loop left it."""


@dataclass(frozen=True)
class Loop:
    """A loop's folder."""

    folder: Path

    @property
    def labels(self) -> Path:
        """The label project."""
        return self.folder / "labels"

    @property
    def current(self) -> Path:
        """The link to the model that is used, and its thresholds."""
        return self.folder / CURRENT

    @property
    def mark(self) -> Path:
        """The file that says that this is a loop, and what was asked of it."""
        return self.folder / _MARK

    def accepted(self, number: int) -> Path:
        """What was accepted of a round; 0 is what there was before all of them."""
        return self.folder / "accepted" / f"{number:03}"

    def round(self, number: int) -> Path:
        """The folder of a round."""
        return self.folder / "rounds" / f"{number:03}"

    def rounds(self) -> list[int]:
        """The numbers of all rounds, the first first."""
        return _numbers(self.folder / "rounds")

    def all_accepted(self) -> list[int]:
        """The numbers of all that was ever accepted."""
        return _numbers(self.folder / "accepted")

    def check(self) -> None:
        """Raises BadLoop where this is none."""
        if not self.mark.is_file():
            raise BadLoop(
                f"{self.folder}: is no loop; `floorwatch loop begin {self.folder}` makes one"
            )


def _numbers(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    return sorted(
        int(one.name) for one in folder.iterdir() if one.is_dir() and one.name.isdecimal()
    )


def read(path: Path) -> dict[str, Any]:
    """A JSON object of ours. Raises BadLoop."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadLoop(f"{path}: cannot be read ({error}); put it back from a backup{_OR}") from None
    if not isinstance(found, dict):
        raise damaged(path)
    return found


def damaged(path: Path) -> BadLoop:
    """To be raised where a file is not as it was written."""
    return BadLoop(f"{path}: is not as it was written; put it back from a backup{_OR}")


def write(path: Path, values: dict[str, Any]) -> None:
    """Whole or not at all."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps(values, ensure_ascii=False, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
