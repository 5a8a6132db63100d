"""A bare DEALER socket that sends a node whatever a test likes."""

import sys

import msgpack
import zmq

from node import ROOT

sys.path.insert(0, str(ROOT / "clients" / "python"))

from endure import protocol  # noqa: E402


class RawWorker:
    def __init__(self, address):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.set(zmq.LINGER, 0)
        self.socket.connect(address)

    def close(self):
        self.socket.close(linger=0)

    def send(self, *frames):
        self.socket.send_multipart(list(frames))

    def say(self, *fields):
        self.send(msgpack.packb(list(fields)))

    def receive(self, timeout_s=20.0):
        """The next message, or None when none comes."""
        if not self.socket.poll(int(timeout_s * 1000)):
            return None
        return msgpack.unpackb(self.socket.recv(), raw=False)

    def answer_to(self, *kinds):
        """The next message of one of these kinds; others are passed over."""
        while True:
            message = self.receive()
            if message is None or message[1] in kinds:
                return message

    def hello(self, instance, queues, held=()):
        self.say(protocol.VERSION, protocol.HELLO, instance, "raw", "raw/1", queues, list(held))
        return self.answer_to(protocol.WELCOME, protocol.REFUSED)

    def refusal(self):
        message = self.answer_to(protocol.REFUSED, protocol.ANSWERS)
        if message is None:
            return None
        return message[2] if message[1] == protocol.REFUSED else message

    def results(self, *items):
        """The codes of the answers, one for each (token, value as msgpack)."""
        self.send(protocol.results(list(items)))
        codes = []
        while len(codes) < len(items):
            message = self.answer_to(protocol.ANSWERS, protocol.REFUSED)
            if message is None or message[1] == protocol.REFUSED:
                return message
            codes += [code for _, code, _ in message[2]]
        return codes
