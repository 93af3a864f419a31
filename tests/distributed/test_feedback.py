import torch

from shoestring.distributed.communicator import Alone
from shoestring.distributed.feedback import Feedback
from shoestring.distributed.layout import lay_out

SHAPES = {"a": (2, 3), "b": (2, 3), "c": (2, 2, 2), "v": (4,)}
LAYOUT = lay_out(SHAPES, 1)


def ones(value=1.0):
    return [[torch.full((g.rows, g.columns), value) for _ in g.names] for g in LAYOUT.groups]


def test_what_was_not_contributed_is_added_to_the_next_gradient():
    memory = Feedback(LAYOUT)
    memory.add(ones())
    memory.subtract(0, torch.full((2, 2, 3), 0.25))
    memory.add(ones())
    assert (memory.stacks[0] == 1.75).all() and (memory.stacks[1] == 2).all()
    left, right = torch.ones(2, 1, 2), torch.ones(2, 1, 3)
    memory.subtract_product(0, left, right)
    assert (memory.stacks[0] == 0.75).all()
    assert memory.norm() == (12 * 0.75**2 + 8 * 4) ** 0.5


def test_without_feedback_only_the_last_gradient_is_held():
    memory = Feedback(LAYOUT, enabled=False)
    memory.add(ones())
    memory.subtract(0, torch.ones(2, 2, 3))
    memory.add(ones(5.0))
    assert (memory.stacks[0] == 5).all() and memory.norm() == 0 and memory.mean(Alone()) == {}


def test_only_contaminated_matrices_are_forgotten():
    memory = Feedback(LAYOUT)
    memory.add(ones())
    memory.stacks[0][1, 0, 0] = torch.inf
    assert memory.drop_contaminated() == ["b"]
    assert (memory.stacks[0][0] == 1).all() and (memory.stacks[0][1] == 0).all() and (memory.stacks[1] == 1).all()


def test_the_mean_has_the_shapes_of_parameters_and_loads_by_name_whatever_the_layout():
    memory = Feedback(LAYOUT)
    memory.add([[torch.arange(6.0).view(2, 3), torch.ones(2, 3)], [torch.arange(8.0).view(2, 4)]])
    mean = memory.mean(Alone())
    assert {name: tuple(t.shape) for name, t in mean.items()} == {"a": (2, 3), "b": (2, 3), "c": (2, 2, 2)}
    other = Feedback(lay_out({"c": (2, 2, 2), "a": (2, 3), "b": (2, 3)}, {"c": 1, "a": 2}))
    left = other.load(mean)
    assert sorted(left) == ["b"] and torch.equal(left["b"], torch.ones(2, 3))
    assert torch.equal(other.mean(Alone())["c"], mean["c"]) and torch.equal(other.mean(Alone())["a"], mean["a"])
