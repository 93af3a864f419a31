import math
from pathlib import Path

import pytest

from shoestring.distributed.link import (
    FAST,
    Link,
    StepCost,
    break_even_mbit,
    interface_bytes,
    send_ms,
    speeds,
    step_ms,
    verdict,
    wire_bytes,
)
from shoestring.distributed.traffic import Message

PLAIN = StepCost(300.0, 0.0, [Message("all-reduce", 44_800_000)])
RANK1 = StepCost(300.0, 50.0, [Message("all-reduce", 100_000), Message("all-reduce", 128_000)])


def test_a_step_is_compute_codec_and_wire():
    # 44.8 MB over 100 Mbit/s are 3.584 s for two workers, half as much again for four, and headers are 66 of 1,448.
    assert send_ms(PLAIN.messages, 2, Link(100)) == pytest.approx(3_584 * (1 + 66 / 1448), rel=1e-3)
    # Two workers acknowledge with the data that they send back; in a ring of four it takes segments of their own.
    assert send_ms(PLAIN.messages, 4, Link(100)) == pytest.approx(1.5 * 3_584 * (1 + 99 / 1448), rel=1e-3)
    # 228 kB in four hops of 50 and 64 kB, with an acknowledgement for every two segments.
    wire = 228_000 * (1 + 99 / 1448) + 4 * 600
    assert step_ms(RANK1, 2, Link(100)) == pytest.approx(350 + wire * 8 / 1e5)


@pytest.mark.parametrize(
    ("workers", "mbit", "payload", "measured"),
    [
        (2, 100, 10_000, 11_998), (2, 100, 36_000, 39_693), (2, 100, 100_000, 107_991), (2, 100, 240_000, 255_005),
        (2, 100, 1_000_000, 1_050_491), (2, 1_000, 92_000, 97_586), (2, 1_000, 300_000, 315_602),
        (4, 100, 184_000, 297_102), (4, 100, 600_000, 962_514), (4, 100, 4_000_000, 6_411_024),
        (4, 1_000, 184_000, 293_076), (4, 1_000, 4_000_000, 6_289_386),
    ],
)  # fmt: skip
def test_bytes_on_the_wire_are_those_that_an_interface_counted(workers, mbit, payload, measured):
    """Worker 0 in the wind tunnel, the middle of 10 to 30 all-reduces of each size."""
    assert wire_bytes([Message("all-reduce", payload)], workers, mbit) == pytest.approx(measured, rel=0.01)


def test_a_worker_alone_sends_nothing():
    assert wire_bytes(PLAIN.messages, 1, 100) == 0


def test_latency_is_paid_for_every_hop():
    # Two collectives of 2 (W - 1) hops.
    assert send_ms(RANK1.messages, 4, Link(1e9, 5.0)) == pytest.approx(2 * 6 * 5.0, rel=1e-3)


@pytest.mark.parametrize("latency", [0.0, 1.0])
def test_at_the_break_even_speed_both_take_the_same_time(latency):
    even = break_even_mbit(RANK1, PLAIN, 2, latency)
    assert step_ms(RANK1, 2, Link(even, latency)) == pytest.approx(step_ms(PLAIN, 2, Link(even, latency)))
    assert step_ms(RANK1, 2, Link(even / 2, latency)) < step_ms(PLAIN, 2, Link(even / 2, latency))
    assert step_ms(RANK1, 2, Link(even * 2, latency)) > step_ms(PLAIN, 2, Link(even * 2, latency))


def test_where_acknowledgements_become_rare_the_break_even_speed_does_not_jump():
    """A codec that takes exactly what is saved just below that speed, and a little more than is saved just above."""
    saved = wire_bytes(PLAIN.messages, 4, FAST) - wire_bytes(RANK1.messages, 4, FAST)
    for share, even in ((1.001, FAST / 1.001), (0.999, FAST)):
        dear = StepCost(300.0, share * saved * 8 / (FAST * 1e3), RANK1.messages)
        assert break_even_mbit(dear, PLAIN, 4) == pytest.approx(even)


def test_what_saves_nothing_never_pays_and_what_costs_nothing_always_does():
    assert break_even_mbit(PLAIN, PLAIN, 2) == 0 and verdict(0) == "do not compress"
    free = StepCost(300.0, 0.0, RANK1.messages[:1])
    assert break_even_mbit(free, PLAIN, 2) == math.inf and verdict(math.inf) == "worth it at any speed"
    assert verdict(7_152.3) == "worth it below 7,200 Mbit/s" and verdict(3.26) == "worth it below 3 Mbit/s"


def test_speeds_are_evenly_apart_on_a_logarithmic_slider():
    found = speeds()
    assert (found[0], found[-1], len(found)) == (1.0, 100_000.0, 61) and 100.0 in found and 1000.0 in found


def test_sent_bytes_are_read_from_the_right_column(tmp_path):
    table = tmp_path / "dev"
    table.write_text(
        "Inter-|   Receive  |  Transmit\n face |bytes packets\n"
        "    lo: 1 2 3 4 5 6 7 8 900 10 11 12 13 14 15 16\n link0:11 0 0 0 0 0 0 0 77 0 0 0 0 0 0 0\n"
    )
    assert interface_bytes("lo", table) == 900 and interface_bytes("link0", table) == 77
    with pytest.raises(KeyError, match="eth7"):
        interface_bytes("eth7", table)


@pytest.mark.skipif(not Path("/proc/self/net/dev").exists(), reason="Linux only")
def test_the_loopback_of_this_machine_is_found():
    assert interface_bytes("lo") >= 0
