"""Wheels of a few bytes, under the names of the real ones: real files that real pip installs."""

from __future__ import annotations

import ast
import re
import zipfile
from pathlib import Path

from packaging.requirements import Requirement

from tests.house.tree import ROOT


def tiny_wheel(
    folder: Path,
    name: str,
    version: str,
    *,
    tag: str = "py3-none-any",
    requires: str = "",
    program: str = "",
    **said: str,
) -> Path:
    """A wheel with one module in it, and a command named `program`, which does nothing, if there is
    to be one. `requires` are requirements, one a line; `said` further lines of its METADATA."""
    plain = re.sub(r"[-_.]+", "_", name)
    home = f"{plain}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {line}" for line in requires.splitlines()]
    lines += [f"{key.replace('_', '-')}: {value}" for key, value in said.items()]
    contents = {
        f"tiny_{plain}.py": "def main(): ...\n",
        f"{home}/METADATA": "\n".join([*lines, "", ""]),
        f"{home}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    if program:
        script = f"[console_scripts]\n{program} = tiny_{plain}:main\n"
        contents[f"{home}/entry_points.txt"] = script
    contents[f"{home}/RECORD"] = "".join(f"{one},,\n" for one in (*contents, f"{home}/RECORD"))
    path = folder / f"{plain}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in contents.items():
            archive.writestr(inside, text)
    return path


def store_of_all(folder: Path) -> Path:
    """A folder with a tiny wheel for everything that floorwatch requires, and for pip."""
    folder.mkdir()
    # Not what is installed: an editable installation says what was required when it was made.
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    [listed] = re.findall(r"^dependencies = (\[.*?^\])", project, re.DOTALL | re.MULTILINE)
    for line in [*ast.literal_eval(listed), "pip"]:
        tiny_wheel(folder, Requirement(line).name, "99", License_Expression="MIT")
    return folder
