import torch

from shoestring.distributed.compressors.sign_norm import SignNorm
from tests.distributed.workers import crew


def test_signs_times_the_mean_magnitude_averaged():
    with crew(SignNorm(feedback=False)) as workers:
        grads = workers.random(0)
        out = workers.reduce(grads)[0]
        for name in ("a", "b", "conv", "tall"):
            expected = sum(grad[name].sign() * grad[name].abs().mean() for grad in grads) / 2
            torch.testing.assert_close(out[name], expected)


def test_a_bit_a_number():
    with crew(SignNorm(), 2, {"w": (100, 80), "v": (2,)}) as workers:
        assert [m.payload for m in workers.reducers[0].messages()] == [1000, 4, 4 * 5]
