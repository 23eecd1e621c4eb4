"""The verbs of evaluation: evaluate, tune, verify, compare. They need the extra `evaluate`, and
import it only when they run."""

from __future__ import annotations

from typing import Any

from models.evaluation import compare, evaluate, tune, verify

Verbs = Any  # argparse's sub-parser collection has no public type


def register(verbs: Verbs) -> None:
    """Adds the verbs to the command."""
    evaluate.add(verbs)
    tune.add(verbs)
    verify.add(verbs)
    compare.add(verbs)
