"""What is in a bundle, by name, version, licence and digest: a table to read, and a list for the
programs of those who must account for what they install (CycloneDX 1.5)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from edge.bundle.complete import Wheel
from edge.bundle.target import Target

_SCHEMA = "http://cyclonedx.org/schema/bom-1.5.schema.json"

_OTHERS = """
This is what each package says of itself. Compiled ones carry libraries of others under their own
licences, FFmpeg in av and opencv-python-headless above all (LGPL or GPL): see the files in their
wheels before you pass a bundle on.
"""


def sha256(path: Path) -> str:
    """Of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def pinned(wheels: Sequence[Wheel]) -> str:
    """Requirements that pip takes with --require-hashes: these wheels and no others. Not pip
    itself, which installs them and stays outside."""
    lines = [
        f"{wheel.name}=={wheel.version} --hash=sha256:{sha256(wheel.path)}\n"
        for wheel in wheels
        if wheel.name != "pip"
    ]
    return "".join(lines)


def licences(wheels: Sequence[Wheel]) -> str:
    """The table. The texts of the licences are in the wheels, and are installed with them."""
    rows = [("name", "version", "licence", "where it comes from")]
    rows += [(wheel.name, wheel.version, wheel.licence, wheel.homepage) for wheel in wheels]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    table = "".join(
        "  ".join([*map(str.ljust, row[:3], widths), row[3]]).rstrip() + "\n" for row in rows
    )
    return table + _OTHERS


def cyclonedx(wheels: Sequence[Wheel], version: str, target: Target) -> str:
    """The same as CycloneDX 1.5 in JSON. Without serial number and time, which it leaves to choice:
    the same bundle twice is the same file twice."""
    [own] = [wheel for wheel in wheels if wheel.name == "floorwatch"]
    document = {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": _component(own, "application"),
            "properties": [
                {"name": "floorwatch:platform", "value": target.name},
                {"name": "floorwatch:python", "value": target.python},
                {"name": "floorwatch:version", "value": version},
            ],
        },
        "components": [_component(wheel, "library") for wheel in wheels if wheel is not own],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _component(wheel: Wheel, kind: str) -> dict[str, object]:
    component: dict[str, object] = {
        "type": kind,
        "bom-ref": f"pkg:pypi/{wheel.name}@{wheel.version}",
        "name": wheel.name,
        "version": wheel.version,
        "hashes": [{"alg": "SHA-256", "content": sha256(wheel.path)}],
        "licenses": [{"license": {"name": wheel.licence}}],
        "purl": f"pkg:pypi/{wheel.name}@{wheel.version}",
    }
    if wheel.homepage.startswith("https://"):
        component["externalReferences"] = [{"type": "website", "url": wheel.homepage}]
    return component
