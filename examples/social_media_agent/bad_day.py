"""The bad day: the driver's one class. It starts everything, feeds the posts, kills what the plan
says, restarts it, waits for the end, and collects what the report needs.
"""
import collections
import json
import os
import pathlib
import sys
import time
import urllib.request

import endure

import monitor
import report
import timeline
from deliveries import read_deliveries
from ledger import read_ledger
from node import Node
from progress import describe

HERE = pathlib.Path(__file__).resolve().parent
WORKERS = {"enrich-1": "enrich_worker.py", "enrich-2": "enrich_worker.py",
           "act-1": "act_worker.py", "act-2": "act_worker.py"}
PACE_S = 0.1           # of the driver's loop
LOOK_EVERY_S = 0.5
KILL_PATIENCE_S = 4.0
RESPAWN_AFTER_S = 1.0  # a killed worker comes back


class Run:
    """One run in `folder`. Every method is called on the main thread."""

    def __init__(self, options, folder, children, progress):
        self._options = options
        self._folder = folder
        self._children = children
        self._progress = progress
        self._node = Node(options.binary, folder, children)
        self._client = endure.Client(self._node.url)
        self._world_url = None
        self._posts = list(dict.fromkeys(  # a post may stand in the file twice
            monitor.workflow_id(post["id"]) for post in monitor.read_posts(options.posts)))
        self._respawn = {}  # worker → when
        self._kills = []
        self._statuses = {}
        self._ended = 0
        self._queues = {}  # name → depth
        self._leased = set()
        self._longest_queue = 0

    # -- beginning --------------------------------------------------------------

    def begin(self):
        self._start_world()
        ready_s = self._node.start()
        self._progress.say(f"node {self._node.pid} ready after {ready_s * 1000:.0f} ms "
                           f"at {self._node.url}")
        self._client.deploy(HERE / "workflow.yaml")
        for name in WORKERS:
            self._start_worker(name)
        self._start_python("reviewer", "reviewer.py", "--node", self._node.url, "--seed",
                           str(self._options.seed), "--remind-after-s",
                           str(self._options.remind_after_s))
        self._progress.say(f"{len(WORKERS)} workers and a reviewer started; "
                           f"{len(self._posts)} posts come in, {self._options.rate:g} a second")
        self._start_monitor("monitor", self._options.rate)

    def _start_world(self):
        process = self._start_python(
            "world", "world.py", "--records", self._path("effects.jsonl"), "--seed",
            str(self._options.seed), pipe=True)
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the outer world did not start:\n" + self._children.log_tail("world"))
        self._world_url = f"http://127.0.0.1:{json.loads(line)['port']}"
        self._progress.say(f"the outer world stands at {self._world_url} "
                           f"and misbehaves by seed {self._options.seed}")

    def _start_worker(self, name):
        self._start_python(name, WORKERS[name], "--node", self._node.worker_address, "--world",
                           self._world_url, "--deliveries", self._path("deliveries.jsonl"))

    def _start_monitor(self, name, rate):
        return self._start_python(
            name, "monitor.py", "--node", self._node.url, "--posts", self._options.posts,
            "--rate", str(rate), "--remind-after", f"PT{self._options.remind_after_s:g}S",
            pipe=True)

    def _start_python(self, name, script, *arguments, pipe=False):
        return self._children.start(name, [sys.executable, str(HERE / script), *arguments],
                                    pipe=pipe)

    def _path(self, name):
        return os.path.join(self._folder, name)

    # -- the bad day ------------------------------------------------------------

    def live(self):
        """Until every post has come to its end and all that was planned was done; or the deadline."""
        deadline = time.monotonic() + self._options.deadline_s + self._options.outage_s
        moments = timeline.plan(self._options.seed, len(self._posts) / self._options.rate,
                                self._options.outage_s, self._options.node_kills,
                                self._options.worker_kills)
        next_look = 0.0
        begun = None  # when the first workflow was seen
        fed = False
        while True:
            now = time.monotonic()
            if now >= next_look and self._look():
                next_look = now + (LOOK_EVERY_S if len(self._posts) < 2000 else 10 * LOOK_EVERY_S)
                begun = begun or (now if self._statuses else None)
            while begun and moments and self._is_time_for(moments[0], now - begun):
                self._do(moments.pop(0))
            self._respawn_workers(now)
            fed = self._look_after_children() or fed
            if fed and not moments and not self._respawn and self._ended >= len(self._posts):
                return
            if now > deadline:
                self._progress.say("the deadline has passed; this is how far it came")
                return
            time.sleep(PACE_S)

    def _is_time_for(self, moment, now_s):
        """A kill waits a moment for work to disturb: a worker dies with a step in its hands, the
        node with steps on its queues."""
        if now_s < moment.at_s:
            return False
        if moment.what == "outage" or now_s > moment.at_s + KILL_PATIENCE_S:
            return True
        if not self._look_at_queues():
            return False
        return bool(self._leased) if moment.what == "worker" else any(self._queues.values())

    def _do(self, moment):
        if moment.what == "outage":
            self._begin_outage(moment.length_s)
        elif moment.what == "node":
            self._kill_node()
        else:
            self._kill_worker()

    def _begin_outage(self, seconds):
        body = json.dumps({"service": "enrichment", "seconds": seconds}).encode()
        request = urllib.request.Request(self._world_url + "/world/outage", body, method="POST")
        with urllib.request.urlopen(request, timeout=5.0):
            pass
        self._progress.say(f"the enrichment service is away for {seconds:g} s: its queue grows")

    def _kill_node(self):
        queued = sum(self._queues.values())
        at_ms = time.time() * 1000
        pid = self._node.kill()
        self._progress.say(f"KILL -9 node {pid}, with {queued} steps queued; starting it again")
        self._node.start()
        ready_ms = time.time() * 1000 - at_ms
        self._kills.append({"what": "node", "at_ms": round(at_ms), "ready_ms": round(ready_ms)})
        self._progress.say(f"node {self._node.pid} is ready, {ready_ms:.0f} ms after the kill")

    def _kill_worker(self):
        names = sorted(name for name in WORKERS if name not in self._respawn)
        busy = [name for name in names if ("enrich" in self._leased) == name.startswith("enrich")]
        name = (busy or names)[0]
        at_ms = time.time() * 1000
        pid = self._children.kill(name)
        self._respawn[name] = time.monotonic() + RESPAWN_AFTER_S
        self._kills.append({"what": "worker", "at_ms": round(at_ms)})
        self._progress.say(f"KILL -9 worker {name} ({pid}), in the middle of its work")

    def _respawn_workers(self, now_s):
        for name in [name for name, at_s in self._respawn.items() if at_s <= now_s]:
            del self._respawn[name]
            self._start_worker(name)
            self._progress.say(f"worker {name} is back")

    def _look_after_children(self):
        """True where the monitor has finished; raises where another child ended on its own."""
        fed = False
        for name, code in self._children.dead().items():
            if name != "monitor" or code != 0:
                raise RuntimeError(f"{name} ended with {code}:\n" + self._children.log_tail(name))
            self._children.forget(name)
            self._progress.say("all posts were handed over")
            fed = True
        return fed

    # -- looking ----------------------------------------------------------------

    def _look(self):
        """Counts and shows; False where the node does not answer just now."""
        try:
            workflows = self._workflows()
        except monitor.AWAY:
            return False
        if not self._look_at_queues():
            return False
        self._statuses = collections.Counter(workflow.status for workflow in workflows)
        self._ended = sum(workflow.phase in report.ENDED for workflow in workflows)
        retries, _ = report.count_deliveries(self._deliveries())
        self._progress.show(describe(self._statuses, self._queues, retries))
        return True

    def _look_at_queues(self):
        try:
            queues = self._client.queues()
        except monitor.AWAY:
            return False
        self._queues = {queue.queue: queue.depth for queue in queues}  # delayed steps included
        self._leased = {queue.queue for queue in queues if queue.leased}
        self._longest_queue = max([self._longest_queue, *self._queues.values()])
        return True

    def _workflows(self):
        return list(self._client.list(namespace=monitor.NAMESPACE, page=1000))

    def _deliveries(self):
        return read_deliveries(self._path("deliveries.jsonl"))

    # -- the end ----------------------------------------------------------------

    def feed_again(self):
        """The same file once more: nothing may begin. Returns how many workflows were new."""
        process = self._start_monitor("monitor-again", 0)
        out, _ = process.communicate(timeout=60 + len(self._posts) / 50)
        self._children.forget("monitor-again")
        if process.returncode != 0:
            raise RuntimeError("the second feeding failed:\n"
                               + self._children.log_tail("monitor-again"))
        started = json.loads(out)["started"]
        self._progress.say(f"the same posts were fed again: {started} new workflows")
        return started

    def judge(self):
        workflows = {
            one.id: {"id": one.id, "phase": one.phase, "status": one.status,
                     "transition": one.transition}
            for one in self._workflows()}
        histories = {id: self._history(id) for id in workflows}
        records = [{**record, "post": monitor.workflow_id(record["post"])}
                   for record in read_ledger(self._path("effects.jsonl"))]
        return report.judge(self._posts, workflows, histories, records, self._deliveries(),
                            self._kills, self._longest_queue)

    def _history(self, id):
        return [{"transition": one.transition, "at_ms": round(one.at.timestamp() * 1000),
                 "entries": one.entries}
                for one in self._client.history(id, namespace=monitor.NAMESPACE, page=1000)]
