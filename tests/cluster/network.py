"""Networks between the nodes of a cluster that a test can break, in two makes with one face:

- `Namespaces`: each node lives in a network namespace of its own, whose one interface is a TUN device; wire.py carries
  the packets between them. Namespaces have no names and end with the last process and descriptor in them, so that
  nothing is left behind, whatever ends the test. The test reaches a node by sockets that it makes inside the node's
  namespace, on its loopback, which no fault touches.
- `Proxies`: plain processes on loopback, whose connections go through proxy.Link. For who may not make namespaces.

What is said of two nodes is directed: from `a` to `b`."""

import contextlib
import ctypes
import fcntl
import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from proxy import Link  # noqa: E402
from support.node_process import free_port, release_port  # noqa: E402

WIRE = Path(__file__).resolve().parent / "wire.py"
PREFIX = "10.94.0."
PORT = 7452
INTERFACE = "cluster0"
CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


class Network:
    """What both have: the state of each direction, as [cut, loss, delay_s]."""

    def __init__(self, names):
        self.names = list(names)
        self.state = {}
        self._whole()

    def _whole(self):
        self.state = {(a, b): [False, 0.0, 0.0] for a in self.names for b in self.names if a != b}

    def pairs(self):
        return list(self.state)

    def split(self, groups):
        """No packet passes between two groups; within one all do."""
        group = {name: number for number, names in enumerate(groups) for name in names}
        for a, b in self.pairs():
            self.state[a, b][0] = group[a] != group[b]
        self.apply()

    def cut(self, pairs, cut=True):
        for pair in pairs:
            self.state[pair][0] = cut
        self.apply()

    def lose(self, share, pairs=None):
        for pair in pairs or self.pairs():
            self.state[pair][1] = share
        self.apply()

    def delay(self, delay_s, pairs=None):
        for pair in pairs or self.pairs():
            self.state[pair][2] = delay_s
        self.apply()

    def mend(self):
        self._whole()
        self.apply()

    # -- what a make has to say -----------------------------------------------------------------

    loses = True       # single packets can be lost
    interfaces = True  # a node's interface can be taken down, and a route away

    def apply(self):
        raise NotImplementedError

    def listen(self, name):
        """Where a node's bridge listens."""
        raise NotImplementedError

    def address(self, a, b):
        """How a reaches b."""
        raise NotImplementedError

    def inside(self, name):
        """Sockets and processes that are made in this context are the node's."""
        raise NotImplementedError

    def figures(self):
        """What was done to packets so far, as words."""
        return ""


class Proxies(Network):
    kind = "proxy"
    loses = interfaces = False

    def __init__(self, names):
        super().__init__(names)
        self.ports = {name: free_port() for name in self.names}
        self.links = {(a, b): Link(self.ports[b]) for a, b in self.pairs()}

    def apply(self):
        for (a, b), link in self.links.items():
            there, back = self.state[a, b], self.state[b, a]
            # One that is cut both ways is refused, like by a host that is there; else bytes are lost.
            link.cut = there[0] and back[0]
            link.deaf = (there[0], back[0]) if not link.cut else (False, False)
            link.delay_s = max(there[2], back[2])

    def listen(self, name):
        return f"tcp://127.0.0.1:{self.ports[name]}"

    def address(self, a, b):
        return f"tcp://127.0.0.1:{self.links[a, b].port if a != b else self.ports[b]}"

    def inside(self, name):
        return contextlib.nullcontext()

    def close(self):
        for link in self.links.values():
            link.close()
        for port in self.ports.values():
            release_port(port)


class Namespaces(Network):
    kind = "namespaces"

    def __init__(self, names):
        super().__init__(names)
        self._ip = shutil.which("ip", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if self._ip is None:
            raise OSError("the program `ip` (iproute2) is not there")
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self._spaces, self._tuns, self._wire = {}, [], None
        self._unplugged, self._holes, self._figures = set(), set(), {}
        try:
            for number, name in enumerate(self.names, 1):
                self._make(name, f"{PREFIX}{number}")
            self._wire = subprocess.Popen(
                [sys.executable, str(WIRE), PREFIX, *map(str, self._tuns)], pass_fds=self._tuns,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.apply()
        except BaseException:
            self.close()
            raise
        for tun in self._tuns:  # they are the wire's now
            os.close(tun)
        self._tuns = []

    def _make(self, name, address):
        self._call("unshare", CLONE_NEWNET)
        try:
            self._spaces[name] = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            self._tuns.append(tun)
            fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", INTERFACE.encode(), IFF_TUN | IFF_NO_PI))
            for words in (["link", "set", "lo", "up"], ["address", "add", f"{address}/24", "dev", INTERFACE],
                          ["link", "set", INTERFACE, "up"]):
                subprocess.run([self._ip, *words], check=True, capture_output=True)
        except subprocess.CalledProcessError as error:
            raise OSError(f"ip: {error.stderr.decode().strip()}") from error
        finally:
            self._call("setns", self._own, CLONE_NEWNET)

    def _call(self, function, *arguments):
        if getattr(self._libc, function)(*arguments) != 0:
            code = ctypes.get_errno()
            raise OSError(code, f"{function}: {os.strerror(code)}")

    @contextlib.contextmanager
    def inside(self, name):
        """Of this thread alone. OSError after close()."""
        if name not in self._spaces:
            raise OSError("the network is gone")
        self._call("setns", self._spaces[name], CLONE_NEWNET)
        try:
            yield
        finally:
            self._call("setns", self._own, CLONE_NEWNET)

    def ip(self, name, *words):
        with self.inside(name):
            subprocess.run([self._ip, *words], check=True, capture_output=True)

    def plug(self, name, plugged):
        """A node's interface goes down, and with it its routes: whoever sends is told so."""
        if plugged == (name not in self._unplugged):
            return
        (self._unplugged.discard if plugged else self._unplugged.add)(name)
        self.ip(name, "link", "set", INTERFACE, "up" if plugged else "down")

    def black_hole(self, a, b, there):
        """What a sends to b is thrown away by a's own routing, which says so."""
        if there == ((a, b) in self._holes):
            return
        (self._holes.add if there else self._holes.discard)((a, b))
        self.ip(a, "route", "add" if there else "delete", "blackhole", f"{PREFIX}{self.names.index(b) + 1}/32")

    def mend(self):
        for name in list(self._unplugged):
            self.plug(name, True)
        for a, b in list(self._holes):
            self.black_hole(a, b, False)
        super().mend()

    def apply(self):
        rows = [[self.state.get((a, b), [False, 0.0, 0.0]) for b in self.names] for a in self.names]
        self._wire.stdin.write(json.dumps(rows) + "\n")
        self._wire.stdin.flush()
        answer = self._wire.stdout.readline()
        if not answer:
            raise OSError("the wire between the nodes has ended")
        self._figures = json.loads(answer)

    def figures(self):
        self.apply()
        return ", ".join(f"{count} packets {what}" for what, count in self._figures.items())

    def listen(self, name):
        return f"tcp://0.0.0.0:{PORT}"  # also while the interface is down

    def address(self, a, b):
        return f"tcp://{PREFIX}{self.names.index(b) + 1}:{PORT}"

    def close(self):
        if self._wire is not None:
            self._wire.stdin.close()
            self._wire.wait(10)
            self._wire.stdout.close()
        for descriptor in (*self._spaces.values(), *self._tuns, self._own):
            os.close(descriptor)
        self._spaces, self._tuns = {}, []


def why_no_namespaces():
    """Why they cannot be made here; None where they can."""
    try:
        Namespaces(["probe"]).close()
    except OSError as error:
        return str(error)
    return None
