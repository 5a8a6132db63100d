"""Runs the agent again and again, each time with another seed: other troubles, and kills at other
moments. Ends at the first run in which anything was lost or done twice, and says its seed.
"""
import argparse
import json
import random
import signal
import subprocess
import sys
import time

from bad_day import HERE


def one_run(seed, options):
    """(exit code, figures or None, output) of one run."""
    draw = random.Random(f"{seed}/soak")
    command = [sys.executable, str(HERE / "agent.py"), "--seed", str(seed),
               "--outage", f"{draw.choice((0, 2, 4, 6))}s", "--rate", str(draw.choice((25, 40, 80))),
               "--node-kills", str(draw.choice((2, 2, 3, 4))),
               "--worker-kills", str(draw.choice((1, 2, 3))),
               "--remind-after-s", "2", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        output, _ = process.communicate(timeout=600)
    except BaseException:  # also Ctrl-C: the run ends its own children
        process.send_signal(signal.SIGTERM)
        process.wait()
        raise
    lines = output.splitlines()
    try:
        return process.returncode, json.loads(lines[-1]), output
    except (IndexError, ValueError):
        return process.returncode, None, output


def summary(runs):
    """Totals over all runs, for JSON."""
    total = {name: sum(figures[name] for figures in runs)
             for name in ("posts", "completed", "rejected", "effects", "deduplicated", "retries",
                          "redeliveries", "lost", "repeated")}
    kills = [kill for figures in runs for kill in figures["kills"] if kill["what"] == "node"]
    return {"runs": len(runs), **total, "node_kills": len(kills),
            "worker_kills": sum(len(figures["kills"]) for figures in runs) - len(kills),
            "slowest_ready_ms": max((kill["ready_ms"] for kill in kills), default=None)}


def main():
    parser = argparse.ArgumentParser(
        prog="soak", description=__doc__, epilog="further options go to each run: see run --help")
    parser.add_argument("--runs", type=int, default=20, help="default 20")
    parser.add_argument("--first-seed", type=int, default=None,
                        help="runs use this seed and those that follow (default: by the clock)")
    options, further = parser.parse_known_args()
    first = options.first_seed if options.first_seed is not None else int(time.time()) % 1_000_000
    runs = []
    for seed in range(first, first + options.runs):
        begun = time.monotonic()
        code, figures, output = one_run(seed, further)
        if code != 0 or figures is None:
            print(output)
            print(f"soak: the run with seed {seed} failed (exit code {code}); again with: "
                  f"soak --runs 1 --first-seed {seed}")
            return 1
        runs.append(figures)
        node_kills = [kill for kill in figures["kills"] if kill["what"] == "node"]
        print(f"run {len(runs):3} of {options.runs}, seed {seed}: completed {figures['completed']} "
              f"rejected {figures['rejected']} node kills {len(node_kills)} "
              f"retries {figures['retries']} redeliveries {figures['redeliveries']} "
              f"recognised {figures['deduplicated']} lost={figures['lost']} "
              f"repeated={figures['repeated']}, {time.monotonic() - begun:.0f} s", flush=True)
    print(json.dumps(summary(runs)))
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
