import pytest
import torch

from shoestring.similarity.objectives.distillation import Distillation


def test_a_student_that_says_what_the_teacher_says_is_done():
    left, right = torch.tensor([[1.0, 0], [1, 1]]), torch.tensor([[2.0, 0], [0, 3]])
    loss = Distillation(teacher="x").build(2)
    assert loss((left, right), torch.tensor([1.0, 0.5**0.5])).item() == pytest.approx(0, abs=1e-12)
    assert loss((left, right), torch.tensor([0.0, 0.5**0.5])).item() == pytest.approx(0.5)
