import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from shoestring.data.augment import Augment, Changes, apply

NOTHING = Augment(flip=0, angle=0, scale=0, shift=0, contrast=0, brightness=0, light=0, erase=0)


def none(count):
    return Changes(
        torch.ones(count), torch.zeros(count), torch.ones(count), torch.zeros(count, 2), torch.ones(count),
        torch.zeros(count), torch.zeros(count, 2), torch.zeros(count, 4),
    )  # fmt: skip


@pytest.fixture
def images():
    return torch.rand(4, 1, 12, 10, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_no_change_gives_the_same_pixels(images):
    np.testing.assert_allclose(NOTHING(images, torch.Generator()), images, atol=1e-6)


def test_each_picture_of_a_batch_is_changed_in_its_own_way():
    one = torch.rand(1, 1, 12, 10, generator=torch.Generator().manual_seed(1)).expand(6, -1, -1, -1)
    drawn = Augment(flip=0.5, erase=1.0).draw(6, torch.Generator().manual_seed(2))
    for name, values in drawn._asdict().items():
        assert len({tuple(np.atleast_1d(row).tolist()) for row in values.numpy()}) >= (2 if name == "flip" else 6), name
    changed = apply(one, drawn)
    assert all((changed[i] - changed[j]).abs().max() > 0.01 for i in range(6) for j in range(i))


def test_a_stream_gives_the_same_changes_again_and_settings_do_not_move_it():
    first, second = torch.Generator().manual_seed(3), torch.Generator().manual_seed(3)
    a, b = Augment().draw(5, first), NOTHING.draw(5, second)
    assert torch.equal(first.get_state(), second.get_state())
    again = Augment().draw(5, torch.Generator().manual_seed(3))
    assert all(torch.equal(x, y) for x, y in zip(a, again, strict=True))
    assert (b.scale == 1).all() and (b.hole[:, 2:] == b.hole[:, :2]).all()


def test_amounts_stay_within_their_limits():
    drawn = Augment(flip=0.25, angle=9, scale=0.2, shift=0.1, erase=0.5, erased=0.25).draw(4000, torch.Generator())
    assert (drawn.flip < 0).float().mean().item() == pytest.approx(0.25, abs=0.03)
    assert drawn.angle.abs().max() <= math.radians(9) < drawn.angle.abs().max() * 1.01
    assert (drawn.scale - 1).abs().max() <= 0.2001 and drawn.shift.abs().max() <= 0.1
    sides = drawn.hole[:, 2:] - drawn.hole[:, :2]
    assert ((drawn.hole >= 0) & (drawn.hole <= 1 + 1e-6)).all()
    assert sides.prod(dim=1).max() <= 0.2501 and (sides.prod(dim=1) > 0).float().mean().item() == pytest.approx(
        0.5, abs=0.03
    )


def test_mirroring_reverses_the_columns(images):
    found = apply(images, none(4)._replace(flip=torch.tensor([-1.0, 1, -1, 1])))
    np.testing.assert_allclose(found[0], images[0].flip(-1), atol=1e-6)
    np.testing.assert_allclose(found[1], images[1], atol=1e-6)


def test_a_shift_moves_right_and_down_by_shares_of_the_sides(images):
    found = apply(images, none(4)._replace(shift=torch.tensor([[0.2, 0.25]]).expand(4, 2)))
    np.testing.assert_allclose(found[:, :, 3:, 2:], images[:, :, :-3, :-2], atol=1e-5)
    # What comes in repeats the border.
    np.testing.assert_allclose(found[:, :, :3, 5], images[:, :, :1, 3].expand(-1, -1, 3), atol=1e-5)


def test_turning_a_picture_that_is_not_square_keeps_right_angles():
    # A small bright spot to the right of the centre goes up by a quarter turn anticlockwise, as far as it was.
    images = torch.zeros(1, 1, 40, 60)
    images[0, 0, 19:21, 41:43] = 1
    found = apply(images, none(1)._replace(angle=torch.tensor([math.pi / 2])))[0, 0]
    rows, columns = torch.nonzero(found > 0.5, as_tuple=True)
    assert abs(rows.float().mean() + 0.5 - (20 - 12)) < 0.6 and abs(columns.float().mean() + 0.5 - 30) < 0.6


def test_a_mirrored_picture_is_turned_and_shifted_like_any_other():
    image = torch.rand(1, 1, 30, 30, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    image = torch.nn.functional.avg_pool2d(image, 5, 1, 2)
    moved = none(1)._replace(angle=torch.tensor([0.3]), shift=torch.tensor([[0.1, -0.05]]), scale=torch.tensor([1.2]))
    both = apply(image, moved._replace(flip=torch.tensor([-1.0])))
    one_by_one = apply(apply(image, none(1)._replace(flip=torch.tensor([-1.0]))), moved)
    np.testing.assert_allclose(both, one_by_one, atol=1e-6)


def test_a_larger_scale_enlarges():
    images = torch.zeros(1, 1, 40, 40)
    images[:, :, 15:25, 15:25] = 1
    found = apply(images, none(1)._replace(scale=torch.tensor([1.5])))
    assert found.sum().item() == pytest.approx(225, rel=0.02)


def test_light_is_what_it_says(images):
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    found = apply(images, none(4)._replace(contrast=torch.full((4,), 0.5), brightness=torch.full((4,), 0.1)))
    np.testing.assert_allclose(found, mean + (images - mean) * 0.5 + 0.1, atol=1e-6)
    lit = apply(images, none(4)._replace(light=torch.tensor([[0.2, 0.0]]).expand(4, 2))) - images
    np.testing.assert_allclose(lit[0, 0, 0], 0.2 * (2 * (np.arange(10) + 0.5) / 10 - 1), atol=1e-6)


def test_an_erased_part_takes_the_mean_of_its_picture(images):
    hole = torch.tensor([[0.2, 0.25, 0.6, 0.75]]).expand(4, 4)
    found = apply(images, none(4)._replace(hole=hole))
    inside = torch.zeros(12, 10, dtype=torch.bool)
    inside[3:9, 2:6] = True
    np.testing.assert_allclose(found[1, 0][inside], images[1].mean().expand(24), atol=1e-6)
    np.testing.assert_allclose(found[1, 0][~inside], images[1, 0][~inside], atol=1e-6)


def test_gradients_reach_the_pixels(images):
    pixels = images.requires_grad_()
    Augment()(pixels, torch.Generator().manual_seed(1)).sum().backward()
    assert pixels.grad.isfinite().all() and (pixels.grad != 0).any()


@pytest.mark.parametrize(
    "wrong", [{"angle": -1}, {"scale": 1}, {"contrast": 1.5}, {"flip": 1.1}, {"erase": -0.1}, {"erased": 2}]
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError):
        replace(NOTHING, **wrong)
