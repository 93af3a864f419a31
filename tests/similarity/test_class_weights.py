import pytest
import torch

from shoestring.core.errors import BadDataError
from shoestring.similarity.class_weights import checked, class_weights


def test_weights_are_of_about_unit_length_and_come_from_the_stream_of_torch():
    torch.manual_seed(3)
    first = class_weights(200, 64)
    torch.manual_seed(3)
    assert torch.equal(first, class_weights(200, 64))
    assert first.requires_grad and first.norm(dim=1).mean().item() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("shape", [(1, 4), (0, 4), (3, 0)])
def test_a_loss_over_less_than_two_classes_is_refused(shape):
    with pytest.raises(BadDataError, match="needs two"):
        class_weights(*shape)


@pytest.mark.parametrize("wrong", [-1, 3, 90])
def test_a_class_that_has_no_weights_is_named(wrong):
    assert torch.equal(checked(torch.tensor([0, 2]), 3), torch.tensor([0, 2]))
    with pytest.raises(BadDataError, match=f"class {wrong} is not one of the 3"):
        checked(torch.tensor([0, wrong, 1]), 3)
