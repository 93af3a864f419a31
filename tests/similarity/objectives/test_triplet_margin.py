import pytest
import torch

from shoestring.similarity.objectives.triplet_margin import TripletMargin


def test_it_is_that_of_torch_on_plain_distances():
    draw = torch.Generator().manual_seed(0)
    columns = [torch.randn(9, 4, generator=draw, dtype=torch.float64) for _ in range(3)]
    wanted = torch.nn.functional.triplet_margin_loss(*columns, margin=1.0, p=2, eps=0.0)
    assert TripletMargin().build(4)(columns, torch.ones(9)).item() == pytest.approx(wanted.item(), rel=1e-6)
    # Distances 3 and 5: not squared, so the margin of 1 is kept.
    a, p, n = torch.zeros(1, 1), torch.full((1, 1), 3.0), torch.full((1, 1), 5.0)
    assert TripletMargin().build(1)((a, p, n), torch.ones(1)).item() == 0
    assert TripletMargin(margin=2.5).build(1)((a, p, n), torch.ones(1)).item() == pytest.approx(0.5)


def test_coinciding_texts_have_finite_gradients():
    column = torch.ones(2, 3, requires_grad=True)
    TripletMargin().build(3)((column, column, column), torch.ones(2)).backward()
    assert column.grad.isfinite().all()


def test_the_margin_is_above_zero():
    with pytest.raises(ValueError, match="above 0"):
        TripletMargin(margin=0)
