"""What every compressor must do, without a line of code for any of them."""

import math

import pytest
import torch

from shoestring.core import config
from shoestring.distributed.compressors import Compressor
from tests.contracts.members import kind, members
from tests.distributed.workers import SHAPES, crew, mean_of

every_compressor = pytest.mark.parametrize("compressor", [member() for member in members(Compressor)], ids=kind)


@every_compressor
@pytest.mark.parametrize("size", [2, 3])
def test_all_workers_get_the_same_bits_in_the_shapes_they_gave(compressor, size):
    with crew(compressor, size) as workers:
        for step in range(3):
            out = workers.reduce(workers.random(step))
            for name, shape in SHAPES.items():
                assert out[0][name].shape == shape
                assert all(torch.equal(out[0][name], other[name]) for other in out[1:])
                assert out[0][name].isfinite().all()


@every_compressor
def test_vectors_and_scalars_are_averaged_and_not_compressed(compressor):
    with crew(compressor) as workers:
        grads = workers.random(0)
        out, exact = workers.reduce(grads)[0], mean_of(grads)
        for name in ("bias", "scale"):
            torch.testing.assert_close(out[name].double(), exact[name], rtol=2e-3, atol=2e-3)


@every_compressor
def test_bytes_are_those_predicted_from_shapes(compressor):
    with crew(compressor, 3) as workers:
        for step in range(3):
            before = [r.communicator.traffic.payload for r in workers.reducers]
            predicted = sum(message.payload for message in workers.reducers[0].messages())
            collectives = len(workers.reducers[0].messages())
            count = workers.reducers[0].communicator.traffic.collectives
            workers.reduce(workers.random(step))
            for reducer, already in zip(workers.reducers, before, strict=True):
                assert reducer.communicator.traffic.payload - already == predicted
            assert workers.reducers[0].communicator.traffic.collectives - count == collectives


@every_compressor
@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_nothing_is_lost_and_memories_stay_bounded(compressor, shift):
    with crew(compressor) as workers:
        total = dict.fromkeys(SHAPES, 0.0)
        applied = dict.fromkeys(SHAPES, 0.0)
        norms = []
        for step in range(60):
            grads = workers.random(step, shift)
            out = workers.reduce(grads)[0]
            for name, exact in mean_of(grads).items():
                total[name] = total[name] + exact
                applied[name] = applied[name] + out[name].double()
            norms.append(workers.reducers[0].memory.norm())
        if not workers.reducers[0].memory.enabled:
            assert norms[-1] == 0
            return
        remembered = workers.each(lambda reducer: reducer.memory.mean(reducer.communicator))[0]
        for name, held in remembered.items():
            torch.testing.assert_close(applied[name] + held.double(), total[name], rtol=1e-4, atol=1e-4)
        assert max(norms[30:]) < 2.5 * max(norms[:30])
        assert workers.each(lambda reducer: reducer.conservation.error(reducer.communicator))[0] < 1e-6


@every_compressor
def test_zero_gradients_give_zero_and_poison_nothing(compressor):
    if compressor.kind == "signum":
        pytest.skip("every entry of a signum update is -1 or 1, by definition")
    with crew(compressor) as workers:
        nothing = [{name: torch.zeros(shape) for name, shape in SHAPES.items()} for _ in range(2)]
        out = workers.reduce(nothing)[0]
        assert all((out[name] == 0).all() for name in SHAPES)
        later = workers.reduce(workers.random(1))[0]
        assert all(tensor.isfinite().all() for tensor in later.values()) and later["a"].abs().sum() > 0


@every_compressor
def test_what_is_not_finite_skips_the_step_on_every_worker_and_contaminates_no_other_matrix(compressor):
    with crew(compressor) as workers:
        workers.reduce(workers.random(0))
        held = [reducer.memory.norm() for reducer in workers.reducers]
        bad = workers.random(1)
        bad[1]["a"][2, 3] = math.nan
        assert workers.reduce(bad) == [{}, {}]
        assert [reducer.skipped for reducer in workers.reducers] == [1, 1]
        assert workers.reducers[0].dropped == []
        if workers.reducers[1].memory.enabled or held[1]:
            assert workers.reducers[1].dropped == ["a"]
        out = workers.reduce(workers.random(2))
        assert all(tensor.isfinite().all() for tensor in out[0].values())


@every_compressor
def test_gradients_of_bfloat16_are_averaged_in_their_type(compressor):
    with crew(compressor) as workers:
        grads = [{n: t.bfloat16() for n, t in g.items()} for g in workers.random(0)]
        out = workers.reduce(grads)
        assert all(t.dtype == torch.bfloat16 and t.isfinite().all() for t in out[0].values())
        assert all(torch.equal(out[0][n], out[1][n]) for n in SHAPES)


@every_compressor
def test_parameters_without_a_gradient_count_as_zero(compressor):
    with crew(compressor) as workers:
        grads = workers.random(0)
        grads[1] |= {"a": None, "bias": None}
        out = workers.reduce(grads)[0]
        torch.testing.assert_close(out["bias"], grads[0]["bias"] / 2, rtol=2e-3, atol=2e-3)
        assert out["a"].shape == SHAPES["a"] and out["a"].isfinite().all()


@every_compressor
def test_one_worker_sends_nothing_and_changes_nothing(compressor):
    with crew(compressor, 1) as workers:
        grads = workers.random(0)
        out = workers.reduce(grads)[0]
        assert all(torch.equal(out[name], grads[0][name]) for name in SHAPES)
        assert workers.reducers[0].communicator.traffic.collectives == 0 and workers.reducers[0].messages() == []


@every_compressor
def test_a_model_of_vectors_only_works(compressor):
    with crew(compressor, 2, {"bias": (5,), "scale": ()}) as workers:
        grads = workers.random(0)
        out = workers.reduce(grads)[0]
        torch.testing.assert_close(out["bias"].double(), mean_of(grads)["bias"], rtol=2e-3, atol=2e-3)


@every_compressor
@pytest.mark.parametrize("other", [3, 2, 1])
def test_any_number_of_workers_goes_on_from_a_saved_state(compressor, other):
    with crew(compressor, 4) as old, crew(compressor, other) as new:
        for step in range(5):
            old.reduce(old.random(step, 2.0))
        state = old.each(lambda reducer: reducer.state_dict())[0]
        new.each(lambda reducer: reducer.load_state_dict(state))
        assert all(reducer.step == 5 for reducer in new.reducers)
        # The gradient that all workers share is what the unbroken run sees in the mean as well.
        same = new.random(7)[0]
        ours, theirs = new.reduce([same] * other)[0], old.reduce([same] * 4)[0]
        if compressor.kind in ("powersgd", "none", "random-k", "random-block"):
            for name in SHAPES if other > 1 else ():
                torch.testing.assert_close(ours[name], theirs[name], rtol=1e-5, atol=1e-5)
        if other == 1:
            for name, held in state["residual"].items():
                torch.testing.assert_close(ours[name], same[name] + held)


@every_compressor
def test_a_configuration_brings_it_back_equal(compressor):
    table = config.as_table(compressor)
    assert config.load(type(compressor), [config.Layer("test", table)]) == compressor
