"""From the trace of a disk (disk_shim.cpp) to what may lie on it after a power cut.

A disk keeps what a sync confirmed. Of what was written since, each sector of 512 bytes is there or not,
in any order: a write may be lost, torn, or there although an earlier one is not. Where several writes
hit one sector, it may have the state after any of them."""

import struct

SECTOR = 512
HEADER = struct.Struct("<cQQI")


class Event:
    def __init__(self, kind, at_ns, offset, data):
        self.kind, self.at_ns, self.offset, self.data = kind, at_ns, offset, data


def read_trace(path):
    """A node that was killed may leave half a record at the end."""
    with open(path, "rb") as trace:
        while True:
            header = trace.read(HEADER.size)
            if len(header) < HEADER.size:
                return
            kind, at_ns, offset, size = HEADER.unpack(header)
            data = trace.read(size)
            if len(data) < size:
                return
            yield Event(kind.decode(), at_ns, offset, data)


class Disk:
    """A file on it: what is durable, and what was written since the last sync."""

    def __init__(self):
        self.durable = bytearray()
        self.pending = []  # (offset, data), in the order of writing
        self.size = 0  # as the file system would say it

    def take(self, event):
        if event.kind == "w":
            self.pending.append((event.offset, event.data))
            self.size = max(self.size, event.offset + len(event.data))
        elif event.kind == "t":
            # Only ever grown here, by zeroes: nothing is lost with it.
            self.size = event.offset
        elif event.kind == "s":
            self._keep(self.pending)
            self.pending = []
            self._grow(self.size)
        elif event.kind == "d":
            done = [write for write in self.pending if write[0] == event.offset]
            self._keep(done)
            self.pending = [write for write in self.pending if write[0] != event.offset]

    def _grow(self, size):
        if len(self.durable) < size:
            self.durable.extend(bytes(size - len(self.durable)))

    def _keep(self, writes):
        for offset, data in writes:
            self._grow(offset + len(data))
            self.durable[offset:offset + len(data)] = data

    def image(self, chance, how):
        """What the disk may hold now. `how`:

        nothing  all that was not synced is lost       all     nothing is
        writes   each write is there or not            sectors each sector of each is there or not
        torn     the writes up to one of them, and of that one some sectors"""
        held = bytearray(self.durable)
        last = chance.randrange(len(self.pending)) if self.pending else 0
        for number, (offset, data) in enumerate(self.pending):
            if how == "nothing" or (how == "torn" and number > last):
                break
            if how == "writes" and chance.random() < 0.5:
                continue
            whole = how in ("all", "writes") or (how == "torn" and number < last)
            for at in range(0, len(data), SECTOR):
                if whole or chance.random() < 0.5:
                    _put(held, offset + at, data[at:at + SECTOR])
        return held


HOWS = ("nothing", "all", "writes", "sectors", "torn")


def _put(held, offset, data):
    if len(held) < offset + len(data):
        held.extend(bytes(offset + len(data) - len(held)))
    held[offset:offset + len(data)] = data
