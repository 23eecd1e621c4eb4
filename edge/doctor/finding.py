"""What is said of one thing that was looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

# `look`: works, but somebody should see to it. `not_applicable`: this device has no such thing, or
# it cannot be told; `found` says which.
Verdict = Literal["good", "look", "bad", "not_applicable"]
# The service's user, whose folder is the service's (`alerts.own_folder`): another looks at its own.
AS_DAEMON = "sudo -u floorwatch /opt/floorwatch/bin/floorwatch"
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True)
class Finding:
    """One check. `found` says what there is, `why` why it matters and `mend` the command or the
    step that mends it; both are empty where all is well. `numbers` are what was measured, the unit
    last in each name. Names of groups and checks are stable: programs may rely on them."""

    group: str
    check: str
    verdict: Verdict
    found: str
    why: str = ""
    mend: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Makes the findings of one group."""

    name: str

    def good(self, check: str, found: str, **numbers: float) -> Finding:
        """All is well."""
        return Finding(self.name, check, "good", found, numbers=numbers)

    def look(self, check: str, found: str, why: str, mend: str = "", **numbers: float) -> Finding:
        """It works, and could be better or may not go on."""
        return Finding(self.name, check, "look", found, why, mend, numbers)

    def bad(self, check: str, found: str, why: str, mend: str = "", **numbers: float) -> Finding:
        """The daemon cannot do its work, or not for long."""
        return Finding(self.name, check, "bad", found, why, mend, numbers)

    def none(self, check: str, found: str) -> Finding:
        """There is no such thing here, or it cannot be told."""
        return Finding(self.name, check, "not_applicable", found)


def counted(findings: Iterable[Finding]) -> dict[Verdict, int]:
    """How many there are of each verdict, all four named."""
    counts = Counter(finding.verdict for finding in findings)
    return {verdict: counts[verdict] for verdict in VERDICTS}
