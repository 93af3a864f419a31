import numpy as np
import pytest
import torch

from shoestring.rl.adam import FlatAdam, shorten


def test_it_takes_the_steps_of_torch_with_a_learning_rate_that_changes():
    rng = np.random.default_rng(0)
    own, theirs = np.ones(7, dtype=np.float32), torch.nn.Parameter(torch.ones(7))
    adam, peer = FlatAdam(own, 0.1, epsilon=1e-5), torch.optim.Adam([theirs], lr=0.1, eps=1e-5)
    for step in range(6):
        gradient = rng.standard_normal(7).astype(np.float32)
        adam.learning_rate = peer.param_groups[0]["lr"] = 0.1 / (1 + step)
        theirs.grad = torch.from_numpy(gradient.copy())
        adam.step(gradient)
        peer.step()
        assert own == pytest.approx(theirs.detach().numpy(), abs=1e-6)


def test_it_goes_on_from_its_state():
    own, again = np.ones(3, dtype=np.float32), np.ones(3, dtype=np.float32)
    gradient = np.array([1, -2, 0.1], dtype=np.float32)
    first, second = FlatAdam(own, 0.1), FlatAdam(again, 0.1)
    first.step(gradient)
    again[:] = own
    second.load_state_dict(first.state_dict())
    for adam in (first, second):
        adam.step(-3 * gradient)
    assert (own == again).all()


def test_only_what_is_too_long_is_shortened():
    gradient = np.array([3, 4], dtype=np.float32)
    assert shorten(gradient, 6.0) == 5.0 and gradient.tolist() == [3, 4]
    assert shorten(gradient, 1.0) == 5.0 and gradient == pytest.approx([0.6, 0.8], abs=1e-5)
