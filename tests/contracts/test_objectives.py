"""What every objective of text encoders must do, without a line of code for any of them."""

import typing

import pytest
import torch

from shoestring.core import config
from shoestring.similarity.nested import Nested
from shoestring.similarity.objectives import Objective
from tests.contracts.members import kind, members

COLUMNS = {"classes": 2, "scores": 2, "teacher": 2, "triplets": 3, "positives": 3}

ALONE = [member() for member in members(Objective)]
AROUND = [Nested(objective=objective, sizes=(2, 5)) for objective in ALONE]
every_objective = pytest.mark.parametrize("objective", [*ALONE, *AROUND], ids=lambda one: (
    f"nested-{kind(one.objective)}" if isinstance(one, Nested) else kind(one)))  # fmt: skip


def batch(objective, rows=12):
    draw = torch.Generator().manual_seed(0)
    columns = [torch.randn(rows, 8, generator=draw, dtype=torch.float64) for _ in range(COLUMNS[objective.reads])]
    target = torch.arange(rows).double() % 3 if objective.reads == "classes" else torch.linspace(0, 1, rows).double()
    return [column.requires_grad_() for column in columns], target


@every_objective
def test_the_value_is_a_finite_scalar_and_gradients_reach_every_column(objective):
    torch.manual_seed(0)
    columns, target = batch(objective)
    value = objective.build(8).double()(columns, target)
    value.backward()
    assert value.shape == () and value.isfinite() and value >= 0
    for column in columns:
        assert column.grad.isfinite().all() and column.grad.abs().sum() > 0


@every_objective
def test_the_order_of_rows_does_not_matter(objective):
    torch.manual_seed(0)
    columns, target = batch(objective)
    loss = objective.build(8).double()
    shuffled = torch.randperm(len(target), generator=torch.Generator().manual_seed(1))
    again = loss([column[shuffled] for column in columns], target[shuffled])
    assert again.item() == pytest.approx(loss(columns, target).item(), rel=1e-10)


@every_objective
def test_zero_vectors_have_finite_gradients(objective):
    columns, target = batch(objective)
    empty = [torch.zeros_like(column).requires_grad_() for column in columns]
    objective.build(8).double()(empty, target).backward()
    assert all(column.grad.isfinite().all() for column in empty)


@every_objective
def test_it_says_what_it_reads_and_a_configuration_brings_it_back(objective):
    assert objective.reads in COLUMNS and "reads" not in config.as_table(objective)
    assert config.load(type(objective), [config.Layer("test", config.as_table(objective))]) == objective
    assert typing.get_type_hints(type(objective))["kind"]
