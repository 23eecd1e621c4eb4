"""What can go wrong while a bundle is made."""

from alerts.errors import UserError


class BadBundle(UserError):
    """The bundle cannot be made so; the message says what to change."""
