import torch

from shoestring.distributed.compressors.half import Half
from tests.distributed.workers import SHAPES, crew, mean_of


def test_half_the_bytes_and_an_error_of_half_precision():
    with crew(Half()) as workers:
        grads = workers.random(0)
        out = workers.reduce(grads)[0]
        for name, exact in mean_of(grads).items():
            torch.testing.assert_close(out[name].double(), exact, rtol=2e-3, atol=2e-3)
        assert any(not torch.equal(out[name].double(), exact) for name, exact in mean_of(grads).items())
        numbers = sum(torch.Size(shape).numel() for shape in SHAPES.values())
        assert [m.payload for m in workers.reducers[0].messages()] == [2 * (numbers + 3)]


def test_gradients_beyond_the_range_of_halves_skip_the_step():
    with crew(Half()) as workers:
        grads = workers.random(0)
        grads[0]["a"] *= 1e6
        assert workers.reduce(grads) == [{}, {}]
