"""The folder in which a user's programs keep what outlives them, where no file names another."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import platformdirs

SERVICE_HOME = Path("/var/lib/floorwatch")  # of the services' own user: configs/*.service


def own_folder(home: Path | None = None) -> Path:
    """Where this user, whose home is `home`, keeps state; nothing is created here.

    `floorwatch` below `$XDG_STATE_HOME`, else below `~/.local/state`. For the user of the services
    it is the home itself, which is what their units set: so the verbs that a person runs as that
    user (`drill`, `reload`, `check`) find what the service has, and need not be told where.
    """
    if not os.environ.get("XDG_STATE_HOME") and (home or _home()) == SERVICE_HOME:
        return SERVICE_HOME
    return platformdirs.user_state_path("floorwatch", appauthor=False)


def _home() -> Path:
    try:
        # Not $HOME: a program that changes the user (`runuser`) may leave the first one's.
        return Path(pwd.getpwuid(os.geteuid()).pw_dir)
    except KeyError:  # a container's user without a name
        return Path.home()
