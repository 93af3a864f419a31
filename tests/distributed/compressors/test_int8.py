import torch

from shoestring.distributed.compressors.int8 import Int8
from tests.distributed.workers import crew, mean_of


def test_every_entry_is_within_half_a_level():
    with crew(Int8(feedback=False)) as workers:
        grads = workers.random(0)
        out, exact = workers.reduce(grads)[0], mean_of(grads)
        for name in ("a", "b", "conv", "tall"):
            level = sum(float(grad[name].abs().max()) for grad in grads) / 2 / 127
            assert float((out[name].double() - exact[name]).abs().max()) <= level / 2 + 1e-6


def test_matrices_of_one_shape_have_scales_of_their_own():
    with crew(Int8(feedback=False)) as workers:
        grads = workers.random(0)
        for grad in grads:
            grad["b"] *= 1e-6
        out = workers.reduce(grads)[0]
        torch.testing.assert_close(out["b"].double(), mean_of(grads)["b"], rtol=0, atol=3e-8)
