"""A worker that says which steps it holds and takes its time: tests kill or stop its process.

usage: holding_worker.py ADDRESS NAME CAPACITY SECONDS QUEUE
"""

import sys
import time

from node import ROOT

sys.path.insert(0, str(ROOT / "clients" / "python"))

import endure  # noqa: E402


def main():
    address, name, capacity, seconds, queue = sys.argv[1:]
    worker = endure.Worker(address, capacity=int(capacity), prefetch=0, name=name, stop_timeout=1)

    @worker.step(queue)
    def hold(arguments, step):
        # One write a line: several of these threads share the pipe.
        sys.stdout.write(f"{step.workflow} {step.attempt} {step.idempotency_key}\n")
        sys.stdout.flush()
        time.sleep(float(seconds))
        return {"by": name}

    worker.run()


if __name__ == "__main__":
    main()
