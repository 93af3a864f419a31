import pytest

from shoestring.distributed.traffic import Message, Traffic, hops, sent_bytes


def ring(payload, workers, collective):
    """Pass the parts around, one hop at a time, and count what one worker sends."""
    part = payload / workers if collective == "all-reduce" else payload
    rounds = 2 * (workers - 1) if collective == "all-reduce" else workers - 1
    return sum(part for _ in range(rounds)), rounds


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 16])
@pytest.mark.parametrize("collective", ["all-reduce", "all-gather"])
def test_bytes_and_hops_are_those_of_a_ring(workers, collective):
    message = Message(collective, 1_200)
    assert (sent_bytes(message, workers), hops(message, workers)) == pytest.approx(ring(1_200, workers, collective))


def test_traffic_adds_up():
    traffic = Traffic()
    traffic.count(Message("all-reduce", 100), 2, 0.5)
    traffic.count(Message("all-gather", 10), 2, 0.25)
    assert (traffic.collectives, traffic.payload, traffic.sent, traffic.seconds) == (2, 110, 110.0, 0.75)
