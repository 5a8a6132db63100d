"""A link between two nodes that a test can cut, delay, or make deaf in one direction. TCP on loopback, one
selector thread a link."""

import selectors
import socket
import threading
import time
from collections import deque

CHUNK = 65536


class Link:
    """From whoever connects to `port` to 127.0.0.1:`target`."""

    def __init__(self, target):
        self.target = target
        self.cut = False            # no connection lives, none is made
        self.deaf = (False, False)  # bytes there, bytes back: read and thrown away
        self.delay_s = 0.0
        self._pairs = []
        self._closing = False
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setblocking(False)
        self.port = self._server.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._server, selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def heal(self):
        self.cut, self.deaf, self.delay_s = False, (False, False), 0.0

    def close(self):
        self._closing = True
        self._thread.join(5)

    # -- the thread -----------------------------------------------------------------------------

    def _run(self):
        while not self._closing:
            for key, _ in self._selector.select(0.01):
                if key.data is None:
                    self._accept()
                else:
                    self._read(*key.data)
            if self.cut:
                for pair in list(self._pairs):
                    self._drop(pair)
            self._flush()
        for pair in list(self._pairs):
            self._drop(pair)
        self._server.close()
        self._selector.close()

    def _accept(self):
        try:
            near, _ = self._server.accept()
        except OSError:
            return
        if self.cut:
            near.close()
            return
        try:
            far = socket.create_connection(("127.0.0.1", self.target), timeout=1)
        except OSError:
            near.close()
            return
        pair = {"sockets": (near, far), "queues": (deque(), deque())}
        for side in (0, 1):
            sock = pair["sockets"][side]
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setblocking(False)
            self._selector.register(sock, selectors.EVENT_READ, (pair, side))
        self._pairs.append(pair)

    def _read(self, pair, side):
        if pair not in self._pairs:
            return
        try:
            data = pair["sockets"][side].recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(pair)
        elif not self.deaf[side]:
            pair["queues"][side].append((time.monotonic() + self.delay_s, data))

    def _flush(self):
        now = time.monotonic()
        for pair in list(self._pairs):
            for side in (0, 1):
                queue = pair["queues"][side]
                while queue and queue[0][0] <= now:
                    due, data = queue.popleft()
                    try:
                        sent = pair["sockets"][1 - side].send(data)
                    except BlockingIOError:
                        sent = 0
                    except OSError:
                        self._drop(pair)
                        break
                    if sent < len(data):
                        queue.appendleft((due, data[sent:]))
                        break

    def _drop(self, pair):
        if pair not in self._pairs:
            return
        self._pairs.remove(pair)
        for sock in pair["sockets"]:
            self._selector.unregister(sock)
            sock.close()
