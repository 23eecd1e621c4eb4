"""What an engine was built from and for. An engine whose key differs in anything is another one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import cast

from edge.engines.ports import BuildOptions, Precision

# Raised when what we make of the same file changes: the network's definition, or the plan's form.
_RECIPE = "1"
_SAID = {
    "onnx_sha256": "the model's file",
    "options": "the build options",
    "tensorrt": "",
    "gpu": "",
    "system": "",
    "recipe": "floorwatch's way of building",
}


@dataclass(frozen=True)
class System:
    """What an engine is bound to. `tensorrt` is the library with its full version (`TensorRT
    10.3.0`), `gpu` the device with its SM (`Orin (SM 8.7)`), `system` what carries both: the L4T
    release, or else the driver (`L4T R36.4.3`, `driver 550.54.14`)."""

    tensorrt: str
    gpu: str
    system: str


@dataclass(frozen=True)
class Key:
    """The whole key, in words: these are what is hashed, and what a person reads."""

    words: Mapping[str, str]

    @classmethod
    def of(
        cls, model: str, precision: Precision, onnx: bytes, options: BuildOptions, system: System
    ) -> Key:
        """The key of the engine which this would give."""
        return cls(
            {
                "model": model,
                "precision": precision,
                "onnx_sha256": hashlib.sha256(onnx).hexdigest(),
                "options": json.dumps(asdict(options), sort_keys=True),
                **asdict(system),
                "recipe": _RECIPE,
            }
        )

    @property
    def digest(self) -> str:
        """SHA-256 of all words, in hex."""
        text = json.dumps(dict(self.words), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def name(self) -> str:
        """A file name without ending: for what it is, and enough of the digest."""
        return f"{self.family}-{self.digest[:16]}"

    @property
    def family(self) -> str:
        """Model and precision: of a family one engine is of use at a time."""
        return f"{self.words.get('model', '')}-{self.precision}"

    @property
    def precision(self) -> Precision:
        """Of the file it was built from."""
        return cast("Precision", self.words.get("precision", ""))

    def changed_since(self, earlier: Key) -> str:
        """What became different, in words: `TensorRT 10.3.0 → TensorRT 10.7.0`."""
        found = []
        for name, said in _SAID.items():
            before, now = earlier.words.get(name, "unknown"), self.words.get(name, "unknown")
            if before != now:
                found.append(f"{said} changed" if said else f"{before} → {now}")
        return ", ".join(found) or "the key's form changed"
