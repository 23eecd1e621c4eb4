"""What can go wrong on the way to an engine, and what each caller does with it.

alerts.errors.UserError
└── NoEngine        none can be had here: the CPU stays, or the verb ends with this one line
Refused             this precision cannot be had: the next one is tried
├── BuildRefused    the builder does not take the file, in its own words
└── NotTested       the GPU failed while an engine was tested: the engine may be right
Unusable            a kept file is not to be used: it is built again
"""

from alerts.errors import UserError


class NoEngine(UserError):
    """No engine can be had on this machine; the message says why and what to change."""


class Refused(Exception):
    """One precision of a model cannot be used here. The message says why."""


class BuildRefused(Refused):
    """TensorRT does not make an engine of this file. The message holds its own words."""


class NotTested(Refused):
    """An engine could not be tested: no room on the GPU, or a fault of it. It may be right, and is
    built and tested again at the next start."""


class Unusable(Exception):
    """A kept file cannot be used, or is not to be trusted. The message says why."""
