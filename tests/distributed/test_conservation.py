import pytest
import torch

from shoestring.distributed.communicator import Alone
from shoestring.distributed.compressors import PowerSGD
from shoestring.distributed.conservation import Conservation
from shoestring.distributed.feedback import Feedback
from shoestring.distributed.layout import lay_out
from tests.distributed.workers import crew


def test_a_loss_shows_and_its_size_is_right():
    layout = lay_out({"a": (4, 4)}, 1)
    memory = Feedback(layout)
    watch = Conservation(memory)
    grad = [[torch.ones(4, 4)]]
    watch.saw(grad)
    memory.add(grad)
    memory.subtract(0, torch.full((1, 4, 4), 0.5))
    watch.applied([[torch.full((4, 4), 0.5)]])
    assert watch.error(Alone()) == 0
    memory.stacks[0].mul_(0.9)
    assert watch.error(Alone()) == pytest.approx(0.05)


def test_a_memory_that_is_cleared_by_mistake_is_noticed_through_the_reducer():
    with crew(PowerSGD(rank=1)) as workers:
        for step in range(5):
            workers.reduce(workers.random(step))
        good = workers.each(lambda reducer: reducer.conservation.error(reducer.communicator))[0]
        workers.reducers[0].memory.stacks[0].zero_()
        bad = workers.each(lambda reducer: reducer.conservation.error(reducer.communicator))[0]
    assert good < 1e-6 and bad > 1e-2


@pytest.mark.parametrize("steps", [pytest.param(10_000, marks=pytest.mark.slow), 1_000])
def test_shifted_workers_lose_nothing_in_many_steps_and_their_memories_stay_bounded(steps):
    """Defect 4 of the peers: their memories grow by the shift at every step, and take the mean's last digits along."""
    shapes = {"w": (12, 9), "b": (12,)}
    with crew(PowerSGD(rank=2), 2, shapes) as workers:
        apart = [4 * torch.randn(12, 9, generator=torch.Generator().manual_seed(rank)) for rank in range(2)]
        draw = torch.Generator().manual_seed(5)
        early = late = 0.0
        for step in range(steps):
            grads = [{"w": torch.randn(12, 9, generator=draw) + one, "b": torch.zeros(12)} for one in apart]
            workers.reduce(grads)
            norm = max(reducer.memory.norm() for reducer in workers.reducers)
            early, late = (max(early, norm), late) if step < steps // 10 else (early, max(late, norm))
        error = workers.each(lambda reducer: reducer.conservation.error(reducer.communicator))[0]
    assert error < 1e-6
    assert late < 1.5 * early
