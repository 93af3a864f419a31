import torch

from shoestring.distributed.compressors.random_k import RandomK
from tests.distributed.workers import crew, mean_of


def test_chosen_entries_are_exact_and_the_others_zero():
    with crew(RandomK(rank=1, feedback=False), 2, {"w": (8, 9), "v": (2,)}) as workers:
        grads = workers.random(0)
        out, exact = workers.reduce(grads)[0]["w"].double(), mean_of(grads)["w"]
        sent = out != 0
        assert int(sent.sum()) == 8 + 9
        torch.testing.assert_close(out[sent], exact[sent], rtol=1e-5, atol=1e-6)


def test_other_entries_at_every_step_and_all_of_them_in_the_end():
    with crew(RandomK(rank=1, feedback=False), 2, {"w": (4, 5), "v": (2,)}) as workers:
        seen = [workers.reduce(workers.random(0))[0]["w"] != 0 for _ in range(30)]
    assert not torch.equal(seen[0], seen[1]) and torch.stack(seen).any(0).all()
