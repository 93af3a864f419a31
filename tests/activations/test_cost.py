import torch
from torch import nn

from shoestring.activations.cost import measure, saved_bytes


def test_bytes_kept_for_the_backward_pass():
    """ReLU keeps its result, Sigmoid too, GELU its input: one float32 each; Softsign builds a graph of steps."""
    assert saved_bytes(nn.ReLU()) == saved_bytes(nn.Sigmoid()) == saved_bytes(nn.GELU()) == 4
    assert saved_bytes(lambda x: x + 1) == 0
    assert saved_bytes(nn.RReLU()) == 8 or saved_bytes(nn.RReLU().eval()) >= 4
    # Two tensors of its own, and one that is the same tensor twice.
    assert saved_bytes(lambda x: (x * x).exp()) == 8


def test_a_measurement_is_positive_and_leaves_the_threads_alone():
    before = torch.get_num_threads()
    found = measure(nn.ReLU(), elements=4096, repeats=3)
    assert min(found.forward, found.backward, found.copy) > 0 and found.saved == 4 and found.elements == 4096
    assert torch.get_num_threads() == before
