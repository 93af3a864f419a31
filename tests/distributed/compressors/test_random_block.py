import torch

from shoestring.distributed.compressors.random_block import RandomBlock
from tests.distributed.workers import crew, mean_of


def test_a_block_is_exact_consecutive_and_wraps_around():
    with crew(RandomBlock(rank=1, feedback=False), 2, {"w": (6, 5), "v": (2,)}) as workers:
        wrapped = False
        for step in range(12):
            grads = workers.random(step)
            out, exact = workers.reduce(grads)[0]["w"].flatten().double(), mean_of(grads)["w"].flatten()
            sent = out != 0
            assert int(sent.sum()) == 11
            torch.testing.assert_close(out[sent], exact[sent], rtol=1e-5, atol=1e-6)
            # On a ring of thirty, the block has one end.
            assert int((sent & ~sent.roll(-1)).sum()) == 1
            wrapped |= bool(sent[0] and sent[-1])
        assert wrapped


def test_rows_of_a_group_have_places_of_their_own():
    shapes = {"a": (20, 20), "b": (20, 20), "v": (1,)}
    with crew(RandomBlock(rank=1, feedback=False), 2, shapes) as workers:
        out = workers.reduce(workers.random(0))[0]
    assert not torch.equal(out["a"] != 0, out["b"] != 0)
