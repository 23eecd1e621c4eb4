"""A thresholds file as `floorwatch tune` writes it, for the site of `tests.support.site`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from alerts.settings.document import parse
from edge import tuned
from tests.support.site import QUICK

SHA256 = hashlib.sha256(b"read by nobody").hexdigest()  # of `pattern_model`
PROMISE = {"target_recall": 0.9, "confidence": 0.95, "incidents": 59, "misses": 1}


def kept(value: float, **changes: Any) -> dict[str, Any]:
    """One threshold with its promise."""
    return {"value": value} | PROMISE | changes


def values(**sections: Any) -> dict[str, Any]:
    """The whole file; `sections` replace its own."""
    rules = {
        "analyse_fps": 5,
        "collapse": {
            **{key: QUICK["collapse"][key] for key in ("confirm_s", "slow_s")},
            "second_look": True,
        },
        "spill": {key: QUICK["spill"][key] for key in ("persist_s", "standing_s")},
    }
    return {
        "version": 1,
        "model": {"name": "pattern", "sha256": SHA256},
        "tuned_at": "2026-11-20T12:00:00Z",
        "rules": rules,
        "thresholds": {"collapse": kept(0.213)},
        "incidents": [{"incident": "lab/1", "label": "collapse", "clips": ["0123456789abcdef"]}],
    } | sections


def thresholds_file(path: Path, **sections: Any) -> Path:
    """Writes it."""
    path.write_text(sealed(values(**sections)))
    return path


def sealed(said: Mapping[str, Any]) -> str:
    """The text of a file that says this and nothing else, with the seal that belongs to it."""
    text = unsealed(said)
    seal = tuned.seal(parse(text, "the test's").values)
    return f'{text}seal: "{seal}"\n'


def unsealed(said: Mapping[str, Any]) -> str:
    """The same without one."""
    rest = {key: value for key, value in said.items() if key != "seal"}
    return str(yaml.safe_dump(rest, sort_keys=False, allow_unicode=True))
