"""The command line reference, from click."""

import inspect
import re

import click

from docs.parts.markdown import grid
from shoestring.cli import COMMANDS, program

EVERYWHERE = ("--json", "--quiet", "--debug")
"""Options of every command, which the page names once."""


def cli_commands() -> str:
    """Every command with its help, arguments and options, from click."""
    group = program()
    context = click.Context(group, info_name="shoestring")
    parts = []
    for title, commands in COMMANDS.items():
        links = [(f"[`{name}`](#shoestring-{name})", command.help) for name, command in commands.items()]
        parts.append(f"**{title}**\n\n" + grid(("Command", "Does"), links) + "\n")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        parts.append(_command(command, name, inner))
        if isinstance(command, click.Group):
            for word, part in command.commands.items():
                parts.append(_command(part, f"{name} {word}", click.Context(part, info_name=word, parent=inner)))
    return "".join(parts)


def _command(command: click.Command, name: str, context: click.Context) -> str:
    usage = " ".join(command.collect_usage_pieces(context))
    # click marks text that must not be wrapped with a line that holds only a backspace: examples, here.
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    shown = [f"```console\n{_prompts(p[2:])}\n```" if p.startswith("\b\n") else p for p in paragraphs]
    rows = []
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden and parameter.opts[0] not in EVERYWHERE:
            names = ", ".join(f"`{text}`" for text in (*parameter.opts, *parameter.secondary_opts))
            help_text, _, default = (parameter.help or "").partition("[default: ")
            rows.append((names, _value(parameter), help_text, _default(parameter, default.rstrip("]"))))
    options = grid(("Option", "Value", "Does", "Default"), rows) if rows else ""
    head = f"## `shoestring {name}`\n\n```text\nshoestring {name} {usage}\n```"
    return "\n\n".join([head, *shown, options]).rstrip() + "\n\n"


def _prompts(text: str) -> str:
    return inspect.cleandoc(re.sub(r"(?m)^( *)(shoestring )", r"\1$ \2", text))


def _value(option: click.Option) -> str:
    if option.is_flag:
        return ""
    if isinstance(option.type, click.Choice):
        return ", ".join(f"`{choice}`" for choice in option.type.choices)
    return f"`{option.metavar or option.type.name.upper().replace(' RANGE', '')}`"


def _default(option: click.Option, written: str) -> str:
    """The default that click shows, or the one that the help text states."""
    plain = isinstance(option.default, str | int | float) and not isinstance(option.default, bool)
    default = option.default if plain and option.default != "" and option.show_default else written
    return f"`{default}`" if default != "" else ""
