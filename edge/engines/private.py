"""Files that nobody but the service may have written.

A plan is native code: whoever can write it runs as us. So its folder and its files belong to the
user who runs the service and to nobody else, and that is looked at each time, on the opened file
itself: what stands at a path may change between a look and a read.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from edge.engines.faults import NoEngine, Unusable

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_FILE_BYTES_MAX = 2**31  # a plan of ours has some MB


def own_folder(folder: Path) -> None:
    """Makes the folder (0700) where it is missing. Raises NoEngine where it is another's, or where
    others may enter it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise NoEngine(
            f"engines cannot be kept in {folder} ({error.strerror}); mend it, or name another "
            "folder under `model: engines:`"
        ) from None
    if not stat.S_ISDIR(found.st_mode):
        raise NoEngine(f"engines are kept in a folder, {folder} is none; move it away")
    if found.st_uid != os.geteuid():
        raise NoEngine(
            f"{folder} belongs to user {found.st_uid}, this is user {os.geteuid()}: engines are "
            f"native code and are loaded from a folder of our own only; {_mend(folder, found)}"
        )
    if found.st_mode & _OTHERS:
        raise NoEngine(
            f"others may enter {folder}, where native code is kept: `chmod 700 {folder}`"
        )


def _mend(folder: Path, found: os.stat_result) -> str:
    """Given to root, the folder would be closed to the service that it belongs to."""
    if os.geteuid() == 0:
        return f"do this as that user: `sudo -u '#{found.st_uid}' …`"
    return f"`sudo chown -R {os.geteuid()} {folder}`, or name another under `model: engines:`"


def read(path: Path) -> bytes:
    """The whole file. Raises Unusable where it is missing, no plain file, or not ours alone."""
    try:
        # Opened without waiting: a pipe in a file's place must not hold us up.
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Unusable(f"{path.name} cannot be read ({error.strerror})") from None
    with os.fdopen(opened, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise Unusable(f"{path.name} is no plain file")
        if found.st_uid != os.geteuid():
            raise Unusable(f"{path.name} belongs to user {found.st_uid}, not to us")
        if found.st_mode & _OTHERS:
            raise Unusable(f"{path.name} is open to others (mode {found.st_mode & 0o777:o})")
        if found.st_size > _FILE_BYTES_MAX:
            raise Unusable(f"{path.name} is far too large ({found.st_size} bytes)")
        try:
            return file.read()
        except OSError as error:
            raise Unusable(f"{path.name} cannot be read ({error.strerror})") from None


def write(path: Path, content: bytes) -> None:
    """Replaces the file, wholly or not at all, whatever happens meanwhile: a new file (0600) is
    written, brought to the disk, and put in the old one's place. Raises NoEngine."""
    temporary = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise NoEngine(f"{path} cannot be written ({error.strerror}); make room") from None
