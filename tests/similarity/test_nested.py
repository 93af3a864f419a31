import pytest
import torch

from shoestring.core.errors import ConfigError
from shoestring.similarity.nested import Nested, innermost
from shoestring.similarity.objectives import Cosent, CosineRegression, MultipleNegatives, PairClasses


def columns(rows=6, width=8):
    draw = torch.Generator().manual_seed(0)
    return [torch.randn(rows, width, generator=draw, dtype=torch.float64) for _ in range(2)]


def test_it_is_the_mean_over_the_prefixes_and_the_whole():
    left, right = columns()
    target = torch.linspace(0, 1, 6, dtype=torch.float64)
    found = Nested(objective=CosineRegression(), sizes=(2, 5)).build(8)((left, right), target)
    total = 0.0
    for size in (2, 5, 8):
        for row in range(6):
            u, v = left[row, :size], right[row, :size]
            total += float((u @ v / (u.norm() * v.norm()) - target[row]) ** 2) / 6
    assert found.item() == pytest.approx(total / 3, rel=1e-9)


def test_every_size_has_a_classifier_of_its_own_width():
    torch.manual_seed(0)
    loss = Nested(objective=PairClasses(), sizes=(2,)).build(8)
    assert sorted(weight.shape[1] for weight in loss.parameters() if weight.ndim == 2) == [6, 24]


def test_the_first_numbers_count_more_often():
    left, right = (column.requires_grad_() for column in columns())
    Nested(objective=Cosent(), sizes=(2,)).build(8)((left, right), torch.linspace(0, 1, 6)).backward()
    assert left.grad[:, :2].abs().mean() > left.grad[:, 2:].abs().mean()


@pytest.mark.parametrize("sizes", [(), (0, 4), (4, 4), (8, 4)])
def test_sizes_that_do_not_rise_are_refused(sizes):
    with pytest.raises(ValueError, match="rising"):
        Nested(sizes=sizes)


def test_a_prefix_as_long_as_the_vector_is_refused():
    with pytest.raises(ConfigError, match="the vectors have 8 numbers"):
        Nested(sizes=(4, 8)).build(8)


def test_the_objective_inside_is_found():
    inner = MultipleNegatives(scale=3.0)
    assert innermost(Nested(objective=inner)) is inner and innermost(inner) is inner
    assert Nested(objective=PairClasses()).reads == "classes"
