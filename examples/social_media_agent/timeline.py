"""What is done to the run, and when: drawn from the seed, so that a run can be done again."""
import dataclasses
import random
import re


@dataclasses.dataclass(frozen=True)
class Moment:
    at_s: float  # since the first workflow was seen
    what: str    # "worker", "node" (kill it), "outage" (let the enrichment service be away)
    length_s: float = 0.0


def plan(seed, feed_s, outage_s, node_kills, worker_kills):
    """The moments of a run in order. `feed_s`: how long posts keep coming in.

    The node is killed first while posts come in and before the outage, then just after the outage,
    when the backlog is worked off, and any further times anywhere.
    """
    draw = random.Random(f"{seed}/timeline")
    outage_at = draw.uniform(0.45, 0.6) * feed_s
    over_at = outage_at + outage_s
    moments = []
    if outage_s > 0:
        moments.append(Moment(outage_at, "outage", outage_s))
    windows = [(0.1 * outage_at, 0.95 * outage_at), (over_at + 0.1, over_at + 1.5)]
    for nth in range(node_kills):
        window = windows[nth] if nth < len(windows) else (0.1 * outage_at, over_at + 1.5)
        moments.append(Moment(draw.uniform(*window), "node"))
    for _ in range(worker_kills):
        moments.append(Moment(draw.uniform(0.05, 0.9) * outage_at, "worker"))
    return sorted(moments, key=lambda moment: moment.at_s)


def seconds(text):
    """`15`, `15s`, `2.5m` or `3h` as seconds; raises ValueError with what is expected."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|h|)", text.strip())
    if not match:
        raise ValueError(f"`{text}` is no duration: write 15s, 5m or 3h")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]
