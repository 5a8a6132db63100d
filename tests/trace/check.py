#!/usr/bin/env python3
"""Judges a run: the histories of a node against the model of a workflow, and against what its clients
wrote down.

  check.py --node http://127.0.0.1:7450 --logs FOLDER      a running node, and its clients' *.jsonl
  check.py --node http://127.0.0.1:7450 --save told.json   the same without logs; keeps the histories
  check.py --told told.json --logs FOLDER                  judges them again, without the node

Exit codes: 0 legal; 1 not, each violation on its line."""

import argparse
import sys
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from laws import judge  # noqa: E402
from node_process import Api  # noqa: E402
from facts import Told, read_logs  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--node", metavar="URL")
    source.add_argument("--told", metavar="FILE")
    parser.add_argument("--logs", metavar="FOLDER")
    parser.add_argument("--save", metavar="FILE")
    parser.add_argument("--self-started", metavar="NAMESPACE", action="append", default=[],
                        help="workflows of this namespace are started by no client")
    parser.add_argument("--all-ended", action="store_true", help="nothing may be under way any more")
    options = parser.parse_args()
    if options.node:
        told = Told.by(Api(urllib.parse.urlsplit(options.node).port))
    else:
        told = Told.load(options.told)
    if options.save:
        told.save(options.save)
    facts = read_logs(options.logs) if options.logs else []
    # Without logs nobody can say who started what.
    known = options.self_started if options.logs else {name[0] for name in told.workflows}
    problems = judge(told, facts, known, options.all_ended)
    for problem in problems:
        print(problem)
    print(f"{len(told.workflows)} workflows, {len(facts)} facts of clients, "
          f"{len(problems)} violations")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
