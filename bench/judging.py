"""What became of an environment's measurements: believed or withheld, right or wrong. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from bench.matching import Measured
from bench.samples import median

DISTURBED_MS = 1.0
"""Where other work on the machine held a participant up for longer, the difference of two records says little."""


class Judgement(NamedTuple):
    """Errors in milliseconds: measured minus true."""

    frozen: list[float]
    """Of what was measured across a freeze and believed, undisturbed."""
    awake: list[float]
    """Of what was measured after the answer, undisturbed."""
    frozen_disturbed: int
    awake_disturbed: int
    wrong: int
    """Measured across a freeze, believed, and further off than the tolerance and the disturbance explain."""
    withheld: Counter[str]
    """Why the rest was not believed."""

    @property
    def believed(self) -> int:
        """Measured across a freeze and believed."""
        return len(self.frozen) + self.frozen_disturbed


def judge(measurements: Sequence[Measured], tolerance_ms: float) -> Judgement:
    """Sort what was measured; `tolerance_ms` is what the kernel's resolution and the figure allow."""
    limit_ms = disturbed_above_ms(measurements)
    given = [each for each in measurements if each.withheld is None]
    frozen = [each for each in given if each.moment == "frozen"]
    awake = [each for each in given if each.moment == "after_answer"]
    quiet_frozen = [each.error_ms for each in frozen if each.held_up_ms <= limit_ms]
    quiet_awake = [each.error_ms for each in awake if each.held_up_ms <= limit_ms]
    return Judgement(
        frozen=quiet_frozen,
        awake=quiet_awake,
        frozen_disturbed=len(frozen) - len(quiet_frozen),
        awake_disturbed=len(awake) - len(quiet_awake),
        wrong=sum(abs(each.error_ms) > tolerance_ms + each.held_up_ms for each in frozen),
        withheld=Counter(each.withheld for each in measurements if each.withheld is not None),
    )


def disturbed_above_ms(measurements: Sequence[Measured]) -> float:
    """Return how long one may have been held up to be judged: on a busy machine at least the quieter half is."""
    return max(DISTURBED_MS, median([each.held_up_ms for each in measurements]))
