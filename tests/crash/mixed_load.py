"""The load of the crash tests, and beside it workflows of every kind of task, workflows that are paused,
cancelled and terminated, and workers in processes of their own, which may be killed and stopped."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import mixed_definitions as m
from load import PAUSE_S, Load
from node import ROOT

HERE = Path(__file__).resolve().parent
VERBS = ("cancel", "terminate")


class WorkerProcess:
    """A worker that is killed, stopped and started again under the same name."""

    def __init__(self, command, environment=None):
        self._command = [str(part) for part in command]
        self._environment = {**os.environ, **(environment or {})}
        self._process = None

    def start(self):
        self._process = subprocess.Popen(self._command, env=self._environment,
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL, start_new_session=True)

    def kill(self):
        self._signal(signal.SIGKILL)
        self._process.wait()

    def pause(self):
        self._signal(signal.SIGSTOP)

    def go_on(self):
        self._signal(signal.SIGCONT)

    def stop(self):
        if self._process is None or self._process.poll() is not None:
            return
        self.go_on()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()

    # Its programs too.
    def _signal(self, number):
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass


class MixedLoad(Load):
    """`processes`: workers are processes; without, threads of this one and no command worker dies."""

    def __init__(self, node, url, drivers=6, processes=True, before=None, pause_s=0.0):
        super().__init__(node, drivers, 0 if processes else 2, before, pause_s)
        self.to_deploy[:0] = [m.MEDLEY, m.FATED, m.NOTED, m.FILL]
        self._url = url
        self.mixed = []
        self.processes = [self._command_worker()]
        if processes:
            self.processes += [self._python_worker(i) for i in range(2)]
        extra = [self._drive_medleys, self._drive_fated, self._drive_noted]
        self._drivers += [threading.Thread(target=self._guarded, args=(work,), daemon=True)
                          for work in extra]
        self._late_worker = threading.Thread(target=self._guarded, args=(self._lease_late,),
                                             daemon=True)

    def start(self):
        for process in self.processes:
            process.start()
        super().start()
        self._late_worker.start()

    def stop(self):
        for process in self.processes:
            process.stop()
        problems = super().stop()
        self._late_worker.join(30)
        return problems

    def _python_worker(self, number):
        return WorkerProcess([sys.executable, HERE / "load_worker.py", self.node.worker_address,
                              self.logs / f"worker-{number}.jsonl", f"process-{number}"])

    def _command_worker(self):
        return WorkerProcess(
            [self.node.binary, "worker", "--queue", "tool", "--capacity", "2", "--address",
             self.node.worker_address, "--", "/bin/sh", HERE / "tool.sh"],
            {"ENDURE_TEST_LOG": str(self.logs / "tool.jsonl")})

    # -- threads ------------------------------------------------------------------------------

    def _await_definitions(self):
        while self.to_deploy and not self._stopping.is_set():
            time.sleep(PAUSE_S)

    def _drive_medleys(self):
        self._await_definitions()
        n = self.before.workflows
        while not self._finishing.is_set():
            n += 1
            workflow = f"medley-{n}"
            self.mixed.append(workflow)
            self._start("medley", workflow, {"n": n, "url": self._url}, m.NAMESPACE)
            self._await(workflow, m.NAMESPACE)
            self._stopping.wait(self._pause_s)

    def _drive_fated(self):
        self._await_definitions()
        chance = random.Random(1)
        n = self.before.workflows
        while not self._finishing.is_set():
            n += 1
            workflow = f"fated-{n}"
            self.mixed.append(workflow)
            self._start("fated", workflow, {"n": n}, m.NAMESPACE)
            if chance.random() < 0.3:
                self._verb(workflow, "pause")
            if chance.random() < 0.2:
                self._verb(workflow, "resume")
            self._verb(workflow, chance.choice(VERBS))
            self._await(workflow, m.NAMESPACE)
            self._stopping.wait(PAUSE_S + self._pause_s)

    # One event after the other, so that there is always one between its answer and the next.
    def _drive_noted(self):
        self._await_definitions()
        n = self.before.workflows
        while not self._finishing.is_set():
            n += 1
            workflow = f"noted-{n}"
            self.mixed.append(workflow)
            self._start("noted", workflow, {}, m.NAMESPACE)
            path = f"/v1/workflows/{m.NAMESPACE}/{workflow}/events"
            for number in range(m.NOTES):
                fact = {"namespace": m.NAMESPACE, "workflow": workflow,
                        "event": f"{workflow}-{number}"}
                self.record.note("event_sent", **fact)
                status, _ = self._expect((202,), "POST", path, {
                    "type": "mixed.note", "id": fact["event"], "data": number})
                if status is not None:
                    self.record.note("event_acked", **fact)
                time.sleep(PAUSE_S / 5)
            self._verb(workflow, "terminate")
            self._stopping.wait(self._pause_s)

    # 400: its phase forbids it (a resume without a pause, a call that was answered by nobody and is
    # made again); 409: it has ended, by such a call too.
    def _verb(self, workflow, verb):
        status, _ = self._expect((200, 400, 409), "POST",
                                 f"/v1/workflows/{m.NAMESPACE}/{workflow}/{verb}", {})
        if status == 200 or (status == 409 and verb in VERBS):
            self.record.note("verb_acked", m.NAMESPACE, workflow=workflow, verb=verb)

    def _lease_late(self):
        self._await_definitions()
        while not self._stopping.is_set():
            self._lease_once("late", "http-late", 0)
            self._stopping.wait(0.3)
