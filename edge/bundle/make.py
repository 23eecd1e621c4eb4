"""Makes the bundle: the steps, in their order."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from string import Template

from edge.bundle import archive, inventory
from edge.bundle.complete import Wheel
from edge.bundle.errors import BadBundle
from edge.bundle.own_wheel import own_wheel
from edge.bundle.site import by_hand, travelling
from edge.bundle.target import Target
from edge.bundle.wheels import fetch

_CONFIGS = ("example.yaml", "floorwatch.service")
_SPARE_MB = 50  # the virtual environment itself, and what Python compiles
_COMPILED = 1.15  # a wheel's files, with what Python compiles of them beside

Say = Callable[[str], None]


@dataclass(frozen=True)
class Order:
    """What is wanted. `extras` are floorwatch's own; `site` is a site file to take along; `store` a
    folder of wheels in place of the network."""

    target: Target
    out: Path
    extras: tuple[str, ...] = ()
    site: Path | None = None
    store: Path | None = None


@dataclass(frozen=True)
class Made:
    """The bundle that was made; `needs_mb` on the device's disk; `secrets` must be put there by
    hand."""

    archive: Path
    sha256: str
    size_bytes: int
    wheels: int
    needs_mb: int
    secrets: tuple[str, ...]


def make(order: Order, say: Say) -> Made:
    """Makes it; `say` gets each step and each wheel in a few words. Raises BadBundle, and what a
    wrong site file raises."""
    version = metadata.version("floorwatch")
    _check_extras(order.extras)
    site = travelling(order.site) if order.site else {}
    secrets = tuple(by_hand(order.site)) if order.site else ()
    with _workplace(order.out) as place:
        folder = place / f"floorwatch-{version}-{order.target.name}"
        (folder / "wheels").mkdir(parents=True)
        say("floorwatch's own wheel")
        own = own_wheel(place)
        say("what it needs")
        wheels = fetch(
            own,
            order.extras,
            order.target,
            folder=folder / "wheels",
            store=order.store,
            say=say,
        )
        needs_mb = _needs_mb(wheels)
        _write_papers(folder, wheels, order, secrets, needs_mb)
        for name, path in site.items():
            (folder / "site" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / "site" / name)
        archive.write_sums(folder)
        say("packing")
        archive.pack(folder, order.out)
    size_bytes = order.out.stat().st_size
    digest = inventory.sha256(order.out)
    return Made(order.out, digest, size_bytes, len(wheels), needs_mb, secrets)


def _check_extras(extras: Sequence[str]) -> None:
    known = metadata.metadata("floorwatch").get_all("Provides-Extra", [])
    for extra in extras:
        if extra not in known:
            raise BadBundle(f"--with {extra}: there is no such extra; there are {', '.join(known)}")


@contextmanager
def _workplace(out: Path) -> Iterator[Path]:
    """A folder beside `out`, where there is room for what becomes it."""
    try:
        with tempfile.TemporaryDirectory(prefix=".floorwatch-bundle-", dir=out.parent) as place:
            yield Path(place)
    except OSError as error:
        raise BadBundle(
            f"{out} cannot be written ({error.strerror}: {error.filename}); choose another place "
            "with --out"
        ) from None


def _needs_mb(wheels: Sequence[Wheel]) -> int:
    unpacked = 0
    for wheel in wheels:
        with zipfile.ZipFile(wheel.path) as inside:
            unpacked += sum(entry.file_size for entry in inside.infolist())
    return round(unpacked * _COMPILED / 1e6) + _SPARE_MB


def _write_papers(
    folder: Path, wheels: Sequence[Wheel], order: Order, secrets: Sequence[str], needs_mb: int
) -> None:
    """All but wheels, site and sums."""
    target, version = order.target, metadata.version("floorwatch")
    glibc = ".".join(map(str, target.glibc))
    ours = Path(str(files("edge")))
    (folder / "requirements.txt").write_text(inventory.pinned(wheels), encoding="utf-8")
    (folder / "LICENCES.txt").write_text(inventory.licences(wheels), encoding="utf-8")
    sbom = inventory.cyclonedx(wheels, version, target)
    (folder / "sbom.cdx.json").write_text(sbom, encoding="utf-8")
    (folder / "configs").mkdir()
    for name in _CONFIGS:
        shutil.copyfile(ours.parent / "configs" / name, folder / "configs" / name)
    shutil.copyfile(ours / "bundle" / "install.sh", folder / "install.sh")
    (folder / "bundle.env").write_text(
        f"FLOORWATCH_VERSION={version}\n"
        f"FLOORWATCH_PLATFORM={target.name}\n"
        f"FLOORWATCH_MACHINE={target.machine}\n"
        f"FLOORWATCH_PYTHON={target.python}\n"
        f"FLOORWATCH_GLIBC={glibc}\n"
        f"FLOORWATCH_SYSTEM_PACKAGES={'yes' if target.system_packages else 'no'}\n"
        f"FLOORWATCH_NEEDS_MB={needs_mb}\n",
        encoding="utf-8",
    )
    title = f"floorwatch {version} for {target.name}"
    words = Template((ours / "bundle" / "README.txt").read_text("utf-8")).substitute(
        version=version,
        platform=target.name,
        rule="=" * len(title),
        machine=target.machine,
        python=target.python,
        glibc=glibc,
        needs_mb=needs_mb,
        more=", and TensorRT as JetPack brings it" if target.system_packages else "",
        archive=order.out.name,
        folder=folder.name,
        by_hand="".join(f"\n    {one}" for one in secrets) + ("\n" if secrets else ""),
    )
    (folder / "README.txt").write_text(words, encoding="utf-8")
