import pytest
import torch

from shoestring.distributed.compressors.powersgd import PowerSGD
from tests.distributed.workers import SHAPES, crew, mean_of

EIGHT = {f"w{k}": (24, 10) for k in range(8)} | {"b": (3,)}


def paper(matrices, q):
    """Algorithm 1 for one matrix of every worker, by Gram-Schmidt in double precision: update and new Q."""
    p = sum(m.double() @ q for m in matrices) / len(matrices)
    columns = []
    for k in range(p.shape[1]):
        column = p[:, k] - sum((c @ p[:, k]) * c for c in columns)
        columns.append(column / column.norm())
    basis = torch.stack(columns, 1)
    new = sum(m.double().T @ basis for m in matrices) / len(matrices)
    return basis @ new.T, new


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_updates_are_those_of_the_paper_with_feedback_and_warm_start(rank):
    shapes = {"w": (6, 9)}
    with crew(PowerSGD(rank=rank), 3, shapes) as workers:
        q = workers.reducers[0].codec.state_dict()["long"]["w"].T.double().clone()
        errors = [torch.zeros(6, 9, dtype=torch.float64) for _ in range(3)]
        for step in range(5):
            grads = workers.random(step, 1.0)
            held = [e + g["w"].double() for e, g in zip(errors, grads, strict=True)]
            update, q = paper(held, q)
            p = torch.linalg.qr(update)[0][:, :rank]
            errors = [h - p @ (p.T @ h) for h in held]
            out = workers.reduce(grads)[0]["w"]
            torch.testing.assert_close(out.double(), update, rtol=1e-3, atol=1e-4)
        for reducer, error in zip(workers.reducers, errors, strict=True):
            torch.testing.assert_close(reducer.memory.stacks[0][0].double(), error, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("count", [1, 2, 8])
def test_gradients_of_rank_one_are_recovered_whole_however_many_share_a_shape(count):
    """Defect 3 of the peers: dividing by the norm of the whole batch recovers 22 % and less of them."""
    shapes = {f"w{k}": (24, 10) for k in range(count)}
    draw = torch.Generator().manual_seed(0)
    common = {name: torch.randn(24, 1, generator=draw) for name in shapes}
    with crew(PowerSGD(rank=1), 2, shapes) as workers:
        grads = [
            {n: 10.0**k * (common[n] @ torch.randn(1, 10, generator=draw)) for k, n in enumerate(shapes)} for _ in "12"
        ]
        out, exact = workers.reduce(grads)[0], mean_of(grads)
    for name in shapes:
        torch.testing.assert_close(
            out[name].double(), exact[name], rtol=1e-4, atol=1e-5 * float(exact[name].abs().max())
        )


def test_one_dead_matrix_hurts_no_other_and_comes_back_to_life():
    """Defect 2 of the peers: an all-zero gradient becomes NaN and poisons the run."""
    with crew(PowerSGD(rank=1), 2, EIGHT) as workers:
        for step in range(3):
            grads = workers.random(step)
            for grad in grads:
                grad["w3"].zero_()
            out = workers.reduce(grads)[0]
            assert (out["w3"] == 0).all() and all(tensor.isfinite().all() for tensor in out.values())
        grads = workers.random(8)
        for grad in grads:
            grad["w3"] = torch.outer(torch.arange(24.0), torch.ones(10))
        torch.testing.assert_close(workers.reduce(grads)[0]["w3"], grads[0]["w3"], rtol=1e-4, atol=1e-4)


def test_gradients_of_too_low_a_rank_are_whole():
    draw = torch.Generator().manual_seed(3)
    left = torch.randn(24, 2, generator=draw)
    with crew(PowerSGD(rank=4), 2, {"w": (24, 10)}) as workers:
        for _ in range(3):
            grads = [{"w": left @ torch.randn(2, 10, generator=draw)} for _ in range(2)]
            out = workers.reduce(grads)[0]["w"]
            torch.testing.assert_close(out.double(), mean_of(grads)["w"], rtol=1e-3, atol=1e-4)


def test_repeated_on_one_matrix_it_finds_the_best_approximation():
    fixed = torch.randn(30, 20, generator=torch.Generator().manual_seed(1)) @ torch.diag(0.7 ** torch.arange(20.0))
    with crew(PowerSGD(rank=3, feedback=False), 2, {"w": (30, 20)}) as workers:
        for _ in range(30):
            out = workers.reduce([{"w": fixed}, {"w": fixed}])[0]["w"]
    best = float(torch.linalg.svdvals(fixed)[3:].norm())
    assert float((out - fixed).norm()) == pytest.approx(best, rel=1e-3)


def test_tall_and_wide_matrices_are_treated_alike():
    draw = torch.Generator().manual_seed(2)
    grads = [torch.randn(20, 6, generator=draw) for _ in range(2)]
    with crew(PowerSGD(rank=2), 2, {"w": (20, 6)}) as tall, crew(PowerSGD(rank=2), 2, {"w": (6, 20)}) as wide:
        for _ in range(3):
            a = tall.reduce([{"w": grad} for grad in grads])[0]["w"]
            b = wide.reduce([{"w": grad.T} for grad in grads])[0]["w"]
            torch.testing.assert_close(a, b.T, rtol=1e-4, atol=1e-4)


def test_first_steps_are_exact_and_then_compression_begins():
    with crew(PowerSGD(rank=1, start_step=2)) as workers:
        for step in range(3):
            grads = workers.random(step)
            out, exact = workers.reduce(grads)[0], mean_of(grads)
            close = torch.allclose(out["a"].double(), exact["a"], atol=1e-5)
            assert close == (step < 2)


def test_a_refresh_is_exact_and_takes_the_best_subspace():
    with crew(PowerSGD(rank=2, refresh_every=4, feedback=False), 2, {"w": (12, 9)}) as workers:
        sizes = []
        for step in range(6):
            sizes.append(sum(message.payload for message in workers.reducers[0].messages()))
            grads = [{"w": workers.random(0)[0]["w"]}] * 2
            out = workers.reduce(grads)[0]["w"]
            error = float((out - grads[0]["w"]).norm())
            best = float(torch.linalg.svdvals(grads[0]["w"])[2:].norm())
            assert error == pytest.approx(0 if step % 4 == 0 else best, rel=1e-4, abs=1e-4)
        assert sizes[0] == sizes[4] > sizes[1]


def test_fixed_cold_and_warm_differ_in_where_a_step_starts():
    with crew(PowerSGD(rank=1, subspace="fixed", feedback=False)) as fixed:
        first = fixed.reduce(fixed.random(0))[0]["a"]
        assert torch.equal(first, fixed.reduce(fixed.random(0))[0]["a"])
    with crew(PowerSGD(rank=1, subspace="cold", feedback=False)) as cold:
        first = cold.reduce(cold.random(0))[0]["a"]
        assert not torch.allclose(first, cold.reduce(cold.random(0))[0]["a"])
    exact = mean_of(fixed.random(0))["a"]
    with crew(PowerSGD(rank=1, feedback=False)) as warm:
        errors = [float((warm.reduce(warm.random(0))[0]["a"].double() - exact).norm()) for _ in range(8)]
    assert errors[-1] < errors[0] and errors[-1] < float((first.double() - exact).norm())


def test_sides_alternate_with_one_collective_a_step_and_converge_as_well():
    fixed = torch.randn(30, 20, generator=torch.Generator().manual_seed(1)) @ torch.diag(0.6 ** torch.arange(20.0))
    best = float(torch.linalg.svdvals(fixed)[2:].norm())
    with crew(PowerSGD(rank=2, feedback=False, alternate=True), 2, {"w": (30, 20)}) as workers:
        for step in range(40):
            messages = workers.reducers[0].messages()
            # 30 and 20 numbers in turn, rank 2, four bytes; two votes and the spare number.
            assert [m.payload for m in messages] == [4 * (2 * (20 if step % 2 == 0 else 30) + 3)]
            out = workers.reduce([{"w": fixed}, {"w": fixed}])[0]["w"]
    assert float((out - fixed).norm()) == pytest.approx(best, rel=1e-3)


@pytest.mark.parametrize("alternate", [False, True])
def test_memories_hold_exactly_what_was_not_applied(alternate):
    with crew(PowerSGD(rank=1, alternate=alternate)) as workers:
        total = {name: torch.zeros(shape, dtype=torch.float64) for name, shape in SHAPES.items()}
        for step in range(7):
            grads = workers.random(step)
            out, exact = workers.reduce(grads)[0], mean_of(grads)
            for name in total:
                total[name] += exact[name] - out[name].double()
        mean = workers.each(lambda r: r.memory.mean(r.communicator))[0]
    for name, held in mean.items():
        torch.testing.assert_close(held.double(), total[name], rtol=1e-4, atol=1e-5)


def test_two_collectives_whatever_the_number_of_matrices():
    with crew(PowerSGD(), 2, EIGHT) as workers:
        workers.reduce(workers.random(0))
        assert workers.reducers[0].communicator.traffic.collectives == 2


@pytest.mark.parametrize("wrong", [{"rank": 0}, {"refresh_every": -1}, {"minimum_rate": -0.5}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="at least"):
        PowerSGD(**wrong)
    with pytest.raises(ValueError, match="warm"):
        PowerSGD(alternate=True, subspace="fixed")


@pytest.mark.parametrize("alternate", [False, True])
def test_half_the_bytes_travel_as_bfloat16_and_what_that_rounds_from_factors_is_remembered(alternate):
    wide, short = (PowerSGD(rank=2, alternate=alternate, wire=wire) for wire in ("float32", "bfloat16"))
    with crew(wide) as plain, crew(short) as halved:
        total, applied = torch.zeros(20, 4, dtype=torch.float64), torch.zeros(20, 4, dtype=torch.float64)
        for step in range(8):
            # The same gradient twice: their sum in bfloat16 is exact, so that only factors are rounded.
            grads = [plain.random(step)[0]] * 2
            expected, out = plain.reduce(grads)[0], halved.reduce(grads)[0]
            if step == 0:
                torch.testing.assert_close(out["tall"], expected["tall"], rtol=0.05, atol=0.05)
            total, applied = total + grads[0]["tall"].double(), applied + out["tall"].double()
        whole, half = (one.reducers[0].communicator.traffic.payload for one in (plain, halved))
        assert 2 * half == whole
        held = halved.each(lambda reducer: reducer.memory.mean(reducer.communicator))[0]["tall"]
        torch.testing.assert_close(applied + held.double(), total, rtol=1e-5, atol=1e-5)


def test_gradients_of_bfloat16_come_back_as_such_and_are_summed_in_float32():
    with crew(PowerSGD(rank=2)) as workers:
        grads = workers.random(0)
        out = workers.reduce([{n: g.bfloat16() for n, g in one.items()} for one in grads])[0]
        assert all(tensor.dtype == torch.bfloat16 for tensor in out.values())
        assert all(stack.dtype == torch.float32 for stack in workers.reducers[0].memory.stacks)
    with crew(PowerSGD(rank=2)) as workers:
        wide = workers.reduce([{n: g.bfloat16().float() for n, g in one.items()} for one in grads])[0]
        for name, tensor in out.items():
            torch.testing.assert_close(tensor, wide[name].bfloat16(), rtol=0, atol=0)
