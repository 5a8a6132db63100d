#!/usr/bin/env python3
"""Shows that the checks find a broken node: runs the load against deliberately broken engines, one at a
time (base/mutant.hpp), and demands of each that the checks say what is wrong with it. The same load on
the sound engine must pass.

  mutants.py --binary build/ci/bin/endure [--only NAME…]

Exit codes: 0 all were found; 1 one was not; 77 the binary was built without fault points."""

import argparse
import concurrent.futures
import multiprocessing
import os
import random
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

from checks import check_all
from mixed_load import MixedLoad
from node import Node, NodeDied, has_fault_points
from sink import Sink

ORDERS = 8  # that come to their end before a run is judged, if the engine lets them
MIXED = 6  # workflows of the other kinds
LONGEST_LOAD_S = 12.0
FINISH_S = 4.0
DEATHS = 5
FACTS = 25  # between two deaths
SHIM = "endure_disk_shim.so"
SLOW_SYNC = "delay_ms=120\n"


class Mutant:
    """`every`: at which passes the defect shows; `dies`: the node is killed while commits wait for the
    disk, which is slow; `says`: what the checks must say of it."""

    def __init__(self, name, says, every=1, dies=False):
        self.name, self.says, self.every, self.dies = name, re.compile(says), every, dies


STUCK = r"it has not ended, it is (running|waiting)"
MUTANTS = (
    Mutant("ack_before_commit", r"was acknowledged and is not in the history", dies=True),
    Mutant("start_before_commit", r"its start was acknowledged, and it is not there|"
                                  r"no workflow '", dies=True),
    Mutant("event_before_commit", r"the event .* was acknowledged and is lost", dies=True),
    Mutant("step_before_commit", r"a worker got a step (that its history does not know|of it)|"
                                 r"was handed out after the failure of attempt",
           dies=True),
    Mutant("lost_timer", STUCK + r".*timers \['", every=10),
    Mutant("timer_early", r"fired \d+ ms early"),
    Mutant("skip_history", r"is followed by transition", every=10),
    Mutant("lost_step", STUCK + r".*steps \['", every=10),
    Mutant("unannounced_step", STUCK + r".*steps \['", every=10),
    Mutant("hand_out_again", r"handed out again after its result was acknowledged", every=2),
    Mutant("hand_out_after_end", r"handed out after its workflow had ended"),
    Mutant("forget_event_ids", r"took the event .* a second time|took an event twice"),
    Mutant("drop_delivery", STUCK + r".*listeners \['"),
    Mutant("forget_kept", STUCK + r".*listeners \['"),
    Mutant("lost_child_end", STUCK + r".*children \['"),
    Mutant("half_commit", r"at transition \d+, history|" + STUCK, every=30),
    Mutant("clock_back", r"is before the one of|fired \d+ ms early|does not know", every=7),
    Mutant("lost_attempt", r"was handed out after the failure of attempt"),
)


class Run:
    """One node, sound or not, under the load; with deaths, if its defect shows only by them."""

    def __init__(self, binary, mutant):
        self.mutant = mutant
        self.folder = tempfile.mkdtemp(prefix="endure-mutant-")
        self.sink = Sink()
        self.node = Node(binary, self.folder, sink=self.sink.url)
        if mutant is not None:
            self.node.environment["ENDURE_MUTANT"] = f"{mutant.name}:{mutant.every}"
        self.load = MixedLoad(self.node, self.sink.url, drivers=6, processes=False)

    def problems(self):
        """All that the load and the checks say."""
        found = []
        try:
            self.load.start()
            if self.mutant is None or self.mutant.dies:
                self._die_often()
            self.node.start()
            self._await(lambda: len(self.load.ended) >= ORDERS and len(self.load.mixed) >= MIXED)
            found += self.load.finish(FINISH_S if self.mutant else 60)
            found += check_all(self.load)
        except (NodeDied, AssertionError, OSError) as error:
            found.append(f"{type(error).__name__}: {error}")
        finally:
            found += self.load.stop()
            self.node.discard()
            self.sink.close()
        return found


    def _await(self, enough):
        until = time.monotonic() + LONGEST_LOAD_S
        while not enough() and time.monotonic() < until:
            time.sleep(0.05)

    # In the middle of a commit, most of the time.
    def _die_often(self):
        faults = self.node.folder / "faults"
        faults.write_text(SLOW_SYNC, encoding="utf-8")
        shim = {"LD_PRELOAD": str(Path(self.node.binary).parent / SHIM),
                "ENDURE_DISK_FAULTS": str(faults)}
        self.node.environment.update(shim)
        chance = random.Random(1)
        for _ in range(DEATHS):
            self.node.start()
            before = self.load.record.noted
            self._await(lambda: self.load.record.noted > before + FACTS)
            time.sleep(chance.uniform(0.0, 0.3))
            self.node.kill()
        for name in shim:
            del self.node.environment[name]


def examine(binary, mutant):
    """Whether the run was judged as it should be, and a line about it."""
    begun = time.monotonic()
    run = Run(binary, mutant)
    found = run.problems()
    took = f"{time.monotonic() - begun:.1f} s"
    if mutant is None:
        good, text = not found, "the sound engine is found sound" if not found else "FALSE ALARM"
    else:
        said = next((problem for problem in found if mutant.says.search(problem)), None)
        good = said is not None
        text = f"{mutant.name}: {said}" if good else f"{mutant.name}: NOT FOUND"
    lines = [f"{'ok    ' if good else 'FAILED'} {text} ({took})"]
    if good:
        shutil.rmtree(run.folder)
    else:
        lines += [f"  {problem}" for problem in found[:12]] + [f"  its folder: {run.folder}"]
    return good, "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get("ENDURE_BIN"))
    parser.add_argument("--only", nargs="*", help="these mutants; `sound` is the sound engine")
    parser.add_argument("--together", type=int, default=4, help="runs at a time")
    options = parser.parse_args()
    if not options.binary:
        parser.error("--binary or ENDURE_BIN must name the endure binary")
    if not has_fault_points(options.binary):
        print(f"{options.binary} was built without fault points")
        return 77
    runs = [each for each in (None, *MUTANTS)
            if not options.only or (each.name if each else "sound") in options.only]
    held = []
    # A process each: what the clients of a load share is global.
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(options.together, spawn,
                                                max_tasks_per_child=1) as pool:
        for good, text in pool.map(examine, [options.binary] * len(runs), runs):
            print(text, flush=True)
            held.append(good)
    print(f"{len(held)} engines, {held.count(False)} judged wrongly")
    return 0 if held and all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
