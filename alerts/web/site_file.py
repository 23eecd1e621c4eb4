"""The site file whose zones and masks are edited here: read, checked, written, taken over."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alerts.errors import BadConfig, UserError
from alerts.settings.document import parse
from alerts.settings.reading import text_of
from alerts.web import site_text
from alerts.web.site_text import Areas

_log = logging.getLogger(__name__)


class Changed(UserError):
    """Somebody else has changed the file meanwhile."""


@dataclass(frozen=True)
class Drawn:
    """The areas of one camera as the file has them, and which `version` of the file that is."""

    site: str
    camera: str
    areas: Areas
    version: str


@dataclass(frozen=True)
class Written:
    """What became of it: the new `version`, whether the daemon took it over, and its words."""

    version: str
    reloaded: bool
    words: str


class SiteFile:
    """One site file. `check` and `reload` are the device's side (`alerts.web.site_tools`). Every
    method raises `UserError` with what is wrong with the file."""

    def __init__(
        self, path: Path, check: Callable[[Path, Path], None], reload: Callable[[Path], str]
    ) -> None:
        if path.is_symlink():  # relative paths in it would mean another folder than the daemon's
            raise UserError(f"--site-file: {path} is a link: give the file that it leads to")
        self._path = path.absolute()
        self._check = check
        self._reload = reload
        self._lock = threading.Lock()
        self.cameras()  # a file that is wrong is told at the start

    def cameras(self) -> list[Drawn]:
        """Every camera, in the file's order."""
        text = self._text()
        values: Any = parse(text, self._path.name).values
        try:
            return [
                Drawn(
                    str(values["site"]["name"]),
                    str(one["name"]),
                    site_text.areas_of(one),
                    _version(text),
                )
                for one in values["cameras"]
            ]
        except (KeyError, TypeError, ValueError, AttributeError):
            raise BadConfig(
                f"{self._path}: is no site file; run `floorwatch check` on it"
            ) from None

    def preview(self, camera: str, wanted: Areas) -> str:
        """The whole text, were these areas written. Nothing is."""
        return site_text.with_areas(self._text(), self._path.name, camera, wanted)

    def write(self, camera: str, wanted: Areas, version: str) -> Written:
        """Writes them, if the file still is of that `version` and stays right by them; the file
        as it was is kept beside it (`.bak`). Then the daemon is told. Raises `Changed`."""
        with self._lock:
            text = self._text()
            if version != _version(text):
                raise Changed(f"{self._path.name} was changed meanwhile: load the page again")
            new = site_text.with_areas(text, self._path.name, camera, wanted)
            if new != text:
                self._replace(new)
            try:
                return Written(_version(new), True, self._reload(self._path))
            except BadConfig as error:
                _log.warning("%s is written, but not taken over yet: %s", self._path, error)
                return Written(_version(new), False, str(error))

    def _replace(self, text: str) -> None:
        """Checked first, beside the old one so that relative paths mean the same."""
        draft = self._path.with_name(f".{self._path.name}.draft")
        try:
            old = self._path.stat()
            number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            self._check(draft, self._path)
            os.chmod(draft, old.st_mode & 0o7777)
            if os.geteuid() == 0:
                os.chown(draft, old.st_uid, old.st_gid)
            shutil.copy2(self._path, self._path.with_name(self._path.name + ".bak"))
            draft.replace(self._path)
        except OSError as error:
            raise UserError(
                f"{self._path} cannot be written ({error.strerror}): mend the rights of the file "
                "and of its folder"
            ) from error
        finally:
            draft.unlink(missing_ok=True)

    def _text(self) -> str:
        return text_of(self._path, "a site file", "configs/example.yaml is one")


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
