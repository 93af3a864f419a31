import torch

from shoestring.distributed.compressors.unbiased_low_rank import UnbiasedLowRank
from tests.distributed.workers import crew, mean_of


def test_the_mean_of_many_sketches_is_the_gradient_and_one_is_not():
    shapes = {"wide": (3, 8), "tall": (8, 3), "v": (1,)}
    with crew(UnbiasedLowRank(rank=2), 2, shapes) as workers:
        grads = workers.random(0)
        exact = mean_of(grads)
        found = [workers.reduce(grads)[0] for _ in range(1_500)]
    for name in ("wide", "tall"):
        assert torch.linalg.matrix_rank(found[0][name]) == 2
        mean = sum(one[name].double() for one in found) / len(found)
        spread = torch.stack([one[name] for one in found]).std(0).double() / len(found) ** 0.5
        assert float(((mean - exact[name]).abs() / spread).max()) < 5
        assert float((found[0][name].double() - exact[name]).norm()) > 0.5 * float(exact[name].norm())
