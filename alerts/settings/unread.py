"""Why a file that a site's files name cannot be read, in words that say what to change."""

from __future__ import annotations

import os


def why(error: OSError | ValueError) -> str:
    """In words. A service and a container run as a user of their own, whose number is all that
    whoever mounts a folder can give a file to."""
    if isinstance(error, ValueError):
        return "its name makes no sense"
    if isinstance(error, PermissionError) and hasattr(os, "getegid"):
        return (
            f"{error.strerror}; this is user {os.geteuid()} of group {os.getegid()}: "
            f"chgrp {os.getegid()} it, and chmod 640"
        )
    return error.strerror or "no reason"
