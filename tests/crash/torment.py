"""What is done to a node and its workers while a load runs: deaths, at random moments, and standing still."""

import random
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter

LEASE_S = 5.0  # of the load's steps (definitions.py)


class Torment:
    """Seeded. `done` counts what was done, `problems` what came of it that must not."""

    def __init__(self, node, load, seed):
        self.chance = random.Random(seed)
        self.done = Counter()
        self.problems = []
        self._node = node
        self._load = load
        self._backups = 0
        self._standing = []  # threads that let a stopped worker go on

    # -- the node -----------------------------------------------------------------------------

    def node_lives_and_dies(self, live):
        """One life of the node, from its start to its death by SIGKILL. `live`: waits for the moment."""
        dice = self.chance.random()
        self._node.spawn()
        if dice < 0.2:
            time.sleep(self.chance.uniform(0.0, 0.3))
            self.done["kills while starting"] += 1
        else:
            self._node.wait_ready()
            live()
            if dice < 0.28:
                self._stand_still()
            elif dice < 0.38:
                self._back_up()
                return
            self.done["kills"] += 1
        self._node.kill()

    # As a machine that is suspended: when it goes on, leases and sessions are over.
    def _stand_still(self):
        self._node.process.send_signal(signal.SIGSTOP)
        time.sleep(self.chance.choice((0.5, 2.5, LEASE_S + 1)))
        self._node.process.send_signal(signal.SIGCONT)
        time.sleep(self.chance.uniform(0.0, 0.5))
        self.done["stops of the node"] += 1

    # The node dies while it is copied, or the copying does: what lies there is a whole volume or none.
    def _back_up(self):
        self._backups += 1
        to = self._node.folder / f"backup-{self._backups}"
        copying = subprocess.Popen(
            [self._node.binary, "backup", "--data", self._node.data, "--to", to],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(self.chance.uniform(0.0, 0.1))
        if self.chance.random() < 0.4:
            copying.kill()
            self.done["kills of a backup"] += 1
        self.done["kills during a backup"] += 1
        self._node.kill()
        whole = copying.wait(60) == 0
        verified = subprocess.run([self._node.binary, "verify", "--data", to], capture_output=True,
                                  text=True, check=False)
        if whole and verified.returncode != 0:
            self.problems.append(f"a backup that was made is not sound: {verified.stdout}"
                                 f"{verified.stderr}")
        if not whole and verified.returncode == 0 and not (to / "data.mdb").exists():
            self.problems.append("half a backup is taken for a whole one")
        shutil.rmtree(to, ignore_errors=True)

    # -- the workers --------------------------------------------------------------------------

    def workers(self):
        """Perhaps something befalls one of them."""
        dice = self.chance.random()
        worker = self.chance.choice(self._load.processes)
        if dice < 0.1:
            worker.kill()
            worker.start()
            self.done["kills of workers"] += 1
        elif dice < 0.14 and not any(each.is_alive() for each in self._standing):
            self.done["stops of workers"] += 1
            worker.pause()
            thread = threading.Timer(LEASE_S + 2, worker.go_on)
            thread.start()
            self._standing.append(thread)

    def all_go_on(self):
        for thread in self._standing:
            thread.cancel()
        for worker in self._load.processes:
            worker.go_on()


def kills_of_the_node(done):
    return sum(number for what, number in done.items() if what.startswith("kills")
               and "workers" not in what and "of a backup" not in what)
