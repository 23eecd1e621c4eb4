"""The folder of the engines: each a plan, and a JSON file beside it that says what it is.

    first-fp16-1f0c….plan   the engine itself: native code
    first-fp16-1f0c….json   its whole key in words, the plan's digest, when and how it was made
    timing.cache            what TensorRT measured, so that the next build is quicker

The JSON is written last: a plan without one does not exist. Nothing is in here that has not passed
its self-test; what failed is noted (`refused`), so that not every start builds it again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from alerts import moments
from alerts.own_folder import own_folder
from edge.engines import private
from edge.engines.faults import NoEngine, Unusable
from edge.engines.keys import Key

_FORMAT = 1
TIMING = "timing.cache"


@dataclass(frozen=True)
class Record:
    """What is known of one engine. `plan_sha256` is empty where there is none: `refused` then says
    why. `tested` is what its self-test found, `took_s` how long building took."""

    key: Key
    plan_sha256: str
    plan_bytes: int
    built_at: str
    took_s: float
    tested: str
    refused: str = ""

    def to_json(self) -> str:
        """One value, laid out to be read."""
        fields = {"format": _FORMAT} | vars(self) | {"key": dict(self.key.words)}
        return json.dumps(fields, indent=2, ensure_ascii=False)


@dataclass(frozen=True)
class Spoilt:
    """A record that cannot be used, and why."""

    name: str
    why: str


class Store:
    """The engines in `folder`, which is made where it is missing. Raises NoEngine where it is not
    ours alone."""

    def __init__(self, folder: Path) -> None:
        private.own_folder(folder)
        self.folder = folder

    @property
    def timing(self) -> Path:
        """Where the builder keeps what it measured."""
        return self.folder / TIMING

    def find(self, key: Key) -> Record | None:
        """What is known of the engine with this key; None where nothing is. Raises Unusable where
        its record is damaged or not ours."""
        path = self.folder / f"{key.name}.json"
        if not path.is_symlink() and not path.exists():
            return None
        return self.named(key.name)

    def named(self, name: str) -> Record:
        """The record of that name. Raises Unusable."""
        record = _record(private.read(self.folder / f"{name}.json"), f"{name}.json")
        if record.key.name != name:
            raise Unusable(f"{name}.json is of another engine")
        return record

    def load(self, record: Record) -> bytes:
        """The plan. Raises Unusable where it is not, to the bit, what was built here."""
        name = f"{record.key.name}.plan"
        plan = private.read(self.folder / name)
        if hashlib.sha256(plan).hexdigest() != record.plan_sha256:
            raise Unusable(f"{name} is damaged: it is not what was built here")
        return plan

    def keep(self, key: Key, plan: bytes, took_s: float, tested: str) -> Record:
        """Keeps an engine that passed; all others of its family go. Raises NoEngine."""
        digest = hashlib.sha256(plan).hexdigest()
        record = Record(key, digest, len(plan), _now(), round(took_s, 1), tested)
        private.write(self.folder / f"{key.name}.plan", plan)
        self._note(record)
        for old in self.relatives(key):
            self.remove(old.key.name)
        return record

    def refuse(self, key: Key, why: str, took_s: float) -> None:
        """Notes that this engine is not to be used. Raises NoEngine."""
        self.remove(key.name)
        self._note(Record(key, "", 0, _now(), round(took_s, 1), "", refused=why))

    def relatives(self, key: Key) -> tuple[Record, ...]:
        """Engines of the same model and precision with another key, the newest first."""
        found = [
            one
            for one in self.all()
            if isinstance(one, Record) and one.key.family == key.family
            if one.key.digest != key.digest
        ]
        return tuple(sorted(found, key=lambda one: one.built_at, reverse=True))

    def all(self) -> tuple[Record | Spoilt, ...]:
        """Everything that is in here, by name."""
        return tuple(self._all())

    def remove(self, name: str) -> None:
        """Forgets one: the record first, so that no plan is left that one would believe in."""
        for ending in ("json", "plan"):
            self._unlink(self.folder / f"{name}.{ending}")

    def clear(self) -> int:
        """Forgets all, and what was measured; gives how many engines there were."""
        names = {one.stem for end in ("json", "plan") for one in self.folder.glob(f"*.{end}")}
        for name in names:
            self.remove(name)
        for left in (self.timing, *self.folder.glob(".new-*")):
            self._unlink(left)
        return len(names)

    def _unlink(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise NoEngine(f"{path} cannot be removed ({error.strerror})") from None

    def _all(self) -> Iterator[Record | Spoilt]:
        for path in sorted(self.folder.glob("*.json")):
            try:
                yield self.named(path.stem)
            except Unusable as fault:
                yield Spoilt(path.stem, str(fault))

    def _note(self, record: Record) -> None:
        private.write(self.folder / f"{record.key.name}.json", record.to_json().encode())


def users_folder() -> Path:
    """Where engines are kept that belong to no site; nothing is created here."""
    return own_folder() / "engines"


def _record(text: bytes, name: str) -> Record:
    try:
        fields: dict[str, Any] = json.loads(text)
        if fields.pop("format") != _FORMAT:
            raise Unusable(f"{name} is of another version of floorwatch")
        words = fields.pop("key")
        if not all(isinstance(one, str) for pair in words.items() for one in pair):
            raise TypeError("a key is made of words")
        return Record(key=Key(words), **fields)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unusable(f"{name} is damaged ({type(error).__name__})") from None


def _now() -> str:
    return moments.to_text(datetime.now(timezone.utc))
