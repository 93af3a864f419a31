"""``shoestring list``."""

import time
from pathlib import Path
from typing import Any

import click

from shoestring.cli.arguments import runs_option
from shoestring.cli.output import Output, interval, speaks, table
from shoestring.cli.results import ordered
from shoestring.core.errors import BadDataError
from shoestring.core.folder import RunFolder, list_runs
from shoestring.papers import PAPERS
from shoestring.recipes import RECIPES, presets


@click.command("list")
@click.argument("what", type=click.Choice(["recipes", "presets", "runs", "papers", "activations"]))
@runs_option
@click.pass_obj
@speaks
def list_command(out: Output, recipes: Any, what: str, runs: Path) -> None:
    """List recipes, presets, runs (the newest first), papers or activations."""
    match what:
        case "recipes":
            known = recipes or RECIPES
            entries = [{"name": name, "help": entry.help, "module": entry.module} for name, entry in known.items()]
            text = table(["recipe", ""], [[entry["name"], entry["help"]] for entry in entries])
        case "presets":
            entries = [{"name": preset.name, "recipe": preset.recipe, "help": preset.help} for preset in presets()]
            text = table(["preset", "recipe", ""], [list(entry.values()) for entry in entries])
        case "papers":
            entries = [
                {"slug": p.slug, "title": p.title, "scarce": p.scarce, "headline": p.headline, "built": p.built}
                for p in PAPERS
            ]
            rows = [[p.slug, p.title, p.scarce, "built" if p.built else "not built yet"] for p in PAPERS]
            text = table(["article", "title", "scarce", ""], rows)
        case "activations":
            from shoestring.cli.activations import catalogue

            entries, text = catalogue()
        case _:
            entries = [run_line(run) for run in list_runs(runs)]
            columns = ("run", "status", "seed", "step", "spent_text", "headline")
            rows = [[entry[column] for column in columns] for entry in entries]
            text = table(["run", "status", "seed", "step", "spent", "headline"], rows)
            if not entries:
                out.narrate(f"no runs in {runs}; start one with: shoestring train PRESET")
    out.result(f"shoestring.{what}/1", {what: entries}, text if entries else "")


def run_line(run: RunFolder) -> dict[str, Any]:
    """One row of the list of runs; a damaged folder is a row too, so that it is seen and does not hide the others."""
    try:
        info, summary = run.info(), run.summary()
    except BadDataError as error:
        return dict.fromkeys(("seed", "step", "spent_text", "headline"), "-") | {
            "run": run.id, "status": "damaged", "problem": str(error),
        }  # fmt: skip
    metrics = summary.get("metrics") or {}
    spent = summary.get("spent") or {}
    seeds = info.get("seeds")
    return {
        "run": run.id,
        "kind": info.get("kind", "run"),
        "status": info.get("status"),
        "recipe": info.get("recipe"),
        "preset": info.get("preset"),
        "seed": info.get("seed") if seeds is None else f"{len(seeds)} seeds",
        "step": summary.get("step", "-"),
        "metrics": metrics,
        "spent": spent,
        "spent_text": " ".join(f"{kind} {n:,}" for kind, n in spent.items()) or "-",
        "headline": next((f"{name} {interval(value)}" for name, value in ordered(metrics).items()), "-"),
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(info.get("created", 0))),
    }
