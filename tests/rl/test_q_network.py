import numpy as np
import pytest
import torch

from shoestring.rl.deep_q import C51, DuelingStreams, ExpectedValues, SingleStream
from shoestring.rl.q_network import QNetwork
from shoestring.rl.spaces import Box, Discrete


@pytest.mark.parametrize("streams", [SingleStream(), DuelingStreams()], ids=lambda part: part.kind)
@pytest.mark.parametrize("values", [ExpectedValues(), C51(atoms=7)], ids=lambda part: part.kind)
def test_numpy_and_torch_agree(streams, values):
    box, generator = Box((-1.0,) * 3, (1.0,) * 3), torch.Generator().manual_seed(0)
    network = QNetwork(box, Discrete(4), generator, hidden=(8,), streams=streams, values=values)
    seen = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    q = network.q(seen)
    assert q == pytest.approx(network(torch.from_numpy(seen)).detach().numpy(), abs=1e-4) and q.shape == (5, 4)
    assert (network.best(seen) == q.argmax(axis=1)).all() and (network.value(seen) == q.max(axis=1)).all()
