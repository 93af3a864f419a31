import threading

import pytest
import torch

from shoestring.distributed.communicator import Alone, VirtualGroup


@pytest.mark.parametrize("size", [1, 2, 5])
def test_everybody_gets_the_mean_and_everything(size):
    group = VirtualGroup(size)
    flats = [torch.arange(4.0) + rank for rank in range(size)]
    gathered = group.run(lambda member: member.gather(flats[member.rank]))
    assert all([part[0].item() for part in parts] == list(range(size)) for parts in gathered)
    means = group.run(lambda member: member.mean_(flats[member.rank].clone()))
    assert all(torch.allclose(mean, torch.arange(4.0) + (size - 1) / 2) for mean in means)
    assert group.members[0].traffic.payload == 32 and group.members[0].traffic.collectives == 2
    group.close()


def test_halves_do_not_overflow_in_the_sum():
    group = VirtualGroup(4)
    big = torch.full((3,), 60_000.0, dtype=torch.float16)
    assert all((mean == 60_000).all() for mean in group.run(lambda member: member.mean_(big.clone())))
    group.close()


def test_one_that_fails_ends_the_others_with_its_own_error_and_the_group_goes_on():
    # Other tests of this process may have threads of their own.
    others = set(threading.enumerate())
    group = VirtualGroup(3)

    def work(member):
        if member.rank == 1:
            raise ValueError("worker 1 is broken")
        return member.mean_(torch.ones(1))

    with pytest.raises(ValueError, match="worker 1"):
        group.run(work)
    assert group.run(lambda member: member.mean_(torch.ones(1)).item()) == [1.0] * 3
    assert len(set(threading.enumerate()) - others) == 3
    group.close()
    assert set(threading.enumerate()) <= others


def test_alone_is_the_identity():
    flat = torch.arange(3.0)
    alone = Alone()
    assert alone.mean_(flat) is flat and alone.gather(flat) == [flat] and alone.traffic.collectives == 0
