"""What only some verbs need is imported when they run, and asked for by name before."""

from __future__ import annotations

import importlib.util

from alerts.errors import UserError


class TrainingMissing(UserError):
    """What only training needs is not installed."""


def need(*modules: str, extra: str = "train") -> None:
    """Raise TrainingMissing, which names the extra, unless all are installed."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise TrainingMissing(
            f"{missing[0]} is not installed; install floorwatch with its extra: "
            f"pip install '.[{extra}]' in its folder"
        )
