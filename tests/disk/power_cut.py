#!/usr/bin/env python3
"""Cuts the power of a node, thousands of times in one run: records what it writes under load, makes
from that what may lie on the disk after a cut at any moment, and looks at each such image: `endure
verify` must find it sound, and all that had been acknowledged before must be in it.

  power_cut.py --binary build/ci/bin/endure [--images 100] [--seed 7] [--facts 200]

It is shown to find a node that does not sync (--mutant no_sync must fail; the test runs it, too).
Exit codes: 0 every image held; 1 one did not; 77 something that it needs was not built."""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "crash"), str(HERE.parent / "trace")]

import definitions as d  # noqa: E402
from crash_images import HOWS, Disk, read_trace  # noqa: E402
from facts import Told, read_logs  # noqa: E402
from laws import judge  # noqa: E402
from mixed_load import MixedLoad  # noqa: E402
from node import Node, has_fault_points  # noqa: E402
from sink import Sink  # noqa: E402

SHIM = "endure_disk_shim.so"
READER = "endure_read_volume"
LONGEST_LOAD_S = 60.0
# What a client is told is there; what it says itself may be lost with the power.
TOLD = ("start_acked", "event_acked", "step_taken", "result_acked", "error_acked", "verb_acked",
        "end_seen")


class Recording:
    """A node under load on a watched disk."""

    def __init__(self, binary, facts, mutant=""):
        self.binary = Path(binary)
        self.folder = Path(tempfile.mkdtemp(prefix="endure-power-"))
        self.sink = Sink()
        self.node = Node(binary, self.folder, sink=self.sink.url)
        self.trace = self.folder / "disk.trace"
        self.node.environment = {
            "LD_PRELOAD": str(self.binary.parent / SHIM), "ENDURE_DISK_TRACE": str(self.trace),
            "ENDURE_MUTANT": mutant}
        self.enough = facts

    # Killed in the middle of it all: at rest there is little to lose.
    def run(self):
        load = MixedLoad(self.node, self.sink.url, processes=False)
        try:
            self.node.start()
            load.start()
            until = time.monotonic() + LONGEST_LOAD_S
            while load.record.noted < self.enough and time.monotonic() < until:
                time.sleep(0.02)
            self.node.kill()
        finally:
            problems = load.stop()
            self.node.discard()
            self.sink.close()
        self.facts = read_logs(load.logs)
        if load.record.noted < self.enough:
            problems.append(f"only {load.record.noted} facts in {LONGEST_LOAD_S} s")
        return problems


class Judge:
    """Looks at one image after the other."""

    def __init__(self, recording, folder):
        self.recording = recording
        self.data = Path(folder) / "data"
        self.problems = []
        self.images = 0
        self.acked = 0  # facts that some image was held against, at most

    def look_at(self, image, at_ns, what):
        self.images += 1
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir()
        (self.data / "data.mdb").write_bytes(image)
        found = self._verify()
        if not found:
            found = self._compare(at_ns)
        if found:
            self.problems.append(f"image {self.images} ({what}): {found[0]}")
            kept = self.recording.folder / f"image-{self.images}"
            shutil.copytree(self.data, kept)
        return not found

    def _verify(self):
        done = subprocess.run([self.recording.binary, "verify", "--data", self.data],
                              capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return []
        return [f"endure verify: exit code {done.returncode}: {done.stdout} {done.stderr}"]

    def _compare(self, at_ns):
        done = subprocess.run([self.recording.binary.parent / READER, self.data],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return [f"the volume cannot be read: {done.stderr}"]
        told = Told.of(json.loads(line) for line in done.stdout.splitlines())
        facts = [fact for fact in self.recording.facts
                 if fact["t"] < at_ns or fact["what"] not in TOLD]
        self.acked = max(self.acked, sum(1 for fact in facts if fact["what"] in TOLD))
        return judge(told, facts, self_started=(d.SCHEDULED,))


def is_volume(image):
    """Before the first commit there is nothing to open, and nothing was acknowledged."""
    return len(image) >= 4 * 4096


def run(binary, images, seed, facts, mutant=""):
    recording = Recording(binary, facts, mutant)
    problems = recording.run()
    if problems:
        return None, problems, recording
    events = list(read_trace(recording.trace))
    first = next(i for i, event in enumerate(events)
                 if event.at_ns > recording.facts[0]["t"])
    chance = random.Random(seed)
    cuts = sorted(chance.randrange(first, len(events)) for _ in range(images))
    disk = Disk()
    at = 0
    shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="endure-image-", dir=shm) as folder:
        judge_ = Judge(recording, folder)
        for cut in cuts:
            while at <= cut:
                disk.take(events[at])
                at += 1
            how = chance.choice(HOWS)
            image = disk.image(chance, how)
            if is_volume(image):
                judge_.look_at(image, events[cut].at_ns,
                               f"cut after event {cut} of {len(events)}, {how}, "
                               f"{len(disk.pending)} writes unsynced")
            if mutant and judge_.problems:
                break
    return judge_, judge_.problems, recording


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get("ENDURE_BIN"))
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--facts", type=int, default=200,
                        help="of clients, after which the recording ends")
    parser.add_argument("--mutant", default="", help="an engine that must be found out")
    options = parser.parse_args()
    if not options.binary:
        parser.error("--binary or ENDURE_BIN must name the endure binary")
    for part in (SHIM, READER):
        if not (Path(options.binary).parent / part).exists():
            print(f"{part} is not beside {options.binary}")
            return 77
    if options.mutant and not has_fault_points(options.binary):
        return 77
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    judged, problems, recording = run(options.binary, options.images, seed, options.facts,
                                      options.mutant)
    if judged is None:
        print(f"the load itself failed: {problems[:4]}")
        return 1
    print(f"{judged.images} images of {recording.trace.stat().st_size >> 10} KiB of writes, seed "
          f"{seed}, up to {judged.acked} acknowledgements held against one; "
          f"{len(problems)} images do not hold")
    for problem in problems[:8]:
        print(f"  {problem}")
    if bool(problems) == bool(options.mutant):
        shutil.rmtree(recording.folder)
        return 0
    print(f"  the folder: {recording.folder}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
