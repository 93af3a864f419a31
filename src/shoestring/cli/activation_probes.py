"""``shoestring activations depth``, ``cost``, ``draw`` and ``probe``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from shoestring.cli.arguments import complete_run, runs_option
from shoestring.cli.output import Output, number, speaks, table
from shoestring.core.errors import BadDataError, ConfigError, NotFoundError
from shoestring.core.files import atomic_write


@click.command("depth")
@click.argument("name")
@click.option("--depth", type=click.IntRange(1, 100), default=30, show_default=True, help="Layers.")
@click.option("--width", type=click.IntRange(2, 1024), default=256, show_default=True, help="Units a layer.")
@click.option("--batch", type=click.IntRange(2, 256), default=32, show_default=True, help="Inputs at a time.")
@click.option("--init", type=click.Choice(["normal", "uniform", "orthogonal"]), default="normal", show_default=True,
              help="Of the weights.")  # fmt: skip
@click.option("--norm", type=click.Choice(["none", "layer", "rms", "batch"]), default="none", show_default=True,
              help="Before each activation.")  # fmt: skip
@click.option("--gain", type=float, help="Weights have deviation gain / sqrt(width); by default the computed gain.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Of weights and inputs.")
@click.option("--seconds", type=click.FloatRange(1, 3600), default=60.0, show_default=True, help="For your function.")
@speaks
def depth_command(out: Output, *, name: str, seconds: float, **asked: Any) -> None:
    """Measure how a signal grows up a stack of NAME, and the gradient down it."""
    from shoestring.activations.user_curve import split, user_curve

    own = split(name)
    chosen = {key: value for key, value in asked.items() if value is not None}
    if own:
        found = user_curve(*own, points=2, seconds=seconds, depth=chosen)["depth"]
    else:
        from dataclasses import asdict

        from shoestring.activations.depth_probe import probe_depth
        from shoestring.activations.facts import facts
        from shoestring.activations.specs import parse
        from shoestring.activations.torch_modules import build

        spec = parse(name)
        gain = chosen.pop("gain", None) or facts(spec.curve()).gain
        found = asdict(probe_depth(build(spec.entry, spec.values), gain=gain, **chosen))
        chosen["gain"] = gain
    layers = range(len(found["forward"]))
    shown = sorted({*layers[:: max(1, len(layers) // 10)], *layers[-1:]})
    rows = [[i + 1, number(found["forward"][i]), number(found["gradient"][i])] for i in shown]
    text = table(["layer", "signal^2", "gradient^2"], rows)
    out.result("shoestring.activation-depth/1", {"name": name, "asked": chosen, **found}, text)


@click.command("cost")
@click.argument("names", nargs=-1)
@click.option("--elements", type=click.IntRange(1024, 2**26), default=2**18, show_default=True, help="Numbers at once.")
@speaks
def cost_command(out: Output, names: tuple[str, ...], elements: int) -> None:
    """Time NAMES, or all elementwise functions, on this machine: one thread, float32."""
    from dataclasses import asdict

    from shoestring.activations.cost import measure
    from shoestring.activations.specs import ELEMENTWISE, default, parse
    from shoestring.activations.torch_modules import build

    specs = [parse(name) for name in names] or [default(entry) for entry in ELEMENTWISE]
    for spec in specs:
        spec.curve()
    found = [
        {"name": spec.text, **asdict(measure(build(spec.entry, spec.values).float(), elements=elements))}
        for spec in specs
    ]
    rows = [[one["name"], *(f"{one[key]:.2f}" for key in ("forward", "backward", "copy", "saved"))] for one in found]
    head = ["activation", "forward ns", "backward ns", "copying ns", "bytes kept"]
    out.result("shoestring.activation-cost/1", {"costs": found, "unit": "for each element"}, table(head, rows))


@click.command("draw")
@click.argument("points", nargs=-1, required=True, metavar="X,Y ...")
@click.option("--file", "target", type=click.Path(path_type=Path, dir_okay=False), help="Write the code there.")
@speaks
def draw_command(out: Output, points: tuple[str, ...], target: Path | None) -> None:
    """Python for a function through points, monotone between them, and its facts on stderr.

    Write points after -- where the first begins with a minus: shoestring activations draw -- -3,0 0,0 3,3
    """
    from shoestring.activations.documents import facts_document
    from shoestring.activations.drawn import curve, python_code
    from shoestring.activations.facts import facts
    from shoestring.cli.activations import facts_text

    parsed = [_point(text) for text in points]
    found = facts_document(facts(curve(parsed)))
    code = python_code(parsed)
    if target is not None:
        if not target.absolute().parent.is_dir():
            raise ConfigError(f"{target.parent}: no such folder; choose another with --file")
        atomic_write(target, code)
    out.narrate(facts_text("drawn", found))
    out.result("shoestring.activation-drawn/1", {"points": parsed, "facts": found, "python": code}, code.rstrip())


@click.command("probe")
@click.argument("model", shell_complete=complete_run)
@click.option("--data", type=click.Path(path_type=Path), help="Signatures for a run; by default synthetic ones.")
@runs_option
@speaks
def probe_command(out: Output, model: str, data: Path | None, runs: Path) -> None:
    """Report what the activations of MODEL do: mean, deviation, saturation, and units that are dead.

    MODEL is a run, a model folder, or FILE.py:NAME, where NAME() returns (module, inputs): a torch module and the
    tensor, or the tuple of tensors, that it is called with. That file is run, with your rights.
    """
    from shoestring.activations.model_probe import probe_model
    from shoestring.activations.user_curve import split

    own = split(model)
    module, run = _own_model(*own) if own else _run_model(model, data, runs)
    found = [seen.document() for seen in probe_model(module, run)]
    if not found:
        out.narrate("no call of an elementwise activation was seen; fused kernels, such as LSTM gates, are not")
    rows = [
        [one["module"] or "(model)", one["function"], one["units"], len(one["dead"]), number(one["mean"]),
         number(one["deviation"]), f"{one['zeros']:.1%}", f"{one['saturated']:.1%}"]
        for one in found
    ]  # fmt: skip
    head = ["module", "function", "units", "dead", "mean", "deviation", "zero", "saturated"]
    out.result("shoestring.activation-probe/1", {"model": model, "activations": found}, table(head, rows))


def _point(text: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise ConfigError(f"{text[:40]!r} is not a point: write X,Y such as -1,0.5") from None
    return x, y


def _own_model(file: Path, name: str) -> tuple[Any, Callable[[], object]]:
    import runpy

    from torch import Tensor, nn

    try:
        make = runpy.run_path(str(file)).get(name)
        if not callable(make):
            raise BadDataError(f"{file}: there is no function {name!r} in it")
        made = make()
    except BadDataError:
        raise
    except Exception as error:
        raise BadDataError(f"{file}:{name}: raised {type(error).__name__}: {error}") from error
    if not (isinstance(made, tuple) and len(made) == 2 and isinstance(made[0], nn.Module)):
        raise BadDataError(f"{file}:{name}: must return (module, inputs), not {type(made).__name__}")
    module, inputs = made
    arguments = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)

    def run() -> None:
        try:
            module(*arguments)
        except Exception as error:
            raise BadDataError(f"{file}:{name}: the module raised {type(error).__name__}: {error}") from error

    return module, run


def _run_model(model: str, data: Path | None, runs: Path) -> tuple[Any, Callable[[], object]]:
    from torch import nn

    from shoestring.data.sigma_lognormal import synthetic_set
    from shoestring.data.stroke_files import read_signatures
    from shoestring.recipes.loading import load

    encoder = vars(load(model, root=runs).matcher).get("encoder")
    if not isinstance(encoder, nn.Module):
        raise NotFoundError(f"{model}: this kind of model has no network to look into")
    items = list(read_signatures(data)) if data else list(synthetic_set(4, genuine=8, forgeries=4, seed=0))
    return encoder, lambda: encoder.encode(items)
