"""One node daemon under the driver's hand: its configuration, its start, its death, its return."""
import os
import socket
import time
import urllib.error
import urllib.request

CONFIG = """\
node:
  shutdown_timeout: 5s
data:
  folder: {data}
http:
  listen: 127.0.0.1:{http}
worker:
  listen: tcp://127.0.0.1:{worker}
  # A short pulse, so that a killed worker's steps are soon handed out again.
  heartbeat: 500ms
  lost_after: 2s
"""


class Node:
    """Ports are chosen once, so that workers and clients find the node again after its restart."""

    def __init__(self, binary, folder, children):
        self._binary = binary
        self._children = children
        http, worker = _free_ports(2)
        self.url = f"http://127.0.0.1:{http}"
        self.worker_address = f"tcp://127.0.0.1:{worker}"
        self.config_path = os.path.join(folder, "node.yaml")
        self.pid = None
        with open(self.config_path, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(data=os.path.join(folder, "data"), http=http, worker=worker))

    def start(self, timeout_s=30.0):
        """Starts the daemon; returns the seconds until it said that it is ready."""
        begun = time.monotonic()
        process = self._children.start(
            "node", [self._binary, "node", "--config", self.config_path])
        self.pid = process.pid
        while not self._is_ready():
            if process.poll() is not None:
                raise RuntimeError(f"the node ended with {process.returncode} while starting:\n"
                                   + self._children.log_tail("node"))
            if time.monotonic() - begun > timeout_s:
                raise RuntimeError(f"the node is not ready after {timeout_s:.0f} s:\n"
                                   + self._children.log_tail("node"))
            time.sleep(0.005)
        return time.monotonic() - begun

    def kill(self):
        return self._children.kill("node")

    def _is_ready(self):
        try:
            with urllib.request.urlopen(self.url + "/readyz", timeout=1.0) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


def _free_ports(count):
    """Ports that were free a moment ago; all held until the last is chosen, so they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
