"""Packs a folder into one archive; the same files give the same bytes."""

from __future__ import annotations

import gzip
import os
import tarfile
from pathlib import Path

from edge.bundle.inventory import sha256

SUMS = "SHA256SUMS"
_RUNS = {".sh"}


def write_sums(folder: Path) -> None:
    """SHA256SUMS of every file below `folder`, as `sha256sum -c` reads it."""
    lines = [
        f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != SUMS
    ]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def pack(folder: Path, archive: Path) -> None:
    """`folder` and all below it as a .tar.gz, written beside and renamed when it is whole. Nothing
    of who packed it or when goes in; times are $SOURCE_DATE_EPOCH, or 1980. Raises OSError."""
    moment_s = int(os.environ.get("SOURCE_DATE_EPOCH", "315532800"))
    part = archive.with_name(f"{archive.name}.part")
    try:
        with (
            part.open("wb") as file,
            # Wheels are compressed already: more effort gains nothing.
            gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=moment_s) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            for path in [folder, *sorted(folder.rglob("*"))]:
                entry = tar.gettarinfo(path, path.relative_to(folder.parent).as_posix())
                entry.uid = entry.gid = 0
                entry.uname = entry.gname = "root"
                entry.mtime = moment_s
                runs = entry.isdir() or path.suffix in _RUNS
                entry.mode = 0o755 if runs else 0o644
                if entry.isfile():
                    with path.open("rb") as data:
                        tar.addfile(entry, data)
                else:
                    tar.addfile(entry)
        part.replace(archive)
    finally:
        part.unlink(missing_ok=True)
