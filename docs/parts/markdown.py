"""Tables and docstrings as Markdown."""

import inspect
import re
from collections.abc import Sequence


def row(*cells: object) -> str:
    """One line of a Markdown table."""
    return "| " + " | ".join(" ".join(str(cell).split()).replace("|", "\\|") for cell in cells) + " |\n"


def grid(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    return row(*headers) + "|" + "---|" * len(headers) + "\n" + "".join(row(*cells) for cells in rows)


def prose(text: str | None) -> str:
    """A docstring as Markdown: cross references and double back-quotes become code, what is raised a list."""
    text = inspect.cleandoc(text or "")
    text = re.sub(r":\w+:`~?([^`<]+?)(?: <[^>]*>)?`", r"`\1`", text)
    text = re.sub(r"``(.+?)``", r"`\1`", text, flags=re.DOTALL)
    text, _, raised = text.partition("\nRaises:\n")
    raised = re.sub(r"\n {8,}", " ", raised)
    errors = re.sub(r"^ +(\w+): ", r"- `\1`: ", raised, flags=re.MULTILINE)
    return text.replace("::\n", ":\n").rstrip() + (f"\n\nRaises:\n\n{errors}" if raised else "")


def first(text: str | None) -> str:
    """The first paragraph of a docstring on one line."""
    return " ".join(prose(text).split("\n\n")[0].split())
