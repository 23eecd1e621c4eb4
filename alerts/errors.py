"""The errors of `alerts`.

UserError        one line, exit 2: the user must change something
└── BadConfig    the site file, or another file of settings
SinkLost         the broker is away: retried with backoff and counted
├── SinkRefused  the broker is there and says no to this message, for good: dead letter
└── SinkBusy     the broker is there and does not take this message now: others first, then again
DiskRefused      the disk does not take it: sent from memory, and that is alarmed
"""


class UserError(Exception):
    """What the user gave cannot be used. The message is one line and says what to change."""


class BadConfig(UserError):
    """A file of settings is wrong; the message says file, path, what was found, what is allowed."""


class SinkLost(Exception):
    """The sink cannot take messages now; the same message may be sent again later."""


class SinkRefused(SinkLost):
    """The sink took the message and refused it for good (ACL, size, payload): do not resend."""


class SinkBusy(SinkLost):
    """The sink does not take this message now (quota): send it again later. The sink goes on."""


class DiskRefused(Exception):
    """The disk did not take it, or the database is unusable. The message says why."""
