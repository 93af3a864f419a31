import math
import time

import pytest
import torch
from torch import nn

from shoestring.core.errors import ConfigError
from shoestring.distributed.buckets import BucketedReducer, DuringBackward, bucketed_reducer_for, cut_shapes
from shoestring.distributed.communicator import VirtualGroup
from shoestring.distributed.compressors import NoCompression, PowerSGD, SignNorm
from shoestring.distributed.reducer import Reducer
from shoestring.distributed.sharing import reduce_gradients
from tests.distributed.workers import SHAPES, mean_of


class Deep(nn.Module):
    """Six layers, of which one takes no part."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(12, 12) for _ in range(6))

    def forward(self, x):
        for k, layer in enumerate(self.layers):
            x = x if k == 3 else torch.tanh(layer(x))
        return x


@pytest.fixture
def group():
    made = VirtualGroup(2)
    yield made
    made.close()


def gradients(rank, step):
    draw = torch.Generator().manual_seed(10 * step + rank)
    return {name: torch.randn(shape, generator=draw) for name, shape in SHAPES.items()}


def test_buckets_come_in_the_order_of_backward_with_like_numbers():
    shapes = {"a": (10,), "b": (10,), "c": (10,), "d": (10,)}
    assert [list(part) for part in cut_shapes(shapes, 2)] == [["d", "c"], ["b", "a"]]
    assert [list(part) for part in cut_shapes(shapes, 9)] == [["d"], ["c"], ["b"], ["a"]]
    assert [list(part) for part in cut_shapes({"a": (1,), "b": (98,), "c": (1,)}, 2)] == [["c", "b"], ["a"]]
    assert [list(part) for part in cut_shapes(shapes, 1)] == [["d", "c", "b", "a"]]


@pytest.mark.parametrize(
    "compressor", [NoCompression(), PowerSGD(rank=2), PowerSGD(rank=1, alternate=True), SignNorm()]
)
def test_averaging_during_backward_gives_the_bits_of_averaging_after_it(group, compressor):
    start = Deep().state_dict()

    def train(during):
        models = [Deep(), Deep()]
        for model in models:
            model.load_state_dict(start)

        def steps(member):
            model = models[member.rank]
            reducer = bucketed_reducer_for(model, compressor, member, 3)
            shared = DuringBackward(model, reducer) if during else None
            draw = torch.Generator().manual_seed(member.rank)
            for step in range(4):
                model.zero_grad()
                model(torch.randn(8, 12, generator=draw)).square().mean().backward()
                if shared is not None:
                    # The first bucket is on its way although nobody has asked for it.
                    deadline = time.monotonic() + 60
                    while reducer.parts[0].step <= step and time.monotonic() < deadline:
                        time.sleep(0.001)
                    assert reducer.parts[0].step == step + 1 and reducer.parts[-1].step == step
                assert shared.finish() if shared else reduce_gradients(model, reducer)
                with torch.no_grad():
                    for weights in model.parameters():
                        weights.sub_(weights.grad, alpha=0.1)
            return [weights.detach().clone() for weights in model.parameters()]

        return group.run(steps)

    plain, overlapped = train(during=False), train(during=True)
    for one, other in zip(plain[0] + plain[1], overlapped[0] + overlapped[1], strict=True):
        assert torch.equal(one, other)
    assert all(torch.equal(one, other) for one, other in zip(*plain, strict=True))


def test_a_bucket_that_is_not_finite_skips_all_and_what_the_others_sent_is_remembered(group):
    reducers = [BucketedReducer(PowerSGD(rank=1), SHAPES, member, buckets=3) for member in group.members]
    assert [part for part in reducers[0].names if "a" in part] != [part for part in reducers[0].names if "tall" in part]
    total, applied = torch.zeros(20, 4, dtype=torch.float64), torch.zeros(20, 4, dtype=torch.float64)
    for step in range(6):
        grads = [gradients(rank, step) for rank in range(2)]
        total += mean_of(grads)["tall"]
        if step == 2:
            grads[1]["a"][0, 0] = math.nan
        out = group.run(lambda member, g=grads: reducers[member.rank].reduce(g[member.rank]))
        assert (out == [{}, {}]) == (step == 2)
        applied += out[0]["tall"].double() if out[0] else 0
    held = group.run(lambda member: reducers[member.rank].state_dict())[0]["residual"]["tall"]
    torch.testing.assert_close(applied + held.double(), total, rtol=1e-4, atol=1e-4)
    assert max(group.run(lambda member: reducers[member.rank].conservation_error())) < 1e-6
    assert reducers[0].remembered() > 0


@pytest.mark.parametrize("buckets", [None, 2])
def test_a_run_goes_on_with_another_number_of_buckets(group, buckets):
    first = [BucketedReducer(PowerSGD(rank=2), SHAPES, member, buckets=3) for member in group.members]
    for step in range(3):
        group.run(lambda member, s=step: first[member.rank].reduce(gradients(member.rank, s)))
    state = group.run(lambda member: first[member.rank].state_dict())[0]

    def go_on(member):
        if buckets is None:
            reducer = Reducer(PowerSGD(rank=2), SHAPES, member)
        else:
            reducer = BucketedReducer(PowerSGD(rank=2), SHAPES, member, buckets=buckets)
        reducer.load_state_dict(state)
        return reducer.reduce(gradients(member.rank, 3))

    resumed = group.run(go_on)[0]
    unbroken = group.run(lambda member: first[member.rank].reduce(gradients(member.rank, 3)))[0]
    for name in SHAPES:
        torch.testing.assert_close(resumed[name], unbroken[name], rtol=1e-5, atol=1e-5)


def test_votes_arrive_and_messages_are_counted(group):
    reducers = [BucketedReducer(PowerSGD(rank=1), SHAPES, member, buckets=2) for member in group.members]
    reducers[1].votes = [1.0, 0.0]
    predicted = sum(message.payload for message in reducers[0].messages())
    group.run(lambda member: reducers[member.rank].reduce(gradients(member.rank, 0)))
    assert [reducer.votes for reducer in reducers] == [[1.0, 0.0]] * 2
    assert reducers[0].communicator.traffic.payload == predicted


def test_loops_that_it_does_not_fit_are_told_so(group):
    model = Deep()
    shared = DuringBackward(model, bucketed_reducer_for(model, PowerSGD(rank=1), group.members[0], 1))
    model(torch.ones(1, 12)).sum().backward()
    with pytest.raises(ConfigError, match="second gradient within a step"):
        model(torch.ones(1, 12)).sum().backward()
    assert shared.active
    with pytest.raises(ConfigError, match="buckets=0"):
        BucketedReducer(PowerSGD(), SHAPES, group.members[0], buckets=0)
