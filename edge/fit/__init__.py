"""Whether a camera can see: a pure step over its pictures, about one a second.

`step(state, rgb, at_ns, hour)` gives the next state and a `Verdict`: ok, or the one reason why
incidents may be missed. It reads no clock and no file, so that the daemon, replay and evaluation
say the same of the same pictures. What a camera usually looks like is its `Baseline`, learnt from
those pictures alone; `to_bytes` and `from_bytes` carry it over a restart.

`measures` says what one picture tells, `baseline` what is usual, `found` what is wrong in this
picture, `telling` for how long it must be wrong before it is said, `step` puts them together.
"""

from edge.fit.baseline import Baseline, BaselineDamaged
from edge.fit.step import RATE_HZ, State, step
from edge.fit.telling import Verdict

__all__ = ["RATE_HZ", "Baseline", "BaselineDamaged", "State", "Verdict", "step"]
