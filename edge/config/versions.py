"""Site files of older versions, brought forward to the one that is read now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from alerts.settings.document import Value

Values: TypeAlias = dict[str, Value]
Migration: TypeAlias = Callable[[Values], Values]

# The first makes version 2 of version 1, and so on. What a key was called and where it stood is
# changed here; what it may say is for the schema. A new key with a default needs no new version.
MIGRATIONS: tuple[Migration, ...] = ()
VERSION = 1 + len(MIGRATIONS)


def brought_forward(
    values: Values, version: int, migrations: Sequence[Migration] = MIGRATIONS
) -> Values:
    """The values of a file of this version (1 or later), as the newest version says them."""
    for migrate in migrations[version - 1 :]:
        values = migrate(values)
    return {**values, "version": 1 + len(migrations)}
