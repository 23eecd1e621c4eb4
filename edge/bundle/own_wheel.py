"""floorwatch's own wheel: built from the checkout it runs from, or put together again from the
installed files, which is all that somebody has who installed a wheel."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from edge.bundle.errors import BadBundle

_NAME = "floorwatch"
# What installers add beside what was in the wheel (PEP 376, PEP 610).
_INSTALLERS = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say: the same files give the same wheel


def own_wheel(folder: Path) -> Path:
    """Writes the wheel of the floorwatch that runs into `folder`. Raises BadBundle."""
    checkout = _checkout()
    return _packed_again(folder) if checkout is None else _built(checkout, folder)


def _checkout() -> Path | None:
    """The folder of an editable installation."""
    text = metadata.distribution(_NAME).read_text("direct_url.json")
    origin = json.loads(text) if text else {}
    if not origin.get("dir_info", {}).get("editable"):
        return None
    return Path(unquote(urlsplit(origin["url"]).path))


def _built(checkout: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--wheel-dir", str(folder)]
    try:
        metadata.distribution("hatchling")
        command.append("--no-build-isolation")  # nothing to fetch then
    except metadata.PackageNotFoundError:
        pass
    told = subprocess.run(  # noqa: S603  (pip, on the checkout that runs)
        [*command, str(checkout)], capture_output=True, text=True, check=False
    )
    if told.returncode != 0:
        last = (told.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise BadBundle(
            f"no wheel could be built from {checkout} ({last}); "
            "see whether `pip wheel --no-deps` works there"
        )
    [wheel] = folder.glob(f"{_NAME}-*.whl")
    return wheel


def _packed_again(folder: Path) -> Path:
    installed = metadata.distribution(_NAME)
    paths = [
        path
        for path in installed.files or ()
        if ".." not in path.parts and "__pycache__" not in path.parts
    ]
    kept = sorted(path for path in paths if path.name not in _INSTALLERS or len(path.parts) > 2)
    [home] = {path.parts[0] for path in kept if path.parts[0].endswith(".dist-info")}
    wheel = folder / f"{_NAME}-{installed.version}-py3-none-any.whl"
    rows = []
    with zipfile.ZipFile(wheel, "w") as archive:
        for path in kept:
            try:
                data = Path(str(path.locate())).read_bytes()
            except OSError as error:
                raise BadBundle(
                    f"{path} of the installed floorwatch cannot be read ({error.strerror}); "
                    "install it again"
                ) from None
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.append(f"{path.as_posix()},sha256={digest},{len(data)}\n")
            _write(archive, path.as_posix(), data)
        record = f"{home}/RECORD"
        _write(archive, record, "".join([*rows, f"{record},,\n"]).encode())
    return wheel


def _write(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, data)
