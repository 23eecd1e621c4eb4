"""What of a site travels in its bundle: the site file, its model, its thresholds and certificates.
Never a password or a private key: those are put on the device by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge.bundle.errors import BadBundle
from edge.config.load import load
from edge.config.schema import Config
from edge.zoo import find

SITE_FILE = "site.yaml"


def travelling(path: Path) -> dict[str, Path]:
    """Where each file will lie below /etc/floorwatch, and where it lies now. The site file is
    checked first. Raises BadConfig, BadModel, BadBundle."""
    config = load(path)
    folder = path.resolve().parent
    found = {SITE_FILE: path.resolve()}
    for what, file in _files(config):
        resolved = file.resolve()
        if not resolved.is_relative_to(folder):
            raise BadBundle(
                f"{path}: {what} is {file}, which the device does not have; put it beside the site "
                "file and name it by a relative path"
            )
        if not resolved.is_file():
            raise BadBundle(f"{path}: {what} is {file}, and there is no such file")
        found[resolved.relative_to(folder).as_posix()] = resolved
    return found


def by_hand(path: Path) -> list[str]:
    """What the site file names and the bundle leaves out, for it is secret."""
    config = load(path)
    logins = [("broker", config.broker), *((f"camera {one.name}", one) for one in config.cameras)]
    named = [
        f"{whose}: {login.password_file}"
        for whose, login in logins
        if login.password_file is not None
    ]
    if config.broker.tls is not None and config.broker.tls.key_file is not None:
        named.append(f"broker: {config.broker.tls.key_file}")
    return named


def _files(config: Config) -> Iterator[tuple[str, Path]]:
    if config.model.path is not None:
        model = find(None, config.model.path)
        for file in sorted(config.model.path.iterdir()):
            if file.is_file() and (file.suffix in {".json", ".onnx"} or file == model.path):
                yield "model: path", file
    if config.thresholds is not None:
        yield "thresholds", config.thresholds
    if config.broker.tls is not None:
        for what in ("ca_file", "cert_file"):
            file = getattr(config.broker.tls, what)
            if file is not None:
                yield f"broker: tls: {what}", file
