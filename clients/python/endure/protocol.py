"""The worker protocol, version 1: see docs/worker-protocol.md of the Endure repository."""

from __future__ import annotations

from typing import Any, Iterable, Optional, Sequence

import msgpack

VERSION = 1

HELLO, RESULTS, ERRORS, HEARTBEAT, CREDIT, RELEASE, DRAIN = 1, 2, 3, 4, 5, 6, 7
GOODBYE = 8
WELCOME, STEPS, ANSWERS, LOST, REVOKE, REFUSED, NODES = 16, 17, 18, 19, 20, 21, 22

Fault = tuple[str, str, str, int]
Failure = tuple[Fault, bool, Optional[int]]


def pack(value: Any) -> bytes:
    """A JSON value as msgpack. TypeError, ValueError or OverflowError where it is none."""
    packed: bytes = msgpack.packb(value, use_bin_type=True)
    return packed


def unpack(frame: bytes) -> list[Any]:
    """A message of the node. ValueError where it is none."""
    message = msgpack.unpackb(frame, raw=False, strict_map_key=False)
    if not isinstance(message, list) or len(message) < 2:
        raise ValueError("a message is an array [version, type, ...]")
    return message


def message(type: int, *fields: Any) -> bytes:
    return pack([VERSION, type, *fields])


def _array_header(size: int) -> bytes:
    if size <= 15:
        return bytes((0x90 | size,))
    if size <= 0xFFFF:
        return b"\xdc" + size.to_bytes(2, "big")
    return b"\xdd" + size.to_bytes(4, "big")


def results(items: Sequence[tuple[str, bytes]]) -> bytes:
    """[[token, result] ...]; the results are msgpack already and are copied in as they are."""
    parts = [b"\x93\x01\x02", _array_header(len(items))]
    for token, packed in items:
        parts += (b"\x92", pack(token), packed)
    return b"".join(parts)


def errors(items: Iterable[tuple[str, Failure]]) -> bytes:
    return message(
        ERRORS,
        [[token, list(fault), retryable, after] for token, (fault, retryable, after) in items],
    )
