"""A simulated person who decides about doubtful posts: looks for workflows that wait for a review,
thinks for a moment, and sends the decision as an event. Some decisions come only after the reminder.

A real person does the same with the command line:
    endure list --status WAITING_FOR_REVIEW
    endure send agents/ID --type review.decided --data '{"approved": true, "by": "Ada"}'
"""
import argparse
import random
import signal
import sys
import time

import endure

from monitor import AWAY, NAMESPACE

LATE_SHARE = 0.3  # of the decisions come after the reminder


def decide(post, enriched):
    """The reviewer's rule: (approved, note)."""
    text = post.get("text", "")
    if "http" in text.lower():
        return False, "has a link that nobody asked for"
    if len(text.split()) < 3:
        return False, "nothing to answer"
    if enriched.get("score", 0) < 0.4:
        return False, "not for us"
    return True, "worth an answer"


def thinking_s(seed, workflow, remind_after_s):
    """How long the reviewer takes about this one."""
    draw = random.Random(f"{seed}/{workflow}")
    if draw.random() < LATE_SHARE:
        return remind_after_s + draw.uniform(0.3, 1.5)
    return draw.uniform(0.3, 0.7) * remind_after_s


class Reviewer:
    def __init__(self, client, seed, remind_after_s):
        self._client = client
        self._seed = seed
        self._remind_after_s = remind_after_s
        self._decide_at = {}  # workflow id → when (monotonic); None: decided

    def look(self, now_s):
        """One round: notices what waits, and decides what was thought about long enough."""
        for workflow in self._client.list(namespace=NAMESPACE, status="WAITING_FOR_REVIEW",
                                           page=1000):
            self._decide_at.setdefault(
                workflow.id,
                now_s + thinking_s(self._seed, workflow.id, self._remind_after_s))
        for id, at_s in list(self._decide_at.items()):
            if at_s is not None and at_s <= now_s:
                self._send(id)
                self._decide_at[id] = None

    def _send(self, id):
        workflow = self._client.show(id, namespace=NAMESPACE)
        approved, note = decide(workflow.input["post"], workflow.context["enriched"])
        try:
            self._client.send(
                id, "review.decided", {"approved": approved, "by": "Ada", "note": note},
                namespace=NAMESPACE)
        except endure.Conflict:
            pass  # it has ended: our first try had arrived, and the answer to it was lost


def main():
    parser = argparse.ArgumentParser(description="a simulated reviewer")
    parser.add_argument("--node", default="http://127.0.0.1:7450", help="HTTP API of the node")
    parser.add_argument("--remind-after-s", type=float, default=4.0)
    parser.add_argument("--seed", default="0")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    reviewer = Reviewer(endure.Client(options.node), options.seed, options.remind_after_s)
    while True:
        try:
            reviewer.look(time.monotonic())
        except AWAY:
            pass  # the node is away; it will be back
        time.sleep(0.25)


if __name__ == "__main__":
    main()
