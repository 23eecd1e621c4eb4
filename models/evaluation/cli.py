"""The verbs of evaluation: evaluate. They need the extra `evaluate`, and import it only when they
run."""

from __future__ import annotations

from typing import Any

from models.evaluation import evaluate

Verbs = Any  # argparse's sub-parser collection has no public type


def register(verbs: Verbs) -> None:
    """Adds the verbs to the command."""
    evaluate.add(verbs)
