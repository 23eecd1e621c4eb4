"""The errors of `alerts`.

UserError        one line, exit 2: the user must change something
SinkLost         the broker is away: retried with backoff and counted
└── SinkRefused  the broker is there and says no to this message, for good: dead letter
DiskRefused      the disk does not take it: sent from memory, and that is alarmed
"""


class UserError(Exception):
    """What the user gave cannot be used. The message is one line and says what to change."""


class SinkLost(Exception):
    """The sink cannot take messages now; the same message may be sent again later."""


class SinkRefused(SinkLost):
    """The sink took the message and refused it for good (ACL, quota, payload): do not resend."""


class DiskRefused(Exception):
    """The disk did not take it, or the database is unusable. The message says why."""
