import torch

from shoestring.distributed.compressors.top_k import TopK
from tests.distributed.workers import crew


def test_each_worker_contributes_its_own_largest_entries():
    with crew(TopK(rank=1, feedback=False), 2, {"w": (6, 5), "v": (2,)}) as workers:
        grads = workers.random(0)
        out = workers.reduce(grads)[0]["w"]
        expected = torch.zeros(30)
        for grad in grads:
            flat = grad["w"].flatten()
            for place in sorted(range(30), key=lambda at: -abs(float(flat[at])))[:5]:
                expected[place] += flat[place] / 2
        torch.testing.assert_close(out.flatten(), expected)
        # k = 1 x (6 + 5) // 2 places and values.
        assert workers.reducers[0].messages()[0].payload == 5 * 8
