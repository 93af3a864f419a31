import torch

from shoestring.distributed.compressors.none import NoCompression
from tests.distributed.workers import SHAPES, crew, mean_of


def test_the_mean_is_exact_and_travels_in_one_collective():
    with crew(NoCompression(), 3) as workers:
        grads = workers.random(0)
        out = workers.reduce(grads)[0]
        for name, exact in mean_of(grads).items():
            torch.testing.assert_close(out[name].double(), exact, rtol=1e-6, atol=1e-6)
        numbers = sum(torch.Size(shape).numel() for shape in SHAPES.values())
        assert [m.payload for m in workers.reducers[0].messages()] == [4 * (numbers + 3)]
