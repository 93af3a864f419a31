import torch

from shoestring.distributed.codec import exact_message, exchange_exactly, finite, mark_if_spoilt
from shoestring.distributed.communicator import Alone
from shoestring.distributed.feedback import Feedback
from shoestring.distributed.layout import lay_out

LAYOUT = lay_out({"a": (3, 4), "v": (2,)}, 1)


def held(*values):
    memory = Feedback(LAYOUT)
    memory.add([[torch.tensor(values).view(3, 4)]])
    return memory


def test_finite_sees_every_number():
    assert finite(torch.ones(5)) and finite(torch.full((70_000,), 1.0, dtype=torch.float16))
    for bad in (torch.nan, torch.inf, -torch.inf):
        assert not finite(torch.tensor([1.0, bad, 2.0]))
    assert not finite(torch.tensor([torch.inf, -torch.inf]))


def test_an_exact_exchange_hands_everything_over_and_remembers_nothing():
    memory, plain, target = held(*map(float, range(12))), torch.tensor([7.0]), torch.empty(3, 4)
    assert exchange_exactly(memory, plain, [[target]], Alone())
    assert torch.equal(target, torch.arange(12.0).view(3, 4)) and memory.norm() == 0 and plain.item() == 7


def test_what_half_precision_rounds_away_is_remembered():
    values = [1.0 + k * 2.0**-12 for k in range(12)]
    memory, target = held(*values), torch.empty(3, 4)
    assert exchange_exactly(memory, torch.zeros(1), [[target]], Alone(), torch.float16)
    torch.testing.assert_close(target + memory.stacks[0][0], torch.tensor(values).view(3, 4), rtol=0, atol=0)
    assert memory.norm() > 0


def test_an_exchange_that_fails_keeps_the_memory():
    memory, target = held(torch.nan, *map(float, range(11))), torch.zeros(3, 4)
    assert not exchange_exactly(memory, torch.zeros(1), [[target]], Alone())
    assert torch.equal(target, torch.zeros(3, 4)) and memory.stacks[0][0, 0, 2] == 1


def test_the_spare_number_carries_the_alarm():
    plain = torch.zeros(3)
    mark_if_spoilt(held(*map(float, range(12))), plain)
    assert plain.tolist() == [0, 0, 0]
    mark_if_spoilt(held(torch.inf, *map(float, range(11))), plain)
    assert plain[:2].tolist() == [0, 0] and plain[2].isnan()


def test_bytes_of_an_exact_exchange():
    assert exact_message(LAYOUT, 2).payload == 4 * 14 and exact_message(LAYOUT, 2, 2).payload == 28
