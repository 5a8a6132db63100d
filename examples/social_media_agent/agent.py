"""Runs the social-media agent through a bad day, and reports what came of it.

Starts a node, the outer world, the workers, a reviewer and the monitor; kills a worker and the node
while they are busy, restarts them, lets the enrichment service be away for a while; then compares the
posts, the world's own records and the node's history.

Exit code 0 only where nothing was lost, nothing was done twice, and every post came to its end;
1 where it was not so; 2 where the run could not be made. The last line is one JSON object.
"""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

import endure

import report
import timeline
from bad_day import HERE, Run
from monitor import BadPost
from processes import Children
from progress import Progress

BINARY = HERE.parents[1] / "build" / "release" / "bin" / "endure"
MOST_FINDINGS_SHOWN = 20


def read_options(arguments):
    parser = argparse.ArgumentParser(
        prog="run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", default=str(HERE / "posts.jsonl"),
                        help="your own posts: JSON Lines, objects with id and text")
    parser.add_argument("--outage", default="15s", metavar="TIME",
                        help="how long the enrichment service is away: 15s, 5m, 3h, 0 (default 15s)")
    parser.add_argument("--rate", type=float, default=14, help="posts a second (default 14)")
    parser.add_argument("--node-kills", type=int, default=2, help="default 2")
    parser.add_argument("--worker-kills", type=int, default=1, help="default 1")
    parser.add_argument("--seed", type=int, default=1,
                        help="of the trouble and of the moments of the kills (default 1)")
    parser.add_argument("--remind-after-s", type=float, default=4, metavar="S",
                        help="seconds until a reviewer is reminded (default 4)")
    parser.add_argument("--deadline", default="5m", metavar="TIME",
                        help="most time for the run, the outage not counted (default 5m)")
    parser.add_argument("--data", help="keep everything in this folder (default: a temporary one, "
                                       "kept only when something went wrong)")
    parser.add_argument("--binary", default=str(BINARY), help="the endure program")
    options = parser.parse_args(arguments)
    try:
        options.outage_s = timeline.seconds(options.outage)
        options.deadline_s = timeline.seconds(options.deadline)
    except ValueError as error:
        parser.error(str(error))
    if options.rate <= 0 or options.remind_after_s <= 0:
        parser.error("--rate and --remind-after-s must be more than 0")
    if not os.access(options.binary, os.X_OK):
        parser.error(f"no program at {options.binary}: run script/build first")
    options.posts = os.path.abspath(options.posts)
    return options


def new_folder(data):
    """The run's own folder: below `data`, or a temporary one."""
    if data is None:
        return tempfile.mkdtemp(prefix="endure-social-media-agent-")
    folder = os.path.abspath(data)
    os.makedirs(folder, exist_ok=True)
    if os.listdir(folder):
        raise RuntimeError(f"{folder} is not empty: a run begins with an empty folder")
    return folder


def print_report(figures):
    """The figures for people."""
    def row(name, value):
        print(f"  {name:<28} {value}")

    print("\nReport, from the posts, the outer world's own records and the node's history")
    row("posts in", figures["posts"])
    row("completed", figures["completed"])
    row("rejected", figures["rejected"])
    row("transitions", figures["transitions"])
    row("retries", figures["retries"])
    row("redeliveries", figures["redeliveries"])
    row("longest queue", figures["longest_queue"])
    row("side effects applied", figures["effects"])
    row("asked for again, recognised", figures["deduplicated"])
    for number, kill in enumerate(kill for kill in figures["kills"] if kill["what"] == "node"):
        further = kill["next_transition_ms"]
        row(f"node kill {number + 1}", f"ready after {kill['ready_ms']} ms, next transition "
            + ("none: nothing was left to do" if further is None else f"after {further} ms"))
    row("fed again, new workflows", figures["started_again"])
    for finding in figures["findings"]:
        print(f"  WRONG: {finding}")
    print(f"  lost={figures['lost']} repeated={figures['repeated']}")


def run(options, folder):
    """Makes the run; returns its figures. Whatever happens, no child is left behind."""
    children = Children(folder)
    day = Run(options, folder, children, Progress())
    try:
        day.begin()
        day.live()
        started_again = day.feed_again()
        figures = day.judge()
    finally:
        children.stop_all()
    figures["seed"] = options.seed
    figures["started_again"] = started_again
    if started_again:
        figures["findings"].append(f"{started_again} posts were started twice")
    figures["findings"] = figures["findings"][:MOST_FINDINGS_SHOWN]
    return figures


def main(arguments=None):
    options = read_options(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    try:
        folder = new_folder(options.data)
    except (RuntimeError, OSError) as error:
        print(f"run: {error}", file=sys.stderr)
        return 2
    try:
        figures = run(options, folder)
    except (RuntimeError, BadPost, OSError, endure.EndureError,
            subprocess.TimeoutExpired) as error:
        print(f"\nrun: {error}\nrun: what there is of this run is in {folder}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nrun: interrupted; every process was ended", file=sys.stderr)
        return 130
    print_report(figures)
    good = report.is_good(figures)
    if good and options.data is None:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"  everything of this run is in {folder}")
    print(json.dumps(figures, ensure_ascii=False))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
