"""The errors of `edge`, and what each caller does with them.

    alerts.errors.UserError     one line, exit 2: the user must change something
    ├── alerts.errors.BadConfig the site file
    ├── BadModel                the model's files
    └── BadClip                 a recording that is not one
    SourceLost                  a camera went away: retried with backoff and counted
    ├── SourceStalled           it is still connected, but nothing comes that can be looked at
    └── SourceRefused           it takes not our login: retried seldom, or it locks the account
    BackendStuck                the network did not come back: that batch is given up and counted

Anything else is a bug and stops the process.
"""

from alerts.errors import UserError


class BadModel(UserError):
    """The model's files do not fit their card, or the card does not fit this version."""


class BadClip(UserError):
    """A recording named by the user cannot be read as video or pictures."""


class SourceLost(Exception):
    """A stream ended or failed. Says why, in words for an operator, without credentials."""


class SourceStalled(SourceLost):
    """The camera is connected, but no picture came for too long."""


class SourceRefused(SourceLost):
    """The camera does not let us in: trying again and again may lock the account."""


class BackendStuck(Exception):
    """The network did not come back in time. A new one is ready for the next batch."""
