"""Keeps a node alive while a scenario runs: starts it, and where it is to die at its fault points, starts it again
after each death."""

import os
import random
import threading

from node_process import Node, NodeDied

COMMITTED = "journal.after_commit"
# A scenario that needs more lives than this one makes no progress.
MOST_DEATHS = 500


def no_deaths(_life):
    """The plan of an ordinary run."""
    return None


def every_commit(_life):
    """Dies right after each commit, the first of every life. A life that ends so has made one commit, and a scenario
    takes a finite number of them: it always comes to its end."""
    return f"{COMMITTED}:1"


def at_random(seed, points):
    """Dies at points and passes drawn by the seed; each second life after its first commit, for those before it may
    have ended without one."""
    chance = random.Random(seed)

    def plan(life):
        if life % 2 == 0:
            return f"{COMMITTED}:1"
        return f"{chance.choice(points)}:{chance.randint(1, 3)}"

    return plan


class Keeper:
    """One node in a folder of its own, which dies by `plan(life)` and is started again by a thread."""

    def __init__(self, binary, folder, services, settings="", plan=no_deaths):
        self.node = Node(binary, folder, settings=settings)
        self.node.environment["PATH"] = f"{services.programs}{os.pathsep}{os.environ.get('PATH', '')}"
        self.deaths = 0
        self.problem = None
        self.started = False
        self._plan = plan
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self):
        self.started = True
        if self._plan is no_deaths:
            self.node.start()
            return
        self.node.spawn(self._plan(0))
        self._thread.start()

    def _keep(self):
        try:
            while not self._stopping.is_set():
                if not self.node.wait_killed(0.2):
                    continue
                self.deaths += 1
                if self.deaths > MOST_DEATHS:
                    raise NodeDied(f"the scenario has not ended after {MOST_DEATHS} deaths of the node")
                self.node.spawn(self._plan(self.deaths))
        except NodeDied as error:
            if not self._stopping.is_set():
                self.problem = str(error)

    def check(self):
        """Raises where the node ended otherwise than by plan."""
        if self.problem:
            raise NodeDied(self.problem)
        if self._plan is no_deaths and self.node.process.poll() is not None:
            raise NodeDied(f"the node ended with {self.node.process.returncode}\n" + self.node.log_tail())

    def end(self):
        """Stops the node in good order and checks its folder; what is wrong with it, or None."""
        self._stopping.set()
        if not self.started:
            return "the scenario has not used the node"
        if self._plan is no_deaths:
            self.node.stop()
        else:
            self._thread.join(30)
            # It may be at one of its points even now; what counts is the folder that it leaves.
            self.node.discard()
        verified = self.node.verify()
        if verified is not None and verified[0] != 0:
            return f"endure verify ended with {verified[0]}: {verified[1].strip()}"
        return None

    def discard(self):
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(30)
        self.node.discard()
