#!/usr/bin/env python3
"""Kills a node with SIGKILL under a mixed load, at named points of its code and at random moments,
starts it again, and checks the history of every workflow for gaps and doubles.

  crash_test.py --binary build/dev/bin/endure                     all points, each at several passes
  crash_test.py --binary … --points journal.before_commit:5,1,40  only these points and passes
  crash_test.py --binary … --random 200 --seed 7                  200 kills at random moments

Exit codes: 0 all held; 1 something did not; 77 the binary was built without fault points.
A failed campaign leaves its folder, with the node's log and data, and prints where it is.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time

from checks import check_all, check_sink
from load import Load
from node import Node, NodeDied, fault_points, has_fault_points
from sink import Sink

# Two of the deaths come while the node still recovers from the one before.
PASSES = (17, 1, 3)
LONGEST_TO_POINT_S = 45.0


def say(text):
    print(text, flush=True)


class Campaign:
    """One data folder and one load, through any number of deaths of the node."""

    def __init__(self, binary, name):
        self.name = name
        self.folder = tempfile.mkdtemp(prefix="endure-crash-")
        self.sink = Sink()
        self.node = Node(binary, self.folder, sink=self.sink.url)
        self.load = Load(self.node)
        self.problems = []
        self.deaths = 0

    def run(self, deaths):
        """`deaths` yields functions, each of which brings the node to its death once."""
        begun = time.monotonic()
        try:
            self.load.start()
            for die in deaths:
                if not die():
                    break
                self.deaths += 1
            if self.node.process.poll() is not None:
                self.node.start()
            self.problems += self.load.finish()
            self.problems += check_all(self.load) + check_sink(self.load, self.sink)
            if not self.problems:
                self._check_again_after_restart()
        except (NodeDied, AssertionError, OSError) as error:
            self.problems.append(f"{type(error).__name__}: {error}")
            self.problems += self.load.problems()
        finally:
            self._end()
        say(f"{'FAILED' if self.problems else 'ok    '} {self.name}: {self.deaths} deaths, "
            f"{len(self.load.orders)} orders, {len(self.load.record.results_acked)} results and "
            f"{len(self.load.record.events_acked)} events acknowledged, "
            f"{time.monotonic() - begun:.1f} s")
        for problem in self.problems[:8]:
            say(f"  {problem}")
        if self.problems:
            say(f"  the node's folder: {self.folder}")
        return not self.problems

    def _check_again_after_restart(self):
        """What the caches of the living node said, its disk must say, too."""
        self.node.stop()
        verified = self.node.verify()
        if verified is not None and verified[0] != 0:
            self.problems.append(f"endure verify: exit code {verified[0]}\n{verified[1]}")
        self.load.api.close()
        self.node.start()
        self.problems += [f"after a restart: {problem}" for problem in check_all(self.load)]
        self.node.stop()

    def _end(self):
        self.load.stop()
        self.node.discard()
        self.sink.close()
        if not self.problems:
            shutil.rmtree(self.folder)

    # -- ways to die --------------------------------------------------------------------------

    def at_point(self, point, count):
        self.node.spawn(crash_at=f"{point}:{count}")
        until = time.monotonic() + LONGEST_TO_POINT_S
        while not self.node.wait_killed(0.2):
            stuck = self.load.problems()
            if stuck or time.monotonic() > until:
                self.problems += stuck or [f"{point} was not passed {count} times within "
                                           f"{LONGEST_TO_POINT_S:.0f} s of load"]
                return False
        return True

    def at_random(self, chance):
        self.node.spawn()
        if chance.random() < 0.8:
            self.node.wait_ready()
            time.sleep(chance.uniform(0.0, 2.0))
        else:
            time.sleep(chance.uniform(0.0, 0.4))
        self.node.kill()
        return True


def parse_points(text):
    """`point[:pass,pass…]`, with blanks between several of them."""
    for part in text.split():
        point, _, counts = part.partition(":")
        yield point, [int(count) for count in counts.split(",")] if counts else list(PASSES)


def run_points(binary, wanted, together):
    if not has_fault_points(binary):
        say(f"{binary} was built without fault points")
        return 77
    # One node passes no message on to others: tests/cluster passes those points.
    own = [point for point in fault_points() if not point.startswith(("relay.", "members.", "move."))]
    plans = list(parse_points(wanted or " ".join(own)))
    groups = [plans[at:at + together] for at in range(0, len(plans), together)]
    held = [run_group(binary, group) for group in groups]
    say(f"{len(plans)} points in {len(held)} campaigns, {held.count(False)} of them failed")
    return 0 if held and all(held) else 1


def run_group(binary, plans):
    """All deaths of some points in one data folder: first passes first."""
    longest = max(len(counts) for _, counts in plans)
    deaths = [(point, counts[at]) for at in range(longest)
              for point, counts in plans if at < len(counts)]
    campaign = Campaign(binary, " ".join(point for point, _ in plans))
    return campaign.run((lambda death=death: campaign.at_point(*death)) for death in deaths)


def run_random(binary, kills, seed):
    say(f"{kills} kills at random moments, seed {seed}")
    chance = random.Random(seed)
    campaign = Campaign(binary, f"random kills, seed {seed}")
    return 0 if campaign.run((lambda: campaign.at_random(chance)) for _ in range(kills)) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get("ENDURE_BIN"),
                        help="the endure binary (else $ENDURE_BIN)")
    parser.add_argument("--points", default="", help="only these points, as point[:pass,pass…]")
    parser.add_argument("--together", type=int, default=4, metavar="N",
                        help="points that share one data folder (default 4; 1 tells them apart)")
    parser.add_argument("--random", type=int, metavar="N", help="N kills at random moments instead")
    parser.add_argument("--seed", type=int, default=None, help="of the random moments")
    options = parser.parse_args()
    if not options.binary:
        parser.error("--binary or ENDURE_BIN must name the endure binary")
    if options.random:
        seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
        return run_random(options.binary, options.random, seed)
    return run_points(options.binary, options.points, max(1, options.together))


if __name__ == "__main__":
    sys.exit(main())
