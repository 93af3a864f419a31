"""What a link costs: bytes on the interface, the time of a step predicted from sizes, and where compression pays.

Nothing here imports torch: the command line and the service read measurements with it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shoestring.distributed.traffic import Message, hops, sent_bytes

NET_DEVICES = Path("/proc/self/net/dev")
SEGMENT, HEADERS = 1448, 66
"""Payload of a full TCP segment on Ethernet, and its headers: Ethernet 14, IP 20, TCP with time stamps 32."""
ALONE = 65_536
"""Of two workers, bytes of a hop that are acknowledged by segments of their own, one for every two; what follows is
acknowledged by the data that goes the other way. In larger rings no data goes back to who sent it. Measured."""
FAST = 150.0
"""Speed in Mbit/s above which segments come faster than a reader wakes up for each: it takes many at once, and next to
nothing is acknowledged alone. Measured from 10 to 1,000 Mbit/s with 2 and 4 workers."""
AROUND = 600
"""Bytes that gloo and TCP say around a hop, whatever its size. Measured."""


@dataclass(frozen=True)
class Link:
    """The way from one worker to the next."""

    mbit: float
    """Speed in Mbit/s, each way."""
    latency_ms: float = 0.0
    """From sending the first byte to receiving it."""


@dataclass(frozen=True)
class StepCost:
    """What one step of one method costs on this machine, link apart."""

    compute_ms: float
    """Forward, backward and optimiser."""
    codec_ms: float
    """Encoding and decoding."""
    messages: Sequence[Message]


def wire_bytes(messages: Sequence[Message], workers: int, mbit: float) -> float:
    """Bytes that a worker's interface sends in a step on links of ``mbit``, with all headers and acknowledgements."""
    total = 0.0
    for message in messages:
        count = hops(message, workers)
        each = sent_bytes(message, workers) / count if count else 0.0
        acknowledged = 0.0 if mbit > FAST else min(each, ALONE) if workers == 2 else each
        total += count * (each + HEADERS / SEGMENT * (each + acknowledged / 2) + AROUND)
    return total


def send_ms(messages: Sequence[Message], workers: int, link: Link) -> float:
    """Milliseconds on the link: t = hops x latency + bytes / speed, summed over the collectives."""
    waits = sum(hops(message, workers) for message in messages)
    return waits * link.latency_ms + wire_bytes(messages, workers, link.mbit) * 8 / (link.mbit * 1e3)


def step_ms(cost: StepCost, workers: int, link: Link) -> float:
    """Milliseconds of a whole step; nothing overlaps."""
    return cost.compute_ms + cost.codec_ms + send_ms(cost.messages, workers, link)


def break_even_mbit(ours: StepCost, plain: StepCost, workers: int, latency_ms: float = 0.0) -> float:
    """The speed below which ``ours`` makes shorter steps than ``plain``: 0 never, infinity at any speed.

    From step_ms(ours) = step_ms(plain), with the compute of a step left out, since both do the same.
    """
    waits = sum(hops(one, workers) for one in ours.messages) - sum(hops(one, workers) for one in plain.messages)
    dearer = ours.codec_ms - plain.codec_ms + waits * latency_ms

    def even(mbit: float) -> float:
        saved = wire_bytes(plain.messages, workers, mbit) - wire_bytes(ours.messages, workers, mbit)
        if saved <= 0:
            return 0.0
        return math.inf if dearer <= 0 else saved * 8 / (dearer * 1e3)

    slow = even(FAST)
    # Faster links carry fewer acknowledgements, so that a little less is saved there.
    return slow if slow <= FAST else max(FAST, even(math.inf))


def verdict(mbit: float) -> str:
    """A break-even speed in words."""
    if mbit <= 0:
        return "do not compress"
    if math.isinf(mbit):
        return "worth it at any speed"
    return f"worth it below {_rounded(mbit):,} Mbit/s"


def speeds(low: float = 1.0, high: float = 1e5, each: int = 12) -> list[float]:
    """Speeds in Mbit/s, ``each`` a decade, for tables and sliders."""
    count = round(each * math.log10(high / low))
    return [round(low * 10 ** (k / each), 4) for k in range(count + 1)]


def interface_bytes(name: str, devices: Path = NET_DEVICES) -> int:
    """Bytes sent by a network interface since it was made, headers included; this process's namespace counts.

    Raises:
        OSError: there is no such file (not Linux). KeyError: no such interface.
    """
    for line in devices.read_text().splitlines():
        device, colon, numbers = line.partition(":")
        if colon and device.strip() == name:
            return int(numbers.split()[8])
    raise KeyError(f"no interface {name!r} in {devices}")


def _rounded(value: float) -> int:
    """Two significant digits: a break-even speed is not known better than that."""
    digits = max(0, math.floor(math.log10(max(value, 1))) - 1)
    return int(round(value / 10**digits) * 10**digits)
