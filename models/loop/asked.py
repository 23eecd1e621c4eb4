"""What a loop was begun with, and what that keeps out of the learning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alerts.errors import UserError
from edge.config.load import load


class MissingTruth(UserError):
    """What `--also` named is gone: judged without it, a model could look better."""


class NoCamera(UserError):
    """A site of several cameras, and footage that is of none of them by name."""


@dataclass(frozen=True)
class Asked:
    """What a loop was begun with: folders of footage and evidence, the site file, further truth
    that both models are judged by, the recipe, the recall that thresholds are to promise, and the
    site's camera as which recordings are watched that are of none by name."""

    sources: tuple[Path, ...] = ()
    config: Path | None = None
    also: tuple[Path, ...] = ()
    recipe: str = "finetune"
    recall: float = 0.9
    hold_last_s: float | None = None
    camera: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "sources": [str(path) for path in self.sources],
            "config": None if self.config is None else str(self.config),
            "also": [str(path) for path in self.also],
            "recipe": self.recipe,
            "recall": self.recall,
            "hold_last_s": self.hold_last_s,
            "camera": self.camera,
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Asked:
        """Read back."""
        return cls(
            tuple(map(Path, kept["sources"])),
            None if kept["config"] is None else Path(kept["config"]),
            tuple(map(Path, kept["also"])),
            str(kept["recipe"]),
            float(kept["recall"]),
            kept["hold_last_s"],
            kept.get("camera"),
        )


@dataclass(frozen=True)
class Apart:
    """The clips that `--also` judges by: SHA-256 of each, and where they lie."""

    digests: frozenset[str] = frozenset()
    paths: frozenset[Path] = frozenset()
    cameras: frozenset[str] = frozenset()


def judged_apart(asked: Asked) -> Apart:
    """What must never be learnt. Raises BadTruth, MissingTruth."""
    from models.evaluation import truth  # noqa: PLC0415  (scipy takes a second)

    if not asked.also:
        return Apart()
    found = truth.gather(truth.Wanted(there(asked)))
    return Apart(
        frozenset(one.sha256 for one in found),
        frozenset(one.path.resolve() for one in found),
        frozenset(one.camera for one in found),
    )


def there(asked: Asked) -> tuple[Path, ...]:
    """What `--also` named, all of it. Raises MissingTruth."""
    for path in asked.also:
        if not path.is_file():
            raise MissingTruth(
                f"{path}: is not there, and models were to be judged by it; put it back"
            )
    return asked.also


def check_cameras(asked: Asked, mark: Path, named: Iterable[str]) -> None:
    """Before hours of training: evaluation asks as which camera a recording is to be watched."""
    if asked.config is None or asked.camera is not None:
        return
    own = [camera.name for camera in load(asked.config).cameras]
    others = sorted(set(named) - set(own)) if len(own) > 1 else []
    if others:
        raise NoCamera(
            f"{', '.join(one or '(no name)' for one in others)}: no camera of {asked.config}; "
            f"name folders of footage as its cameras ({', '.join(own)}), or say as which one all "
            f'others are watched: "camera" in {mark}, --camera of `floorwatch loop begin`'
        )
