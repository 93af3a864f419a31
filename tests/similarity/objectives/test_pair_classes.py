import pytest
import torch

from shoestring.similarity.objectives.pair_classes import PairClasses, concatenated


def batch():
    draw = torch.Generator().manual_seed(0)
    return [torch.randn(6, 4, generator=draw) for _ in range(2)], torch.tensor([0.0, 1, 2, 0, 1, 2])


def test_the_parts_stand_behind_one_another():
    left, right = torch.tensor([[1.0, -2]]), torch.tensor([[3.0, 5]])
    assert concatenated(left, right, ["u", "v", "difference"]).tolist() == [[1, -2, 3, 5, 2, 7]]
    assert concatenated(left, right, ["product", "difference"]).tolist() == [[3, -10, 2, 7]]


def test_it_is_cross_entropy_over_the_classes():
    torch.manual_seed(0)
    head = PairClasses().build(4)
    (left, right), target = batch()
    assert head.weights.weight.shape == (3, 12) and head.weights.bias is None
    total = 0.0
    for u, v, label in zip(left, right, target, strict=True):
        logits = head.weights.weight.detach() @ torch.cat([u, v, (u - v).abs()])
        total += float(torch.log(logits.exp().sum()) - logits[int(label)])
    assert head((left, right), target).item() == pytest.approx(total / 6, rel=1e-5)


def test_wrong_parts_are_refused():
    for wrong in ({"parts": ()}, {"parts": ("u", "u")}, {"classes": 1}):
        with pytest.raises(ValueError, match="parts are given once"):
            PairClasses(**wrong)
