"""What goes wrong in the outer world, drawn from a seed.

A fate depends on the seed, the service, the thing that is asked for and how often it was asked for,
and on nothing else: the same seed brings the same trouble, however the requests are interleaved.
"""
import dataclasses
import enum
import random


class Fate(enum.Enum):
    FINE = "fine"
    SLOW = "slow"            # answers, but late
    LATE = "late"            # does it, and answers after the caller has given up
    LIMITED = "limited"      # 429 with Retry-After
    FAILED = "failed"        # 503, nothing was done
    MALFORMED = "malformed"  # does it, and answers with something that is not JSON
    SILENT = "silent"        # does it, and closes the connection without an answer


# Of a hundred requests, so many meet this. The last three are the mean ones: the caller cannot know
# that the thing was done, asks again, and must not have it done twice.
WEIGHTS = {
    Fate.FINE: 72,
    Fate.SLOW: 8,
    Fate.LIMITED: 6,
    Fate.FAILED: 4,
    Fate.MALFORMED: 5,
    Fate.SILENT: 4,
    Fate.LATE: 1,
}

PATIENCE = 4  # after so many bad answers for one thing it goes well: every run ends


@dataclasses.dataclass(frozen=True)
class Trouble:
    fate: Fate
    seconds: float = 0.0  # SLOW, LATE: how late; LIMITED: the Retry-After


def trouble_for(seed, service, thing, nth):
    """The trouble that the nth request (from 0) of `thing` at `service` meets."""
    if seed is None or nth >= PATIENCE:
        return Trouble(Fate.FINE)
    draw = random.Random(f"{seed}/{service}/{thing}/{nth}")
    fate = draw.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]
    if fate is Fate.SLOW:
        return Trouble(fate, round(draw.uniform(0.2, 0.9), 3))
    if fate is Fate.LATE:
        return Trouble(fate, round(draw.uniform(3.2, 3.8), 3))
    if fate is Fate.LIMITED:
        return Trouble(fate, draw.choice((1, 1, 2)))
    return Trouble(fate)


class Window:
    """A rate limit: so many requests in any one second of the clock."""

    def __init__(self, per_second):
        self.per_second = per_second
        self._second = None
        self._count = 0

    def take(self, now_s):
        """True where the request may pass."""
        if int(now_s) != self._second:
            self._second, self._count = int(now_s), 0
        self._count += 1
        return self._count <= self.per_second
