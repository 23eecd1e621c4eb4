"""One connection to the ledger's file, used by any number of threads in turn."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator

from alerts.errors import DiskRefused


class Transactions:
    """Reads and writes, one at a time. `damaged` says that the file was found to be so; what goes
    wrong with it comes out as `DiskRefused`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        db.row_factory = sqlite3.Row
        self._db = db
        self._lock = threading.Lock()
        self.damaged = False

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._db.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """To ask."""
        with self._lock:
            try:
                yield self._db
            except sqlite3.Error as error:
                self.damaged |= type(error) is sqlite3.DatabaseError
                raise DiskRefused(f"ledger cannot be read: {error}") from error

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, whole or not at all; on disk when it is over."""
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                self.damaged |= type(error) is sqlite3.DatabaseError
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise DiskRefused(f"ledger cannot be written: {error}") from error
