"""The text of every file of the contract."""

from __future__ import annotations

import json

from alerts.contract.document import document
from alerts.contract.schemas import MESSAGES, schema_of


def contract_files() -> dict[str, str]:
    """File name to text, as they stand in `alerts/contract`."""
    schemas = {
        f"{kind}.schema.json": json.dumps(schema_of(kind), indent=2, ensure_ascii=False) + "\n"
        for kind in MESSAGES
    }
    return schemas | {"asyncapi.yaml": document()}
