import numpy as np
import pytest
import torch

from shoestring.rl.rms_prop import rms_step


def test_it_takes_the_steps_of_torch():
    rng = np.random.default_rng(0)
    own, square = np.ones(7, dtype=np.float32), np.zeros(7, dtype=np.float32)
    theirs = torch.nn.Parameter(torch.ones(7))
    peer = torch.optim.RMSprop([theirs], lr=0.1, alpha=0.99, eps=1e-5)
    for step in range(6):
        gradient = rng.standard_normal(7).astype(np.float32)
        peer.param_groups[0]["lr"] = 0.1 / (1 + step)
        theirs.grad = torch.from_numpy(gradient.copy())
        rms_step(own, square, gradient, 0.1 / (1 + step))
        peer.step()
        assert own == pytest.approx(theirs.detach().numpy(), abs=1e-5)
