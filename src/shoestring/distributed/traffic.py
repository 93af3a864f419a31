"""Bytes of collectives: what one worker sends, from sizes alone, and counters of what was really asked for."""

import time
from dataclasses import dataclass
from typing import Literal

Collective = Literal["all-reduce", "all-gather"]


@dataclass(frozen=True)
class Message:
    """One collective of a step."""

    collective: Collective
    payload: int
    """Bytes that one worker puts in."""


def sent_bytes(message: Message, workers: int) -> float:
    """Bytes that one of ``workers`` sends, both collectives being rings.

    An all-reduce is a reduce-scatter and an all-gather of parts of S / W: 2 (W - 1) / W x S. An all-gather passes W - 1
    foreign or own payloads on.
    """
    if message.collective == "all-reduce":
        return 2 * (workers - 1) / workers * message.payload
    return float((workers - 1) * message.payload)


def hops(message: Message, workers: int) -> int:
    """Messages that follow one another: each costs one latency."""
    return (2 if message.collective == "all-reduce" else 1) * (workers - 1)


@dataclass
class Traffic:
    """What a communicator was asked to do since it was made."""

    collectives: int = 0
    payload: int = 0
    """Bytes put into collectives."""
    sent: float = 0.0
    """Bytes that left this worker, by :func:`sent_bytes`."""
    seconds: float = 0.0
    """Wall time spent inside collectives, waiting for others included."""
    last_end: float = 0.0
    """When the last collective ended, by ``time.perf_counter()``."""

    def count(self, message: Message, workers: int, seconds: float) -> None:
        """Add one collective that has just ended."""
        self.last_end = time.perf_counter()
        self.collectives += 1
        self.payload += message.payload
        self.sent += sent_bytes(message, workers)
        self.seconds += seconds
