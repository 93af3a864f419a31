"""What every part of a deep Q agent must do, without a line of code for any of them."""

import numpy as np
import pytest

from shoestring.core import checkpoint, config
from shoestring.rl.deep_q import Sampling, Selection, Streams, Values
from tests.contracts.members import kind, members

RNG = np.random.default_rng(0)
selections, streams, values, samplings = (
    [member() for member in members(union)] for union in (Selection, Streams, Values, Sampling)
)


@pytest.mark.parametrize("part", [*selections, *streams, *values, *samplings], ids=kind)
def test_it_is_read_back_from_its_configuration(part):
    assert config.load(type(part), [config.text_layer(config.dump(part), "test")]) == part


@pytest.mark.parametrize("selection", selections, ids=kind)
def test_a_selection_takes_the_best_where_both_networks_agree(selection):
    q = RNG.standard_normal((20, 4))
    assert (selection.choose(q, 3 * q) == q.argmax(axis=1)).all()
    if not selection.asks_own:
        assert (selection.choose(-q, q) == q.argmax(axis=1)).all()


@pytest.mark.parametrize("stream", streams, ids=kind)
@pytest.mark.parametrize("width", [1, 5])
def test_the_adjoint_of_streams_is_their_transposed_map(stream, width):
    outputs = RNG.standard_normal((6, stream.outputs(3, width)))
    gradient = RNG.standard_normal((6, 3, width))
    there = (stream.combine(outputs, width) * gradient).sum()
    assert there == pytest.approx((outputs * stream.adjoint(gradient)).sum())


@pytest.mark.parametrize("value", values, ids=kind)
def test_values_follow_the_reward_and_rest_at_their_target(value):
    now = RNG.standard_normal((7, value.width)).astype(np.float32)
    reward, nothing = np.linspace(1, 4, 7).astype(np.float32), np.zeros(7, np.float32)
    predicted = now.copy()
    for _ in range(4_000):
        target = value.target(now, reward, nothing)
        gradient, wrong = value.gradient(predicted, target)
        predicted -= gradient
    assert gradient.shape == now.shape and wrong.shape == (7,) and (wrong >= 0).all()
    assert value.expectation(predicted[:, None])[:, 0] == pytest.approx(reward, abs=0.05)
    assert wrong.max() < 0.05 < value.gradient(now, target)[1].min()


@pytest.mark.parametrize("sampling", samplings, ids=kind)
def test_a_sampler_draws_what_is_filled_and_goes_on_from_its_state(sampling):
    first, second = sampling.build(50), sampling.build(50)
    first.added(np.arange(30))
    first.learned(np.arange(0, 30, 2), RNG.random(15).astype(np.float32))
    second.load_state_dict(checkpoint.unflatten(*checkpoint.flatten(first.state_dict())))
    for progress in (0.0, 1.0):
        drawn = [each.draw(400, 30, np.random.default_rng(1), progress) for each in (first, second)]
        assert all((a == b).all() for a, b in zip(*drawn, strict=True))
        index, weight = drawn[0]
        assert index.min() >= 0 and index.max() < 30 and len(np.unique(index)) > 15
        assert weight.dtype == np.float32 and (weight > 0).all() and weight.max() == 1
