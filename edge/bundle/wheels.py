"""Fetches the wheels of a platform with pip, whatever machine this is.

pip takes wheels by the platform's tags, but looks at markers such as `python_version < "3.11"` with
the Python it runs in (pypa/pip issue 11664). So what it brought is gone through once more with the
platform's own markers, and what is missing is fetched in a further round.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from edge.bundle.complete import Missing, Wheel, complete, read
from edge.bundle.errors import BadBundle
from edge.bundle.target import Target

_ROUNDS_MAX = 5
_NO_NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|ProxyError"
    r"|Network is unreachable|Temporary failure in name resolution|Connection refused"
)
_NOT_FOUND = re.compile(r"No matching distribution found for (\S+)")
_FETCHING = re.compile(
    r"(?:Downloading|Using cached|Processing) (?:\S*/)?(\S+\.whl)(?!\S)(?: \((.*?)\))?"
)

Say = Callable[[str], None]


def fetch(
    own: Path, extras: Sequence[str], target: Target, *, folder: Path, store: Path | None, say: Say
) -> list[Wheel]:
    """Everything that floorwatch, of the wheel `own`, needs with these extras on `target`, and pip
    to install it: into `folder`, and nothing else remains there. From `store`, a folder of
    wheels, if given, else from where pip takes packages. Raises BadBundle."""
    if find_spec("pip") is None:
        raise BadBundle("pip is missing in this environment; python -m ensurepip brings it")
    root = f"floorwatch[{','.join(extras)}]" if extras else "floorwatch"
    wanted = [f"{root} @ {own.resolve().as_uri()}", "pip"]
    for _ in range(_ROUNDS_MAX):
        for old in folder.glob("*.whl"):
            old.unlink()  # one version of each: this round's
        _download(wanted, target, folder, store, say)
        found = [read(path) for path in sorted(folder.glob("*.whl"))]
        try:
            needed = complete(found, [root, "pip"], target)
        except Missing as missing:
            wanted = [*wanted, *missing.requirements]
            continue
        for wheel in found:
            if wheel not in needed:
                wheel.path.unlink()
        return needed
    raise BadBundle(
        f"no set of wheels fits together on {target}: still missing {', '.join(wanted[2:])}"
    )


def _download(
    wanted: Sequence[str], target: Target, folder: Path, store: Path | None, say: Say
) -> None:
    command = [sys.executable, "-m", "pip", "download", "--only-binary", ":all:"]
    command += ["--dest", str(folder), "--progress-bar", "off", "--disable-pip-version-check"]
    command += ["--retries", "2", "--timeout", "20", "--no-input"]
    command += ["--implementation", "cp", "--python-version", target.python]
    for abi in (target.abi, "abi3", "none"):
        command += ["--abi", abi]
    for platform in target.platforms:
        command += ["--platform", platform]
    if store is not None:
        command += ["--isolated", "--no-index", "-f", str(store)]
    told = []
    with subprocess.Popen(  # noqa: S603  (pip, with names from packages' own requirements)
        [*command, *wanted], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        for line in pip.stdout or ():
            told.append(line)
            if match := _FETCHING.search(line):
                say(" ".join(part for part in match.groups() if part))
    if pip.returncode != 0:
        raise BadBundle(_explained("".join(told), target, store))


def _explained(told: str, target: Target, store: Path | None) -> str:
    missing = _NOT_FOUND.search(told)
    if _NO_NETWORK.search(told):
        return (
            "wheels cannot be fetched, the network is away; make the bundle where there is one, "
            "or give a folder of wheels with --wheels"
        )
    if missing and store is not None:
        return f"{store} has no wheel of {missing[1]} for {target}; put it there"
    if missing:
        return f"there is no wheel of {missing[1]} for {target}; leave out the extra that needs it"
    errors = [line for line in told.splitlines() if line.startswith("ERROR")] or ["no reason given"]
    return f"pip cannot fetch wheels for {target}: {errors[0].removeprefix('ERROR: ')}"
