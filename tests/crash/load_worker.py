#!/usr/bin/env python3
"""A worker of the load as a process of its own, to be killed and stopped.

usage: load_worker.py ADDRESS LOG NAME"""

import signal
import sys
import threading

from load import Record, make_worker
from facts import Log


def main():
    address, log, name = sys.argv[1:]
    worker = make_worker(address, Record(Log(log)), name)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    worker.start()
    stop.wait()
    worker.stop()
    worker.join(10)


if __name__ == "__main__":
    main()
