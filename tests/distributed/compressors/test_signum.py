import pytest
import torch

from shoestring.distributed.compressors.signum import Signum
from tests.distributed.workers import crew


def test_the_majority_of_momenta_decides():
    with crew(Signum(momentum=0.5), 3, {"w": (5, 4), "v": (2,)}) as workers:
        momenta = [torch.zeros(5, 4) for _ in range(3)]
        for step in range(4):
            grads = workers.random(step)
            momenta = [0.5 * m + 0.5 * g["w"] for m, g in zip(momenta, grads, strict=True)]
            votes = sum(m.sign() for m in momenta)
            assert torch.equal(workers.reduce(grads)[0]["w"], votes.sign())


def test_a_momentum_of_one_never_moves():
    with pytest.raises(ValueError, match="momentum"):
        Signum(momentum=1.0)
