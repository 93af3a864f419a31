"""``shoestring show``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from shoestring.cli.arguments import complete_run, find_run, runs_option
from shoestring.cli.output import Output, number, speaks, table
from shoestring.cli.results import result_document, result_text
from shoestring.core import config
from shoestring.core.config import nearest
from shoestring.core.errors import ConfigError, NotFoundError
from shoestring.core.folder import RunFolder, list_runs
from shoestring.papers import PAPERS, Paper, find_paper
from shoestring.papers.reproducing import DOCS, figure, stored
from shoestring.recipes import RECIPES, Preset, presets
from shoestring.recipes.cards import card
from shoestring.recipes.comparing import configuration
from shoestring.recipes.fields import recipe_fields

VIEWS = ("config", "ledger", "as-python", "card")


@click.command("show")
@click.argument("thing", shell_complete=complete_run)
@click.option("--config", "view", flag_value="config", help="The configuration as TOML.")
@click.option("--ledger", "view", flag_value="ledger", help="What a run spent, entry by entry.")
@click.option("--as-python", "view", flag_value="as-python", help="Python that does the same.")
@click.option("--card", "view", flag_value="card", help="The model card of a run.")
@runs_option
@click.pass_obj
@speaks
def show(out: Output, table_of_recipes: Any, thing: str, view: str | None, runs: Path) -> None:
    """Show THING: a preset, a recipe, an article, or a run."""
    recipes = table_of_recipes or RECIPES
    preset = next((known for known in presets() if known.name == thing), None)
    paper = next((known for known in PAPERS if known.slug == thing), None)
    found: dict[str, tuple[dict[str, Any], str]] = {}
    if preset:
        found["preset"] = _preset(preset, view)
    if thing in recipes:
        found["recipe"] = _recipe(thing, recipes, view)
    if paper and view is None:
        found["paper"] = _paper(paper)
    if not found:
        found["run"] = _run(_find(runs, thing, recipes), view)
    document = {"thing": thing, "view": view, **{kind: part for kind, (part, _) in found.items()}}
    out.result("shoestring.show/1", document, "\n\n".join(text for _, text in found.values()))


def _find(runs: Path, thing: str, recipes: Mapping[str, Any]) -> RunFolder:
    try:
        return find_run(runs, thing)
    except NotFoundError as error:
        if "give more of it" in str(error):
            raise
        named = [*(preset.name for preset in presets()), *recipes, *(paper.slug for paper in PAPERS)]
        known = {*named, *(run.id for run in list_runs(runs)[:50])}
        raise NotFoundError(f"no preset, recipe, article or run {thing!r}{nearest(thing, known)}") from error


def _preset(preset: Preset, view: str | None) -> tuple[dict[str, Any], str]:
    text = preset.path.read_text(encoding="utf-8")
    document = {"name": preset.name, "recipe": preset.recipe, "help": preset.help}
    match view:
        case None | "config":
            document |= {"config": dict(config.text_layer(text, str(preset.path)).table)}
            footer = f"\n\ntrain it with: shoestring train {preset.name}"
            return document, text.rstrip() + ("" if view else footer)
        case "as-python":
            python = _python(preset.name, [], 0)
            return document | {"python": python}, python
    raise ConfigError(f"--{view} is for runs; {preset.name!r} is a preset")


def _recipe(name: str, recipes: Mapping[str, Any], view: str | None) -> tuple[dict[str, Any], str]:
    if view is not None:
        raise ConfigError(f"--{view} is for presets and runs; {name!r} is a recipe")
    about, fields = recipe_fields(recipes[name])
    fitting = [preset.name for preset in presets() if preset.recipe == name]
    keys = [{"key": f.name, "type": f.type, "default": f.default or None, "help": f.help} for f in fields]
    rows = [[f.name, f.type, f.default or "(needed)", f.help] for f in fields]
    keys_text = table(["key", "type", "default", ""], rows)
    text = f"{name}: {about}\n\n{keys_text}\n\npresets: {', '.join(fitting) or 'none'}"
    return {"name": name, "help": about, "fields": keys, "presets": fitting}, text


def _paper(paper: Paper) -> tuple[dict[str, Any], str]:
    document = {"slug": paper.slug, "title": paper.title, "scarce": paper.scarce, "built": paper.built}
    result = stored(find_paper(paper.slug), DOCS)
    claims = result["claims"] if result else []
    text = f"{paper.title}\n{paper.headline}\nscarce: {paper.scarce}; {'built' if paper.built else 'not built yet'}"
    if claims:
        rows = [[c["id"], figure(c["published"]), figure(c["ours"]), c["verdict"]] for c in claims]
        text += "\n\n" + table(["claim", "published", "ours", "verdict"], rows)
    elif paper.built:
        text += f"\n\nmeasure its claims with: shoestring reproduce {paper.slug} --quick"
    return document | {"headline": paper.headline, "claims": claims}, text


def _run(run: RunFolder, view: str | None) -> tuple[dict[str, Any], str]:
    info = run.info()
    match view:
        case "config":
            return {"run": run.id, "config": configuration(run)}, run.config_text().rstrip()
        case "ledger":
            return _ledger(run, info)
        case "as-python":
            python = _python(info.get("preset") or "", info.get("overrides") or [], info.get("seed") or 0, run)
            return {"run": run.id, "python": python}, python
        case "card":
            text = card(run)
            return {"run": run.id, "card": text}, text.rstrip()
    keys = ("status", "recipe", "preset", "seed", "seeds", "attempt", "device", "threads", "parent", "error")
    rows = [[key, info[key]] for key in keys if info.get(key) not in (None, "")]
    last = [[f"last {key}", number(value)] for key, value in (run.summary().get("last") or {}).items()]
    return result_document(run), table([run.id, ""], [*rows, *last]) + "\n\n" + result_text(run)


def _ledger(run: RunFolder, info: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    spending, budgets = run.spending(), info.get("budgets") or {}
    kinds = {**spending, **budgets}
    totals = {kind: int(spending[kind][-1][1]) if kind in spending else 0 for kind in kinds}
    rows = [[kind, f"{totals[kind]:,}", f"{budgets[kind]:,}" if kind in budgets else "no limit"] for kind in kinds]
    document = {"run": run.id, "spent": totals, "budgets": budgets, "curve": spending}
    return document, table(["kind", "spent", "budget"], rows) if rows else "nothing was spent"


def _python(preset: str, overrides: list[str], seed: int, run: RunFolder | None = None) -> str:
    budgets = (run.info().get("budgets") or {}) if run else {}
    arguments = [json.dumps(preset), *([json.dumps(overrides)] if overrides else []), f"seed={seed}"]
    lines = ["import shoestring"]
    if budgets:
        lines.append("from shoestring.core.ledger import Budget")
        limits = ", ".join(f'Budget("{kind}", {amount})' for kind, amount in budgets.items())
        arguments.append(f"budgets=[{limits}]")
    lines += ["", f"run = shoestring.train({', '.join(arguments)})", 'print(run.summary()["metrics"])']
    if run is None or (run.path / "model").is_dir():
        lines.append("model = shoestring.load(run.path)")
    return "\n".join(lines)
