"""The driver's child processes: started, killed and ended by their own process ids, never by name."""
import ctypes
import os
import signal
import subprocess
import sys

PR_SET_PDEATHSIG = 1


class Children:
    """Used from the main thread alone. `stop_all` leaves none behind, whatever happened before."""

    def __init__(self, log_folder):
        self._log_folder = log_folder
        self._running = {}  # name → Popen, in order of start

    def start(self, name, command, *, env=None, pipe=False):
        """Starts a child; its output goes to `<name>.log`, or to a pipe for the driver to read."""
        with open(self.log_path(name), "ab") as log:
            process = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipe else log, stderr=log, preexec_fn=_die_with_parent)
        self._running[name] = process
        return process

    def log_path(self, name):
        return os.path.join(self._log_folder, f"{name}.log")

    def log_tail(self, name, lines=15):
        with open(self.log_path(name), encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-lines:])

    def kill(self, name):
        """SIGKILL, as a power cut would; returns the process id."""
        process = self._running.pop(name)
        process.kill()
        process.wait()
        return process.pid

    def dead(self):
        """Names of children that ended without being asked to, with their exit codes."""
        return {name: process.returncode for name, process in self._running.items()
                if process.poll() is not None}

    def forget(self, name):
        self._running.pop(name).wait()

    def stop_all(self, patience_s=5.0):
        """Asks all to end, the last started first; kills what does not."""
        for process in reversed(self._running.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in reversed(self._running.values()):
            try:
                process.wait(patience_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()


def _die_with_parent():
    """In the child: should the driver itself be killed, the kernel ends its children."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
