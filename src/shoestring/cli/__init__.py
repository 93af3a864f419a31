"""The command line. Nothing here imports a command before it is used: ``--help`` costs what click costs."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from shoestring import __version__
from shoestring.cli.group import Command, Program

COMMANDS: Mapping[str, Mapping[str, Command]] = {
    "Look around": {
        "list": Command("listing", "list_command", "List recipes, presets, runs, papers or activations."),
        "show": Command("showing", "show", "Show a run, preset, recipe or paper."),
        "activations": Command("activations", "activations", "The gallery of activation functions."),
        "doctor": Command("doctor", "doctor", "Check the installation."),
    },
    "Train and measure": {
        "train": Command("training", "train", "Train a preset, resume a run or repeat one."),
        "launch": Command("launching", "launch_command", "Train with several workers, gradients compressed."),
        "bandwidth": Command("bandwidth", "bandwidth_command", "Measure what gradients cost on a link, or report it."),
        "evaluate": Command("evaluating", "evaluate", "Measure a model on data, or an agent in episodes."),
        "watch": Command("watching", "watch", "Watch an agent in the terminal, or write a GIF."),
        "play": Command("playing", "play", "Play a board game against an agent."),
        "compare": Command("comparing", "compare_command", "Compare runs: configuration, results, results per budget."),
        "report": Command("reporting", "report", "Write runs as one self-contained HTML file."),
        "export": Command("exporting", "export", "Write a run's model card or metrics for other tools."),
        "reproduce": Command("reproducing", "reproduce_command", "Re-measure the claims of an article."),
    },
    "Verify signatures": {
        "enrol": Command("people", "enrol", "Enrol a person from signature files."),
        "verify": Command("people", "verify", "Check a signature: accept, reject or undecided."),
        "identify": Command("people", "identify", "Find out whose signature it is."),
        "forget": Command("people", "forget", "Delete a person and prove it."),
    },
    "Search": {
        "collection": Command("collection", "collection", "Search, de-duplicate and group anything with vectors."),
    },
    "Serve": {
        "studio": Command("serving", "studio", "Open the studio in the browser."),
        "serve": Command("serving", "serve", "Serve the REST API and the studio."),
        "completion": Command("completion", "completion", "Print the completion script of a shell."),
    },
}

EPILOG = """\b
Examples:
  shoestring studio --demo
  shoestring train bromley1993 --seed 1
  shoestring evaluate pen --data FOLDER --json
"""


HELP = "Machine learning when labels, rewards, comparisons or bandwidth are scarce."


def program() -> Program:
    """The command group, for the console script and for tests."""
    group = Program(COMMANDS, help=HELP, epilog=EPILOG)
    return click.version_option(__version__, message="%(prog)s %(version)s")(group)


def main(arguments: Sequence[str] | None = None, *, recipes: Mapping[str, Any] | None = None) -> None:
    """Run one command and exit with its code; ``recipes`` replaces the table of known recipes."""
    program().main(arguments, prog_name="shoestring", obj=recipes)
