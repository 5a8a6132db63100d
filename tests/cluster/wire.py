#!/usr/bin/env python3
"""The wire between the nodes of a cluster whose network interfaces are TUN devices: takes each packet from its
sender's interface and hands it to its receiver's, or loses it, or holds it back, as it is told. What runs over it are
the kernel's own connections.

usage: wire.py PREFIX FD...     node i has the address PREFIXi (from 1) and the i-th descriptor

On stdin one JSON line a change: a square of [cut, loss, delay_s], from each node (row) to each other (column). The
answer on stdout is a line of what has happened so far. It ends with its stdin."""

import heapq
import json
import os
import random
import selectors
import socket
import sys
import time

PACKETS_AT_A_TIME = 64


class Wire:
    def __init__(self, prefix, tuns):
        self.tuns = tuns
        self.place = {socket.inet_aton(f"{prefix}{i + 1}"): i for i in range(len(tuns))}
        self.rules = [[[False, 0.0, 0.0]] * len(tuns) for _ in tuns]
        self.held = []  # (due, number, receiver, packet)
        self.passed = self.cut = self.lost = self.delayed = 0

    def take(self, sender):
        """All that an interface has to send now, a bounded number at a time."""
        for _ in range(PACKETS_AT_A_TIME):
            try:
                packet = os.read(self.tuns[sender], 65536)
            except OSError:  # nothing more, or the interface is down
                return
            receiver = self.place.get(packet[16:20])
            if packet[0] >> 4 != 4 or receiver is None:
                continue  # a multicast, IPv6's search for neighbours
            cut, loss, delay_s = self.rules[sender][receiver]
            if cut:
                self.cut += 1
            elif loss and random.random() < loss:
                self.lost += 1
            elif delay_s:
                self.delayed += 1
                heapq.heappush(self.held, (time.monotonic() + delay_s, self.delayed, receiver, packet))
            else:
                self.give(receiver, packet)

    def give(self, receiver, packet):
        self.passed += 1
        try:
            os.write(self.tuns[receiver], packet)
        except OSError:
            pass  # its interface is down

    def give_due(self):
        """What was held long enough; how long until there is more, None where nothing is held."""
        while self.held:
            left = self.held[0][0] - time.monotonic()
            if left > 0:
                return left
            self.give(*heapq.heappop(self.held)[2:])
        return None

    def run(self):
        selector = selectors.DefaultSelector()
        for sender, tun in enumerate(self.tuns):
            selector.register(tun, selectors.EVENT_READ, sender)
        selector.register(sys.stdin, selectors.EVENT_READ, None)
        while True:
            for key, _ in selector.select(self.give_due()):
                if key.data is not None:
                    self.take(key.data)
                    continue
                line = sys.stdin.readline()
                if not line:
                    return
                self.rules = json.loads(line)
                print(json.dumps({"passed": self.passed, "cut": self.cut, "lost": self.lost,
                                  "delayed": self.delayed}), flush=True)


if __name__ == "__main__":
    Wire(sys.argv[1], [int(fd) for fd in sys.argv[2:]]).run()
