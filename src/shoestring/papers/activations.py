"""All PyTorch activation functions and their gradients: what the gallery claims, measured with the installed torch.

The article prints one formula and one picture of f and f' for each function and measures nothing. Here the formulas are
checked against autograd and against differences, and what they do to a deep stack is predicted and then measured.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from shoestring.activations.catalog import ENTRIES, find
from shoestring.activations.depth_probe import Depths, probe_depth
from shoestring.activations.facts import Facts, facts
from shoestring.activations.specs import ELEMENTWISE, default
from shoestring.activations.torch_modules import Agreement, build, compare, derivatives, exported, uncovered
from shoestring.core.errors import BadDataError
from shoestring.papers.activations_table import ROWS, disagreements, numbers
from shoestring.papers.claims import Claim, Verdict

WITHIN = 1e-9
GRID = (-12.0, 12.0, 24_001)
LAYERS = 50
FACTOR = 2.0
"""A signal counts as kept when its mean square at the top is within this factor of that at the bottom."""
NEUTRAL = 1 + 1e-6
"""Responses of the variance up to here do not amplify deviations."""


@dataclass(frozen=True)
class Stacks:
    """Probes of one function, a seed each."""

    signal: np.ndarray
    """ln of the mean square at the top over that at the bottom, a seed each."""
    gradient: np.ndarray
    """ln of the gradient's mean square at the bottom over that at the top."""


def measure(*, quick: bool, root: Path) -> list[Claim]:
    """All claims. Full: eight seeds of stacks 512 wide; ``quick``: three seeds, 128 wide. Makes no runs in ``root``."""
    found = {entry.name: facts(default(entry).curve()) for entry in ELEMENTWISE}
    seeds, width, draws = (3, 128, 100_000) if quick else (8, 512, 1_000_000)
    stacks = {name: stack(name, found[name].gain, range(seeds), width) for name in found}
    return [*formulas(), *table(found), *random_slopes(5, draws), *deep(found, stacks, seeds)]


def formulas() -> list[Claim]:
    """Coverage, and closed forms against autograd and differences."""
    x = np.linspace(*GRID[:2], GRID[2])
    agreements = {}
    for entry in ELEMENTWISE:
        spec = default(entry)
        agreements[entry.name] = compare(spec.curve(), build(entry, spec.values), x)
    missing = uncovered()
    slope, curvature = _off(agreements, lambda one: one.slope), _off(agreements, lambda one: one.curvature or 0.0)
    twice = [name for name, one in agreements.items() if one.curvature is None]
    by_value = _off(agreements, lambda one: one.slope_by_differences)
    by_slope = _off(agreements, lambda one: one.curvature_by_differences)
    forms = f"functions of {len(agreements)} that are off by more than 1e-9"
    rest = f"all others within {_worst(agreements, slope, lambda one: one.slope):.0e}"
    most = max((agreements[name].slope for name in slope), default=0.0)
    known = (
        f"{', '.join(slope)} by {most:.1e}: torch multiplies by 1/6 rounded to single precision, also for doubles; the "
        f"difference quotients of its own values agree with us; {rest}"
    )
    sides = sum(_sides(entry.name) for entry in ELEMENTWISE)
    return [
        _claim("coverage", "The gallery has every activation that the installed torch exports", "modules without entry",
               len(missing), "met" if not missing else "not met",
               f"{len(exported())} classes in torch {torch.__version__.partition('+')[0]}, "
               f"{len(ENTRIES)} entries, two of them the forms of GELU"),
        _claim("slopes", "f' by autograd is the closed form, in double precision away from kinks", forms, len(slope),
               "met" if not slope else "not met", known if slope else rest),
        _claim("curvatures", "f'' by autograd is the closed form wherever torch has one", forms, len(curvature),
               "met" if not curvature else "not met",
               f"torch has no second derivative of {', '.join(twice) or 'none'}; its closed form passes the "
               "differences below"),
        _claim("differences", "f' and f'' are the central differences of f and f'", forms, len({*by_value, *by_slope}),
               "met" if not by_value and not by_slope else "not met", "step 1e-5, at 24,001 places from -12 to 12"),
        _claim("kinks", "At each kink autograd returns the slope that the gallery names", "kinks that differ", sides,
               "met" if not sides else "not met", "one-sided slopes are those of the two pieces"),
    ]  # fmt: skip


def table(found: Mapping[str, Facts]) -> list[Claim]:
    """Gain, E f'^2, dead zone, saturation and Lipschitz bound beside an earlier measurement."""
    off = disagreements(found)
    total = len(numbers())
    why = f"{total} numbers of {len(ROWS)} functions, by quadrature split at kinks"
    why += f"; in the last printed digit differ {', '.join(off)}" if off else ""
    wrong = disagreements(found, units=1.01)
    return [
        _claim("table", "Gain, E f'^2, dead zone, saturation and largest slope come out as in the table of an earlier "
               "measurement, to one unit of its last digit", "numbers that differ by more", len(wrong),
               "not met" if wrong else "met", why),
    ]  # fmt: skip


def random_slopes(seeds: int, draws: int) -> list[Claim]:
    """RReLU in evaluation, and its expectation in training by sampling."""
    spec = default(find("rrelu"))
    module = build(spec.entry, spec.values)
    middle = (spec.values["lower"] + spec.values["upper"]) / 2
    below = torch.full((draws,), -1.0, dtype=torch.float64)
    evaluated = -float(module(below)[0])
    module.train()
    means = []
    for seed in range(seeds):
        torch.manual_seed(seed)
        means.append(-float(module(below).mean()))
    mean = float(np.mean(means))
    # Known by the definition: the slopes are uniform.
    standard = (spec.values["upper"] - spec.values["lower"]) / math.sqrt(12 * draws * seeds)
    error = 1.96 * standard
    # Wider than the interval that is shown, or a right generator would be called wrong in one of twenty measurements.
    inside = abs(mean - middle) <= 3.3 * standard
    return [
        _claim("rrelu-evaluation", "RReLU in evaluation has the mean of its slopes", "slope below 0", evaluated,
               "met" if abs(evaluated - middle) < 1e-15 else "not met", "the curve that is shown", published=middle),
        _claim("rrelu-training", "The expectation of RReLU in training is its value in evaluation",
               "mean slope below 0", mean, "met" if inside else "not met",
               f"{draws:,} slopes a seed, each drawn anew; met within 3.3 standard errors of a uniform distribution",
               published=middle, low=mean - error, high=mean + error, seeds=seeds),
    ]  # fmt: skip


def stack(name: str, gain: float, seeds: Sequence[int], width: int) -> Stacks:
    """Probes of ``LAYERS`` layers at ``gain``, normal weights, no normalisation."""
    spec = default(find(name))
    module = build(spec.entry, spec.values)
    probes: list[Depths] = [
        probe_depth(module, gain=gain, depth=LAYERS, width=width, batch=32, seed=seed) for seed in seeds
    ]  # fmt: skip
    return Stacks(
        np.array([math.log(one.forward[-1] / one.forward[0]) for one in probes]),
        np.array([math.log(one.gradient[0] / one.gradient[-1]) for one in probes]),
    )


def deep(found: Mapping[str, Facts], stacks: Mapping[str, Stacks], seeds: int) -> list[Claim]:
    """What fifty layers do, beside what the facts of one function predict."""
    steady = [name for name in found if found[name].length_slope <= NEUTRAL]
    unsteady = [name for name in found if name not in steady]
    kept = {name: math.exp(abs(float(stacks[name].signal.mean()))) for name in found}
    worst = max(steady, key=lambda name: kept[name])
    low, high = _interval(stacks[worst].signal)
    drifted = [name for name in unsteady if float(np.median(np.abs(stacks[name].signal))) > math.log(FACTOR)]
    far = max(unsteady, key=lambda name: float(np.median(np.abs(stacks[name].signal))))
    typical = math.exp(float(np.median(np.abs(stacks[far].signal))))
    claims = [
        _claim("depth-keeps", f"At the computed gain the signal keeps its size over {LAYERS} layers, where the "
               "response of the variance is at most 1", "largest factor of the mean over seeds", kept[worst],
               held(kept[worst], high), f"{worst}, of {len(steady)} functions; met when the whole interval lies below "
               f"a factor of {FACTOR:g}", seeds=seeds,
               low=low, high=high),
        _claim("depth-drifts", "Where that response is above 1, the same gain does not hold the signal",
               "share of such functions that leave a factor of 2", len(drifted) / len(unsteady),
               "met" if len(drifted) == len(unsteady) else "met in direction" if drifted else "not met",
               f"{', '.join(unsteady)}; the typical seed moves {far} by a factor of {typical:.2g}: variance that is a "
               "little too large grows in every layer, and a normalisation is needed", seeds=seeds),
    ]  # fmt: skip
    for name, kind, chosen in (
        ("vanishes", "vanishes", [n for n in steady if found[n].chi < 0.99]),
        ("explodes", "explodes", [n for n in steady if found[n].chi > 1.01]),
    ):
        ratios = np.array([_rate(stacks[n].gradient, found[n].chi) for n in chosen])
        mean = ratios.mean(0)
        low, high = _interval(mean, log=False)
        worst_name = max(chosen, key=lambda n: abs(float(stacks[n].gradient.mean())))
        factor = float(stacks[worst_name].gradient.mean()) / math.log(10)
        right = all(np.sign(stacks[n].gradient.mean()) == np.sign(math.log(found[n].chi)) for n in chosen)
        claims.append(
            _claim(f"gradient-{name}", f"The gradient {kind} as chi per layer says, where the signal is kept",
                   "measured over predicted ln of the gradient's growth", float(mean.mean()),
                   "met" if right and abs(float(mean.mean()) - 1) < 0.1 else "met in direction" if right else "not met",
                   f"mean over {', '.join(chosen)}; {worst_name} reaches 1e{factor:+.0f} after {LAYERS} layers; "
                   "met within 10 %", seeds=seeds, low=low, high=high)
        )  # fmt: skip
    return claims


def held(factor: float, high: float) -> Verdict:
    """*met*: the interval ends below :data:`FACTOR`; *in direction*: the estimate does; else *not met*."""
    return "met" if high < FACTOR else "met in direction" if factor < FACTOR else "not met"


def _rate(gradient: np.ndarray, chi: float) -> np.ndarray:
    return gradient / ((LAYERS - 1) * math.log(chi))


def _interval(values: np.ndarray, *, log: bool = True) -> tuple[float, float]:
    """95 % of the mean over seeds by Student's t; of exp(|mean|) with ``log``, which cannot be below 1."""
    from scipy.stats import t

    mean = float(values.mean())
    half = float(t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values)))
    if not log:
        return mean - half, mean + half
    ends = sorted((abs(mean - half), abs(mean + half)))
    return (1.0 if abs(mean) <= half else math.exp(ends[0])), math.exp(ends[1])


def _off(agreements: Mapping[str, Agreement], error: Callable[[Agreement], float]) -> list[str]:
    return [name for name, one in agreements.items() if error(one) > WITHIN]


def _worst(agreements: Mapping[str, Agreement], but: Sequence[str], error: Callable[[Agreement], float]) -> float:
    return max(error(one) for name, one in agreements.items() if name not in but)


def _sides(name: str) -> int:
    spec = default(find(name))
    curve = spec.curve()
    if not curve.breaks:
        return 0
    x = np.array(curve.breaks)
    try:
        slope = derivatives(build(spec.entry, spec.values), x)[1]
    except RuntimeError as error:
        raise BadDataError(f"{name}: torch cannot differentiate it: {error}") from error
    # 1e-7 and not 1e-9, for the constant of Hardsigmoid that is counted above.
    return int((np.abs(curve.slope(x) - slope) > 1e-7).sum())


def _claim(  # noqa: PLR0917
    name: str, statement: str, metric: str, ours: float, verdict: Verdict, why: str,
    *, published: float | None = None, low: float | None = None, high: float | None = None, seeds: int = 1,
) -> Claim:  # fmt: skip
    def rounded(value: float | None) -> float | None:
        return None if value is None else float(f"{value:.6g}")

    return Claim(
        id=name, statement=statement, source=SOURCES[name], metric=metric, published=published,
        ours=float(f"{ours:.6g}"), low=rounded(low), high=rounded(high), seeds=seeds, verdict=verdict, why=why,
        command="shoestring reproduce activations",
    )  # fmt: skip


SOURCES = {
    "coverage": "the title", "slopes": "its pictures", "table": "earlier measurement",
    "curvatures": "not in the article", "differences": "not in the article",
    "kinks": "not in the article", "rrelu-evaluation": "its section on RReLU",
    "rrelu-training": "its section on RReLU",
    "depth-keeps": "not in the article", "depth-drifts": "not in the article",
    "gradient-vanishes": "not in the article", "gradient-explodes": "not in the article",
}  # fmt: skip
