"""``shoestring activations``: the gallery on the command line."""

from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem

from shoestring.activations.catalog import ENTRIES, Entry
from shoestring.cli.activation_pictures import export_command, plot_command
from shoestring.cli.activation_probes import cost_command, depth_command, draw_command, probe_command
from shoestring.cli.output import Output, number, speaks, table


def complete_activation(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of the catalogue."""
    return [CompletionItem(entry.name) for entry in ENTRIES if entry.name.startswith(incomplete)]


@click.group("activations")
def activations() -> None:
    """Every activation function of torch: curves, gradients, and what a deep stack of them does.

    NAME is one of the catalogue, with parameters if you like (elu:alpha=0.5), or a function of your own as
    FILE.py:NAME. That file is run, with your rights: name only files that you trust.

    \b
    Examples:
      shoestring activations show gelu
      shoestring activations depth tanh --depth 50
      shoestring activations plot --out pictures
    """


def catalogue() -> tuple[list[dict[str, Any]], str]:
    """The entries as a document and as a table; nothing is computed."""
    entries = [
        {"name": e.name, "module": e.module, "family": e.family, "formula": e.formula, "paper": e.paper,
         "parameters": {p.name: p.default for p in e.parameters}}
        for e in ENTRIES
    ]  # fmt: skip
    rows = [[e.name, e.module, e.family, e.formula] for e in ENTRIES]
    return entries, table(["activation", "torch.nn", "family", "formula"], rows)


@activations.command("list")
@speaks
def list_activations(out: Output) -> None:
    """List the catalogue."""
    entries, text = catalogue()
    out.result("shoestring.activations/1", {"activations": entries}, text)


@activations.command("show")
@click.argument("name", shell_complete=complete_activation)
@click.option("--at", type=float, multiple=True, help="Also print f, f' and f'' there; may be repeated.")
@click.option("--seconds", type=click.FloatRange(1, 3600), default=20.0, show_default=True, help="For your function.")
@speaks
def show_activation(out: Output, name: str, at: tuple[float, ...], seconds: float) -> None:
    """Show NAME: formula, slopes at kinks, dead zone, saturation, and the gain that keeps a signal's variance."""
    from shoestring.activations.user_curve import split, user_curve

    own = split(name)
    if own:
        document = user_curve(*own, points=2, seconds=seconds)
        if at:
            raise click.UsageError("--at is for functions of the catalogue")
        result = {"name": name, "facts": document["facts"]}
        out.result("shoestring.activation/1", result, facts_text(name, document["facts"]))
        return
    from shoestring.activations.specs import parse

    spec = parse(name)
    result, head = _entry(spec.entry)
    if spec.entry.family != "elementwise":
        out.result("shoestring.activation/1", result, head)
        return
    import numpy as np

    from shoestring.activations.documents import facts_document, python_of
    from shoestring.activations.facts import facts, torch_gain

    curve = spec.curve()
    found = facts_document(facts(curve)) | {"torch_gain": torch_gain(spec.entry.name, dict(spec.values))}
    result |= {"spec": spec.text, "python": python_of(spec), "facts": found}
    parts = [head, f"python: {python_of(spec)}", facts_text(spec.text, found)]
    if at:
        x = np.array(at)
        values = [[*map(float, row)] for row in zip(x, curve.value(x), curve.slope(x), curve.curvature(x), strict=True)]
        result["at"] = [dict(zip(("x", "value", "slope", "curvature"), row, strict=True)) for row in values]
        parts.append(table(["x", "f", "f'", "f''"], [[f"{value:.9g}" for value in row] for row in values]))
    out.result("shoestring.activation/1", result, "\n\n".join(parts))


def _entry(entry: Entry) -> tuple[dict[str, Any], str]:
    parameters = [
        {"name": p.name, "default": p.default, "low": p.low, "high": p.high, "help": p.help} for p in entry.parameters
    ]
    document = {key: value for key, value in vars(entry).items() if key not in ("parameters", "fixed")}
    lines = [f"{entry.module} ({entry.family})", f"f(x) = {entry.formula}", f"f'(x) = {entry.slope}", entry.note]
    lines.append(f"source: {entry.paper}")
    lines += [f"{p.name} = {p.default:g}  ({p.low:g} to {p.high:g}) {p.help}" for p in entry.parameters]
    return document | {"parameters": parameters}, "\n".join(lines)


WORDS = {
    "gain": "gain that keeps the variance", "torch_gain": "what torch's calculate_gain recommends",
    "second_moment": "E f^2", "slope_moment": "E f'^2", "mean": "E f",
    "chi": "chi: the gradient's growth a layer at that gain", "length_slope": "response of the variance",
    "dead": "dead: P(f' = 0)", "saturated": "saturated: P(|f'| < 0.05)", "slope_bound": "largest |f'|",
    "lipschitz": "Lipschitz constant",
}  # fmt: skip
"""In the order of the output; expectations are over x ~ N(0, 1)."""


def facts_text(name: str, facts: Mapping[str, Any]) -> str:
    """The facts as a table, and the breaks as another."""
    missing = {"lipschitz": "none: it jumps", "torch_gain": "unknown to it"}
    rows = [
        [words, missing.get(key, "not defined") if facts[key] is None else number(facts[key])]
        for key, words in WORDS.items() if key in facts
    ]  # fmt: skip
    if facts["minimum"]:
        rows.append(["minimum", f"{facts['minimum'][1]:.6g} at {facts['minimum'][0]:.6g}"])
    text = table([name, "x ~ N(0, 1)"], rows)
    if facts["breaks"]:
        keys = ("x", "jump", "left", "right", "autograd", "curvature_left", "curvature_right")
        head = ["break at", "jump of f", "f' left", "f' right", "autograd", "f'' left", "f'' right"]
        text += "\n\n" + table(head, [[number(one[key]) for key in keys] for one in facts["breaks"]])
    return text


for extra in (plot_command, export_command, depth_command, cost_command, draw_command, probe_command):
    activations.add_command(extra)
