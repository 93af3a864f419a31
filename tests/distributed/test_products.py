import pytest
import torch

from shoestring.distributed.products import (
    BLOCK_ROWS,
    orthonormal_rows,
    subtract_product,
    times,
    times_transposed,
    unit_rows,
    write_product,
)

RANKS = pytest.mark.parametrize("rank", [1, 2, 4])


def parts(rank, n=7, m=11):
    draw = torch.Generator().manual_seed(rank)
    return (torch.randn(*shape, generator=draw) for shape in ((3, n, m), (3, rank, n), (3, rank, m)))


@RANKS
def test_products_are_their_formulas(rank):
    stack, left, right = parts(rank)
    torch.testing.assert_close(times(left, stack), left @ stack)
    torch.testing.assert_close(times_transposed(right, stack), right @ stack.mT)
    assert times_transposed(right, stack).is_contiguous()
    expected = stack - left.mT @ right
    subtract_product(stack, left, right)
    torch.testing.assert_close(stack, expected)


@RANKS
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_product_is_written_wherever_the_target_lies(rank, dtype):
    _, left, right = parts(rank)
    expected = (left[0].T @ right[0]).to(dtype)
    for target in (torch.empty(7, 11, dtype=dtype), torch.empty(11, 7, dtype=dtype).t()):
        write_product(left[0], right[0], target)
        torch.testing.assert_close(target, expected)


@RANKS
def test_a_product_of_many_rows_is_written_block_by_block(rank):
    _, left, right = parts(rank, n=2 * BLOCK_ROWS + 3)
    target = torch.empty(2 * BLOCK_ROWS + 3, 11)
    write_product(left[0], right[0], target)
    torch.testing.assert_close(target, left[0].T @ right[0])


@RANKS
@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_rows_become_orthonormal_at_any_scale_and_keep_their_span(rank, scale):
    rows = torch.randn(3, rank, 9, generator=torch.Generator().manual_seed(1)) * scale
    basis = orthonormal_rows(rows)
    torch.testing.assert_close(basis @ basis.mT, torch.eye(rank).expand(3, -1, -1), rtol=0, atol=1e-5)
    inside = (rows / scale) @ basis.mT @ basis
    torch.testing.assert_close(inside, rows / scale, rtol=1e-4, atol=1e-4)


@RANKS
def test_zero_and_dependent_rows_are_safe_and_do_not_touch_their_neighbours(rank):
    rows = torch.randn(3, rank, 9, generator=torch.Generator().manual_seed(2))
    alone = orthonormal_rows(rows[:1])
    rows[1] = 0
    rows[2] = rows[2, :1]
    basis = orthonormal_rows(rows)
    torch.testing.assert_close(basis @ basis.mT, torch.eye(rank).expand(3, -1, -1), rtol=0, atol=1e-5)
    torch.testing.assert_close(basis[:1], alone)


def test_rows_get_unit_length_and_zero_rows_what_they_were_before():
    rows = torch.tensor([[[3e-25, 4e-25], [0.0, 0.0], [3e25, 4e25]]])
    before = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]])
    torch.testing.assert_close(unit_rows(rows, before), torch.tensor([[[0.6, 0.8], [0.0, 1.0], [0.6, 0.8]]]))
