"""Writes or prints the contract's files."""

from __future__ import annotations

import argparse
import sys
from importlib.resources import files
from pathlib import Path

from alerts.contract.made import contract_files


def main() -> int:
    """With `--write` puts the files in their place, without prints them."""
    parser = argparse.ArgumentParser(
        prog="python -m alerts.contract",
        description="The JSON Schemas and the AsyncAPI document, made from the types.",
    )
    parser.add_argument("--write", action="store_true", help="put them in their place")
    write = parser.parse_args().write
    for name, text in contract_files().items():
        if write:
            Path(str(files("alerts").joinpath("contract"))).joinpath(name).write_text(text, "utf-8")
        else:
            sys.stdout.write(f"# {name}\n{text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
