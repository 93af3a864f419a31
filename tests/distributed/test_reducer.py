import torch

from shoestring.distributed.compressors import PowerSGD
from tests.distributed.workers import SHAPES, crew


def test_votes_are_summed_over_the_workers():
    with crew(PowerSGD(), 3) as workers:
        for reducer in workers.reducers:
            reducer.votes = [float(reducer.communicator.rank == 0), 1.0]
        workers.reduce(workers.random(0))
        assert [[round(v, 5) for v in reducer.votes] for reducer in workers.reducers] == [[1.0, 3.0]] * 3


def test_a_step_that_was_skipped_decides_nothing():
    with crew(PowerSGD(), 2) as workers:
        workers.reducers[0].votes = [1.0, 1.0]
        bad = workers.random(0)
        bad[0]["bias"][0] = torch.nan
        assert workers.reduce(bad) == [{}, {}]
        assert [reducer.votes for reducer in workers.reducers] == [[0.0, 0.0]] * 2


def test_other_ranks_keep_every_memory_and_the_subspace():
    with crew(PowerSGD(rank=3)) as workers, crew(PowerSGD(rank=3)) as unbroken:
        for step in range(4):
            for one in (workers, unbroken):
                one.reduce(one.random(step))
        before = workers.each(lambda reducer: reducer.memory.mean(reducer.communicator))[0]
        for reducer in workers.reducers:
            reducer.rerank({"a": 1, "b": 2, "conv": 3, "tall": 0})
        assert "tall" in workers.reducers[0].codec.layout.plain
        state = workers.each(lambda reducer: reducer.state_dict())[0]
        for name, held in before.items():
            torch.testing.assert_close(state["residual"][name], held)
        out = workers.reduce(workers.random(9))[0]
        same = unbroken.reduce(unbroken.random(9))[0]
        # Rank and memory of this matrix are as before; the one that is no longer compressed gets all it is owed.
        torch.testing.assert_close(out["conv"], same["conv"])
        exact = sum(grad["tall"] for grad in workers.random(9)) / 2
        torch.testing.assert_close(out["tall"], exact + before["tall"], rtol=1e-4, atol=1e-5)
        assert workers.each(lambda r: r.state_dict())[0]["residual"].keys() == {"a", "b", "conv"}


def test_gradients_that_are_not_contiguous_come_back_right():
    shapes = {"w": (6, 5)}
    with crew(PowerSGD(rank=5, minimum_rate=0), 2, shapes) as workers:
        grads = [{"w": torch.randn(5, 6).t()} for _ in range(2)]
        exact = (grads[0]["w"] + grads[1]["w"]) / 2
        out = workers.each(lambda reducer: reducer.reduce(dict(grads[reducer.communicator.rank])))
        torch.testing.assert_close(out[0]["w"], exact, rtol=1e-4, atol=1e-5)


def test_steps_are_counted_and_shapes_keep_their_order():
    with crew(PowerSGD()) as workers:
        workers.reduce(workers.random(0))
        assert workers.reducers[0].step == 1 and list(workers.reducers[0].reduce.__self__._shapes) == list(SHAPES)


def test_ranks_adapt_to_what_is_remembered_and_to_the_link_and_survive_a_checkpoint():
    compressor = PowerSGD(rank=1, adapt_every=5, adapt_share=0.5, adapt_most=4)
    shapes = {"flat": (16, 24), "thin": (16, 24), "bias": (16,)}
    draw = torch.Generator().manual_seed(0)
    left = torch.randn(16, 1, generator=draw)
    with crew(compressor, 2, shapes) as workers, crew(compressor, 3, shapes) as others:
        for _ in range(4):
            # One matrix is of rank one and is sent whole; the other is not.
            grads = [
                {"flat": torch.randn(16, 24, generator=draw), "thin": left @ torch.randn(1, 24, generator=draw),
                 "bias": torch.zeros(16)} for _ in range(2)
            ]  # fmt: skip
            workers.reduce(grads)
        slow = workers.each(lambda reducer: reducer.adapt(1.0, 1.0))
        assert slow == [{"flat": 1, "thin": 1}] * 2
        fast = workers.each(lambda reducer: reducer.adapt(4 * 2 * 40 * 4.0, 1.0))
        assert fast == [{"flat": 3, "thin": 1}] * 2
        out = workers.reduce(workers.random(3))
        assert torch.equal(out[0]["flat"], out[1]["flat"]) and torch.linalg.matrix_rank(out[0]["flat"]) == 3
        state = workers.each(lambda reducer: reducer.state_dict())[0]
        others.each(lambda reducer: reducer.load_state_dict(state))
        assert {g.names: g.rank for g in others.reducers[0].codec.layout.groups} == {("flat",): 3, ("thin",): 1}
