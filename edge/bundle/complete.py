"""Whether a set of wheels is all that a platform needs: nothing missing, nothing too old, and each
of them one that its Python takes. No installer of that platform is needed to tell."""

from __future__ import annotations

import email
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from edge.bundle.errors import BadBundle
from edge.bundle.target import Target


@dataclass(frozen=True)
class Wheel:
    """A wheel and what it says of itself. `requires` are PEP 508 requirements."""

    path: Path
    name: str
    version: str
    requires: tuple[str, ...]
    python: str
    licence: str
    homepage: str


class Missing(Exception):
    """Requirements that no wheel fulfils: `requirements`, without markers."""

    def __init__(self, requirements: Iterable[str]) -> None:
        self.requirements = sorted(set(requirements))
        super().__init__(", ".join(self.requirements))


def read(path: Path) -> Wheel:
    """What the wheel at `path` says of itself. Raises BadBundle."""
    try:
        name, version, _, _ = parse_wheel_filename(path.name)
        with zipfile.ZipFile(path) as archive:
            [inside] = [
                one
                for one in archive.namelist()
                if one.endswith(".dist-info/METADATA") and one.count("/") == 1
            ]
            said = email.message_from_bytes(archive.read(inside))
    except (OSError, ValueError, zipfile.BadZipFile, InvalidWheelFilename) as error:
        raise BadBundle(f"{path.name} is no wheel ({error}); fetch it again") from None
    return Wheel(
        path=path,
        name=str(name),
        version=str(version),
        requires=tuple(said.get_all("Requires-Dist", [])),
        python=said.get("Requires-Python", ""),
        licence=_licence(said),
        homepage=_homepage(said),
    )


def complete(wheels: Iterable[Wheel], roots: Sequence[str], target: Target) -> list[Wheel]:
    """Those of the wheels that are needed for the requirements `roots` on `target`, by name.
    Raises Missing; BadBundle for a wheel that the platform does not take."""
    by_name = {wheel.name: wheel for wheel in wheels}
    needed: dict[str, Wheel] = {}
    missing: list[str] = []
    waiting, seen = [Requirement(root) for root in roots], set[str]()
    while waiting:
        requirement = waiting.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        name = canonicalize_name(requirement.name)
        wheel = by_name.get(name)
        if wheel is None or not requirement.specifier.contains(wheel.version, prereleases=True):
            missing.append(f"{requirement.name}{requirement.specifier}")
            continue
        needed[name] = wheel
        waiting += _requirements(wheel, requirement.extras, target)
    if missing:
        raise Missing(missing)
    _check_taken(needed.values(), target)
    return [needed[name] for name in sorted(needed)]


def _requirements(wheel: Wheel, extras: Iterable[str], target: Target) -> list[Requirement]:
    """What it needs on that platform: those whose marker holds, with any of the extras or none."""
    environments = [target.environment() | {"extra": extra} for extra in ("", *extras)]
    found = []
    for text in wheel.requires:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate(one) for one in environments):
            requirement.marker = None
            found.append(requirement)
    return found


def _check_taken(wheels: Iterable[Wheel], target: Target) -> None:
    taken = set(target.tags())
    for wheel in wheels:
        _, _, _, tags = parse_wheel_filename(wheel.path.name)
        if taken.isdisjoint(tags):
            raise BadBundle(f"{wheel.path.name} is not for {target}; take its wheel away")
        if not SpecifierSet(wheel.python).contains(f"{target.python}.0"):
            raise BadBundle(f"{wheel.path.name} needs Python {wheel.python}, {target} has less")


def _licence(said: Message) -> str:
    """As an SPDX expression where it gives one (PEP 639), else in its own words."""
    expression = said.get("License-Expression")
    if expression:
        return str(expression)
    written = str(said.get("License") or "").strip()
    if written and len(written) < 100 and "\n" not in written:
        return written
    classified = [
        line.rsplit(" :: ", 1)[-1]
        for line in said.get_all("Classifier", [])
        if line.startswith("License :: ")
    ]
    return " AND ".join(classified) or "see its files"


def _homepage(said: Message) -> str:
    urls = dict(line.partition(", ")[::2] for line in reversed(said.get_all("Project-URL", [])))
    names = {name.lower(): url for name, url in urls.items()}
    for name in ("source", "repository", "source code", "homepage"):
        if name in names:
            return names[name]
    return str(said.get("Home-page") or "")
