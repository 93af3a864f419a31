import torch

from shoestring.distributed.compressors.spectral_atomo import SpectralAtomo
from tests.distributed.workers import crew, mean_of


def test_full_rank_is_exact_and_low_rank_has_its_rank():
    shapes = {"w": (5, 7), "v": (2,)}
    with crew(SpectralAtomo(rank=2), 2, shapes) as workers:
        assert torch.linalg.matrix_rank(workers.reduce([workers.random(0)[0]] * 2)[0]["w"], rtol=1e-5) <= 4
    flat = torch.linalg.qr(torch.randn(7, 5, generator=torch.Generator().manual_seed(0)))[0].T.contiguous()
    # Equal singular values: each survives with 4 / 5 and is divided by it, so norms are fixed.
    with crew(SpectralAtomo(rank=4), 2, {"w": (5, 7)}) as workers:
        mean = sum(workers.reduce([{"w": flat}] * 2)[0]["w"].double() for _ in range(400)) / 400
    torch.testing.assert_close(mean, flat.double(), rtol=0, atol=0.12)


def test_workers_draw_for_themselves():
    with crew(SpectralAtomo(rank=1), 2, {"w": (5, 7)}) as workers:
        grads = [workers.random(0)[0]] * 2
        ranks = [int(torch.linalg.matrix_rank(workers.reduce(grads)[0]["w"], rtol=1e-4)) for _ in range(12)]
        assert max(ranks) == 2 and mean_of(grads)["w"].shape == (5, 7)
