#!/usr/bin/env python3
"""A node under a mixed load for a long time: workflows of every kind of task, three kinds of workers, events,
timers, schedules, cancellations, and a death of the node every few seconds. Its memory, descriptors, threads, use
of the volume and readers are sampled all the while, and must be flat in the end.

  long_run.py --binary build/ci/bin/endure --minutes 60 [--to FOLDER] [--round-s 60] [--seed 7]
  long_run.py --minutes 60 --spare-node      kills workers only: one process of the node, all the time

It goes in rounds on one data folder. In each: lives of a few seconds, then one longer life (`steady`), whose samples
are compared with those of the other rounds; then the load comes to its end, and the checker judges all that the
round did. Ended workflows are removed by `engine.retention`, so that the volume comes to a steady state.

FOLDER gets samples.csv, samples.svg and verdict.txt.

Exit codes: 0 all held; 1 something did not. A round that failed leaves its data folder, and names it. A run with too
few rounds to speak of growth is judged by its histories alone, and says so."""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from checks import check_all, check_sink, check_stop
from flatness import verdicts
from load import Before
from mixed_load import MixedLoad
from node import ROOT, Node, NodeDied
from samples import FIGURES, Sampler
from sink import Sink
from torment import Torment, kills_of_the_node

sys.path.insert(0, str(ROOT / "benchmarks"))

import svg_plot  # noqa: E402

LIFE_S = (1.0, 6.0)
STEADY = 0.4  # of a round: its last life
PAUSE_S = 0.1  # of each driver, between two workflows
DRIVERS = 4
STOP_S = 180
FEW_ENDED = 2  # orders of a round; with less it says nothing
# Long enough that nothing is removed before its round is judged. A round that took longer is not judged: its machine
# was too slow for it.
RETENTION_ROUNDS, RETENTION_LEAST_S = 4, 180
UNJUDGED_AT_MOST = 0.1  # of all rounds

PANELS = (
    ("Memory without pages of files, MB", ("anonymous_mb", "children_mb")),
    ("Descriptors, threads, LMDB readers", ("descriptors", "threads", "readers")),
    ("Volume, MB", ("map_used_mb", "file_mb")),
    ("Workflows in the volume", ("workflows",)),
    ("Commits since the oldest reader's view", ("reader_behind",)),
)
NAMES = {"anonymous_mb": "node", "children_mb": "its processes", "map_used_mb": "pages in use",
         "file_mb": "data.mdb", "reader_behind": "commits"}
COLOURS = ("#1b6ca8", "#c9791b", "#2a9d4a")


def say(text):
    print(text, flush=True)


class Run:
    def __init__(self, options):
        self.options = options
        self.folder = Path(tempfile.mkdtemp(prefix="endure-long-"))
        self.to = Path(options.to) if options.to else self.folder / "report"
        self.to.mkdir(parents=True, exist_ok=True)
        self.sink = Sink()
        self.node = Node(options.binary, self.folder, sink=self.sink.url, keep_for="1m",
                         engine={"retention": f"{self._retention_s()}s"})
        self.before = Before()
        self.done = Counter()
        self.problems = []
        self.workflows = 0
        self.unjudged = 0
        self.sampler = Sampler(self.node, self.to / "samples.csv")

    def _retention_s(self):
        return max(RETENTION_LEAST_S, round(RETENTION_ROUNDS * self.options.round_s))

    def run(self):
        until = time.monotonic() + self.options.minutes * 60
        begun = time.monotonic()
        try:
            while time.monotonic() < until and not self.problems:
                self._round()
                say(self._progress(time.monotonic() - begun))
            self.problems += check_stop(self.node)
        except (NodeDied, AssertionError, OSError) as error:
            self.problems.append(f"{type(error).__name__}: {error}")
        finally:
            self.sampler.stop()
            self.node.discard()
            self.sink.close()
        return self._report(time.monotonic() - begun)

    # -- one round ------------------------------------------------------------------------------

    def _round(self):
        begun = time.monotonic()
        self.sampler.round = self.before.loads
        load = MixedLoad(self.node, self.sink.url, DRIVERS, before=self.before, pause_s=PAUSE_S)
        torment = Torment(self.node, load, self.options.seed + self.before.loads)
        try:
            load.start()
            if not self.options.spare_node:
                self.sampler.part = "deaths"
                self._deaths(torment)
            self.sampler.part = "settles"
            if not self._node_lives():
                self.node.start()
            self._steady(torment, load)
            self.sampler.part = "judged"
            torment.all_go_on()
            self.problems += load.finish(STOP_S)
            judged = check_all(load) + check_sink(load, self.sink)
            if time.monotonic() - begun < self._retention_s():
                self.problems += judged
            else:
                self.unjudged += 1
            if len(load.ended) < FEW_ENDED:
                self.problems.append("too little happened for this to say anything")
        finally:
            torment.all_go_on()
            self.problems += load.stop() + torment.problems
            self.done += torment.done
        self.workflows += len(load.orders) + len(load.mixed)
        if not self.problems:
            self._forget(load)

    # What was judged takes no more room, neither here nor on the disk.
    def _forget(self, load):
        self.before.add(load.api)
        self.sink.forget()
        shutil.rmtree(load.logs)
        os.truncate(self.node.folder / "node.log", 0)

    def _node_lives(self):
        return self.node.process is not None and self.node.process.poll() is None

    def _deaths(self, torment):
        if self._node_lives():
            self.node.kill()
            torment.done["kills"] += 1
        until = time.monotonic() + self.options.round_s * (1 - STEADY)
        while time.monotonic() < until:
            torment.workers()
            torment.node_lives_and_dies(lambda: time.sleep(torment.chance.uniform(*LIFE_S)))

    # Its first third is left out: a node that has just come back is not what it will be.
    # On a slow machine it lasts until something has happened.
    def _steady(self, torment, load):
        begun = time.monotonic()
        whole_s = self.options.round_s * (1 if self.options.spare_node else STEADY)
        while (passed := time.monotonic() - begun) < whole_s or (
                len(load.ended) < FEW_ENDED and passed < STOP_S):
            if passed > whole_s / 3:
                self.sampler.part = "steady"
            torment.workers()
            time.sleep(torment.chance.uniform(*LIFE_S) / 4)

    # -- what it said -----------------------------------------------------------------------------

    def _progress(self, at_s):
        steady = [row for row in self.sampler.rows if row["part"] == "steady"]
        last = steady[-1] if steady else {}
        figures = ", ".join(f"{name} {last[name]:g}" for name in
                            ("anonymous_mb", "descriptors", "threads", "map_used_mb", "workflows")
                            if name in last)
        return (f"round {self.sampler.round + 1}, {at_s:.0f} s: {self.workflows} workflows, "
                f"{kills_of_the_node(self.done)} kills; {figures}")

    def _report(self, took_s):
        rows = self.sampler.rows
        found = verdicts(rows, "steady")
        for verdict in found:
            if verdict.is_flat is False:
                self.problems.append(str(verdict))
        if self.unjudged > UNJUDGED_AT_MOST * self.before.loads:
            self.problems.append(f"{self.unjudged} rounds took longer than engine.retention")
        counts = ", ".join(f"{number} {what}" for what, number in sorted(self.done.items()))
        lines = [f"{took_s / 60:.1f} minutes, seed {self.options.seed}, {self.before.loads - self.unjudged} rounds judged, "
                 f"{self.workflows} workflows; {counts}; {len(rows)} samples",
                 *[str(verdict) for verdict in found], *self.problems,
                 "FAILED" if self.problems else "all histories legal"
                 + (", all figures flat" if all(each.is_flat for each in found)
                    else "; too few rounds to say whether figures are flat")]
        (self.to / "verdict.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        if rows:
            (self.to / "samples.svg").write_text(plot(rows), encoding="utf-8")
        say("\n".join(lines))
        if self.problems:
            say(f"the folder: {self.folder}")
        elif self.options.to:
            shutil.rmtree(self.folder)
        say(f"the samples: {self.to}")
        return not self.problems


HEIGHT = 230


def plot(rows):
    """One panel a group of figures, over the minutes of the run."""
    last = rows[-1]["at_s"] / 60
    panels = []
    for place, (title, figures) in enumerate(PANELS):
        top = svg_plot.round_up(max(1, *[row[figure] for row in rows for figure in figures]))
        panel = svg_plot.Panel(title, top, 0, last, HEIGHT, place * HEIGHT)
        for figure, colour in zip(figures, COLOURS):
            panel.line(thinned([(row["at_s"] / 60, row[figure]) for row in rows]), colour,
                       NAMES.get(figure, FIGURES[figure]), width=1.2)
        for i in range(5):
            panel.tick(last * i / 4, f"{last * i / 4:.3g} min")
        panels.append(panel)
    return svg_plot.page(panels, HEIGHT * len(PANELS))


MOST_POINTS = 720


def thinned(points):
    """Not more points than a plot can show: of each few neighbours, the greatest."""
    each = len(points) // MOST_POINTS + 1
    return [max(points[i:i + each], key=lambda point: point[1]) for i in range(0, len(points), each)]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get("ENDURE_BIN"))
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--round-s", type=float, default=60)
    parser.add_argument("--spare-node", action="store_true")
    parser.add_argument("--to", metavar="FOLDER")
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    if not options.binary:
        parser.error("--binary or ENDURE_BIN must name the endure binary")
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(10**6)
    return 0 if Run(options).run() else 1


if __name__ == "__main__":
    sys.exit(main())
